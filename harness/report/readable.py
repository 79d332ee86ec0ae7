"""Texts and bytes made fit for a terminal: escaped, measured in columns, folded. Pure.

What a report shows comes from a socket, from a driver's log or from a file that anybody may have
written. So nothing reaches the terminal before `escape` spelled out what would move the cursor,
colour the screen or turn the direction of the text.
"""

from __future__ import annotations

from rich.cells import cell_len

_TEXT_CONTROLS = "\r\n\t"


def escape(text: str) -> str:
    """Return the text on one line, with everything that is not a printed sign spelled out."""
    if text.isprintable():
        return text
    return "".join(each if each.isprintable() else _spelled(each) for each in text)


def as_text(data: bytes, cut: bool = False) -> list[str] | None:
    """Return the bytes as signs to show, one for each character; None when they are no text.

    `cut` says that more bytes followed, so that the last character may not be whole; it is left
    out then.
    """
    try:
        text = data.decode()
    except UnicodeDecodeError as problem:
        if not cut or problem.reason != "unexpected end of data":
            return None
        text = data[: problem.start].decode()
    if not all(each.isprintable() or each in _TEXT_CONTROLS for each in text):
        return None
    return [escape(each) for each in text]


def shorten(text: str, width: int) -> str:
    """Return the text in at most `width` columns, with an ellipsis where it was cut."""
    if cell_len(text) <= width:
        return text
    return _taken(text, max(width - 1, 0)) + "…"


def shorten_middle(text: str, width: int) -> str:
    """Cut in the middle: of a path and of an address the end tells most."""
    if cell_len(text) <= width or width < 8:
        return shorten(text, width)
    tail = text[-(width // 2) :]
    while cell_len(tail) > width // 2:
        tail = tail[1:]
    return _taken(text, width - 1 - cell_len(tail)) + "…" + tail


def fold(text: str, width: int) -> list[str]:
    """Break a text into lines of at most `width` columns, between words where that can be.

    An indented text stays indented.
    """
    words = text.lstrip(" ")
    indent = " " * min(len(text) - len(words), width // 2)
    return [indent + line for line in _wrapped(words, width - len(indent))]


def _wrapped(text: str, width: int) -> list[str]:
    lines, line = [], ""
    for word in text.split(" "):
        longer = f"{line} {word}" if line else word
        if cell_len(longer) <= width:
            line = longer
            continue
        if line:
            lines.append(line)
        while cell_len(word) > width:
            piece = _taken(word, width) or word[0]
            lines.append(piece)
            word = word[len(piece) :]
        line = word
    return [*lines, line] if line or not lines else lines


def fold_lines(text: str, width: int) -> list[str]:
    """Escape a text of several lines, such as a traceback, and fold each."""
    return [piece for line in text.split("\n") for piece in fold(escape(line), width)]


def pad(text: str, width: int) -> str:
    """Fill up with blanks to `width` columns."""
    return text + " " * (width - cell_len(text))


def _taken(text: str, width: int) -> str:
    """Return the longest beginning which fits."""
    end, used = 0, 0
    for end, each in enumerate(text):
        used += cell_len(each)
        if used > width:
            return text[:end]
    return text


def _spelled(character: str) -> str:
    return character.encode("unicode_escape").decode()
