"""Driver processes, polite and hostile: every call has an end, and no process is left."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from harness.engine import process
from harness.engine.conversation import (
    DriverDied,
    DriverError,
    DriverGarbage,
    DriverHung,
    NotADriver,
    OutOfDescriptors,
    answered_any,
)
from harness.engine.process import Driver

DRIVERS = Path(__file__).parent / "drivers"
POLITE = [sys.executable, "-I", "-S", str(DRIVERS / "polite.py")]
# No test waits that long unless it fails; the machine may be busy.
SOON = 20.0
Hostile = Callable[[str], Driver]


def soon() -> float:
    return time.monotonic() + SOON


def group(leader: int) -> list[int]:
    """The processes of a driver's group that still run."""
    found = []
    for one in psutil.process_iter(["status"]):
        try:
            if os.getpgid(one.pid) == leader and one.info["status"] != psutil.STATUS_ZOMBIE:
                found.append(one.pid)
        except OSError:
            continue
    return found


def wait_for_end(leader: int, seconds: float) -> list[int]:
    """The processes of a group that still run after so many seconds; empty as soon as none."""
    give_up = time.monotonic() + seconds
    while (left := group(leader)) and time.monotonic() < give_up:
        time.sleep(0.005)
    return left


@pytest.fixture
def started(tmp_path: Path) -> Iterator[Callable[[list[str]], Driver]]:
    """Start drivers by command; afterwards each must be gone with all that it forked."""
    drivers: list[Driver] = []

    def start(command: list[str]) -> Driver:
        drivers.append(Driver.start(command, tmp_path, "server"))
        return drivers[-1]

    yield start
    for driver in drivers:
        driver.kill()
        assert wait_for_end(driver._process.pid, 2.0) == []


@pytest.fixture
def polite(started: Callable[[list[str]], Driver]) -> Driver:
    """A driver that has greeted."""
    driver = started(POLITE)
    driver.greet(soon())
    return driver


@pytest.fixture
def hostile(started: Callable[[list[str]], Driver]) -> Hostile:
    """Start a hostile driver by its way; it has greeted if it ever does."""
    return lambda way: started([sys.executable, "-I", "-S", str(DRIVERS / "hostile.py"), way])


@pytest.fixture
def greeted(hostile: Hostile) -> Hostile:
    """The same, for those that do greet."""

    def start(way: str) -> Driver:
        driver = hostile(way)
        driver.greet(soon())
        return driver

    return start


def send_for_ever(driver: Driver) -> None:
    while True:
        driver.send("recv", "conn", {})


def provoke(driver: Driver) -> DriverError:
    """Ask for something and return what the driver does wrong then."""
    with pytest.raises(DriverError) as caught:
        driver.ask("recv", "conn", limit=SOON)
    return caught.value


# --- those that keep to the protocol -------------------------------------------------------------


def test_a_request_gets_its_own_reply_with_both_clock_readings(polite: Driver) -> None:
    """Replies are matched by number, whatever the order in which they are fetched."""
    before = time.monotonic_ns()
    first = polite.send("listen", "server", {})
    second = polite.send("fileno", "server", {})
    late, early = polite.wait(second, soon()), polite.wait(first, soon())
    assert early is not None
    assert late is not None
    assert "name" in early.values
    assert "fd" in late.values
    assert before <= early.begin <= early.end <= late.begin <= late.end <= time.monotonic_ns()


def test_a_started_request_tells_its_thread_and_replies_when_it_ends(polite: Driver) -> None:
    """Until a client comes there is the started event and no reply."""
    name = polite.ask("listen", "server", limit=SOON).values["name"]
    accept = polite.send("accept", "server", {"as": "conn"}, start=True)
    event = polite.started(accept, soon())
    assert event is not None
    assert event.thread in [thread.id for thread in psutil.Process(polite.pid).threads()]
    assert polite.wait(accept, 0) is None
    polite.ask("connect", "client", {"to": name}, limit=SOON)
    assert polite.answered(accept, soon())
    reply = polite.wait(accept, 0)
    assert reply is not None
    assert reply.kind == "ok"


def test_answered_any_returns_the_driver_that_answered_first(
    started: Callable[[list[str]], Driver],
) -> None:
    """Of a blocked and an answering driver the answering one is returned, then None."""
    blocked, quick = started(POLITE), started(POLITE)
    for driver in (blocked, quick):
        driver.greet(soon())
    blocked.ask("listen", "server", limit=SOON)
    accept = blocked.send("accept", "server", {"as": "conn"})
    listen = quick.send("listen", "server", {})
    found = answered_any({blocked: [accept], quick: [listen]}, soon())
    assert found == (quick, listen)
    assert quick.wait(listen, 0) is not None
    assert answered_any({blocked: [accept], quick: [listen]}, 0) is None


def test_answered_any_raises_when_one_of_them_dies(polite: Driver, greeted: Hostile) -> None:
    """The death of one driver ends the wait for both."""
    victim = greeted("dies_mid_request")
    with pytest.raises(DriverDied, match="SIGSEGV"):
        answered_any({polite: [], victim: [victim.send("recv", "conn", {})]}, soon())


def test_a_big_argument_goes_through_in_pieces(polite: Driver) -> None:
    """A request much larger than a pipe holds arrives whole, and so does a large reply."""
    text = "0123456789" * 50_000
    assert polite.ask("data", "x", {"text": text}, limit=SOON).values["text"] == text


def test_close_is_the_drivers_own_end_even_when_it_is_blocked(polite: Driver) -> None:
    """At EOF on its standard input a driver ends by itself, without a signal."""
    polite.ask("listen", "server", limit=SOON)
    polite.send("accept", "server", {"as": "conn"})
    assert polite.wait(polite.send("fileno", "server", {}), time.monotonic() + 0.05) is None
    assert polite.close()
    assert polite._process.returncode == 0
    assert not polite.alive
    assert polite not in process._live


def test_replies_that_were_forgotten_are_dropped(polite: Driver) -> None:
    """What was open when the case ended disturbs nobody later."""
    old = polite.send("listen", "server", {})
    polite.forget()
    polite.ask("fileno", "server", limit=SOON)
    assert polite.wait(old, 0) is None


# --- those that never become drivers -------------------------------------------------------------


@pytest.mark.parametrize(
    ("way", "sentence"),
    [
        ("exits_at_once", "no greeting: it ended with exit status 3"),
        ("greets_in_prose", "no greeting: not JSON: 'Welcome to my driver!'"),
        ("wrong_protocol", "no greeting: speaks protocol version 2; this harness speaks 1"),
        ("endless_line", "no greeting: a line longer than 1048576 bytes"),
        ("half_a_greeting", 'exit status 0, in the middle of the line \'{"hello": {"proto\''),
    ],
)
def test_what_does_not_greet_is_not_a_driver(hostile: Hostile, way: str, sentence: str) -> None:
    """The exception says in words why this command is no driver."""
    driver = hostile(way)
    with pytest.raises(NotADriver) as caught:
        driver.greet(soon())
    assert sentence in str(caught.value)
    assert caught.value.phase == "greeting"


def test_the_log_of_a_driver_that_did_not_come_up_is_shown(hostile: Hostile) -> None:
    """Its last words on standard error are most often the reason."""
    driver = hostile("exits_at_once")
    with pytest.raises(NotADriver) as caught:
        driver.greet(soon())
    assert caught.value.explain().splitlines()[-1] == "  | No module named 'socket'"


def test_silence_instead_of_a_greeting_ends_at_the_deadline(hostile: Hostile) -> None:
    """A program that waits for something else is found out by the deadline alone."""
    driver = hostile("never_greets")
    with pytest.raises(NotADriver, match="has said nothing"):
        driver.greet(time.monotonic() + 0.05)


def not_executable(folder: Path) -> str:
    (folder / "driver").write_text("#!/bin/sh\n")
    return str(folder / "driver")


def no_interpreter(folder: Path) -> str:
    script = folder / "driver"
    script.write_text("#!/nowhere/python\n")
    script.chmod(0o755)
    return str(script)


def no_program(folder: Path) -> str:
    script = folder / "driver"
    script.write_bytes(b"\x00\x01\x02")
    script.chmod(0o755)
    return str(script)


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        (lambda folder: str(folder / "absent"), "it is not there"),
        (no_interpreter, "the interpreter named in its first line"),
        (not_executable, "it is not executable"),
        (str, "it is a directory"),
        (no_program, "it is neither a program nor a script"),
        (lambda _folder: "", "the command is empty"),
    ],
)
def test_a_command_that_cannot_run_says_why(
    tmp_path: Path, command: Callable[[Path], str], reason: str
) -> None:
    """The reason is named in the user's terms, not as an errno."""
    with pytest.raises(NotADriver, match=reason) as caught:
        Driver.start([command(tmp_path)], tmp_path, "server")
    assert caught.value.phase == "starting"


# --- those that go wrong later -------------------------------------------------------------------


def test_a_death_in_the_midst_of_a_request_names_the_signal(greeted: Hostile) -> None:
    """The signal and the last lines of the log are told."""
    problem = provoke(greeted("dies_mid_request"))
    assert isinstance(problem, DriverDied)
    assert problem.status == -signal.SIGSEGV
    assert "killed by SIGSEGV" in str(problem)
    assert problem.stderr == "about to crash\n"


def test_half_a_reply_is_quoted(greeted: Hostile) -> None:
    """The line in which the driver stopped helps its author."""
    problem = provoke(greeted("half_a_reply"))
    assert isinstance(problem, DriverDied)
    assert problem.status == 0
    assert """in the middle of the line '{"id":1,"reply":"o'""" in str(problem)


def test_no_answer_is_none_for_wait_and_hung_for_ask(greeted: Hostile) -> None:
    """Only the caller knows whether silence is wrong."""
    driver = greeted("hangs")
    number = driver.send("recv", "conn", {})
    assert driver.wait(number, time.monotonic() + 0.01) is None
    with pytest.raises(DriverHung, match="no answer to `recv`"):
        driver.ask("recv", "conn", limit=0.01)
    assert driver.alive


def resident() -> int:
    return int(psutil.Process().memory_info().rss)


def test_a_flood_on_standard_output_ends_the_conversation_and_takes_no_memory(
    greeted: Hostile,
) -> None:
    """100 MB of garbage are garbage at the first line."""
    driver = greeted("floods_stdout")
    before = resident()
    problem = provoke(driver)
    assert isinstance(problem, DriverGarbage)
    assert "not JSON: 'junk'" in str(problem)
    assert resident() - before < 20e6
    with pytest.raises(DriverGarbage):
        driver.send("recv", "conn", {})
    assert not driver.alive


def test_a_flood_on_standard_error_is_read_and_forgotten(greeted: Hostile) -> None:
    """The log neither holds the driver up nor grows here; its end is kept."""
    driver = greeted("floods_stderr")
    before = resident()
    assert driver.ask("recv", "conn", limit=SOON).kind == "ok"
    while not driver.stderr_tail().endswith("the end\n"):
        driver.pump(1.0)
    assert len(driver.stderr_tail()) == 8192
    assert resident() - before < 20e6


@pytest.mark.parametrize(
    ("way", "sentence"),
    [
        ("answers_what_nobody_asked", "a reply to request 999, which was never made"),
        ("nests_too_deep", "nested too deep"),
    ],
)
def test_a_message_that_does_not_belong_ends_the_conversation(
    greeted: Hostile, way: str, sentence: str
) -> None:
    """Unread replies cannot pile up: each must have been asked for."""
    problem = provoke(greeted(way))
    assert isinstance(problem, DriverGarbage)
    assert sentence in str(problem)


def test_a_second_reply_ends_the_conversation_after_the_first(greeted: Hostile) -> None:
    """What came before the fault is still handed out."""
    driver = greeted("answers_twice")
    assert driver.ask("recv", "conn", limit=SOON).kind == "ok"
    problem = provoke(driver)
    assert isinstance(problem, DriverGarbage)
    assert "a reply to request 1, which was answered already" in str(problem)


def test_a_death_is_noticed_though_a_child_holds_the_pipes(greeted: Hostile) -> None:
    """There is no EOF then; the process itself is looked at, and the child is killed."""
    driver = greeted("dies_leaving_a_child_with_the_pipes")
    assert driver.ask("recv", "conn", limit=SOON).kind == "ok"
    number = driver.conversation.number()
    with pytest.raises(DriverDied) as caught:
        driver.wait(number, soon())
    assert caught.value.status == 4
    assert wait_for_end(driver._process.pid, 2.0) == []


def test_a_death_nobody_waits_for_ends_the_children_too(greeted: Hostile) -> None:
    """Once the process is reaped its number may be another's: its group is killed with it."""
    driver = greeted("dies_leaving_a_child_with_the_pipes")
    driver.send("recv", "conn", {})
    give_up = soon()
    while driver.alive and time.monotonic() < give_up:
        time.sleep(0.001)
    assert wait_for_end(driver._process.pid, 2.0) == []


def test_a_death_found_out_by_asking_shows_the_log(greeted: Hostile) -> None:
    """Nobody had read what the driver wrote last; it is read then."""
    driver = greeted("dies_between_requests")
    assert driver.ask("recv", "conn", limit=SOON).kind == "ok"
    assert wait_for_end(driver._process.pid, SOON) == []
    with pytest.raises(DriverDied, match="exit status 6") as caught:
        send_for_ever(driver)
    assert caught.value.stderr == "good bye\n"


def test_a_driver_that_ignores_eof_and_signals_is_killed_with_its_children(
    greeted: Hostile, monkeypatch: pytest.MonkeyPatch
) -> None:
    """close() is polite first, for a bounded time."""
    monkeypatch.setattr(process, "ENDS_BY_ITSELF", 0.05)
    driver = greeted("ignores_everything")
    driver.send("recv", "conn", {})
    assert not driver.close()
    assert wait_for_end(driver._process.pid, 2.0) == []


def test_a_driver_that_closes_its_output_has_died(
    greeted: Hostile, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It can never answer again, though it runs on; it is ended."""
    monkeypatch.setattr(process, "EXIT_AFTER_EOF", 0.05)
    problem = provoke(greeted("closes_stdout"))
    assert isinstance(problem, DriverDied)
    assert problem.status is None
    assert "went on running" in str(problem)


def test_a_driver_that_reads_no_requests_is_hung(
    greeted: Hostile, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When its pipe is full the engine waits a bounded time."""
    monkeypatch.setattr(process, "TAKES_NO_REQUEST", 0.05)
    driver = greeted("never_reads")
    with pytest.raises(DriverHung, match="took no request"):
        driver.send("data", "x", {"text": "x" * 200_000})


def test_a_driver_that_closes_its_input_is_noticed(
    greeted: Hostile, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A broken pipe is told as what it is, the driver's end."""
    monkeypatch.setattr(process, "EXIT_AFTER_EOF", 0.05)
    driver = greeted("stops_reading")
    with pytest.raises(DriverDied, match="went on running"):
        send_for_ever(driver)


# --- nothing is left -----------------------------------------------------------------------------


def test_close_all_ends_every_live_driver(started: Callable[[list[str]], Driver]) -> None:
    """Whoever forgot them: at exit they are ended together."""
    drivers = [started(POLITE) for _ in range(3)]
    process.close_all()
    assert [group(driver._process.pid) for driver in drivers] == [[], [], []]


RUNNER = """
import sys, time
from pathlib import Path
from harness.engine.process import Driver
drivers = [Driver.start(sys.argv[1:], Path("."), name) for name in ("server", "client")]
for driver in drivers:
    driver.greet(time.monotonic() + 20)
    driver.ask("listen", "server", limit=20)
    driver.send("accept", "server", {"as": "conn"}, start=True)
    print(driver.pid, flush=True)
time.sleep(60)
"""


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_a_runner_that_is_killed_leaves_no_driver(end: signal.Signals) -> None:
    """Within 2 s of the runner's death its drivers have ended, whatever killed it."""
    runner = subprocess.Popen(
        [sys.executable, "-c", RUNNER, *POLITE], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    assert runner.stdout is not None
    with runner.stdout as said:
        leaders = [int(said.readline()) for _ in range(2)]
    assert [group(leader) for leader in leaders] == [[leader] for leader in leaders]
    runner.send_signal(end)
    runner.wait()
    assert [wait_for_end(leader, 2.0) for leader in leaders] == [[], []]


POOL = """
import sys
from harness.engine.pool import Pool
pool = Pool()
for role in ("server", "client"):
    print(pool.acquire(sys.argv[1:], role).pid, flush=True)
print(pool._directory, flush=True)
sys.stdin.readline()
"""


@pytest.mark.parametrize("end", ["interrupted", "without closing"])
def test_a_pool_leaves_neither_drivers_nor_directories(tmp_path: Path, end: str) -> None:
    """After Ctrl-C, and when a program forgets to close it."""
    runner = subprocess.Popen(
        [sys.executable, "-c", POOL, *POLITE],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "TMPDIR": str(tmp_path)},
        text=True,
    )
    assert runner.stdout is not None
    leaders = [int(runner.stdout.readline()) for _ in range(2)]
    directory = Path(runner.stdout.readline().strip())
    assert sorted(path.name for path in directory.iterdir()) == ["1", "2"]
    if end == "interrupted":
        runner.send_signal(signal.SIGINT)
    runner.communicate()
    assert [wait_for_end(leader, 2.0) for leader in leaders] == [[], []]
    assert not directory.exists()


def test_two_drivers_work_below_a_limit_of_64_files(tmp_path: Path) -> None:
    """Six descriptors for two drivers; and when there are none left, that is what is said."""
    drivers: list[Driver] = []
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    in_use = psutil.Process().num_fds()
    resource.setrlimit(resource.RLIMIT_NOFILE, (in_use + 16, hard))
    try:
        with pytest.raises(OutOfDescriptors, match=r"too many open files .* may have"):
            drivers.extend(Driver.start(POLITE, tmp_path, "server") for _ in range(20))
        assert 2 <= len(drivers) <= 5
        # subprocess.Popen left the pipes open which it had made when it failed, before gh-87474.
        left = 6 if sys.version_info < (3, 12) else 0
        assert psutil.Process().num_fds() <= in_use + 3 * len(drivers) + left
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        for driver in drivers:
            driver.kill()
    assert psutil.Process().num_fds() <= in_use + left
