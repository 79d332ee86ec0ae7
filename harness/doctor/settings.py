"""The kernel's network settings that scenarios depend on: which values are fine, and what others
mean. Pure; one table.

Scenarios are written for any setting. What differs is what they can show, so nearly everything
here is a note; a warning is a setting that makes correct sockets look wrong.

Linux: ip-sysctl.rst, Documentation/admin-guide/sysctl/net.rst, tcp(7), socket(7), unix(7).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from harness.doctor.finding import Finding, Level

Values = tuple[int, ...]


@dataclass(frozen=True)
class Setting:
    """One setting: what it means when it is fine, when that is, and else for whom it matters."""

    name: str
    good: str
    fine: Callable[[Values], bool]
    whom: str
    means: str
    level: Level = "note"


def _at_least(number: int) -> Callable[[Values], bool]:
    return lambda values: values[-1] >= number


def _is(number: int) -> Callable[[Values], bool]:
    return lambda values: values == (number,)


def _starts_with(*numbers: int) -> Callable[[Values], bool]:
    """The default size of a buffer, the second of three numbers, is one of these."""
    return lambda values: len(values) == 3 and values[1] in numbers


def _span(number: int) -> Callable[[Values], bool]:
    return lambda values: len(values) == 2 and values[1] - values[0] + 1 >= number


SETTINGS = (
    Setting(
        "net.core.somaxconn",
        "long enough for every backlog that scenarios ask for",
        _at_least(128),
        "scenarios about the backlog",
        "a longer backlog is cut to this without a word",
    ),
    Setting(
        "net.ipv4.tcp_max_syn_backlog",
        "so many handshakes may be under way at a listener",
        _at_least(128),
        "many connects at once",
        "further handshakes are dropped and tried again after a second",
    ),
    Setting(
        "net.ipv4.ip_local_port_range",
        "ports enough for workloads that connect",
        _span(10_000),
        "workloads that connect",
        "a closed connection keeps its port for a minute (TIME_WAIT), so the ports run out",
        "warn",
    ),
    Setting(
        "net.ipv4.tcp_rmem",
        "TCP's receive buffer begins at the kernel's own default",
        _starts_with(87_380, 131_072),
        "throughput, and scenarios that fill buffers",
        "the receive buffer's default is not the kernel's own, so figures differ from elsewhere",
    ),
    Setting(
        "net.ipv4.tcp_wmem",
        "TCP's send buffer begins at the kernel's own default",
        _starts_with(16_384, 65_536),
        "throughput, and scenarios that fill buffers",
        "the send buffer's default is not the kernel's own, so figures differ from elsewhere",
    ),
    Setting(
        "net.core.rmem_max",
        "SO_RCVBUF can be set to what scenarios ask for",
        _at_least(212_992),
        "scenarios that set SO_RCVBUF",
        "a larger buffer is cut to this without a word",
    ),
    Setting(
        "net.core.wmem_max",
        "SO_SNDBUF can be set to what scenarios ask for",
        _at_least(212_992),
        "scenarios that set SO_SNDBUF",
        "a larger buffer is cut to this without a word",
    ),
    Setting(
        "net.ipv4.tcp_syncookies",
        "a full queue of handshakes falls back to cookies, as nearly everywhere",
        _is(1),
        "scenarios about the backlog",
        "0: a full queue of handshakes drops them; 2 is meant for tests of the kernel alone",
    ),
    Setting(
        "net.ipv4.tcp_abort_on_overflow",
        "a connect beyond the backlog waits, as it should",
        _is(0),
        "scenarios about the backlog",
        "a connect beyond the backlog is reset, where it should wait",
        "warn",
    ),
    Setting(
        "net.ipv4.tcp_timestamps",
        "a port in TIME_WAIT can be used again early",
        lambda values: values[0] in (1, 2),
        "workloads that connect",
        "without timestamps a port in TIME_WAIT cannot be used again early",
    ),
    Setting(
        "net.ipv4.tcp_fin_timeout",
        "seconds until a silent peer is forgotten after a close",
        _is(60),
        "scenarios about half-closed connections",
        "a side that closed forgets a silent peer after so many seconds, not after 60",
    ),
    Setting(
        "net.unix.max_dgram_qlen",
        "so many unix datagrams may wait unread",
        _at_least(10),
        "scenarios that fill a unix datagram queue",
        "so few messages wait unread before their sender blocks",
    ),
    Setting(
        "net.core.optmem_max",
        "room enough for control messages",
        _at_least(20_480),
        "scenarios with control messages",
        "long ancillary data is refused with ENOBUFS",
    ),
)


def findings(sysctls: Mapping[str, Values]) -> list[Finding]:
    """One finding for each setting that this system has."""
    return [
        _finding(setting, sysctls[setting.name])
        for setting in SETTINGS
        if sysctls.get(setting.name)
    ]


def _finding(setting: Setting, values: Values) -> Finding:
    seen = " ".join(map(str, values))
    if setting.fine(values):
        return Finding(setting.name, "ok", seen, means=setting.good)
    return Finding(setting.name, setting.level, seen, setting.whom, setting.means)
