"""Wrong use and a poor machine: one sentence, the right exit code, and the rest runs."""

from __future__ import annotations

import os
import resource
import shutil
from pathlib import Path

import pytest

from tests.integration.commands import GOOD, records, sockharness


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (("run", "--wat"), 4, "No such option"),
        (("run", "--format", "yaml"), 4, "'yaml' is not one of text, json, markdown, github"),
        (("show", "--format", "json="), 4, "'json=' names no file"),
        (("run", "nowhere"), 4, "there is no file or folder 'nowhere'"),
        (("run", "-k", "nothing-like-it"), 5, "no case was selected"),
        (("run", "--impl", "socket@9.9"), 4, "9.9"),
        (("run", "--impl", "sokcet"), 4, "sokcet"),
        (("run", "--impl", "socket@/nowhere/python"), 4, "/nowhere/python"),
        (("run", "--transport", "tcp5"), 4, "tcp5"),
        (("run", "--deviations"), 4, "--scripts FOLDER"),
        (("show", "nowhere.jsonl"), 4, "nowhere.jsonl"),
        (("wat",), 4, "No such command"),
    ],
)
def test_wrong_use(folder: Path, words: tuple[str, ...], code: int, sentence: str) -> None:
    """Wrong use is one sentence and an exit code that means it."""
    done = sockharness(folder, *words)
    assert done.returncode == code, done.stdout + done.stderr
    assert sentence in done.stdout + done.stderr


def test_scenario_that_does_not_load(folder: Path) -> None:
    """A typo exits with 2, names file, line, column and the nearest word, and runs nothing."""
    (folder / "scenarios" / "echo.yaml").write_text(GOOD.replace("recv", "recieve"))
    for words in (("run",), ("run", "-n", "2"), ("check-scenarios",)):
        done = sockharness(folder, *words, "scenarios")
        assert done.returncode == 2
        assert "scenarios/echo.yaml:13:11: unknown operation `recieve`" in done.stdout
        assert "did you mean `recv`?" in done.stdout


def test_results_is_no_folder(folder: Path) -> None:
    """A results folder that cannot be written is told before anything runs."""
    (folder / "results").write_text("")
    done = sockharness(folder, "run")
    assert done.returncode == 4
    assert "results" in done.stderr


def test_file_limit_of_64(folder: Path) -> None:
    """A limit of 64 open files is enough for a run."""
    done = sockharness(
        folder, "run", prepare=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
    )
    assert done.returncode == 0, done.stdout + done.stderr


def in_namespace(*set_up: str) -> tuple[str, ...]:
    """A wrapper which runs a command in a network namespace of its own, after these commands."""
    if shutil.which("unshare") is None or os.geteuid() != 0:
        pytest.skip("needs root and unshare for a network namespace")
    script = "; ".join(["ip link set lo up", *set_up, 'exec "$@"'])
    return ("unshare", "--net", "sh", "-ec", script, "sh")


def test_without_ipv6(folder: Path) -> None:
    """Where IPv6 is switched off its cases are unsupported, with the reason, and the rest runs."""
    done = sockharness(
        folder, "run", wrapper=in_namespace("echo 1 > /proc/sys/net/ipv6/conf/lo/disable_ipv6")
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "has no ::1" in done.stdout
    verdicts = [line["verdict"] for line in records(folder) if line["kind"] == "case"]
    assert sorted(map(str, verdicts)) == ["pass", "unsupported"]


def test_without_free_ports(folder: Path) -> None:
    """Where no port is free, nothing is said against the sockets: the cases are inconclusive."""
    ports = "/proc/sys/net/ipv4/ip_local"
    no_port = f"echo 40000 40000 > {ports}_port_range; echo 40000 > {ports}_reserved_ports"
    done = sockharness(folder, "run", "--transport", "tcp4", wrapper=in_namespace(no_port))
    assert done.returncode == 1
    assert "no port of the machine's range is free" in " ".join(done.stdout.split())
    assert [x["verdict"] for x in records(folder) if x["kind"] == "case"] == ["inconclusive"]
