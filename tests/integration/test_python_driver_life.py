"""The Python driver as a process: greeting, bad lines, background requests, reset, and its end."""

from __future__ import annotations

import json
import os
import re
import select
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from harness.protocol import parse
from tests.integration.driver_client import (
    FOUND,
    HERE,
    PATIENCE,
    WANTED,
    Driver,
    eventually,
    lend,
    sleeping,
)

CLOEXEC = 0o2000000


@pytest.fixture
def driver(process: Driver) -> Iterator[Driver]:
    """The interpreter's driver, reset after each test, which must leave nothing behind."""
    yield process
    assert process.ok("reset") == {"stuck": 0}


@pytest.fixture(params=FOUND)
def mortal(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Driver]:
    """A driver for this test alone, which may end it; the parent folder is its own as well."""
    yield from lend(request.param, tmp_path / "parent" / "s")


@pytest.mark.parametrize("wanted", WANTED)
def test_the_interpreter_greets_under_its_name(wanted: str, tmp_path: Path) -> None:
    """The greeting names the runtime and the Python version; a missing interpreter is skipped."""
    if wanted not in FOUND:
        pytest.skip(f"no interpreter {wanted} here")
    driver = Driver(FOUND[wanted], tmp_path / "s")
    asked = "import sys; print(sys.implementation.name, *sys.version_info[:3])"
    said = subprocess.run([FOUND[wanted], "-c", asked], capture_output=True, text=True, check=True)
    name, *version = said.stdout.split()
    runtime = driver.hello["runtime"].split()
    driver.end()
    assert [runtime[0].lower(), runtime[1]] == [name, ".".join(version)]


def test_the_greeting_tells_services_and_workloads(driver: Driver) -> None:
    """What can be asked for beyond the table is greeted with, and workloads are no operations."""
    assert driver.hello["services"] == ["echo", "discard", "chargen", "daytime", "greet"]
    assert not set(driver.hello["workloads"]) & set(driver.hello["operations"])


def test_the_protocol_has_its_descriptors_to_itself(driver: Driver) -> None:
    """fd 1 is the log, fd 0 is empty, and no descriptor of the protocol survives exec."""
    fds = Path(f"/proc/{driver.process.pid}/fd")
    links = {int(fd.name): os.readlink(fd) for fd in fds.iterdir()}
    assert links[1] == links[2]
    assert links[0] == os.devnull
    for number in set(links) - {0, 1, 2}:
        info = Path(f"/proc/{driver.process.pid}/fdinfo/{number}").read_text()
        flags = next(line.split()[1] for line in info.splitlines() if line.startswith("flags"))
        assert int(flags, 8) & CLOEXEC, links[number]


NO_REQUESTS = [
    b"nonsense",
    b"[]",
    b"{}",
    b'{"id": 1}',
    b'{"id": "1", "op": "recv"}',
    b'{"id": 1, "op": 5}',
    b'{"id": 1, "op": "recv", "args": []}',
    b"\xff\xfe",
    b"[" * 100000,
]


def test_a_line_that_is_no_request_is_broken_with_id_0(driver: Driver) -> None:
    """The driver says what is wrong with the line, and goes on; an empty line is nothing."""
    for line in NO_REQUESTS:
        driver.write(line)
        reply = driver.line()
        assert (reply["id"], reply["reply"]) == (0, "broken")
        assert reply["traceback"].startswith("not a request")
        driver.write(b"")


def test_an_unknown_operation_is_unsupported(driver: Driver) -> None:
    """It is said in a sentence with the operation's name, and the driver goes on."""
    reply = driver.ask("teleport", "client")
    assert (reply["reply"], "teleport" in reply["what"]) == ("unsupported", True)
    assert driver.ok("reset") == {"stuck": 0}


def test_requests_that_come_together_are_answered_in_order(driver: Driver) -> None:
    """Several requests in one write, the last in two pieces, get a reply each."""
    lines = [json.dumps({"id": n, "op": "reset"}).encode() for n in (11, 12, 13)]
    assert driver.process.stdin is not None
    os.write(driver.process.stdin.fileno(), b"\n".join(lines)[:-5])
    first = [driver.line()["id"], driver.line()["id"]]
    driver.write(lines[-1][-5:])
    assert [*first, driver.line()["id"]] == [11, 12, 13]


def test_the_clock_is_read_around_the_call(driver: Driver) -> None:
    """`at` lies on the clock of this host, and spans the time that a call was blocked."""
    driver.connected("tcp4")
    before = time.monotonic_ns()
    number = driver.start("recv", "conn", size=9)
    eventually(lambda: sleeping(driver.process.pid, driver.thread))
    sent = time.monotonic_ns()
    driver.ok("send", "client", data="x")
    begin, end = driver.finish(number)["at"]
    assert before < begin < sent < end < time.monotonic_ns()


def test_the_exchange_on_the_protocol_page_is_what_happens(driver: Driver) -> None:
    """Each line there is a message of the protocol, and the driver answers its requests in kind."""
    page = (HERE.parent / "PROTOCOL.md").read_text()
    lines = re.findall("^    ([<>]) (.*)$", page, re.MULTILINE)
    written = [json.loads(text) for side, text in lines if side == "<"]
    assert all(parse(json.dumps(message).encode()) for message in written)
    said: list[Any] = [{"hello": driver.hello}]
    for side, text in lines[1:]:
        if side == "<":
            said.append(driver.line())
        else:
            port = str(said[1]["values"]["name"]["port"]) if len(said) > 1 else ""
            driver.write(text.replace("37867", port).encode())
    assert set(written[0]["hello"]) <= set(driver.hello)
    for real, shown in zip(
        sorted(said[1:], key=_order), sorted(written[1:], key=_order), strict=True
    ):
        assert _shape(real) == _shape(shown)


def _order(message: dict[str, Any]) -> tuple[int, bool]:
    return message["id"], "reply" in message


def _shape(message: Any) -> Any:
    """What stays of a message when its numbers and texts may differ, but for errors' names."""
    if isinstance(message, dict):
        kept = ("reply", "event", "error", "errno", "head", "stuck", "count")
        return {key: value if key in kept else _shape(value) for key, value in message.items()}
    return [_shape(item) for item in message] if isinstance(message, list) else type(message)


# --- background requests --------------------------------------------------------------------------


def test_a_started_request_tells_its_thread_and_ends_when_it_ends(driver: Driver) -> None:
    """Others are answered meanwhile; the event names a thread of the process."""
    driver.ok("socketpair", "a", as_="b", transport="unix-stream")
    number = driver.start("recv", "b", size=9)
    assert driver.thread not in (0, driver.process.pid)
    eventually(lambda: sleeping(driver.process.pid, driver.thread))
    assert driver.ok("getblocking", "b") == {"value": True}
    driver.ok("send", "a", data="x")
    assert driver.finish(number)["values"]["data"]["size"] == 1


def test_a_started_request_can_fail_in_every_way(driver: Driver) -> None:
    """Error, unsupported and broken come back from a thread as they do otherwise."""
    driver.ok("socket", "s", transport="tcp4")
    kinds = {
        driver.finish(driver.start(operation, "s", **args))["reply"]
        for operation, args in [("recv", {"size": 1}), ("recv", {}), ("teleport", {})]
    }
    assert kinds == {"error", "broken", "unsupported"}


@pytest.mark.parametrize(
    ("transport", "operation", "args"),
    [
        ("tcp4", "accept", {"as_": "conn"}),
        ("unix-stream", "accept", {"as_": "conn"}),
        ("udp4", "recv", {"size": 1}),
        ("unix-dgram", "recv", {"size": 1}),
        ("tcp4", "poll", {"events": "IN", "timeout": "none"}),
    ],
)
def test_reset_ends_what_is_blocked(
    driver: Driver, transport: str, operation: str, args: dict[str, object]
) -> None:
    """Closing would not wake these calls; their replies come before the reset's, none is stuck."""
    if transport in ("tcp4", "unix-stream"):
        driver.ok("listen", "server", transport=transport)
    else:
        driver.ok("bind", "server", transport=transport)
    number = driver.start(operation, "server", **args)
    eventually(lambda: sleeping(driver.process.pid, driver.thread))
    reset = driver.begin("reset")
    assert driver.line()["id"] == number
    assert driver.finish(reset)["values"] == {"stuck": 0}


def test_reset_counts_what_it_could_not_end(mortal: Driver, tmp_path: Path) -> None:
    """A unix connect that waits for room in another's backlog cannot be woken from here."""
    path = str(tmp_path / "full")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path)
        listener.listen(0)
        mortal.ok("connect", "c1", transport="unix-stream", to={"path": path})
        mortal.start("connect", "c2", transport="unix-stream", to={"path": path})
        eventually(lambda: sleeping(mortal.process.pid, mortal.thread))
        assert mortal.ok("reset") == {"stuck": 1}


def test_reset_closes_everything(driver: Driver) -> None:
    """No descriptor is left, not even a detached one, and all names are free."""
    before = driver.descriptors()
    driver.connected("tcp4")
    driver.ok("dup", "conn", as_="copy")
    driver.ok("detach", "copy")
    driver.ok("socketpair", "a", as_="b", transport="unix-stream")
    driver.ok("sendmsg", "a", data="x", ancillary=[{"fds": ["server"]}])
    driver.ok("recvmsg", "b", size=1, control=64, as_="got")
    assert driver.descriptors() == before + 7
    assert driver.ok("reset") == {"stuck": 0}
    assert driver.descriptors() == before
    assert "no handle" in driver.broken("recv", "conn", size=1)


def test_a_scratch_folder_that_is_gone_does_not_matter(mortal: Driver) -> None:
    """It may be removed under the driver's feet; the next socket finds it again."""
    shutil.rmtree(mortal.scratch)
    assert mortal.ok("reset") == {"stuck": 0}
    path = mortal.ok("listen", "server", transport="unix-stream")["name"]["path"]
    assert Path(path).is_socket()


# --- the end --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("started", "stdout_too"), [(False, False), (False, True), (True, False)])
def test_the_end_of_input_ends_a_blocked_driver(
    mortal: Driver, started: bool, stdout_too: bool
) -> None:
    """Also when the main thread is in accept: no process, no scratch folder, no parent is left."""
    path = mortal.ok("listen", "server", transport="unix-stream")["name"]["path"]
    assert Path(path).is_socket()
    mortal.begin("accept", "server", as_="conn", start=started)
    eventually(lambda: sleeping(mortal.process.pid, mortal.process.pid))
    assert mortal.process.stdin is not None
    assert mortal.process.stdout is not None
    if stdout_too:
        mortal.process.stdout.close()
    mortal.process.stdin.close()
    mortal.process.wait(PATIENCE)
    assert not mortal.scratch.parent.exists()


def test_a_driver_that_nobody_listens_to_ends(mortal: Driver) -> None:
    """The first answer that cannot be written is the last."""
    assert mortal.process.stdout is not None
    mortal.process.stdout.close()
    mortal.begin("reset")
    mortal.process.wait(PATIENCE)


def test_a_parent_that_is_not_empty_stays(mortal: Driver) -> None:
    """Another driver's scratch folder beside this one is left alone."""
    mortal.ok("listen", "server", transport="unix-stream")
    beside = mortal.scratch.parent / "other"
    beside.mkdir()
    mortal.end()
    assert [path.name for path in mortal.scratch.parent.iterdir()] == ["other"]


def test_the_end_takes_the_whole_group(tmp_path: Path) -> None:
    """What shares the driver's process group does not outlive it."""
    companion = ["sh", "-c", 'sleep 1000 >&2 </dev/null & exec "$0" "$@"']
    driver = Driver(sys.executable, tmp_path / "s", companion)
    assert driver.process.stdin is not None
    assert driver.process.stderr is not None
    driver.process.stdin.close()
    ended, _, _ = select.select([driver.process.stderr], [], [], PATIENCE)
    assert ended
    assert driver.process.stderr.read() == b""  # nobody has its other end any more
    driver.end()


def test_a_driver_that_leads_no_group_just_exits(tmp_path: Path) -> None:
    """Without a session of its own it kills nobody, and its status is 0."""
    command = [sys.executable, "-I", "-S", str(HERE), "--scratch", str(tmp_path / "t")]
    ended = subprocess.run(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, timeout=PATIENCE
    )
    assert ended.returncode == 0


def test_a_driver_that_fails_says_so(tmp_path: Path) -> None:
    """What went wrong is on stderr, the status is not 0, and the scratch folder is gone."""
    command = [sys.executable, "-I", "-S", str(HERE), "--scratch", str(tmp_path / "p" / "s")]
    with open(os.devnull, "wb") as cannot_be_read:
        ended = subprocess.run(command, stdin=cannot_be_read, capture_output=True)
    assert ended.returncode == 1
    assert b"Bad file descriptor" in ended.stderr
    assert not (tmp_path / "p").exists()


def test_a_wrong_command_line_is_refused_in_words() -> None:
    """The usage is said on stderr, with status 1."""
    ended = subprocess.run([sys.executable, "-I", "-S", str(HERE), "--help"], capture_output=True)
    assert ended.returncode == 1
    assert b"--scratch DIR" in ended.stderr
