"""What a header says of the machine and of the revision."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

import harness
from harness.records import environment
from harness.records.lines import decode, encode
from harness.records.revision import parse
from tests.unit.record_samples import HEADER

# The machine


def test_the_facts_of_a_machine_without_proc_and_sys_are_null(tmp_path: Path) -> None:
    """An absent fact is null, never an error."""
    facts = environment.facts(tmp_path)
    absent = ("cpu", "governor", "cpu_quota", "container")
    assert [facts[name] for name in absent] == [None] * 4
    assert set(facts["sysctls"].values()) == {None}


def test_facts_are_read_from_the_files_of_linux(tmp_path: Path) -> None:
    """Numbers come as numbers, lists as lists, and a bound on processors as their number."""
    files = {
        "proc/cpuinfo": "processor : 0\nmodel name\t: A Fast One\n",
        "proc/sys/net/core/somaxconn": "4096\n",
        "proc/sys/net/ipv4/tcp_rmem": "4096\t131072\t6291456\n",
        "proc/sys/net/ipv4/tcp_wmem": "garbage\n",
        "proc/1/cgroup": "0::/kubepods/pod1\n",
        "sys/fs/cgroup/cpu.max": "150000 100000\n",
        "sys/devices/system/cpu/cpu0/cpufreq/scaling_governor": "powersave\n",
        "sys/devices/system/cpu/cpu1/cpufreq/scaling_governor": "performance\n",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    facts = environment.facts(tmp_path)
    assert facts["cpu"] == "A Fast One"
    assert facts["governor"] == "performance powersave"
    assert facts["cpu_quota"] == 1.5
    assert facts["container"] == "kubepods"
    assert facts["sysctls"]["net.core.somaxconn"] == 4096
    assert facts["sysctls"]["net.ipv4.tcp_rmem"] == [4096, 131072, 6291456]
    assert facts["sysctls"]["net.ipv4.tcp_wmem"] is None


def test_a_system_without_affinity_has_null_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """macOS has no sched_getaffinity; its headers are written all the same."""
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    assert environment.facts()["affinity"] is None


def test_a_header_of_this_machine_can_be_written_and_read() -> None:
    """Whatever this machine says fits on the first line."""
    header = environment.header(["sockharness", "run"], revision="abc", drivers=HEADER.drivers)
    assert decode(encode(header)) == header
    assert json.dumps(header.environment)
    assert header.environment["harness"] == harness.__version__


# The revision


@pytest.mark.parametrize(
    ("status", "revision"),
    [
        ("# branch.oid abc123\n# branch.head main\n", "abc123"),
        ("# branch.oid abc123\n1 .M N... 100644 100644 100644 a b file\n", "abc123-dirty"),
        ("# branch.oid (initial)\n# branch.head main\n", None),
        ("", None),
    ],
)
def test_the_revision_is_read_from_what_git_says(status: str, revision: str | None) -> None:
    """A changed tree is another state than its commit; before the first commit there is none."""
    assert parse(status) == revision
