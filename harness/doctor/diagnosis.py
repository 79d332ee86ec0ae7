"""Facts about a machine -> findings: what is fine, what is worth knowing, what spoils a run. Pure.

Each rule looks at one thing and gives one finding, or None where this system does not tell. Limits
stand beside what they decide. A warning is for what makes results wrong or impossible; what only
makes them harder to compare is a note.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from harness.doctor import pace, settings
from harness.doctor.facts import Facts
from harness.doctor.finding import Finding

Rule = Callable[[Facts], "Finding | None"]

# A driver needs some ten descriptors, a case of many clients a hundred; the runner has pipes to
# every driver and keeps some warm.
FEW_DESCRIPTORS = 256
ENOUGH_DESCRIPTORS = 1024


def diagnose(facts: Facts) -> list[Finding]:
    """All findings, in the order in which they are best read."""
    groups: tuple[Iterable[Finding], ...] = (
        _apply(_TRIED, facts),
        settings.findings(facts.sysctls),
        _apply(pace.RULES, facts),
        _apply(_SURROUNDINGS, facts),
    )
    return [finding for group in groups for finding in group]


def possible(findings: Iterable[Finding]) -> bool:
    """Whether a run makes sense at all."""
    return not any(finding.stops for finding in findings)


def _apply(rules: Iterable[Rule], facts: Facts) -> list[Finding]:
    return [finding for rule in rules if (finding := rule(facts)) is not None]


# --- what was tried ------------------------------------------------------------------------------


def _loopback4(facts: Facts) -> Finding | None:
    if facts.loopback4 is None:
        return None
    if not facts.loopback4:
        seen = "127.0.0.1 binds, connects and answers"
        return Finding("loopback IPv4", "ok", seen, means="tcp4 and udp4 can run")
    means = "no case over tcp4 or udp4 can run"
    return Finding("loopback IPv4", "warn", facts.loopback4, "everybody", means, stops=True)


def _loopback6(facts: Facts) -> Finding | None:
    if facts.loopback6 is None:
        return None
    if not facts.loopback6:
        seen = "::1 binds, connects and answers"
        return Finding("loopback IPv6", "ok", seen, means="tcp6 and udp6 can run")
    whom, means = "cases over tcp6 and udp6", "they cannot run here"
    return Finding("loopback IPv6", "note", facts.loopback6, whom, means)


def _temporary(facts: Facts) -> Finding | None:
    where = facts.temporary
    if facts.temporary_writable:
        seen = f"{where}: {facts.temporary_writable}"
        means = "drivers have nowhere to put their files; set TMPDIR to a folder that is writable"
        return Finding("temporary files", "warn", seen, "everybody", means, stops=True)
    if facts.temporary_short:
        seen = f"{where}: {facts.temporary_short}"
        means = "a socket's path has room for 108 bytes; set TMPDIR to a shorter path"
        return Finding("temporary files", "warn", seen, "cases over unix sockets", means)
    if facts.temporary_writable is None:
        return None
    seen = f"{where} takes files and unix sockets"
    return Finding("temporary files", "ok", seen, means="unix transports can run")


def _descriptors(facts: Facts) -> Finding | None:
    if facts.nofile is None:
        return None
    soft = facts.nofile[0]
    seen = "no limit" if soft is None else f"{soft} at a time"
    if soft is None or soft >= ENOUGH_DESCRIPTORS:
        return Finding("open files", "ok", seen, means="enough for every scenario")
    means = f"descriptors may run out; `ulimit -n {ENOUGH_DESCRIPTORS}`"
    if soft < FEW_DESCRIPTORS:
        return Finding("open files", "warn", seen, "every run", means)
    return Finding("open files", "note", seen, "cases with many sockets, and runs with -n", means)


def _driver(facts: Facts) -> Finding | None:
    if facts.driver is None:
        return None
    if not facts.driver:
        means = "the implementation `socket` can be tried"
        return Finding("reference driver", "ok", "starts and greets", means=means)
    means = "nothing that involves the driver `socket` can run"
    return Finding("reference driver", "warn", facts.driver, "everybody", means, stops=True)


def _kernel_view(facts: Facts) -> Finding | None:
    if facts.kernel_view is None:
        return None
    if not facts.kernel_view:
        seen = "shows the call in which a driver sleeps"
        return Finding("kernel's view", "ok", seen, means="`blocked` is proved, not guessed")
    means = "`blocked` is told from 100 ms of silence instead, which is slower and proves less"
    whom = "scenarios with `blocked`"
    return Finding("kernel's view", "note", facts.kernel_view, whom, means)


_TRIED = (_loopback4, _loopback6, _temporary, _descriptors, _driver, _kernel_view)


# --- surroundings --------------------------------------------------------------------------------


def _container(facts: Facts) -> Finding | None:
    if facts.container is None:
        return None
    means = "kernel and neighbours are the host's; settings may differ from the host's"
    return Finding("container", "note", facts.container, "comparing across machines", means)


def _interpreters(facts: Facts) -> Finding | None:
    seen = ", ".join(facts.interpreters)
    if len(facts.interpreters) > 1:
        return Finding("interpreters", "ok", seen, means="each can be tried: socket@VERSION")
    means = "there is no other version to compare with; pyenv and uv are looked through"
    return Finding("interpreters", "note", seen or "none found", "socket@VERSION", means)


def _git(facts: Facts) -> Finding | None:
    if facts.git is None:
        means = "results do not say which state of the scenarios they are of"
        return Finding("git", "note", "not found", "records", means)
    seen = facts.revision or f"{facts.git}, outside a repository"
    return Finding("git", "ok", seen, means="records say of which state they are")


_SURROUNDINGS = (_container, _interpreters, _git)
