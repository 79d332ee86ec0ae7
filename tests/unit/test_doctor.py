"""The doctor's judgement: facts in, findings out, without looking at any machine."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from click.testing import CliRunner

from harness.commands import doctor
from harness.doctor import looking
from harness.doctor.diagnosis import diagnose, possible
from harness.doctor.facts import Facts
from harness.doctor.finding import Finding
from harness.doctor.settings import SETTINGS

HEALTHY = Facts(
    loopback4="",
    loopback6="",
    temporary="/tmp",
    temporary_writable="",
    temporary_short="",
    driver="",
    kernel_view="",
    batch="",
    idle_hold="",
    nofile=(1024, 4096),
    sysctls={
        "net.core.somaxconn": (4096,),
        "net.ipv4.tcp_max_syn_backlog": (2048,),
        "net.ipv4.ip_local_port_range": (32768, 60999),
        "net.ipv4.tcp_rmem": (4096, 131072, 6291456),
        "net.ipv4.tcp_wmem": (4096, 16384, 4194304),
        "net.core.rmem_max": (212992,),
        "net.core.wmem_max": (212992,),
        "net.ipv4.tcp_syncookies": (1,),
        "net.ipv4.tcp_abort_on_overflow": (0,),
        "net.ipv4.tcp_timestamps": (1,),
        "net.ipv4.tcp_fin_timeout": (60,),
        "net.unix.max_dgram_qlen": (10,),
        "net.core.optmem_max": (20480,),
    },
    clock_resolution=1,
    clock_cost=45.2,
    clock_source="tsc",
    cpus=4,
    usable=(0, 1, 2, 3),
    governor="performance",
    turbo=False,
    load=0.2,
    stolen=0.001,
    quota=None,
    container=None,
    interpreters=("CPython 3.8.18", "CPython 3.12.1"),
    git="/usr/bin/git",
    revision="abc-dirty",
)


def about(name: str, **changes: Any) -> Finding:
    """The finding about one thing of a machine that is healthy but for the changes."""
    (finding,) = [f for f in diagnose(replace(HEALTHY, **changes)) if f.about == name]
    return finding


def setting(name: str, *values: int) -> Finding:
    """The finding about one setting of the kernel."""
    return about(name, sysctls={**HEALTHY.sysctls, name: values})


def test_a_healthy_machine() -> None:
    """All is well: nothing is complained of, and everything was looked at."""
    findings = diagnose(HEALTHY)
    assert {finding.level for finding in findings} == {"ok"}
    assert all(finding.means and not finding.whom for finding in findings)
    assert possible(findings)
    assert len(findings) == len({finding.about for finding in findings}) == 15 + len(SETTINGS)


def test_a_system_that_tells_nothing() -> None:
    """What a system does not tell is left out, and is no reason against a run."""
    findings = diagnose(Facts())
    assert [finding.about for finding in findings] == ["frequency", "interpreters", "git"]
    assert possible(findings)


def test_every_complaint_says_for_whom_and_why() -> None:
    """A note or a warning never stands alone."""
    ill = Facts(
        loopback4="no",
        loopback6="no",
        temporary_writable="no",
        driver="no",
        kernel_view="no",
        batch="no",
        idle_hold="no",
        nofile=(10, 10),
        sysctls={s.name: (3, 3, 3)[: len(HEALTHY.sysctls[s.name])] for s in SETTINGS},
        clock_resolution=1e6,
        clock_cost=1e6,
        cpus=1,
        governor="powersave",
        load=9.0,
        stolen=0.5,
        quota=0.5,
        container="docker",
    )
    findings = diagnose(ill)
    assert {finding.level for finding in findings} == {"note", "warn"}
    assert all(finding.whom and finding.means for finding in findings)
    assert len(findings) == 17 + len(SETTINGS)


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("loopback IPv4", {"loopback4": "127.0.0.1: Network is unreachable"}),
        ("temporary files", {"temporary_writable": "Read-only file system"}),
        ("reference driver", {"driver": "it greets not"}),
    ],
)
def test_what_makes_a_run_impossible(name: str, changes: dict[str, str]) -> None:
    """Without IPv4 loopback, without files, without the reference driver there is no run."""
    findings = diagnose(replace(HEALTHY, **changes))  # type: ignore[arg-type]
    assert [(f.about, f.level) for f in findings if f.stops] == [(name, "warn")]
    assert not possible(findings)


LEVELS: list[tuple[str, dict[str, Any], str]] = [
    ("loopback IPv6", {"loopback6": "::1: Cannot assign requested address"}, "note"),
    ("temporary files", {"temporary_short": "the path has 120 bytes"}, "warn"),
    ("open files", {"nofile": (1023, 4096)}, "note"),
    ("open files", {"nofile": (256, 4096)}, "note"),
    ("open files", {"nofile": (255, 4096)}, "warn"),
    ("open files", {"nofile": (None, None)}, "ok"),
    ("kernel's view", {"kernel_view": "Permission denied"}, "note"),
    ("clock", {"clock_resolution": 1000}, "ok"),
    ("clock", {"clock_resolution": 1001}, "warn"),
    ("clock", {"clock_cost": 250}, "ok"),
    ("clock", {"clock_cost": 251}, "warn"),
    ("processors", {"usable": (0, 1, 2)}, "ok"),
    ("processors", {"usable": (0, 1)}, "note"),
    ("processors", {"usable": (3,)}, "warn"),
    ("processors", {"usable": (), "cpus": 1}, "warn"),
    ("frequency", {"governor": "powersave"}, "warn"),
    ("frequency", {"turbo": True}, "note"),
    ("frequency", {"governor": None, "turbo": False}, "ok"),
    ("frequency", {"governor": None, "turbo": None}, "note"),
    ("load", {"load": 0.99}, "ok"),
    ("load", {"load": 1.0}, "note"),
    ("load", {"load": 4.0}, "warn"),
    ("load", {"load": 1.0, "usable": (0,)}, "warn"),
    ("stolen time", {"stolen": 0.0099}, "ok"),
    ("stolen time", {"stolen": 0.01}, "warn"),
    ("CPU quota", {"quota": 1.5}, "warn"),
    ("idle states", {"idle_hold": "/dev/cpu_dma_latency needs root"}, "note"),
    ("SCHED_BATCH", {"batch": "Operation not permitted"}, "note"),
    ("container", {"container": "docker"}, "note"),
    ("interpreters", {"interpreters": ("CPython 3.12.1",)}, "note"),
    ("interpreters", {"interpreters": ()}, "note"),
    ("git", {"git": None}, "note"),
    ("git", {"revision": None}, "ok"),
]


@pytest.mark.parametrize(("name", "changes", "level"), LEVELS)
def test_each_rule_has_its_limit(name: str, changes: dict[str, Any], level: str) -> None:
    """Just inside a limit all is well, just outside it is said."""
    assert about(name, **changes).level == level


@pytest.mark.parametrize(
    ("name", "fine", "other"),
    [
        ("net.core.somaxconn", (128,), (127,)),
        ("net.ipv4.tcp_max_syn_backlog", (128,), (64,)),
        ("net.ipv4.ip_local_port_range", (10001, 20000), (10001, 19999)),
        ("net.ipv4.tcp_rmem", (4096, 87380, 1), (4096, 65536, 9999999)),
        ("net.ipv4.tcp_wmem", (4096, 16384, 1), (4096, 32768, 9999999)),
        ("net.core.rmem_max", (212992,), (131071,)),
        ("net.core.wmem_max", (4194304,), (131071,)),
        ("net.ipv4.tcp_syncookies", (1,), (2,)),
        ("net.ipv4.tcp_abort_on_overflow", (0,), (1,)),
        ("net.ipv4.tcp_timestamps", (2,), (0,)),
        ("net.ipv4.tcp_fin_timeout", (60,), (15,)),
        ("net.unix.max_dgram_qlen", (512,), (2,)),
        ("net.core.optmem_max", (131072,), (10240,)),
    ],
)
def test_each_setting(name: str, fine: tuple[int, ...], other: tuple[int, ...]) -> None:
    """A setting is fine, or is told with its value."""
    assert setting(name, *fine).level == "ok"
    finding = setting(name, *other)
    assert finding.level in ("note", "warn")
    assert finding.seen == " ".join(map(str, other))


def test_a_setting_which_this_kernel_lacks_is_left_out() -> None:
    """An older kernel, or a container that hides /proc/sys/net."""
    names = [finding.about for finding in diagnose(replace(HEALTHY, sysctls={}))]
    assert not any(name.startswith("net.") for name in names)


def test_stolen_time_is_read() -> None:
    """The eighth number of the first line of /proc/stat, as a part of all."""
    assert looking.stolen_share("cpu  10 10 10 50 5 3 2 10 7 7\ncpu0 1\n") == 0.1
    assert looking.stolen_share("cpu  0 0 0 0 0 0 0 0 0 0") is None
    assert looking.stolen_share("cpu  1 2 3\n") is None
    assert looking.stolen_share("") is None


def run(monkeypatch: pytest.MonkeyPatch, facts: Facts, *options: str) -> Any:
    """The command on a machine with these facts."""
    monkeypatch.setattr(looking, "look", lambda: facts)
    return CliRunner().invoke(doctor.command, options, standalone_mode=False)


def test_the_text(monkeypatch: pytest.MonkeyPatch) -> None:
    """One line for each thing, a second one for what it means, and a sum."""
    facts = Facts(
        loopback4="", loopback6="::1: no", load=3.0, cpus=2, turbo=False, git="git", revision="abc"
    )
    result = run(monkeypatch, facts)
    assert result.return_value == 0
    assert result.output == (
        "ok    loopback IPv4  127.0.0.1 binds, connects and answers\n"
        "                     tcp4 and udp4 can run\n"
        "note  loopback IPv6  ::1: no\n"
        "                     for cases over tcp6 and udp6: they cannot run here\n"
        "note  processors     2\n"
        "                     for latency: with the placement two-cpus the runner shares a CPU with"
        " what it measures\n"
        "ok    frequency      turbo off\n"
        "                     one speed, so figures compare\n"
        "WARN  load           3.00 runnable in the last minute, 1.50 for each CPU\n"
        "                     for latency: others compete for the CPUs and disturb what is"
        " measured\n"
        "note  interpreters   none found\n"
        "                     for socket@VERSION: there is no other version to compare with; pyenv"
        " and uv are looked through\n"
        "ok    git            abc\n"
        "                     records say of which state they are\n"
        "1 warning, 3 notes.\n"
    )


def test_the_exit_status_and_the_sum_of_an_impossible_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine on which nothing can run is told in the last line and by the exit status."""
    result = run(monkeypatch, replace(HEALTHY, loopback4="127.0.0.1: no"))
    assert result.return_value == 1
    assert result.output.endswith("No run is possible here: loopback IPv4.\n")


def test_json(monkeypatch: pytest.MonkeyPatch) -> None:
    """For programs: whether a run is possible, the findings and all the facts."""
    result = run(monkeypatch, replace(HEALTHY, quota=0.5), "--format", "json")
    report = json.loads(result.output)
    assert report["possible"] is True
    assert report["facts"]["nofile"] == [1024, 4096]
    (quota,) = [finding for finding in report["findings"] if finding["about"] == "CPU quota"]
    assert quota["seen"] == "0.5 CPUs"
    assert quota["level"] == "warn"
