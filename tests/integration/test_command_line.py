"""The command line as a user meets it: right use, wrong use, a hostile machine, a sudden end."""

from __future__ import annotations

import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import psutil
import pytest

GOOD = """\
scenarios:
- id: echo.one
  claim: What is sent comes back.
  transports: [tcp4, tcp6]
  steps:
  - server: listen
  - together:
    - server: accept
      as: conn
    - client: connect
  - client: send
    data: hello
  - conn: recv
    expect: {data: hello}
"""
HANGS = """\
scenarios:
- id: accept.forever
  claim: Nobody comes.
  transports: [tcp4]
  steps:
  - server: listen
  - server: accept
    as: conn
"""
WRONG = GOOD.replace("expect: {data: hello}", "expect: {data: help}")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with good scenarios, in which the commands are run."""
    (tmp_path / "scenarios").mkdir()
    (tmp_path / "scenarios" / "echo.yaml").write_text(GOOD)
    return tmp_path


def sockharness(
    folder: Path,
    *words: str,
    prepare: Callable[[], None] | None = None,
    wrapper: tuple[str, ...] = (),
) -> subprocess.CompletedProcess[str]:
    """Run a command in a folder, without colours."""
    done = subprocess.run(
        [*wrapper, sys.executable, "-m", "harness", *words],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        env=clean_environment(),
        preexec_fn=prepare,
    )
    assert "Traceback" not in done.stdout + done.stderr
    return done


def clean_environment() -> dict[str, str]:
    """The environment without what a pytest around us has put there: pytest-benchmark, for one,
    measures nothing where it finds itself in a process of `-n`."""
    return {k: v for k, v in os.environ.items() if not k.startswith("PYTEST_")} | {"NO_COLOR": "1"}


def records(folder: Path) -> list[dict[str, object]]:
    """The lines of the only record in a folder's results."""
    (file,) = (folder / "results").glob("*.jsonl")
    return [json.loads(line) for line in file.read_text().splitlines()]


def test_run_passes(folder: Path) -> None:
    """A run that is as expected exits with 0, shows its verdicts and leaves a whole record."""
    done = sockharness(folder, "run")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "2 cases" in done.stdout
    assert "results/run-" in done.stdout
    kinds = [line["kind"] for line in records(folder)]
    assert (kinds[0], kinds[-1], kinds.count("case")) == ("header", "footer", 2)


TIMED = """\
scenarios:
- id: timed.one
  claim: A trip takes a while.
  transports: [tcp4]
  workload: {kind: paced, size: 8}
"""


def test_workloads_are_played_when_they_are_named(folder: Path) -> None:
    """A run of the folder leaves `workloads` out, and so does the list; naming it brings them."""
    (folder / "scenarios" / "workloads").mkdir()
    (folder / "scenarios" / "workloads" / "timed.yaml").write_text(TIMED)
    assert "timed.one" not in sockharness(folder, "list", ".").stdout
    assert "timed.one" in sockharness(folder, "list", "scenarios/workloads").stdout
    assert "2 cases" in sockharness(folder, "run", "scenarios").stdout
    done = sockharness(folder, "run", "scenarios/workloads", "--latency-seconds", "0.3")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 case" in done.stdout
    (folder / "scenarios" / "workloads" / "timed.yaml").write_text(TIMED.replace("size", "siz"))
    done = sockharness(folder, "check-scenarios", "scenarios")
    assert "unknown key of `paced` `siz`" in done.stdout + done.stderr


def test_run_fails(folder: Path) -> None:
    """A wrong expectation exits with 1 and names the line, both values and the rerun command."""
    (folder / "scenarios" / "echo.yaml").write_text(WRONG)
    done = sockharness(folder, "run", "--transport", "tcp4")
    assert done.returncode == 1
    assert "scenarios/echo.yaml:13:5" in done.stdout
    assert "'help'" in done.stdout
    assert "'hello'" in done.stdout
    assert "sockharness run 'scenarios/echo.yaml::echo.one[tcp4]'" in done.stdout


def test_rerun_command_runs_one_case(folder: Path) -> None:
    """The command that a failure names runs exactly that case."""
    done = sockharness(folder, "run", "scenarios/echo.yaml::echo.one[tcp4]")
    assert done.returncode == 0
    assert "1 case " in done.stdout


def test_show_renders_the_record_again(folder: Path) -> None:
    """`show` gives the table of a run from its record alone."""
    sockharness(folder, "run")
    shown = sockharness(folder, "show", "results")
    assert shown.returncode == 0
    assert "echo" in shown.stdout


def test_two_processes_give_the_same_verdicts(folder: Path) -> None:
    """`-n 2` runs the same cases to the same verdicts, in one record."""
    pytest.importorskip("xdist")
    done = sockharness(folder, "run", "-n", "2")
    assert done.returncode == 0, done.stdout + done.stderr
    assert sum(line["kind"] == "case" for line in records(folder)) == 2


def test_a_scenario_stands_in_the_record_once_however_many_tell_it(folder: Path) -> None:
    """Each of two workers runs some of its cases."""
    pytest.importorskip("xdist")
    text = '{repeat: x, size: "${size}"}'
    many = GOOD.replace("  steps:", "  matrix: {size: [1, 2, 3, 4, 5, 6, 7, 8]}\n  steps:")
    (folder / "many.yaml").write_text(many.replace("hello", text))
    assert sockharness(folder, "run", "many.yaml", "-n", "2").returncode == 0
    lines = records(folder)
    assert sum(line["kind"] == "case" for line in lines) == 16
    assert [line["id"] for line in lines if line["kind"] == "scenario"] == ["echo.one"]


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


def drivers_below(folder: Path) -> list[psutil.Process]:
    """Driver processes which were started for a run in this folder."""
    return [
        process
        for process in psutil.process_iter(["cmdline", "environ"])
        if "--scratch" in (process.info["cmdline"] or [])
        and (process.info["environ"] or {}).get("SOCKHARNESS_TEST") == str(folder)
    ]


def wait_for(condition: Callable[[], bool], seconds: float = 20.0) -> bool:
    """Whether a condition comes true in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_sudden_end(folder: Path, number: signal.Signals) -> None:
    """However a run ends, its drivers and its temporary files are gone within two seconds."""
    (folder / "scenarios" / "echo.yaml").write_text(HANGS)
    temporary = folder / "t"
    temporary.mkdir()
    environment = {**os.environ, "SOCKHARNESS_TEST": str(folder), "TMPDIR": str(temporary)}
    before = set(Path("/tmp").glob("sockharness-*"))
    run = subprocess.Popen(
        [sys.executable, "-m", "harness", "run"],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert wait_for(lambda: len(drivers_below(folder)) == 2)
    scratch = Path(drivers_below(folder)[0].cmdline()[-1]).parent
    run.send_signal(number)
    output, _ = run.communicate(timeout=20)
    if number != signal.SIGKILL:
        assert run.returncode == 2, output
        assert records(folder)[-1]["complete"] is False
    assert wait_for(lambda: not drivers_below(folder), seconds=2)
    assert wait_for(lambda: not scratch.exists(), seconds=2)
    assert scratch not in before


MISBEHAVING = """\
#!{python}
import os, sys, time
sys.path.insert(0, {driver!r})
import driver, registry

def misbehave(session, handle, args):
    {how}

registry.OPERATIONS["getpeername"] = misbehave
driver.main(sys.argv[1:])
"""
THREE = (
    GOOD.replace("[tcp4, tcp6]", "[tcp4]")
    + """\
- id: echo.two
  claim: Here the driver misbehaves.
  transports: [tcp4]
  steps:
  - server: listen
  - client: connect
  - client: getpeername
- id: echo.zero
  claim: The driver is asked again.
  transports: [tcp4]
  steps:
  - server: listen
  - client: connect
"""
)


@pytest.mark.parametrize(
    ("how", "verdict"),
    [
        ("os._exit(3)", "broken"),
        ("os.kill(os.getpid(), 9)", "broken"),
        ("time.sleep(1000)", "fail"),
        ("1 / 0", "broken"),
        ("os.write(4, b'garbage\\n')", "broken"),  # 4: the copy of fd 1 that it keeps for itself
    ],
    ids=["dies", "is-killed", "hangs", "raises", "talks-garbage"],
)
def test_misbehaving_driver_costs_its_case_only(folder: Path, how: str, verdict: str) -> None:
    """However a driver misbehaves, the other cases run and every record is kept."""
    driver = Path(__file__).parents[2] / "harness" / "drivers" / "python"
    program = folder / "driver.py"
    program.write_text(MISBEHAVING.format(python=sys.executable, driver=str(driver), how=how))
    program.chmod(0o755)
    (folder / "scenarios" / "echo.yaml").write_text(THREE)
    done = sockharness(folder, "run", "--impl", "./driver.py", "--step-deadline", "1")
    assert done.returncode == 1
    cases = {
        line["scenario"]: line["verdict"] for line in records(folder) if line["kind"] == "case"
    }
    assert cases == {"echo.one": "pass", "echo.two": verdict, "echo.zero": "pass"}


def test_junit_has_the_verdict_and_the_claim(folder: Path) -> None:
    """A JUnit report keeps the case's id whole; its properties say what was tried, and how it
    went, and how to see it again."""
    (folder / "scenarios" / "echo.yaml").write_text(
        WRONG.replace("  claim:", "  spec: [RFC 9293]\n  claim:")
    )
    done = sockharness(folder, "run", "--junitxml", "report.xml", "--transport", "tcp4")
    assert done.returncode == 1
    (case,) = ElementTree.parse(folder / "report.xml").iter("testcase")
    assert case.get("name") == "echo.one[tcp4]"
    told = {one.get("name"): one.get("value") for one in case.iter("property")}
    assert told == {
        "scenario": "echo.one",
        "claim": "What is sent comes back.",
        "spec": "RFC 9293",
        "transport": "tcp4",
        "implementations": "socket",
        "server": "socket",
        "client": "socket",
        "verdict": "fail",
        "rerun": "sockharness run 'scenarios/echo.yaml::echo.one[tcp4]'",
    }


def test_formats_of_a_run(folder: Path) -> None:
    """A run writes every format asked for; what goes to standard output has that to itself."""
    (folder / "scenarios" / "echo.yaml").write_text(WRONG)
    words = ("--format", "json", "--format", "github=notes", "--format", "markdown=page.md")
    done = sockharness(folder, "run", "--transport", "tcp4", *words)
    assert done.returncode == 1
    assert json.loads(done.stdout)["cases"][0]["verdict"] == "fail"
    assert "1 unexpected: 1 fail" in done.stderr
    note = (folder / "notes").read_text()
    assert note.startswith("::error file=scenarios/echo.yaml,line=13,col=5,title=fail%3A echo.one")
    assert (folder / "page.md").read_text().startswith("## sockharness: 1 unexpected of 1 case")


def test_annotations_stand_beside_the_report(folder: Path) -> None:
    """`--format github` takes nothing away from who reads the log."""
    (folder / "scenarios" / "echo.yaml").write_text(WRONG)
    done = sockharness(folder, "run", "--transport", "tcp4", "--format", "github")
    assert "1 unexpected: 1 fail" in done.stdout
    assert "\n::error file=" in done.stdout


LATENCY = """\
scenarios:
- id: latency.small
  claim: A message goes there and back.
  transports: [tcp4, unix-stream]
  workload: {kind: ping-pong, size: 64}
"""


def test_latency_reaches_pytest_benchmark(folder: Path) -> None:
    """What was measured stands in our table, in the record and in pytest-benchmark's JSON."""
    (folder / "scenarios" / "echo.yaml").write_text(LATENCY)
    command = [sys.executable, "-m", "pytest", "-q", "scenarios", "--latency-seconds", "0.3"]
    done = subprocess.run(
        [*command, "--benchmark-json", "bench.json"],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        env=clean_environment(),
    )
    assert done.returncode == 0, done.stdout + done.stderr
    measured = {line["id"]: line for line in records(folder) if line["kind"] == "latency"}
    benchmarks = json.loads((folder / "bench.json").read_text())["benchmarks"]
    assert (
        {one["name"] for one in benchmarks}
        == set(measured)
        == {
            "latency.small[tcp4]",
            "latency.small[unix-stream]",
        }
    )
    for one in benchmarks:
        line = measured[one["name"]]
        assert one["extra_info"]["p50"] == line["p50"]
        # The same samples: their median in seconds is the p50 in microseconds.
        assert one["stats"]["median"] * 1e6 == pytest.approx(line["p50"], rel=0.02)
