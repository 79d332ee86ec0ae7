"""What the corpus touches: operations, options, flags, errors, by transport; and what never.

Pure: counts what scenarios say, not what a run did. Where a step or an outcome is for some
transports only, it counts there. The universe of options and flags comes from the caller, who can
ask this system's socket library; the rest of it stands in `coverage_universe.py`.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from harness import conditions
from harness.coverage_universe import ERRORS, MESSAGES, PROMISED
from harness.language.model import Call, Expectation, Finish, Outcome, Scenario, Step, Together
from harness.language.operations import OPERATIONS
from harness.language.steps import KERNEL

Counts = Mapping[str, Mapping[str, int]]
_SAME = {"EWOULDBLOCK": "EAGAIN", "ENOTSUP": "EOPNOTSUPP"}


def _counts() -> dict[str, Counter[str]]:
    return defaultdict(Counter)


@dataclass
class Coverage:
    """Name -> transport -> how many scenarios touch it there. In `pairs` a name is an operation
    with an option, a flag, a control message or an error: `recv MSG_PEEK`."""

    operations: dict[str, Counter[str]] = field(default_factory=_counts)
    options: dict[str, Counter[str]] = field(default_factory=_counts)
    messages: dict[str, Counter[str]] = field(default_factory=_counts)
    flags: dict[str, Counter[str]] = field(default_factory=_counts)
    errors: dict[str, Counter[str]] = field(default_factory=_counts)
    pairs: dict[str, Counter[str]] = field(default_factory=_counts)

    def add(self, scenario: Scenario) -> None:
        """Count what a scenario touches, once on each of its transports."""
        for transport in scenario.transports:
            for what, name in set(_touched(scenario, transport)):
                getattr(self, what)[name][transport] += 1

    def never(self, options: Iterable[str], flags: Iterable[str]) -> dict[str, list[str]]:
        """What no scenario touches, of all that there is."""
        promised = [f"{call} {error}" for call, errors in PROMISED.items() for error in errors]
        return {
            "operations": [name for name in OPERATIONS if name not in self.operations],
            "options": sorted(set(options) - set(self.options) - set(self.messages)),
            "messages": [name for name in MESSAGES if name not in self.messages],
            "flags": sorted(set(flags) - set(self.flags)),
            "errors": [name for name in ERRORS if name not in self.errors],
            "pairs": [name for name in promised if name not in self.pairs],
        }


def coverage(scenarios: Iterable[Scenario]) -> Coverage:
    """Return what these scenarios touch."""
    found = Coverage()
    for scenario in scenarios:
        found.add(scenario)
    return found


def _touched(scenario: Scenario, transport: str) -> Iterator[tuple[str, str]]:
    for variant in scenario.variants:
        begun: dict[str, str] = {}
        for step in _flat((*variant.steps, *variant.closing), transport):
            name = _operation(step, begun)
            if isinstance(step, Call):
                yield "operations", step.operation
                yield from _of(name, _named(step.args))
            for outcome in _outcomes(step, transport):
                yield from _of(name, _in_outcome(outcome))


def _operation(step: Step, begun: dict[str, str]) -> str:
    """The operation that a step, or the call that it finishes, does; of `raw` the call itself."""
    if isinstance(step, Call):
        name = str(step.args["call"]) if step.operation == "raw" else step.operation
        if step.start is not None:
            begun[step.start] = name
        return name
    return begun.get(step.name, "") if isinstance(step, Finish) else ""


def _of(operation: str, found: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    for what, name in found:
        yield what, name
        yield "pairs", f"{operation} {name}"


def _flat(steps: Iterable[Step], transport: str) -> Iterator[Step]:
    """The steps that may be done on the transport; what asks the kernel's table is no operation."""
    for step in steps:
        if not _may_hold(step.only, transport):
            continue
        if isinstance(step, Together):
            yield from _flat(step.calls, transport)
        elif not (isinstance(step, Call) and step.handle == KERNEL):
            yield step


def _may_hold(words: tuple[str, ...], transport: str) -> bool:
    facts = conditions.Facts(transport, system="")
    return not words or any(
        conditions.environment_only(word) or conditions.holds(word, facts) for word in words
    )


def _named(args: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if isinstance(args.get("option"), str):
        yield "options", args["option"]
    for flag in args.get("flags", ()):
        if isinstance(flag, str):
            yield "flags", flag
    yield from _messages(args.get("ancillary"))


def _messages(value: Any) -> Iterator[tuple[str, str]]:
    """The control messages that are sent, or named anywhere in what is expected of `ancillary`."""
    if isinstance(value, Mapping):
        if isinstance(value.get("type"), str):
            yield "messages", value["type"]
        if "fds" in value:
            yield "messages", "SCM_RIGHTS"
        if "credentials" in value:
            yield "messages", "SCM_CREDENTIALS"
        value = list(value.values())
    if isinstance(value, (list, tuple)):
        for part in value:
            yield from _messages(part)


def _outcomes(step: Step, transport: str) -> Iterator[Outcome]:
    if isinstance(step, (Call, Finish)) and step.expect is not None:
        yield from _branches(step.expect, transport)


def _branches(expectation: Expectation, transport: str) -> Iterator[Outcome]:
    """The outcomes that may be expected there: of a choice, up to a condition that surely holds."""
    yield from expectation.strict.values()
    yield from expectation.also.values()
    for word, branch in expectation.when:
        settled = word == "else" or not conditions.environment_only(word)
        if word != "else" and not _may_hold((word,), transport):
            continue
        yield from _branches(branch, transport)
        if settled:
            return


def _in_outcome(outcome: Outcome) -> Iterator[tuple[str, str]]:
    for name in outcome.errors:
        yield "errors", _SAME.get(name, name)
    if outcome.word == "would-block":
        yield "errors", "EAGAIN"
    yield from _messages(outcome.fields.get("ancillary"))
