"""Every driver that ships keeps the protocol, for what it claims; each with its true library."""

from __future__ import annotations

import array
import base64
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.drivers import registry
from harness.drivers.python import payload
from harness.engine.selftest import selftest
from tests.integration.driver_client import Driver as Client
from tests.integration.starts import Start, argv


@pytest.mark.parametrize("name", [name for name in registry.known() if name != "socket"])
def test_it_keeps_the_protocol(name: str, starting: Start) -> None:
    """What it claims is there, on each transport, and what it says of itself is true."""
    checks = list(selftest(starting(*argv(name))))
    assert [check for check in checks if check.problem] == []
    assert f"{name} " in checks[0].note


LOOPS = ["asyncio-streams", "asyncio-protocol", "asyncio-sock"]


@pytest.fixture(params=LOOPS)
def driver(request: pytest.FixtureRequest, folders: Iterator[Path]) -> Iterator[Client]:
    """A driver on asyncio, which needs no packages."""
    client = Client.of(argv(request.param), next(folders))
    yield client
    client.end()


def test_a_reader_that_waits_holds_nobody_up(driver: Client) -> None:
    """A started call is a task; what comes for it later is its answer."""
    driver.connected("tcp4")
    waiting = driver.start("recv", "conn", size=100)
    assert driver.thread == 0
    driver.ok("send", "client", data="late")
    assert driver.finish(waiting)["values"]["data"]["head"] == b"late".hex()


def test_a_sender_waits_for_a_reader_that_does_not_read(driver: Client) -> None:
    """No driver hides a full connection by taking in what nobody asked for."""
    driver.connected("unix-stream")
    sending = driver.start("sendall", "client", data={"counting": 8_000_000})
    read = driver.ok("recv_exactly", "conn", size=1000)["data"]
    assert read["size"] == 1000
    assert not driver.answered(sending, 0.2)
    assert driver.ok("recv_exactly", "conn", size=7_999_000)["data"]["size"] == 7_999_000
    assert driver.finish(sending)["reply"] == "ok"


def test_half_a_connection_still_carries_the_answer(driver: Client) -> None:
    """After the end of what the client says, the server says its own."""
    driver.connected("tcp4")
    driver.ok("send", "client", data="question")
    driver.ok("shutdown", "client", how="write")
    assert driver.ok("recv_until_eof", "conn")["data"]["head"] == b"question".hex()
    driver.ok("send", "conn", data="answer")
    assert driver.ok("recv", "client", size=100)["data"]["head"] == b"answer".hex()


def test_a_closed_handle_is_ebadf(driver: Client) -> None:
    """Whatever the library calls that."""
    driver.connected("tcp4")
    driver.ok("close", "conn")
    assert driver.error("recv", "conn", size=1) == "EBADF"


def test_a_reset_ends_what_waits(driver: Client) -> None:
    """Its reply comes before the reset's, and the names are free."""
    driver.connected("tcp4")
    waiting = driver.start("recv", "conn", size=100)
    assert driver.ok("reset") == {"stuck": 0}
    assert driver.finish(waiting)["reply"] != "broken"
    driver.connected("tcp4")


def test_what_a_library_has_not_is_unsupported(driver: Client) -> None:
    """Neither inferred nor an error."""
    assert driver.ask("settimeout", "client", timeout=1)["reply"] == "unsupported"


@pytest.mark.parametrize("name", ["c", "node", "rust"])
@pytest.mark.parametrize(
    "data",
    [
        {"seeded": 1000, "seed": "x"},
        {"seeded": 1},
        {"counting": 1000},
        {"repeat": "ab", "size": 7},
        [{"hex": "00 ff"}, "\u00e9\U0001f600\n"],
    ],
)
def test_all_languages_make_the_same_bytes(
    name: str, data: object, folders: Iterator[Path]
) -> None:
    """Payloads, and the digests of what was received, agree with the reference to the last byte."""
    client = Client.of(argv(name), next(folders))
    client.connected("tcp4")
    client.ok("sendall", "client", data=data)
    wanted = payload.describe(payload.make(data))
    assert client.ok("recv_exactly", "conn", size=wanted["size"])["data"] == wanted
    client.end()


def test_the_floor_of_latency_plays_round_trips(folders: Iterator[Path]) -> None:
    """The driver in C has the workloads, and its samples are times."""
    client = Client.of(argv("c"), next(folders))
    client.connected("tcp4")
    answering = client.start("pong", "conn", size=64)
    client.ok("ping_open", "client", size=64, samples=20)
    assert client.ok("turn", "client", trips=22, drop=2) == {"trips": 22}
    samples = array.array("I", base64.b64decode(client.ok("fetch", "client")["samples"]))
    assert len(samples) == 20
    assert all(0 < sample < 1e9 for sample in samples)
    client.ok("close", "client")
    assert client.finish(answering)["reply"] == "ok"
    client.end()
