"""YAML text or file -> a tree of nodes that know where they stand, or the list of what is wrong.

Reads YAML 1.2 with its core schema. The tokens are found by PyYAML: by libyaml's parser when it
was built with it, else by its own, which is ten times slower. What a scenario may say is the
loader's affair.
"""

from __future__ import annotations

import os
import re
import stat
from dataclasses import dataclass

import yaml
from yaml.parser import Parser
from yaml.reader import Reader
from yaml.scanner import Scanner

from harness.language.composer import Composer, EventSource, Stop
from harness.language.nodes import Mapping, Node, Scalar, Sequence
from harness.language.problems import Place, Problem, lines_of, visible
from harness.language.syntax import explain

try:
    from yaml.cyaml import CParser  # type: ignore[attr-defined]
except ImportError:  # PyYAML was built without libyaml
    CParser = None  # type: ignore[misc,assignment]

__all__ = ["Mapping", "Node", "Result", "Scalar", "Sequence", "read", "read_file"]

# Ten times the longest file that people keep by hand (3000 lines, 100 KiB).
FILE_BYTES = 1 << 20

# What YAML does not allow in a text; and the line separators and byte order marks that it does
# allow but that no editor shows, by which lines would be counted differently here and there.
_FORBIDDEN = re.compile(
    "[^\t\n\r\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
)


@dataclass(frozen=True)
class Result:
    """What reading gave. `root` is None when the text could not be read to its end.

    With problems beside it, `root` is the tree without the entries complained of: enough to look
    for further problems, not to run. `source` is the text, for `problems.render`.
    """

    root: Node | None
    problems: list[Problem]
    source: str


def read(text: str) -> Result:
    """Reads one YAML document. Raises nothing, whatever the text."""
    source = text.removeprefix("\ufeff")
    if (invisible := _invisible(source)) is not None:
        return Result(None, [invisible], source)
    composer = Composer(_parser(source))
    root = None
    try:
        root = composer.document()
    except yaml.YAMLError as error:
        composer.problems.append(explain(error, source))
    except Stop as stop:
        composer.problems.append(stop.problem)
    return Result(root, composer.problems, source)


def read_file(path: str | os.PathLike[str]) -> Result:
    """Reads a file of UTF-8, with or without a byte order mark. Raises nothing and never waits."""
    try:
        return read(_bytes_of(path).decode("utf-8"))
    except UnicodeDecodeError as error:
        message = _not_utf8(error)
    except OSError as error:
        message = f"cannot be read: {error.strerror or error}"
    except ValueError as error:  # a path that no file can have
        message = f"cannot be read: {error}"
    return Result(None, [Problem(Place(1, 1), message)], "")


def _bytes_of(path: str | os.PathLike[str]) -> bytes:
    """The content of a regular file of bounded size. A FIFO or a device is not even opened."""
    mode = os.stat(path).st_mode
    if stat.S_ISDIR(mode):
        raise OSError(None, "it is a directory")
    if not stat.S_ISREG(mode):
        raise OSError(None, "it is not a regular file")
    with open(path, "rb", opener=_open_without_waiting) as file:
        data = file.read(FILE_BYTES + 1)
    if len(data) > FILE_BYTES:
        raise OSError(None, f"it has more than {FILE_BYTES} bytes")
    return data


def _open_without_waiting(path: str, flags: int) -> int:
    """For the file which became a FIFO since it was looked at."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def _not_utf8(error: UnicodeDecodeError) -> str:
    data: bytes = error.object
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "this is UTF-16; save it as UTF-8"
    line = data.count(b"\n", 0, error.start) + 1
    return f"this is not UTF-8 (byte 0x{data[error.start]:02x} in line {line})"


def _parser(source: str) -> EventSource:
    return _PurePython(source) if CParser is None else CParser(source)


class _PurePython(Reader, Scanner, Parser):
    """PyYAML's own parser."""

    def __init__(self, source: str) -> None:
        Reader.__init__(self, source)
        Scanner.__init__(self)
        Parser.__init__(self)


def _invisible(source: str) -> Problem | None:
    """The first character that a YAML text cannot have or that would move the lines."""
    found = _FORBIDDEN.search(source)
    if found is None:
        return None
    before = lines_of(source[: found.start()])
    place = Place(len(before), len(before[-1]) + 1, 1)
    char = found.group()
    message = f"the character U+{ord(char):04X} cannot stand in a file"
    return Problem(place, message, f"write it as `{visible(char)}` in double quotes")
