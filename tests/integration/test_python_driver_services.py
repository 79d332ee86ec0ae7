"""The services of the Python driver keep their contracts, on every interpreter here.

The clients are plain sockets of the test: what a service promises is seen from outside.
"""

from __future__ import annotations

import re
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import pytest

from harness.drivers.python.payload import make
from tests.integration.driver_client import PATIENCE, Driver, eventually

STREAMS = ("tcp4", "tcp6", "unix-stream")
SERVICES = ("echo", "discard", "chargen", "daytime", "greet")
PRINTABLE = bytes(range(0x20, 0x7F))
DAYTIME = rb"[A-Z][a-z]+, [A-Z][a-z]+ \d\d, \d{4} \d\d:\d\d:\d\d-UTC\r\n"


@pytest.fixture
def driver(process: Driver) -> Iterator[Driver]:
    """The interpreter's driver; a reset after the test must leave no thread and no descriptor."""
    before = process.threads(), process.descriptors()
    yield process
    assert process.ok("reset") == {"stuck": 0}
    # A thread that was joined may be listed for a moment longer.
    eventually(lambda: (process.threads(), process.descriptors()) == before)


def serve(driver: Driver, service: str, transport: str, as_: str = "server", **args: Any) -> Any:
    """Start a service; return its address as Python's sockets take it."""
    name = driver.ok("serve", as_, service=service, transport=transport, **args)["name"]
    return name["path"] if "path" in name else (name["host"], name["port"])


def connect(address: Any) -> socket.socket:
    """Return a socket connected to a service."""
    sock = socket.socket(_family(address), socket.SOCK_STREAM)
    sock.settimeout(PATIENCE)
    sock.connect(address)
    return sock


def datagrams(address: Any, tmp_path: Path) -> socket.socket:
    """Return a datagram socket connected to a service; it has a name."""
    family = _family(address)
    sock = socket.socket(family, socket.SOCK_DGRAM)
    sock.settimeout(PATIENCE)
    if family == socket.AF_UNIX:
        sock.bind(str(tmp_path / "c"))
    sock.connect(address)
    return sock


def _family(address: Any) -> socket.AddressFamily:
    if isinstance(address, str):
        return socket.AF_UNIX
    return socket.AF_INET6 if ":" in address[0] else socket.AF_INET


def read_all(sock: socket.socket) -> bytes:
    """Read until the other side has closed in an orderly way (a reset would raise)."""
    return b"".join(iter(lambda: sock.recv(65536), b""))


# --- echo -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("transport", STREAMS)
def test_echo_gives_back_every_byte_at_once_and_all_after_half_close(
    driver: Driver, transport: str
) -> None:
    """It waits for no newline and no end; after the half-close it closes in an orderly way."""
    with connect(serve(driver, "echo", transport)) as client:
        for piece in (b"a", b"bc", b"\0\n"):
            client.sendall(piece)
            assert client.recv(99) == piece
        client.sendall(b"last")
        client.shutdown(socket.SHUT_WR)
        assert read_all(client) == b"last"


@pytest.mark.parametrize("transport", STREAMS)
def test_echo_stops_reading_while_its_answers_are_not_read(driver: Driver, transport: str) -> None:
    """A client that only sends is held up, nobody else is, and nothing is lost."""
    address = serve(driver, "echo", transport)
    with connect(address) as greedy, connect(address) as other:
        for option in (socket.SO_SNDBUF, socket.SO_RCVBUF):
            greedy.setsockopt(socket.SOL_SOCKET, option, 65536)
        payload = make({"seeded": 12 << 20, "seed": "echo"})
        greedy.setblocking(False)
        sent = 0
        while sent < len(payload):
            try:
                sent += greedy.send(payload[sent : sent + 65536])
            except BlockingIOError:
                other.sendall(b"still there?")
                assert other.recv(99) == b"still there?"
                break
        assert 0 < sent < len(payload)
        greedy.settimeout(PATIENCE)
        sender = threading.Thread(target=_send_rest, args=(greedy, payload[sent:]))
        sender.start()
        assert read_all(greedy) == payload
        sender.join()


def _send_rest(sock: socket.socket, rest: bytes) -> None:
    sock.sendall(rest)
    sock.shutdown(socket.SHUT_WR)


@pytest.mark.parametrize("transport", ["tcp4", "unix-stream"])
def test_a_hundred_clients_at_once_are_served(driver: Driver, transport: str) -> None:
    """All are connected before the first one speaks, and answered in another order."""
    address = serve(driver, "echo", transport)
    with ExitStack() as all_open:
        clients = [all_open.enter_context(connect(address)) for _ in range(100)]
        for number, client in enumerate(clients):
            client.sendall(b"%d" % number)
        for number, client in reversed(list(enumerate(clients))):
            assert client.recv(99) == b"%d" % number


@pytest.mark.parametrize("service", SERVICES)
def test_clients_that_reset_or_vanish_harm_nobody(driver: Driver, service: str) -> None:
    """After resets at any moment the service still serves."""
    address = serve(driver, service, "tcp4", greeting={"repeat": "x", "size": 1 << 20})
    for sends in (b"", b"x" * 100000):
        for _ in range(3):
            client = connect(address)
            client.sendall(sends)
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            client.close()
            connect(address).close()
    with connect(address) as client:
        client.sendall(b"x")
        if service == "discard":
            client.shutdown(socket.SHUT_WR)
        assert len(client.recv(1)) == (0 if service == "discard" else 1)


def test_echo_keeps_records(driver: Driver) -> None:
    """Over sequenced packets each record comes back whole, also a large one."""
    path = serve(driver, "echo", "unix-seqpacket")
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as client:
        client.connect(path)
        for record in (b"a", make({"counting": 100000}), b"bc"):
            client.send(record)
            assert client.recv(200000) == record


@pytest.mark.parametrize("transport", ["udp4", "udp6", "unix-dgram"])
def test_echo_answers_each_datagram_once_and_whole(
    driver: Driver, tmp_path: Path, transport: str
) -> None:
    """From the empty to the largest, and a burst, each comes back from the address asked."""
    address = serve(driver, "echo", transport)
    with datagrams(address, tmp_path) as client:
        for size in (0, 1, 1400, 65507):
            client.send(make({"counting": size}))
            assert client.recv(70000) == make({"counting": size})
        for number in range(5):
            client.send(b"%d" % number)
        assert [client.recv(9) for _ in range(5)] == [b"%d" % number for number in range(5)]
        client.setblocking(False)
        with pytest.raises(BlockingIOError):
            client.recv(9)


@pytest.mark.parametrize(("wildcard", "asked"), [("0.0.0.0", "127.0.0.5"), ("::", "::1")])
def test_a_datagram_is_answered_from_the_address_it_was_sent_to(
    driver: Driver, wildcard: str, asked: str
) -> None:
    """Also when the service is bound to all addresses, and this is not the host's first one."""
    transport = "udp6" if ":" in wildcard else "udp4"
    _, port = serve(driver, "echo", transport, address={"host": wildcard, "port": 0})
    with socket.socket(_family((asked,)), socket.SOCK_DGRAM) as client:
        client.settimeout(PATIENCE)
        client.sendto(b"x", (asked, port))
        data, peer = client.recvfrom(9)
        assert (data, peer[:2]) == (b"x", (asked, port))


def test_a_unix_client_that_does_not_read_loses_nothing(driver: Driver, tmp_path: Path) -> None:
    """More answers than its queue holds wait until there is room for them."""
    limit = int(Path("/proc/sys/net/unix/max_dgram_qlen").read_text())
    asked = [b"%d" % number for number in range(limit + limit // 2)]
    address = serve(driver, "echo", "unix-dgram")
    # Not connected: from its peer a socket takes more than the limit.
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as client:
        client.settimeout(PATIENCE)
        client.bind(str(tmp_path / "c"))
        for text in asked:
            client.sendto(text, address)
        assert [client.recv(9) for _ in asked] == asked


# --- the others -----------------------------------------------------------------------------------


@pytest.mark.parametrize("transport", STREAMS)
def test_discard_says_nothing_and_stays_until_the_end(driver: Driver, transport: str) -> None:
    """It takes everything; its only word is the end after the client's."""
    with connect(serve(driver, "discard", transport)) as client:
        client.sendall(make({"counting": 3 << 20}))
        client.setblocking(False)
        with pytest.raises(BlockingIOError):
            client.recv(1)
        client.settimeout(PATIENCE)
        client.shutdown(socket.SHUT_WR)
        assert read_all(client) == b""


@pytest.mark.parametrize("transport", STREAMS)
def test_chargen_says_lines_shifted_by_one_for_ever(driver: Driver, transport: str) -> None:
    """Lines of 72 printable characters and CRLF, also while the client sends and half-closes."""
    with connect(serve(driver, "chargen", transport)) as client:
        client.sendall(make({"counting": 2 << 20}))
        client.shutdown(socket.SHUT_WR)
        text = b""
        while len(text) < 74 * 20000:
            text += client.recv(1 << 20)
        for number in (0, 1, 94, 95, 19999):
            line = text[74 * number : 74 * number + 74]
            first = number % len(PRINTABLE)
            assert line == (PRINTABLE * 2)[first : first + 72] + b"\r\n"


@pytest.mark.parametrize("transport", STREAMS)
def test_daytime_says_one_line_and_closes(driver: Driver, transport: str) -> None:
    """Date and time, CRLF, an orderly end."""
    with connect(serve(driver, "daytime", transport)) as client:
        assert re.fullmatch(DAYTIME, read_all(client))


@pytest.mark.parametrize("transport", STREAMS)
@pytest.mark.parametrize("first", ["waits", "half-closes", "sends"])
def test_greet_says_its_greeting_once_and_closes(
    driver: Driver, transport: str, first: str
) -> None:
    """Whole, without waiting for input, and in an orderly way whatever the client does first."""
    greeting = {"seeded": 1 << 20, "seed": "g"}
    with connect(serve(driver, "greet", transport, greeting=greeting)) as client:
        if first == "half-closes":
            client.shutdown(socket.SHUT_WR)
        if first == "sends":
            client.sendall(b"hello to you")
        assert read_all(client) == make(greeting)


@pytest.mark.parametrize("transport", ["udp4", "udp6", "unix-dgram"])
@pytest.mark.parametrize(
    ("service", "answer"),
    [
        ("chargen", rb"([ -~]{72}\r\n){6}"),
        ("daytime", DAYTIME),
        ("greet", rb"welcome"),
        ("discard", None),
    ],
)
def test_each_datagram_is_answered_by_one(
    driver: Driver, tmp_path: Path, transport: str, service: str, answer: bytes | None
) -> None:
    """Also an empty one; by nothing where the service says nothing."""
    address = serve(driver, service, transport, greeting="welcome")
    with datagrams(address, tmp_path) as client:
        for asked in (b"", b"hello"):
            client.send(asked)
            if answer is not None:
                assert re.fullmatch(answer, client.recv(9999))
        client.setblocking(False)
        with pytest.raises(BlockingIOError):
            client.recv(9999)


# --- starting and ending --------------------------------------------------------------------------


@pytest.mark.parametrize("transport", ["tcp4", "unix-stream"])
@pytest.mark.parametrize("service", SERVICES)
def test_closing_the_handle_ends_the_service(driver: Driver, transport: str, service: str) -> None:
    """Its clients see an end, nobody else gets in, and the address is free at once."""
    address = serve(driver, service, transport)
    before = driver.threads()
    with connect(address) as idle, connect(address) as speaking:
        speaking.sendall(b"x" * 1000)
        driver.ok("close", "server")
        for client in (idle, speaking):
            _read_to_any_end(client)
    eventually(lambda: driver.threads() < before)
    with pytest.raises((ConnectionRefusedError, FileNotFoundError)):
        connect(address)
    if isinstance(address, str):
        given: dict[str, Any] = {"path": address}
    else:
        given = {"host": address[0], "port": address[1]}
    assert serve(driver, service, transport, "server2", address=given) == address


def _read_to_any_end(client: socket.socket) -> None:
    with suppress(ConnectionResetError):
        read_all(client)


def test_a_stale_path_is_replaced_and_a_used_one_is_not(driver: Driver, tmp_path: Path) -> None:
    """A path left by a dead server does no harm; a living one's is not stolen."""
    path = str(tmp_path / "p")
    given = {"service": "echo", "transport": "unix-stream", "address": {"path": path}}
    with socket.socket(socket.AF_UNIX) as other:
        other.bind(path)
        other.listen()
        assert driver.error("serve", "server", **given) == "EADDRINUSE"
    assert driver.ok("serve", "server", **given) == {"name": {"path": path}}
    driver.ok("close", "server")
    (tmp_path / "p").write_text("not a socket")
    assert driver.error("serve", "server2", **given) == "EADDRINUSE"
    assert (tmp_path / "p").read_text() == "not a socket"


def test_a_service_can_take_a_socket_that_is_bound_already(driver: Driver) -> None:
    """Then it serves at that name and sets nothing on the socket."""
    name = driver.ok("bind", "server", transport="tcp4")["name"]
    with connect(serve(driver, "greet", "tcp4")) as client:
        assert client.getpeername() == (name["host"], name["port"])
        assert read_all(client) == b"hello\r\n"
    assert driver.ok("getsockopt", "server", option="SO_REUSEADDR") == {"value": 0}
