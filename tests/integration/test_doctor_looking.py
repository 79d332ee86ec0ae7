"""The doctor looks at the machine it runs on, and leaves it as it was."""

from __future__ import annotations

import json
import os
import socket
import sys
from pathlib import Path

import psutil
import pytest
from click.testing import CliRunner

from harness.commands import doctor
from harness.doctor import looking, trying
from harness.doctor.settings import SETTINGS
from harness.drivers import registry


def test_this_machine() -> None:
    """The tests need loopback, a temporary directory and the driver; so the doctor finds them."""
    facts = looking.look()
    assert facts.loopback4 == ""
    assert facts.temporary_writable == ""
    assert facts.temporary_short == ""
    assert facts.driver == ""
    assert facts.interpreters
    assert facts.clock_cost is not None
    assert 0 < facts.clock_cost < 100_000
    assert facts.nofile is not None


@pytest.mark.skipif(not hasattr(os, "SCHED_BATCH"), reason="Linux has it")
def test_the_machine_is_left_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Policy, temporary directory and child processes are what they were."""
    monkeypatch.setattr(looking, "short_base", lambda: str(tmp_path))
    children = psutil.Process().children()
    os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))
    looking.look()
    assert os.sched_getscheduler(0) == os.SCHED_OTHER
    assert tmp_path.is_dir()
    assert list(tmp_path.iterdir()) == []
    assert psutil.Process().children() == children


def test_files_of_the_system_are_read(tmp_path: Path) -> None:
    """Settings, turbo, quota and stolen time come from the files of /proc and /sys."""
    files = {f"proc/sys/{s.name.replace('.', '/')}": "1\t2\n" for s in SETTINGS[:2]}
    files["sys/devices/system/cpu/intel_pstate/no_turbo"] = "1\n"
    files["sys/fs/cgroup/cpu/cpu.cfs_quota_us"] = "150000\n"
    files["sys/fs/cgroup/cpu/cpu.cfs_period_us"] = "100000\n"
    files["sys/devices/system/clocksource/clocksource0/current_clocksource"] = "hpet\n"
    files["proc/stat"] = "cpu  1 1 1 1 1 1 1 1 0 0\n"
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    facts = looking.look(tmp_path)
    assert facts.sysctls == {setting.name: (1, 2) for setting in SETTINGS[:2]}
    assert (facts.turbo, facts.quota, facts.clock_source) == (False, 1.5, "hpet")
    assert facts.stolen == 1 / 8


def test_a_system_without_such_files(tmp_path: Path) -> None:
    """On another system nothing is known and nothing fails."""
    facts = looking.look(tmp_path)
    assert facts.sysctls == {}
    assert (facts.turbo, facts.quota, facts.clock_source, facts.stolen) == (None,) * 4


def test_an_address_that_is_not_of_this_machine() -> None:
    """A loopback that is down is told with the system's own words."""
    assert trying.loopback(socket.AF_INET, "203.0.113.1").startswith("203.0.113.1: Cannot assign")


def test_temporary_directories_that_will_not_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Too long for a socket, or not there at all; then no driver is tried."""
    deep = tmp_path / ("x" * 90)
    deep.mkdir()
    assert "too long for unix sockets" in trying.takes_sockets(str(deep))
    monkeypatch.setattr(looking, "short_base", lambda: str(tmp_path / "none"))
    facts = looking.look()
    assert facts.temporary_writable == "No such file or directory"
    assert facts.driver is None


def test_no_temporary_directory_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Python raises when it finds none that is writable; the doctor does not."""

    def none() -> str:
        raise FileNotFoundError("No usable temporary directory found")

    monkeypatch.setattr(looking, "short_base", none)
    assert looking.look().temporary == "/tmp"


def test_a_driver_that_does_not_start(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the engine says of it is what the doctor says."""
    broken = registry.Implementation("socket", (sys.executable, "-c", "raise SystemExit(3)"))
    monkeypatch.setattr(registry, "resolve", lambda name: broken)
    facts = looking.look()
    assert facts.driver
    assert facts.kernel_view is None


def test_the_command() -> None:
    """The command runs here, and what it prints is JSON when asked for."""
    result = CliRunner().invoke(doctor.command, ["--format", "json"], standalone_mode=False)
    assert result.return_value == 0
    assert json.loads(result.output)["possible"] is True
