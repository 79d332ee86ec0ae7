"""What the corpus touches: operations, options, flags, errors, by transport; and what never.

Pure: counts what scenarios say, not what a run did. The universe of options and flags comes from
the caller, who can ask this system's socket library; that of errors stands here.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from harness.language.model import Call, Expectation, Finish, Scenario, Step, Together, Variant
from harness.language.operations import OPERATIONS
from harness.language.steps import KERNEL

Counts = Mapping[str, Mapping[str, int]]

# The errors that POSIX.1-2017 lists for the socket functions (accept to socketpair), and Linux's
# EHOSTDOWN and ETOOMANYREFS (unix(7)).
ERRORS = (
    "EACCES", "EADDRINUSE", "EADDRNOTAVAIL", "EAFNOSUPPORT", "EAGAIN", "EALREADY", "EBADF",
    "ECONNABORTED", "ECONNREFUSED", "ECONNRESET", "EDESTADDRREQ", "EDOM", "EFAULT", "EHOSTUNREACH",
    "EINPROGRESS", "EINTR", "EINVAL", "EIO", "EISCONN", "ELOOP", "EMFILE", "EMSGSIZE",
    "ENAMETOOLONG", "ENETDOWN", "ENETUNREACH", "ENFILE", "ENOBUFS", "ENOENT", "ENOMEM",
    "ENOPROTOOPT", "ENOTCONN", "ENOTDIR", "ENOTSOCK", "EOPNOTSUPP", "EPERM", "EPIPE",
    "EPROTONOSUPPORT", "EPROTOTYPE", "EROFS", "ETIMEDOUT", "ETOOMANYREFS",
)  # fmt: skip
_SAME = {"EWOULDBLOCK": "EAGAIN", "ENOTSUP": "EOPNOTSUPP"}


@dataclass
class Coverage:
    """Name -> transport -> how many scenarios touch it there."""

    operations: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    options: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    flags: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    errors: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))

    def add(self, scenario: Scenario) -> None:
        """Count what a scenario touches, once on each of its transports."""
        touched: dict[str, set[str]] = defaultdict(set)
        for variant in scenario.variants:
            for what, name in _touched(variant):
                touched[what].add(name)
        for what, names in touched.items():
            for name in names:
                getattr(self, what)[name].update(scenario.transports)

    def never(self, options: Iterable[str], flags: Iterable[str]) -> dict[str, list[str]]:
        """What no scenario touches, of all that there is."""
        return {
            "operations": [name for name in OPERATIONS if name not in self.operations],
            "options": sorted(set(options) - set(self.options)),
            "flags": sorted(set(flags) - set(self.flags)),
            "errors": [name for name in ERRORS if name not in self.errors],
        }


def coverage(scenarios: Iterable[Scenario]) -> Coverage:
    """Return what these scenarios touch."""
    found = Coverage()
    for scenario in scenarios:
        found.add(scenario)
    return found


def _touched(variant: Variant) -> Iterator[tuple[str, str]]:
    for step in _flat((*variant.steps, *variant.closing)):
        if isinstance(step, Call) and step.handle != KERNEL:
            yield "operations", step.operation
            yield from _named(step.args)
        for expectation in _expectations(step):
            for name in _errors(expectation):
                yield "errors", _SAME.get(name, name)


def _flat(steps: Iterable[Step]) -> Iterator[Step]:
    for step in steps:
        if isinstance(step, Together):
            yield from step.calls
        else:
            yield step


def _named(args: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if isinstance(args.get("option"), str):
        yield "options", args["option"]
    for flag in args.get("flags", ()):
        if isinstance(flag, str):
            yield "flags", flag


def _expectations(step: Step) -> Iterator[Expectation]:
    if isinstance(step, (Call, Finish)) and step.expect is not None:
        yield step.expect


def _errors(expectation: Expectation) -> Iterator[str]:
    for outcome in (*expectation.strict.values(), *expectation.also.values()):
        yield from outcome.errors
        if outcome.word == "would-block":
            yield "EAGAIN"
    for _, branch in expectation.when:
        yield from _errors(branch)
