"""The judge: does a reply keep what the step expects? Pure: replies in, findings out.

It knows no sockets and no clock: durations come as numbers.
An outcome under `strict` passes; one under `also` is allowed and makes the case vary; anything else
fails. What the driver calls unsupported or broken stays that, whatever was expected.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from harness import conditions
from harness.judging.matching import Known, data_matches, described, matches, resolve
from harness.judging.wording import describe_reply, describe_set
from harness.language.model import Call, Expectation, Outcome
from harness.language.operations import OPERATIONS
from harness.language.outcomes import is_payload
from harness.protocol import Reply
from harness.verdicts import Verdict

# POSIX lets these pairs be one number, and on Linux they are.
_ALIASES = {"EWOULDBLOCK": "EAGAIN", "ENOTSUP": "EOPNOTSUPP"}
_SHORTAGES = {
    "EMFILE": "the process may open no more files",
    "ENFILE": "the machine has no more open files",
    "ENOBUFS": "the kernel has no buffers left",
    "ENOMEM": "the kernel has no memory left",
}
# A timer may fire one tick of the slowest common kernel clock (HZ=250: 4 ms) early, and a clock
# reading is not taken at the very instant: the larger of these two is forgiven to `at-least`.
EARLY_ABSOLUTE = 0.005
EARLY_RELATIVE = 0.02
# A loaded machine may leave a runnable thread off the CPU for so long: forgiven to `within`,
# times the run's factor for slow machines.
LATE_ABSOLUTE = 0.25
LATE_RELATIVE = 0.1


@dataclass(frozen=True)
class Finding:
    """What one step showed: a verdict's word, the branch of a set that matched, and the texts."""

    verdict: Verdict
    branch: str = ""
    expected: str = ""
    actual: str = ""
    expected_data: Mapping[str, Any] | None = None
    actual_data: Mapping[str, Any] | None = None


def judge(
    call: Call, expectation: Expectation | None, reply: Reply, known: Known, facts: conditions.Facts
) -> Finding:
    """Hold a reply against an expectation; without one, the call must do its work whole."""
    if (refused := refusal(reply, facts.transport)) is not None:
        return refused
    chosen = choose(expectation, facts) if expectation else whole(call, known)
    if chosen is None:
        return Finding("pass")
    branches: tuple[tuple[Verdict, Mapping[str, Outcome]], ...]
    branches = (("pass", chosen.strict), ("varies", chosen.also))
    for verdict, outcomes in branches:
        for name, outcome in outcomes.items():
            if fits(outcome, reply, known, facts.transport):
                return Finding(verdict, name)
    return Finding(
        "fail",
        expected=describe_set(chosen, known),
        actual=describe_reply(reply, facts.transport),
        expected_data=_only_data(chosen, known),
        actual_data=reply.values.get("data"),
    )


def refusal(reply: Reply, transport: str) -> Finding | None:
    """What stays the finding whatever was expected: the driver has no such call, or is broken."""
    if reply.kind not in ("unsupported", "broken"):
        return None
    kind: Verdict = "broken" if reply.kind == "broken" else "unsupported"
    return Finding(kind, actual=describe_reply(reply, transport))


def _only_data(expectation: Expectation, known: Known) -> Mapping[str, Any] | None:
    """The bytes that were expected, when there is one outcome and it names them."""
    outcomes = [*expectation.strict.values(), *expectation.also.values()]
    wanted = outcomes[0].fields.get("data") if len(outcomes) == 1 else None
    if wanted is None or not is_payload(wanted):
        return None
    return described(wanted, known)


def choose(expectation: Expectation, facts: conditions.Facts) -> Expectation | None:
    """Follow `when` to the branch that holds; None when no condition does."""
    if not expectation.when:
        return expectation
    for condition, branch in expectation.when:
        if condition == "else" or conditions.holds(condition, facts):
            return choose(branch, facts)
    return None


def whole(call: Call, known: Known) -> Expectation:
    """What must come when nothing is said: ok; who sends takes all, and `quiet` sees no event."""
    operation = OPERATIONS.get(call.operation)
    fields: dict[str, Any] = {}
    if call.operation == "quiet":
        fields["events"] = []
    if operation is not None and operation.sends:
        fields["count"] = sum(
            described(part, known)["size"] for part in _buffers(call.args.get("data"))
        )
    return Expectation(strict={"": Outcome(fields=fields)})


def _buffers(data: Any) -> Iterable[Any]:
    if data is None:
        return ()
    return data if isinstance(data, list) else (data,)


def fits(outcome: Outcome, reply: Reply, known: Known, transport: str) -> bool:
    """Whether a reply is this outcome."""
    if outcome.word == "error":
        return reply.kind == "error" and _same_error(outcome.errors, reply.error)
    if outcome.word == "would-block":
        return reply.kind == "error" and _same_error(("EAGAIN",), reply.error)
    if reply.kind != "ok":
        return False
    if outcome.word in ("eof", "empty"):
        is_stream = transport not in conditions.GROUPS["dgram"]
        return _received(reply) == 0 and is_stream == (outcome.word == "eof")
    return all(
        _field_matches(name, expected, reply.values.get(name), known)
        for name, expected in outcome.fields.items()
    )


def _same_error(names: Iterable[str], actual: str) -> bool:
    return _ALIASES.get(actual, actual) in {_ALIASES.get(name, name) for name in names}


def _received(reply: Reply) -> int | None:
    data = reply.values.get("data")
    return data["size"] if isinstance(data, Mapping) else None


def _field_matches(name: str, expected: Any, actual: Any, known: Known) -> bool:
    if name == "data":
        return data_matches(expected, actual, known)
    return matches(resolve(expected, known), actual)


def judge_time(
    within: float | None, at_least: float | None, waited: float, took: float, factor: float
) -> Finding | None:
    """Hold durations in seconds against a step's bounds; None when they are kept.

    `waited` runs from the step's beginning to the call's end, `took` is the call alone.
    """
    if within is not None and waited > late_bound(within, factor):
        return Finding(
            "fail",
            expected=f"its end within {_ms(within)}",
            actual=f"ended after {_ms(waited)}",
        )
    if at_least is not None and took < at_least - max(EARLY_ABSOLUTE, at_least * EARLY_RELATIVE):
        return Finding(
            "fail", expected=f"to take at least {_ms(at_least)}", actual=f"took {_ms(took)}"
        )
    return None


def short_of_resources(finding: Finding, reply: Reply, args: Mapping[str, Any]) -> Finding:
    """Turn a failure into `inconclusive` when the machine had run out of something.

    No descriptor, no memory or no free port is no statement about the socket on trial; a scenario
    that is about such a shortage expects its error and never comes here.
    """
    address = args.get("address")
    chosen = isinstance(address, Mapping) and bool(address.get("port") or address.get("path"))
    if reply.error in _SHORTAGES:
        reason = _SHORTAGES[reply.error]
    elif reply.error == "EADDRINUSE" and not chosen:
        reason = "no port of the machine's range is free"
    elif reply.error == "EADDRNOTAVAIL" and "to" in args:
        reason = "no port of the machine's range is free for this destination"
    else:
        return finding
    return replace(finding, verdict="inconclusive", actual=f"{finding.actual}: {reason}")


def time_ran_out(reply: Reply, after: float) -> bool:
    """Whether a call has ended because the time it was given was over, with nothing to tell, and
    not sooner than `after` seconds from its begin: one that does not wait for its time is back at
    once."""
    if reply.end - reply.begin < after * 1e9:
        return False
    if reply.kind == "error":
        return _same_error(("EAGAIN", "timeout", "ETIMEDOUT"), reply.error)
    waited_for = [reply.values[name] for name in ("events", "ready") if name in reply.values]
    return reply.kind == "ok" and waited_for == [[]]


def late_bound(within: float, factor: float) -> float:
    """The longest time, in seconds, that still counts as `within`."""
    return within + max(LATE_ABSOLUTE, within * LATE_RELATIVE) * factor


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.1f} ms"
