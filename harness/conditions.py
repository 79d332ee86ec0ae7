"""The words of `only:` and `when:`: on which transport, system and implementation something holds.

Pure: the facts come from the caller. A condition is one word:

- a transport or a family of them: tcp4 … unix-seqpacket, tcp, udp, unix, stream, dgram, seqpacket,
  ipv4, ipv6;
- a system: linux, darwin, freebsd, windows, or a bound on its kernel, `linux>=6.10`;
- a language runtime of the actor that does the step: cpython, pypy, or `python>=3.13`;
- an implementation: `impl:asyncio-streams`;
- `not` before any of them, joined by a hyphen: `not-pypy`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

GROUPS: dict[str, frozenset[str]] = {
    "tcp": frozenset({"tcp4", "tcp6"}),
    "udp": frozenset({"udp4", "udp6"}),
    "unix": frozenset({"unix-stream", "unix-dgram", "unix-seqpacket"}),
    "stream": frozenset({"tcp4", "tcp6", "unix-stream"}),
    "dgram": frozenset({"udp4", "udp6", "unix-dgram"}),
    "seqpacket": frozenset({"unix-seqpacket"}),
    "connection": frozenset({"tcp4", "tcp6", "unix-stream", "unix-seqpacket"}),
    "inet": frozenset({"tcp4", "tcp6", "udp4", "udp6"}),
    "ipv4": frozenset({"tcp4", "udp4"}),
    "ipv6": frozenset({"tcp6", "udp6"}),
    **{
        t: frozenset({t})
        for t in ("tcp4", "tcp6", "udp4", "udp6", "unix-stream", "unix-dgram", "unix-seqpacket")
    },
}
SYSTEMS = ("linux", "darwin", "freebsd", "windows")
RUNTIMES = ("cpython", "pypy")

_BOUND = re.compile(r"(python|linux|darwin|freebsd|windows)(>=|<)(\d+(?:\.\d+)*)")


@dataclass(frozen=True)
class Facts:
    """What conditions are held against: `runtime` is the driver's own words, "CPython 3.11.7"."""

    transport: str
    system: str
    kernel: tuple[int, ...] = ()
    runtime: str = ""
    implementation: str = "socket"


def understood(condition: str) -> bool:
    """Whether the word is a condition at all."""
    word = condition.removeprefix("not-")
    return (
        word in GROUPS
        or word in SYSTEMS
        or word in RUNTIMES
        or word.startswith("impl:")
        or _BOUND.fullmatch(word) is not None
    )


def holds(condition: str, facts: Facts) -> bool:
    """Whether a condition is true of these facts."""
    if condition.startswith("not-"):
        return not holds(condition.removeprefix("not-"), facts)
    if condition in GROUPS:
        return facts.transport in GROUPS[condition]
    if condition in SYSTEMS:
        return condition == facts.system
    if condition in RUNTIMES:
        return facts.runtime.lower().startswith(condition)
    if condition.startswith("impl:"):
        return facts.implementation.partition("@")[0] == condition.removeprefix("impl:")
    return _bound_holds(condition, facts)


def any_holds(conditions: tuple[str, ...], facts: Facts) -> bool:
    """Whether one of several conditions is true; no condition at all is always true."""
    return not conditions or any(holds(c, facts) for c in conditions)


def _bound_holds(condition: str, facts: Facts) -> bool:
    match = _BOUND.fullmatch(condition)
    if match is None:
        raise ValueError(f"not a condition: {condition!r}")
    subject, relation, bound = match.groups()
    if subject == "python":
        actual = version_of(facts.runtime)
    elif subject == facts.system:
        actual = facts.kernel
    else:
        return False
    wanted = tuple(int(part) for part in bound.split("."))
    return actual >= wanted if relation == ">=" else actual < wanted


def version_of(text: str) -> tuple[int, ...]:
    """The first dotted number in a text: (3, 11, 7) of "CPython 3.11.7", () when there is none."""
    match = re.search(r"\d+(?:\.\d+)*", text)
    return tuple(int(part) for part in match.group().split(".")) if match else ()


def environment_only(condition: str) -> bool:
    """Whether the transport alone does not settle the condition: it needs a running driver."""
    return condition.removeprefix("not-") not in GROUPS
