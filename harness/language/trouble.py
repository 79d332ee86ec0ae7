"""Where the loader's parts put what they find wrong, so that a file's errors all come at once."""

from __future__ import annotations

from collections.abc import Iterable

from harness.language.nodes import Mapping, Node, Scalar, Sequence
from harness.language.problems import Place, Problem, suggest


class Trouble:
    """A list of problems without duplicates: a matrix reads the same step several times."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self._seen: set[tuple[Place, str]] = set()

    def at(self, place: Place, message: str, hint: str | None = None) -> None:
        """Note what is wrong at a place."""
        if (place, message) not in self._seen:
            self._seen.add((place, message))
            self.problems.append(Problem(place, message, hint))

    def unknown(self, place: Place, what: str, word: str, known: Iterable[str]) -> None:
        """Note a word that does not exist, with the nearest that does."""
        names = sorted(known)
        self.at(place, f"unknown {what} `{word}`", suggest(word, names) or _listing(names))

    def wanted(self, node: Node, wanted: str) -> None:
        """Note a value of the wrong type."""
        self.at(node.place, f"expected {wanted}, found {describe(node)}")


def describe(node: Node) -> str:
    """What stands there, in words: `a list`, `the number 5`, `the text "x"`."""
    if isinstance(node, Sequence):
        return "a list"
    if isinstance(node, Mapping):
        return "a mapping"
    return _describe_scalar(node)


def _describe_scalar(node: Scalar) -> str:
    value = node.value
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return f"the boolean {node.text}"
    if isinstance(value, (int, float)):
        return f"the number {node.text[:40]}"
    return f'the text "{value[:40]}"'


def _listing(names: list[str]) -> str | None:
    """A short list is worth showing whole; a long one helps nobody."""
    return f"there are: {', '.join(names)}" if names and len(names) <= 12 else None
