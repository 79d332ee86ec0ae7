"""The pages of the project, and what in them can be tried: blocks of code, commands, links.

What counts as a page stands here once. `tests/unit/test_pages.py` looks at words and links,
`tests/integration/documents/` runs what a reader would run.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
_FENCE = re.compile(r"^(?P<indent> *)(?P<fence>`{3,})(?P<language>\S*)\s*$")


@dataclass(frozen=True)
class Block:
    """A block of code: where it begins, of which language it says to be, its text."""

    page: str
    line: int
    language: str
    text: str

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"


def pages() -> list[Path]:
    """Every page in Markdown that somebody reads."""
    folders = [ROOT / "harness", ROOT / "scenarios"]
    found = [path for folder in folders for path in folder.rglob("*.md")]
    return sorted([ROOT / "README.md", ROOT / "results" / "README.md", *found])


def blocks(page: Path) -> Iterator[Block]:
    """The fenced blocks of a page, and those that are indented by four after an empty line."""
    name = str(page.relative_to(ROOT))
    lines = page.read_text(encoding="utf-8").split("\n")
    at = 0
    while at < len(lines):
        fence = _FENCE.match(lines[at])
        end = at
        if fence is not None:
            end = next(n for n in range(at + 1, len(lines)) if lines[n].strip() == fence["fence"])
            yield _block(name, at + 2, fence["language"], lines[at + 1 : end])
        elif lines[at].startswith("    ") and at and not lines[at - 1].strip():
            while end + 1 < len(lines) and lines[end + 1].startswith("    "):
                end += 1
            yield _block(name, at + 1, "", lines[at : end + 1])
        at = end + 1


def _block(page: str, line: int, language: str, lines: list[str]) -> Block:
    return Block(page, line, language, textwrap.dedent("\n".join(lines)) + "\n")


def prose(page: Path) -> str:
    """A page without its blocks of code."""
    text = page.read_text(encoding="utf-8")
    return re.sub(r"^( *)(`{3,})\S*\n.*?^\1\2$", "", text, flags=re.MULTILINE | re.DOTALL)


def spans(page: Path) -> Iterator[str]:
    """What stands between single backticks; it may go on in the next line."""
    for found in re.findall(r"(?<!`)`([^`]+)`(?!`)", prose(page)):
        yield re.sub(r"\s*\n\s*", " ", found)


def links(page: Path) -> Iterator[str]:
    """The targets of the links to other files, without what comes after `#`."""
    for target in re.findall(r"\]\(([^)\s]+)\)", prose(page)):
        file = target.partition("#")[0]
        if file and not re.match(r"[a-z]+:", file):
            yield file
