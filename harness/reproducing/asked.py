"""A call in the script of a case: what is asked, what is expected of it, and whether that came.

Standard library only, for it is copied into scripts. Replies are held against what is expected by
the judge's own code, which is copied too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from harness.judging.judge import Finding, fits, judge_time, short_of_resources
from harness.judging.wording import describe_outcome, describe_reply
from harness.language.model import Outcome
from harness.protocol import Reply
from harness.reproducing.driving import CannotBeTried, FaultShows


@dataclass(eq=False)
class Asked:
    """A call on a handle, and what is expected of it: one outcome, or a list of which any will do;
    None when anything will."""

    handle: str
    driver: Any
    operation: str
    args: Mapping[str, Any]
    expect: Any = "ok"
    provided: Any = None
    within: float | None = None
    at_least: float | None = None
    save: Mapping[str, str] = field(default_factory=dict)
    observe: bool = False
    number: int = 0
    begun: int = 0

    def __str__(self) -> str:
        return f"{self.handle}.{self.operation}"

    def hold(
        self, reply: Reply, begun: int, known: Mapping[str, Any], transport: str, factor: float
    ) -> None:
        """See that the reply is as expected, in its time since `begun` (in ns). Raise FaultShows,
        or CannotBeTried."""
        if self.observe and reply.kind in ("ok", "error"):
            return
        if reply.kind == "unsupported":
            raise CannotBeTried(f"{self}: {reply.text}")
        if reply.kind == "broken":
            raise FaultShows(self, "a reply", f"a fault of its driver\n{reply.text}")
        if reply.kind == "ok" and (lacking := missed(self.provided, reply, known, transport)):
            raise CannotBeTried(f"{self}: the case shows something only with {lacking.expected}")
        waited, took = (reply.end - begun) / 1e9, (reply.end - reply.begin) / 1e9
        found = missed(self.expect, reply, known, transport)
        found = found or judge_time(self.within, self.at_least, waited, took, factor)
        if found is None:
            return
        found = short_of_resources(found, reply, self.args)
        if found.verdict == "inconclusive":
            raise CannotBeTried(f"{self}: {found.actual}")
        raise FaultShows(self, found.expected, found.actual)


def missed(expected: Any, reply: Reply, known: Mapping[str, Any], transport: str) -> Finding | None:
    """What is wrong with a reply; None when it is as expected."""
    if expected is None:
        return None
    outcomes = [as_outcome(one) for one in (expected if isinstance(expected, list) else [expected])]
    if any(fits(one, reply, known, transport) for one in outcomes):
        return None
    wanted = " or ".join(describe_outcome(one, known) for one in outcomes)
    return Finding("fail", expected=wanted, actual=describe_reply(reply, transport))


def as_outcome(said: Any) -> Outcome:
    """An outcome as scenarios write it: `"eof"`, `{"error": "EPIPE"}`, `{"data": "hello"}`."""
    if isinstance(said, str):
        return Outcome(said)
    names = said.get("error")
    if names is None:
        return Outcome(fields=said)
    return Outcome("error", (names,) if isinstance(names, str) else tuple(names))
