"""Programs on trial for real: the process and its keeper, the command, hostile programs."""

from __future__ import annotations

import json
import os
import resource
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest
from click.testing import CliRunner, Result

from harness.__main__ import cli
from harness.engine.settings import Settings
from harness.records.model import CaseRecord
from harness.records.store import read
from harness.trial import clients, visiting
from harness.trial.client_trial import ClientTrial
from harness.trial.guard import Guard
from harness.trial.process import Program
from harness.trial.target import Target
from harness.trial.trial import Pointless, Trial

HERE = Path(__file__).parent
WRONG = HERE.parent / "mutants" / "programs" / "server.py"
SERVER = f"{sys.executable} {WRONG} none {{service}} {{transport}} {{host}} {{port}}"


def wrong(name: str) -> str:
    """The command of a wrong server."""
    return SERVER.replace(" none ", f" {name} ")


def check(*words: str) -> Result:
    """Run the command in this process."""
    return CliRunner().invoke(cli, ["check", *words], standalone_mode=False)


def gone(pids: list[int]) -> bool:
    """Whether none of the processes lives."""
    return not any(
        psutil.pid_exists(pid) and psutil.Process(pid).status() != "zombie" for pid in pids
    )


def until(true: Callable[[], bool], patience: float = 10.0) -> bool:
    """Wait until something is true."""
    deadline = time.monotonic() + patience
    while not true():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


@contextmanager
def started(*argv: str) -> Iterator[Program]:
    """A program, ended in the end."""
    program = Program.start(argv)
    try:
        yield program
    finally:
        program.close()


# --- processes ------------------------------------------------------------------------------------


def test_status_of_a_program() -> None:
    """A program's own status is told, and the signal that ended it."""
    with started("sh", "-c", "exit 7") as program:
        assert program.wait(10) == 7
    with started("sleep", "60") as program:
        assert program.status is None
        program.signal(signal.SIGTERM)
        assert program.wait(10) == -signal.SIGTERM


def test_a_command_that_cannot_be_run() -> None:
    """It has failed, with a reason."""
    with started("./no-such-program") as program:
        assert program.wait(10) == 127
        assert "No such file" in (program.failed or "")


def test_what_a_program_lets_go_is_found_and_ended() -> None:
    """A child in a session of its own, whose parent has ended, is still the program's."""
    with started("sh", "-c", "setsid sh -c 'sleep 60 & sleep 60' & sleep 0.05") as program:
        assert program.wait(10) == 0
        left = program.pids()
        assert len(left) >= 2
    assert gone(left)


def test_only_the_end_of_the_output_is_kept() -> None:
    """A program that prints a gigabyte is neither stopped nor stored."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with started("sh", "-c", "head -c 1000000000 /dev/zero; echo the end") as program:
        assert program.wait(120) == 0
        assert until(lambda: program.output().endswith("the end\n"))
        assert len(program.output()) <= 8192
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50_000


def test_nothing_is_left_when_the_harness_is_killed() -> None:
    """The keeper sees its pipe close, however the harness ended."""
    code = (
        "from harness.trial.process import Program; import time;"
        "p = Program.start(['sh', '-c', 'setsid sleep 60 & sleep 60']);"
        "time.sleep(0.2); print(*p.pids(), flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as harness:
        assert harness.stdout is not None
        pids = [int(word) for word in harness.stdout.readline().split()]
        assert len(pids) >= 2
        harness.kill()
        assert until(lambda: gone(pids))


def test_a_client_that_is_flooded_is_ended() -> None:
    """The guard ends a process that takes more memory than any honest case needs."""
    code = "import time; kept = bytearray(200 << 20); time.sleep(60)"
    with subprocess.Popen([sys.executable, "-c", code]) as greedy:
        with Guard(greedy.pid, most=100 << 20) as guard:
            assert until(lambda: guard.fired)
        assert greedy.wait(10) == -signal.SIGKILL


# --- the command ----------------------------------------------------------------------------------


def test_a_right_server_keeps_its_contract() -> None:
    """Exit status 0, and the last line says so."""
    result = check("--server", SERVER, "--service", "daytime", "--transport", "tcp4")
    assert result.return_value == 0, result.output
    assert result.output.splitlines()[-1].endswith("the contract is kept")


def test_a_broken_sentence() -> None:
    """Exit status 1; the finding has verdict, sentence, evidence, and the way to see it again."""
    command = wrong("banner")
    result = check(
        "--server", command, "--service", "echo", "--format", "json", "-k", "last-byte[tcp4-size=1-"
    )
    assert result.return_value == 1
    told = json.loads(result.stdout)
    (finding,) = told["findings"]
    assert told["verdict"] == "broken"
    assert finding["verdict"] == "fail"
    assert finding["sentences"][0]["id"] == "echo.4"
    assert "--service echo -k service.echo-ends" in finding["failure"]["rerun"]
    assert finding["failure"]["timeline"]


def test_only_variations() -> None:
    """Exit status 6."""
    result = check("--server", wrong("ends-with-an-error"), "--service", "echo", "-k", "tells-how")
    assert result.return_value == 6, result.output
    assert "varies       life.4" in result.output


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "nothing to try"),
        (("--server", "no-such-program {port}", "--service", "echo"), "there is no program"),
        (("--server", "sh", "--service", "echo"), "{port}"),
        (("--connect", "192.0.2.1:7", "--service", "echo"), "--allow-remote"),
        (("--server", SERVER, "--service", "echo", "-k", "xyzzy"), "no check has 'xyzzy'"),
        (("--service", "echo"), "--service is for a program"),
        (("--connect", "127.0.0.1:1", "--service", "echo"), "nobody takes a connection"),
        (("--module", "no.such"), "no.such cannot be tried: ModuleNotFoundError"),
        (("--server", SERVER, "--service", "echo", "--ready-within", "0"), "more than 0"),
    ],
)
def test_wrong_use(words: tuple[str, ...], said: str, tmp_path: Path, monkeypatch: object) -> None:
    """One sentence, and the exit status of wrong use."""
    assert isinstance(monkeypatch, pytest.MonkeyPatch)
    monkeypatch.chdir(tmp_path)
    done = subprocess.run(
        [sys.executable, "-m", "harness", "check", *words],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(HERE.parents[1])},
    )
    assert done.returncode == 4
    assert said in done.stderr


def test_a_program_that_ends_at_once() -> None:
    """It is told once, with its last words, and what follows is not tried."""
    command = "sh -c 'echo the port is taken; exit 3' {port}"
    result = check("--server", command, "--service", "echo", "--format", "json")
    assert result.return_value == 1
    told = json.loads(result.stdout)
    (finding,) = told["findings"]
    assert finding["actual"] == "it ended with status 3 before it listened: the port is taken"
    assert len(told["not-made"]) > 10


def test_a_server_that_runs_already() -> None:
    """It is tried where it is, and not for what only a process shows."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    command = [sys.executable, str(WRONG), "none", "greet", "tcp4", "127.0.0.1", str(port)]
    with started(*command) as program:
        assert until(lambda: _answers(port))
        result = check("--connect", f"127.0.0.1:{port}", "--service", "greet", "--format", "json")
        assert program.status is None
    assert result.return_value == 0, result.output
    assert json.loads(result.stdout)["checks"] >= 5


def _answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port)).close()
    except OSError:
        return False
    return True


def test_a_record_is_kept_for_show_and_diff(tmp_path: Path) -> None:
    """Two starts of a program are two records, which `show` renders and `diff` compares."""
    records = []
    for name, folder in (("none", "old"), ("greet-empty", "new")):
        command = wrong(name).replace("{service} {transport}", "greet tcp4")
        check(
            *("--server", command, "--service", "greet", "-k", "speaks-first"),
            *("--results", str(tmp_path / folder)),
        )
        (record,) = (tmp_path / folder).iterdir()
        records.append(str(record))
    kept = read(Path(records[1]))
    assert [one.id for one in kept.scenarios] == ["service.greet-server-speaks-first"]
    assert [bool(one.failure and one.failure.script) for one in kept.cases] == [True]
    shown = CliRunner().invoke(cli, ["show", records[1]])
    assert "greet-server-speaks-first[tcp4-server=program]" in shown.output
    assert "expected" in shown.output
    differs = CliRunner().invoke(cli, ["diff", *records], standalone_mode=False)
    assert "service.greet-server-speaks-first" in differs.output


def test_a_record_that_cannot_be_kept(tmp_path: Path) -> None:
    """It is told in one sentence, and no check is made in vain."""
    (tmp_path / "file").write_text("")
    words = ("--server", SERVER, "--service", "greet", "--results", str(tmp_path / "file"))
    assert "not a folder" in str(check(*words).exception)


def test_programs_from_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without options the programs of the project's file are tried."""
    (tmp_path / "pyproject.toml").write_text(
        f"[tool.sockharness.programs.one]\nserver = '{SERVER}'\nservice = 'greet'\n"
    )
    monkeypatch.chdir(tmp_path)
    result = check("-k", "greet-early")
    assert result.return_value == 0, result.output
    assert "one: the contract is kept" in result.output
    assert "lists no program `two`" in str(check("two").exception)


# --- hostile programs -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    ["flood", "never", "forks", "daemon", "stubborn-and-silent", "exits", "chatty"],
)
def test_hostile_programs_cost_little_and_leave_nothing(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever it does, the trial ends, says that it is wrong, and nothing runs on."""
    monkeypatch.setattr(visiting, "SERVED_WITHIN", 0.5)
    words = (sys.executable, str(HERE / "programs_hostile.py"), name, "{host}", "{port}")
    seen: set[int] = set()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    records = list(_tried(Target("echo", "tcp4", words), seen))
    assert any(record.verdict == "fail" for record in records)
    assert until(lambda: gone(list(seen)))
    # Its words, its bytes: none of them is kept.
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200_000


@pytest.mark.parametrize("name", ["client-floods", "client-babbles", "client-stays"])
def test_hostile_clients_cost_little_and_leave_nothing(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same for clients: a look at one ends, and finds something."""
    monkeypatch.setattr(clients, "PATIENCE", 0.5)
    monkeypatch.setattr(clients, "PLAYED_WITHIN", 1.0)
    words = (sys.executable, str(HERE / "programs_hostile.py"), name, "{host}", "{port}")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    checks = ClientTrial(Target("client", "tcp4", words), promises_within=0.5).checks()
    assert next(checks).run().verdict == "fail"
    mark = f"programs_hostile.py {name} "
    assert until(lambda: not any(mark in " ".join(line) for line in _command_lines()))
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000


def _command_lines() -> Iterator[list[str]]:
    for process in psutil.process_iter(["cmdline"]):
        yield process.info["cmdline"] or []


def _tried(target: Target, seen: set[int]) -> Iterator[CaseRecord]:
    with Trial(target, Settings(deadline=0.5), ready_within=5.0) as trial:
        for one in trial.checks():
            try:
                yield one.run()
            except Pointless:
                return
            seen.update(trial.site.pids())
