"""PyYAML's complaints about a text that is not YAML, told so that a newcomer can mend it. Pure.

Its two parsers, the C library's and the Python one, word the same fault differently; both are
known here. A complaint has a context (what was being read, and where that began) and a problem
(what stood in the way, and where). Which of the two places helps depends on the fault: for a quote
that is never closed it is the opening quote, not the end of the file.
"""

from __future__ import annotations

from dataclasses import dataclass

from yaml import MarkedYAMLError, YAMLError
from yaml.error import Mark

from harness.language.problems import Place, Problem, lines_of

DIRECTIVE = ("directives (`%…`) are not used here", "leave them out")
TAG = ("tags (`!name`) mean nothing here", "quote a text that begins with `!`")

_TAB = ("a tab cannot stand here", "indent with spaces")
_ALIGN = "all keys of a mapping, and all `-` of a list, begin in one column"


@dataclass(frozen=True)
class _Rule:
    """When `problem` occurs in the complaint (and `context` in its context), say `message`."""

    problem: str
    context: str
    message: str
    hint: str | None = None
    at_context: bool = False


# First match wins. The words to find are common to both parsers, or there is a rule for each.
_RULES = (
    _Rule("tab character", "", *_TAB),
    _Rule(
        "end of stream",
        "quoted scalar",
        "this quote is never closed",
        "close it, or write the whole text in the other kind of quotes",
        at_context=True,
    ),
    _Rule(
        "document",
        "quoted scalar",
        "this quote is not closed before `---` or `...`",
        at_context=True,
    ),
    _Rule("',' or ']'", "", "this `[` is not closed", at_context=True),
    _Rule("',' or '}'", "", "this `{` is not closed", at_context=True),
    _Rule(
        "could not find expected ':'",
        "",
        "this line lacks its `: ` (a colon, then a space)",
        "a key has its colon on the same line, within 1024 characters",
        at_context=True,
    ),
    _Rule(
        "mapping values are not allowed",
        "",
        "a `: ` cannot stand here",
        "quote a text that contains `: `, and align keys of one mapping",
    ),
    _Rule(
        "sequence entries are not allowed",
        "",
        "a `- ` cannot stand here",
        "begin the list on a line of its own",
    ),
    _Rule("escape character", "", "there is no such escape", "write a backslash as `\\\\`"),
    _Rule("hexdecimal number", "", "this escape needs hexadecimal digits, as in `\\x00`"),
    _Rule("hexadecimal number", "", "this escape needs hexadecimal digits, as in `\\x00`"),
    _Rule("Unicode character escape", "", "this escape names no character"),
    _Rule("alphabetic or numeric", "anchor", "a name must follow `&`", "quote a text that has it"),
    _Rule("alphabetic or numeric", "alias", "a name must follow `*`", "quote a text that has it"),
    _Rule("", "block scalar", "this cannot stand behind `|` or `>`", "begin on the next line"),
    _Rule("tag", "", *TAG),
    _Rule("", "directive", *DIRECTIVE),
    _Rule("incompatible YAML", "", *DIRECTIVE),
    _Rule("node content", "", "a value is missing before this"),
    _Rule("document start", "", "nothing may stand after the end of the document"),
    _Rule("'-' indicator", "", "this is not an entry of the list before it", _ALIGN),
    _Rule("block end", "block collection", "this is not an entry of the list before it", _ALIGN),
    _Rule("expected key", "", "this does not fit what stands before it", _ALIGN),
    _Rule("block end", "", "this does not fit what stands before it", _ALIGN),
)


def explain(error: YAMLError, source: str) -> Problem:
    """The Problem that a parser's exception about `source` amounts to."""
    if not isinstance(error, MarkedYAMLError) or error.problem_mark is None:
        return Problem(Place(1, 1), f"this is not YAML ({error})")
    place = _inside(place_of(error.problem_mark), lines_of(source))
    return _by_text(error, place, lines_of(source)) or _by_rule(error, place)


def place_of(mark: Mark) -> Place:
    """PyYAML counts lines and columns from 0."""
    return Place(mark.line + 1, mark.column + 1)


def _inside(place: Place, lines: list[str]) -> Place:
    """A place in the blank rest of a text, or behind it, becomes the end of what is written."""
    written = max((n for n, line in enumerate(lines, 1) if line.strip()), default=1)
    end = Place(written, len(lines[written - 1].rstrip()) + 1)
    return min(place, end)


def _by_rule(error: MarkedYAMLError, place: Place) -> Problem:
    """The sentence that belongs to the parser's words."""
    found = error.problem or ""
    for rule in _RULES:
        if rule.problem in found and rule.context in (error.context or ""):
            began = error.context_mark if rule.at_context else None
            return Problem(place_of(began) if began else place, rule.message, rule.hint)
    return Problem(place, f"this is not YAML ({found})")


def _by_text(error: MarkedYAMLError, place: Place, lines: list[str]) -> Problem | None:
    """What only the characters around the fault tell."""
    found, began = error.problem or "", error.context_mark
    line = lines[place.line - 1]
    before, char = line[: place.column - 1].rstrip(), line[place.column - 1 : place.column]
    if "cannot start any token" in found:
        begins = Problem(place, f"a text cannot begin with `{char}`", "put it in quotes")
        return Problem(place, *_TAB) if char == "\t" else begins
    if "expected ','" in found and began and began.line == place.line - 1 and char:
        return Problem(place, "a comma or the closing bracket is missing before this")
    if "node content" in found and not char:
        return Problem(place, "the text ends inside a `[` or `{`")
    if before.endswith(("'", '"')) and ("expected key" in found or "block end" in found):
        hint = "a quote inside a quoted text is written `''` or `\\\"`"
        return Problem(place, "nothing may follow a closing quote", hint)
    return None
