"""The tree that a YAML text is read into: scalars, sequences, mappings, each with its place. Pure.

A node that an alias refers to stands in the tree once for every use, as one shared object, with the
place where it was written.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from harness.language.problems import Place

Value: TypeAlias = "str | int | float | bool | None"


@dataclass(frozen=True, slots=True)
class Scalar:
    """One value. `text` is what was written; `quoted`, also of a block (`|`, `>`), means text."""

    value: Value
    place: Place
    text: str
    quoted: bool


@dataclass(frozen=True, slots=True)
class Sequence:
    """A list; `place` is that of its first `-` or of its `[`."""

    items: list[Node]
    place: Place


@dataclass(frozen=True, slots=True)
class Mapping:
    """Keys and their values in the order of the file. Every key is text, and none stands twice."""

    entries: list[tuple[Scalar, Node]]
    place: Place

    def get(self, key: str) -> Node | None:
        """The value of a key, or None when the key is missing."""
        return next((node for name, node in self.entries if name.value == key), None)


Node: TypeAlias = "Scalar | Sequence | Mapping"
