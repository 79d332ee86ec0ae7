"""The Python driver's calls with several buffers or messages, files sent whole, and its limits."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from harness.drivers.python.payload import describe, make
from tests.integration.driver_client import PATIENCE, Driver
from tests.integration.driver_operations.described import data


@pytest.fixture
def driver(process: Driver) -> Iterator[Driver]:
    """Two ends of a connection, `a` and `b`."""
    process.ok("socketpair", "a", transport="unix-stream", as_="b")
    yield process
    assert process.ok("reset") == {"stuck": 0}


def test_one_write_takes_several_buffers_and_one_read_fills_several(driver: Driver) -> None:
    """The bytes run on from buffer to buffer at both ends."""
    sent = driver.ask("writev", "a", data=["abc", {"repeat": "d", "size": 4}], split=2)
    if sent["reply"] == "unsupported":
        pytest.skip(sent["what"])  # PyPy
    assert sent["values"] == {"count": 7}
    read = driver.ok("readv", "b", buffers=[2, 3])
    assert (read["data"], read["sizes"]) == (data("abcdd"), [2, 3])
    read = driver.ok("recvmsg_into", "b", buffers=[1, 9, 9])
    assert (read["data"], read["sizes"], read["flags"]) == (data("dd"), [1, 1, 0], [])


def test_one_call_takes_several_datagrams(driver: Driver) -> None:
    """Each buffer is a message, and each message comes with its own size."""
    driver.ok("socketpair", "c", transport="unix-dgram", as_="d")
    assert driver.ok("sendmmsg", "c", data=["one", "", "three"]) == {"count": 3}
    got = driver.ok("recvmmsg", "d", messages=2, size=9, flags="MSG_DONTWAIT")
    assert (got["data"], got["sizes"]) == (data("one"), [3, 0])
    got = driver.ok("recvmmsg", "d", messages=2, size=4, flags="MSG_DONTWAIT")
    assert (got["data"], got["sizes"]) == (data("thre"), [4])


def test_a_file_is_sent_by_the_kernel_or_by_the_library(driver: Driver) -> None:
    """The whole of it, or a part."""
    (driver.scratch / "file").write_bytes(make({"counting": 1000}))
    assert driver.ok("sendfile", "a", path="file", offset=10, size=5) == {"count": 5}
    part = make({"counting": 15})[10:]
    assert driver.ok("recv", "b", size=99)["data"] == describe(part)
    assert driver.ok("socket_sendfile", "a", path="file") == {"count": 1000}
    assert driver.ok("recv_exactly", "b", size=1000)["data"] == data({"counting": 1000})


def test_descriptors_can_be_made_scarce_until_the_reset(driver: Driver) -> None:
    """So many more can be opened, and the next one fails."""
    driver.ok("setrlimit", "a", spare_descriptors=1)
    driver.ok("dup", "a", as_="c")
    assert driver.error("dup", "a", as_="d") == "EMFILE"
    driver.ok("reset")
    driver.ok("socketpair", "a", transport="unix-stream", as_="b")


def test_a_driver_without_descriptors_still_cleans_up(mortal: Driver) -> None:
    """Its end of input comes while it can open nothing: even so no folder is left."""
    mortal.ok("listen", "server", transport="unix-stream")
    mortal.ok("setrlimit", "server", spare_descriptors=0)
    assert mortal.process.stdin is not None
    mortal.process.stdin.close()
    mortal.process.wait(PATIENCE)
    assert not mortal.scratch.parent.exists()
