"""What all lines of a results file have alike. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, TypeVar

from harness.records.shape import build, plain

R = TypeVar("R", bound="RecordLine")


class RecordLine:
    """A line of the file: an object whose `kind` says which."""

    kind: ClassVar[str]

    def as_json(self) -> dict[str, Any]:
        """Return the object of the line; every field is in it, also those that say nothing."""
        return {"kind": self.kind, **plain(self)}

    @classmethod
    def from_json(cls: type[R], line: Mapping[str, Any]) -> R:
        """Read the object of a line. Raise WrongShape with one sentence."""
        return build(cls, line)
