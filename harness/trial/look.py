"""What a look at a program is: a claim, the sentences it is about, a function that looks.

One table for all of them; `life.py`, `holding.py`, `jamming.py` and `ending.py` fill it. A look
returns when the claim holds and raises `Wrong` or `Varies` when not; what becomes of that is
`trial.py`'s.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from harness.trial.site import Site
from harness.trial.target import Target


class Finding(Exception):
    """The claim does not hold: what was expected and what came, in words, and the bytes themselves
    where the difference is one of bytes."""

    verdict = "fail"

    def __init__(
        self, expected: str, actual: str, wanted: bytes | None = None, came: bytes | None = None
    ) -> None:
        super().__init__(actual)
        self.expected = expected
        self.actual = actual
        self.wanted = wanted
        self.came = came


class Wrong(Finding):
    """A sentence is not kept."""


class Varies(Finding):
    """Right on the wire, but slow, wasteful or untidy."""

    verdict = "varies"


class Vacuous(Finding):
    """The look could not see what it is for."""

    verdict = "inconclusive"


_LIFE_ENDS = ("life.stops", "life.tells", "life.restarts", "unix.")


@dataclass(frozen=True)
class Look:
    """One look. `kinds`: stream, dgram; `where`: inet, unix; `own`: only a program started here."""

    name: str
    sentences: tuple[str, ...]
    claim: str
    see: Callable[[Site], None]
    kinds: tuple[str, ...]
    where: tuple[str, ...]
    own: bool

    @property
    def ends_it(self) -> bool:
        """Whether the program is told to end in it."""
        return self.name.startswith(_LIFE_ENDS)

    def applies(self, target: Target) -> bool:
        """Whether the look makes sense for a target."""
        place = "unix" if target.unix else "inet"
        return (
            target.kind in self.kinds and place in self.where and bool(target.words or not self.own)
        )


LOOKS: dict[str, Look] = {}


def look(
    name: str,
    *sentences: str,
    claim: str,
    kinds: tuple[str, ...] = ("stream", "dgram"),
    where: tuple[str, ...] = ("inet", "unix"),
    own: bool = True,
) -> Callable[[Callable[[Site], None]], Callable[[Site], None]]:
    """Put a function into the table."""

    def register(see: Callable[[Site], None]) -> Callable[[Site], None]:
        assert name not in LOOKS, name
        LOOKS[name] = Look(name, sentences, claim, see, kinds, where, own)
        return see

    return register
