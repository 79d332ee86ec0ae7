"""Background requests of the Python driver, and the reset that ends them."""

from __future__ import annotations

import shutil
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.driver_client import Driver, eventually, sleeping


@pytest.fixture
def driver(process: Driver) -> Iterator[Driver]:
    """The interpreter's driver, reset after each test, which must leave nothing behind."""
    yield process
    assert process.ok("reset") == {"stuck": 0}


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
