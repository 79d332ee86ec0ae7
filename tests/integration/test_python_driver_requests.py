"""What the Python driver says of itself and of each request, on every interpreter here."""

from __future__ import annotations

import json
import os
import re
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from harness.protocol import parse
from tests.integration.driver_client import FOUND, HERE, WANTED, Driver, eventually, sleeping

CLOEXEC = 0o2000000


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
