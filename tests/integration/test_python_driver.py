"""The operations of the Python driver, on every interpreter here and every transport that fits."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from harness.drivers.python.payload import describe, make
from harness.language.operations import OPERATIONS, TRANSPORTS
from tests.integration.driver_client import Driver

STREAMS = ("tcp4", "tcp6", "unix-stream")
CONNECTIONS = (*STREAMS, "unix-seqpacket")
DATAGRAMS = ("udp4", "udp6", "unix-dgram")


@pytest.fixture
def driver(process: Driver) -> Iterator[Driver]:
    """The interpreter's driver, reset after each test, which must leave nothing behind."""
    yield process
    assert process.ok("reset") == {"stuck": 0}


def data(payload: object) -> dict[str, Any]:
    return describe(make(payload))


# --- the table ------------------------------------------------------------------------------------


def tour() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """The operations on sockets once each, in an order in which each can succeed."""
    hello = {"data": "hello"}
    unix = {"transport": "unix-stream"}
    yield "getaddrinfo", "client", {"host": "127.0.0.1", "port": 80, "transport": "tcp4"}
    yield "socket", "server", {"transport": "tcp4"}
    yield "setsockopt", "server", {"option": "SO_REUSEADDR", "value": True}
    yield "getsockopt", "server", {"option": "SO_REUSEADDR"}
    yield "bind", "server", {}
    yield "listen", "server", {"backlog": 3}
    yield "tcp_info", "server", {}
    yield "getsockname", "server", {}
    yield "serve", "echo", {"service": "echo", "transport": "tcp4"}
    yield "socketpair", "a", {"as": "b", **unix}
    yield "send", "a", hello
    yield "fionread", "b", {}
    yield "outq", "a", {}
    yield "poll", "b", {"events": "IN"}
    yield "select", "b", {}
    yield "recv", "b", {"size": 2}
    yield "recvfrom", "b", {"size": 1}
    yield "recv_into", "b", {"size": 1}
    yield "recvmsg", "b", {"size": 9}
    yield "quiet", "b", {"for": 0.001}
    yield "fill", "a", {}
    yield "drain", "b", {}
    yield "sendmsg", "a", hello
    yield "recv_exactly", "b", {"size": 5}
    yield "sendall", "a", hello
    yield "drop_incoming", "a", {"on": True}
    yield "shutdown", "a", {"how": "write"}
    yield "recv_until_eof", "b", {}
    yield "getpeername", "a", {}
    yield "so_error", "a", {}
    yield "setblocking", "a", {"on": False}
    yield "getblocking", "a", {}
    yield "settimeout", "a", {"timeout": 1.5}
    yield "gettimeout", "a", {}
    yield "fileno", "a", {}
    yield "inheritable", "a", {}
    yield "dup", "a", {"as": "c"}
    yield "detach", "c", {}
    yield "close", "a", {}
    yield "abort", "b", {}


def test_every_operation_answers_with_the_fields_of_the_table(driver: Driver) -> None:
    """All operations on sockets are there, and each reply has exactly the fields it promises."""
    for operation, handle, args in tour():
        driver.ok(operation, handle, **args)
    to = driver.ok("listen", "server2", transport="tcp4")["name"]
    driver.ok("connect", "client", transport="tcp4", to=to)
    driver.ok("accept", "server2", as_="conn")
    driver.ok("at_mark", "conn")
    driver.ok("bind", "u", transport="udp4")
    driver.ok("sendto", "u", to=driver.ok("getsockname", "u")["name"], data="x")
    driver.ok("disconnect", "u")


def test_every_operation_of_the_table_is_tried_somewhere() -> None:
    """An operation for which neither a test of the driver nor a scenario asks is an omission."""
    here = Path(__file__)
    places = [*here.parent.glob("test_python_*.py"), *here.parents[2].glob("scenarios/*.yaml")]
    asked = "".join(path.read_text() for path in places)
    assert [name for name in OPERATIONS if not re.search(f'"{name}"|: {name}\\b', asked)] == []


def test_the_greeting_lists_what_there_is(driver: Driver) -> None:
    """The operations greeted with are those of the table, and all transports work here."""
    hello = driver.hello
    assert (hello["protocol"], hello["implementation"], hello["os"]) == (1, "socket", "linux")
    # PyPy's os module has no readv and writev, and its driver says so.
    lacking = {"readv", "writev"} if hello["runtime"].startswith("PyPy") else set()
    assert set(OPERATIONS) - lacking <= set(hello["operations"])
    assert hello["transports"] == list(TRANSPORTS)
    assert hello["pid"] == driver.process.pid


# --- connections ----------------------------------------------------------------------------------


@pytest.mark.parametrize("transport", CONNECTIONS)
def test_a_connection_carries_bytes_both_ways_and_ends(driver: Driver, transport: str) -> None:
    """What one end sends the other receives, and EOF is an empty reception."""
    driver.connected(transport)
    assert driver.ok("send", "client", data="question") == {"count": 8}
    assert driver.ok("recv", "conn", size=100)["data"] == data("question")
    driver.ok("shutdown", "client", how="write")
    assert driver.ok("recv", "conn", size=100)["data"] == data("")
    driver.ok("sendall", "conn", data="answer")
    driver.ok("close", "conn")
    assert driver.ok("recv_into", "client", size=8) == {
        "data": data("answer"),
        "count": 6,
        "tail_untouched": True,
    }
    assert driver.ok("recv_until_eof", "client") == {"data": data(""), "calls": 1}


@pytest.mark.parametrize("transport", ["tcp4", "tcp6"])
def test_both_ends_agree_on_their_names(driver: Driver, transport: str) -> None:
    """Names have host and port only (no flow or scope of zero), and match crosswise."""
    listener = driver.ok("listen", "server", transport=transport)["name"]
    client = driver.ok("connect", "client", transport=transport, to=listener)["name"]
    assert driver.ok("accept", "server", as_="conn") == {"peer": client, "name": listener}
    assert driver.ok("getpeername", "client")["peer"] == listener
    assert set(client) == {"host", "port"}


@pytest.mark.parametrize("transport", STREAMS)
def test_a_megabyte_arrives_whole_in_any_pieces(driver: Driver, transport: str) -> None:
    """Payloads are made at one end and digested at the other; only descriptors cross the pipe."""
    payload = {"seeded": 1 << 20, "seed": "big"}
    expected = data(payload)
    assert expected["sha256"] == hashlib.sha256(make(payload)).hexdigest()
    driver.connected(transport)
    sending = driver.start("sendall", "client", data=[payload, payload], chunk=9999)
    first = driver.ok("recv_exactly", "conn", size=1 << 20, chunk=4001)
    assert first["data"] == expected
    assert first["calls"] >= (1 << 20) / 4001
    assert driver.ok("recv_exactly", "conn", size=1 << 20)["data"] == expected
    assert driver.finish(sending)["values"] == {"count": 2 << 20}


def test_reading_exactly_stops_at_the_end(driver: Driver) -> None:
    """An end that comes early is a short reception, not an error."""
    driver.connected("tcp4")
    driver.ok("sendall", "client", data="abc")
    driver.ok("close", "client")
    assert driver.ok("recv_exactly", "conn", size=9)["data"] == data("abc")


@pytest.mark.parametrize("transport", STREAMS)
def test_fill_stops_when_nothing_more_is_taken_and_drain_when_all_is_read(
    driver: Driver, transport: str
) -> None:
    """The bytes of `fill` are the counting pattern throughout, whatever the pieces."""
    driver.connected(transport)
    count = driver.ok("fill", "client", chunk=10007)["count"]
    # On a busy machine the last acknowledgements come late, and make room for some more.
    more = driver.ok("fill", "client", chunk=10007)["count"]
    assert more < count / 4
    assert driver.ok("recv_exactly", "conn", size=count)["data"] == data({"counting": count})
    if more:
        driver.ok("recv_exactly", "conn", size=more)
    driver.ok("send", "client", data="rest")
    assert driver.ok("poll", "conn", events="IN", timeout=5.0)["events"] == ["IN"]
    assert drained(driver, "conn") == (data("rest"), False)
    driver.ok("close", "client")
    assert "IN" in driver.ok("poll", "conn", events="IN", timeout=5.0)["events"]
    assert drained(driver, "conn") == (data(""), True)


def drained(driver: Driver, handle: str) -> tuple[Any, Any]:
    values = driver.ok("drain", handle)
    return values["data"], values["eof"]


def test_flags_are_given_by_name(driver: Driver) -> None:
    """One flag or several; a peek leaves the bytes where they are."""
    driver.connected("tcp4")
    driver.ok("send", "client", data="abc", flags=["MSG_NOSIGNAL", "MSG_MORE"])
    driver.ok("send", "client", data="def")
    for _ in range(2):
        peeked = driver.ok("recv", "conn", size=6, flags=["MSG_PEEK", "MSG_WAITALL"])
        assert peeked["data"] == data("abcdef")
    assert driver.ok("recv_into", "conn", size=4, nbytes=2) == {
        "data": data("ab"),
        "count": 2,
        "tail_untouched": True,
    }


def test_urgent_data_stands_at_a_mark(driver: Driver) -> None:
    """at_mark is true where the urgent byte stood in the stream."""
    driver.connected("tcp4")
    driver.ok("send", "client", data="abc", flags="MSG_OOB")
    assert driver.ok("poll", "conn", events="PRI", timeout=5.0)["events"] == ["PRI"]
    assert driver.ok("at_mark", "conn") == {"value": False}
    driver.ok("recv", "conn", size=2)
    assert driver.ok("at_mark", "conn") == {"value": True}
    assert driver.ok("recv", "conn", size=1, flags="MSG_OOB")["data"] == data("c")


def test_an_abort_is_a_reset(driver: Driver) -> None:
    """The other side reads ECONNRESET, and finds it as its pending error before."""
    driver.connected("tcp4")
    driver.ok("abort", "client")
    assert "ERR" in driver.ok("poll", "conn", timeout=5.0)["events"]
    assert driver.ok("so_error", "conn") == {"value": "ECONNRESET"}
    assert driver.ok("so_error", "conn") == {"value": "none"}


# --- datagrams ------------------------------------------------------------------------------------


@pytest.mark.parametrize("transport", DATAGRAMS)
def test_datagrams_keep_their_borders_and_tell_their_sender(driver: Driver, transport: str) -> None:
    """Each datagram is one reception, an empty one too, with its sender's name."""
    server = driver.bound(transport)
    client = driver.ok("getsockname", "client")["name"]
    assert driver.ok("sendto", "client", data="one", to=server) == {"count": 3}
    driver.ok("sendto", "client", data="", to=server)
    assert driver.ok("recvfrom", "server", size=2) == {"data": data("on"), "peer": client}
    assert driver.ok("recvfrom", "server", size=9) == {"data": data(""), "peer": client}
    assert driver.error("recv", "server", size=9, flags="MSG_DONTWAIT") == "EAGAIN"


@pytest.mark.parametrize("transport", DATAGRAMS)
def test_draining_goes_past_empty_datagrams(driver: Driver, transport: str) -> None:
    """An empty datagram is no end: what follows it is read as well."""
    server = driver.bound(transport)
    driver.ok("connect", "client", to=server)
    for text in ("a", "", "b"):
        driver.ok("send", "client", data=text)
    assert drained(driver, "server") == (data("ab"), False)


@pytest.mark.parametrize("transport", DATAGRAMS)
def test_a_datagram_socket_can_forget_its_peer(driver: Driver, transport: str) -> None:
    """After `disconnect` there is no peer's name, and a send without address fails."""
    server = driver.bound(transport)
    driver.ok("connect", "client", to=server)
    assert driver.ok("getpeername", "client")["peer"] == server
    driver.ok("disconnect", "client")
    assert driver.error("getpeername", "client") == "ENOTCONN"


@pytest.mark.parametrize("transport", ["udp4", "udp6"])
def test_fill_refuses_a_socket_that_is_never_full(driver: Driver, transport: str) -> None:
    """UDP would take datagrams for ever, so the driver says that it has no such thing."""
    driver.bound(transport)
    reply = driver.ask("fill", "client")
    assert reply["reply"] == "unsupported"
    assert "never full" in reply["what"]


@pytest.mark.parametrize("transport", DATAGRAMS)
def test_sending_makes_the_socket_when_there_is_none(driver: Driver, transport: str) -> None:
    """The opening rule holds for sendto and sendmsg."""
    server = driver.ok("bind", "server", transport=transport)["name"]
    driver.ok("sendto", "client", transport=transport, data="a", to=server)
    driver.ok("sendmsg", "client2", transport=transport, data=["b", "c"], to=server)
    assert driver.ok("recv", "server", size=9)["data"] == data("a")
    assert driver.ok("recv", "server", size=9)["data"] == data("bc")


# --- unix names -----------------------------------------------------------------------------------


@pytest.mark.parametrize("transport", ["unix-stream", "unix-seqpacket"])
def test_unix_sockets_without_an_address_get_a_fresh_path(driver: Driver, transport: str) -> None:
    """Listeners get different paths in the scratch folder; a client has no name."""
    paths = [
        driver.ok("listen", name, transport=transport)["name"]["path"] for name in ("s1", "s2")
    ]
    assert len(set(paths)) == 2
    assert {Path(path).parent for path in paths} == {driver.scratch}
    client = driver.ok("connect", "client", transport=transport, to={"path": paths[0]})
    assert client["name"] == {"path": ""}
    assert driver.ok("accept", "s1", as_="conn")["name"] == {"path": paths[0]}


@pytest.mark.parametrize("transport", ["unix-stream", "unix-dgram", "unix-seqpacket"])
def test_abstract_names_go_both_ways(driver: Driver, transport: str) -> None:
    """An abstract name is bound, reported and connected to."""
    name = {"abstract": f"sockharness-{os.getpid()}-é"}
    assert driver.ok("bind", "server", transport=transport, address=name) == {"name": name}
    if transport != "unix-dgram":
        assert driver.ok("listen", "server") == {"name": name}
    driver.ok("connect", "client", transport=transport, to=name)
    assert driver.ok("getpeername", "client") == {"peer": name}


@pytest.mark.parametrize("transport", ["unix-stream", "unix-dgram", "unix-seqpacket"])
def test_a_pair_is_connected_from_the_start(driver: Driver, transport: str) -> None:
    """socketpair makes two handles that reach each other."""
    driver.ok("socketpair", "a", as_="b", transport=transport)
    driver.ok("send", "a", data="x")
    assert driver.ok("recv", "b", size=9)["data"] == data("x")
    assert driver.ok("getsockname", "a")["name"] == {"path": ""}


# --- control messages -----------------------------------------------------------------------------


def test_descriptors_travel_and_become_handles(driver: Driver) -> None:
    """The handles named by `as` are the very sockets that were sent."""
    driver.connected("tcp4")
    driver.ok("socketpair", "a", as_="b", transport="unix-stream")
    driver.ok("sendmsg", "a", data="x", ancillary=[{"fds": ["conn", "server"]}])
    (got,) = driver.ok("recvmsg", "b", size=9, control=64, as_="got")["ancillary"]
    assert (got["type"], got["handles"]) == ("SCM_RIGHTS", ["got", "got2"])
    driver.ok("close", "conn")
    driver.ok("send", "got", data="through the copy")
    assert driver.ok("recv", "client", size=99)["data"] == data("through the copy")
    assert driver.ok("getsockname", "got2") == driver.ok("getsockname", "server")


def test_control_messages_that_do_not_fit_are_flagged(driver: Driver) -> None:
    """A message cut short says so, and a descriptor that did not fit is no handle."""
    driver.ok("socketpair", "a", as_="b", transport="unix-dgram")
    driver.ok("sendmsg", "a", data="xyz", ancillary=[{"fds": ["a"]}])
    got = driver.ok("recvmsg", "b", size=2, flags="MSG_CMSG_CLOEXEC")
    assert got["flags"] == ["MSG_CTRUNC", "MSG_TRUNC", "MSG_CMSG_CLOEXEC"]
    assert got["ancillary"] == []


@pytest.mark.parametrize("given", [{}, {"pid": "own"}])
def test_credentials_travel(driver: Driver, given: dict[str, Any]) -> None:
    """Credentials are our own where they are not given."""
    pid = driver.process.pid
    driver.ok("socketpair", "a", as_="b", transport="unix-stream")
    driver.ok("setsockopt", "b", option="SO_PASSCRED", value=True)
    asked = dict.fromkeys(given, pid)
    driver.ok("sendmsg", "a", data="x", ancillary=[{"credentials": asked}])
    got = driver.ok("recvmsg", "b", size=9, control=64)["ancillary"]
    own = {"type": "SCM_CREDENTIALS", "pid": pid, "uid": os.getuid(), "gid": os.getgid()}
    assert got == [own]


@pytest.mark.parametrize(
    ("transport", "receive", "send", "number"),
    [
        ("udp4", "IP_RECVTTL", {"type": "IP_TTL", "value": 7}, 7),
        ("udp4", "IP_RECVTTL", {"level": "IPPROTO_IP", "type": "IP_TTL", "hex": "09000000"}, 9),
        ("udp4", "IP_RECVTOS", {"type": "IP_TOS", "value": 8}, 8),
        ("udp6", "IPV6_RECVHOPLIMIT", {"type": "IPV6_HOPLIMIT", "value": 5}, 5),
    ],
)
def test_control_messages_of_one_integer_read_as_such(
    driver: Driver, transport: str, receive: str, send: dict[str, Any], number: int
) -> None:
    """A hop limit sent as a control message arrives as {type, value}."""
    server = driver.bound(transport)
    driver.ok("setsockopt", "server", option=receive, value=1)
    driver.ok("sendmsg", "client", data="x", ancillary=[send], to=server)
    got = driver.ok("recvmsg", "server", size=9, control=64)
    assert got["ancillary"] == [{"type": send["type"], "value": number}]
    assert got["peer"] == driver.ok("getsockname", "client")["name"]


def test_other_control_messages_read_as_bytes(driver: Driver) -> None:
    """What is not known to be one integer is given as level, type and hex."""
    server = driver.bound("udp4")
    driver.ok("setsockopt", "server", option="SO_TIMESTAMP", value=1)
    driver.ok("sendto", "client", data="x", to=server)
    (got,) = driver.ok("recvmsg", "server", size=9, control=64)["ancillary"]
    assert (got["level"], got["type"]) == ("SOL_SOCKET", "SO_TIMESTAMP")
    assert len(got["hex"]) == 32


# --- options and modes ----------------------------------------------------------------------------


OPTIONS = [
    ("tcp4", "SO_KEEPALIVE", True, 1),
    ("tcp4", "TCP_NODELAY", 1, 1),
    ("tcp4", "TCP_USER_TIMEOUT", 1500, 1500),
    ("tcp4", "IP_BIND_ADDRESS_NO_PORT", 1, 1),
    ("tcp4", "SO_LINGER", {"linger": [True, 3]}, [1, 3]),
    ("tcp4", "SO_RCVTIMEO", {"time": 0.1}, {"time": 0.1}),
    ("tcp4", "SO_SNDTIMEO", {"time": 2}, {"time": 2.0}),
    ("tcp6", "IPV6_V6ONLY", 1, 1),
    ("udp4", "UDP_SEGMENT", 1000, 1000),
    ("tcp4", "IP_LOCAL_PORT_RANGE", {"ports": [30000, 30009]}, 30009 << 16 | 30000),
    ("udp4", "IP_TTL", {"hex": "11000000"}, 17),
    ("unix-stream", "SO_PASSCRED", True, 1),
]


def test_options_are_set_and_read_by_name(driver: Driver) -> None:
    """Also those that this Python's socket module has no name for."""
    for number, (transport, option, value, read) in enumerate(OPTIONS):
        handle = f"client{number}"
        driver.ok("socket", handle, transport=transport)
        driver.ok("setsockopt", handle, option=option, value=value)
        assert driver.ok("getsockopt", handle, option=option) == {"value": read}, option


def test_an_option_can_be_read_as_bytes_and_at_a_named_level(driver: Driver) -> None:
    """With `length` the value is the buffer in hex; `level` overrides the prefix."""
    driver.ok("socket", "server", transport="tcp4")
    value = driver.ok("getsockopt", "server", option="SO_TYPE", length=4)
    assert value == {"value": {"hex": "01000000"}}
    driver.ok("setsockopt", "server", option="IP_TTL", value=9, level="IPPROTO_IP")
    assert driver.ok("getsockopt", "server", option="IP_TTL", level="SOL_IP") == {"value": 9}


def test_an_option_that_nobody_knows_is_unsupported(driver: Driver) -> None:
    """A name found neither in the library nor in the driver's table is told by a sentence."""
    driver.ok("socket", "server", transport="tcp4")
    reply = driver.ask("getsockopt", "server", option="SO_NO_SUCH_THING")
    assert reply["reply"] == "unsupported"
    assert "SO_NO_SUCH_THING" in reply["what"]
    assert "recvfrom" in driver.broken("getsockopt", "server", option="recvfrom", level="SOL_IP")


def test_a_filter_program_makes_a_black_hole(driver: Driver) -> None:
    """SO_ATTACH_FILTER takes the instructions; `accept nothing` lets no datagram in."""
    server = driver.bound("udp4")
    nothing = {"hex": "0600 00 00 00000000"}
    driver.ok("setsockopt", "server", option="SO_ATTACH_FILTER", value=nothing)
    driver.ok("sendto", "client", data="x", to=server)
    assert driver.ok("quiet", "server", for_=0.02) == {"events": []}
    driver.ok("setsockopt", "server", option="SO_DETACH_FILTER", value=0)
    driver.ok("sendto", "client", data="x", to=server)
    assert driver.ok("quiet", "server") == {"events": ["IN"]}


def test_nothing_is_set_that_nobody_asked_for(driver: Driver) -> None:
    """Sockets are made, bound and accepted as the library does it, and block without limit."""
    driver.connected("tcp4")
    for handle in ("server", "client", "conn"):
        assert driver.ok("getsockopt", handle, option="SO_REUSEADDR") == {"value": 0}
        assert driver.ok("getsockopt", handle, option="TCP_NODELAY") == {"value": 0}
        assert driver.ok("gettimeout", handle) == {"value": None}
        assert driver.ok("getblocking", handle) == {"value": True}
        assert driver.ok("inheritable", handle) == {"value": False}


def test_modes_and_timeouts_are_the_librarys_own(driver: Driver) -> None:
    """A timeout is reported in seconds, runs out under the name `timeout`, and can be taken off."""
    driver.connected("tcp4")
    driver.ok("settimeout", "conn", timeout=0.01)
    assert driver.ok("gettimeout", "conn") == {"value": 0.01}
    assert driver.error("recv", "conn", size=1) == "timeout"
    driver.ok("settimeout", "conn", timeout="none")
    assert driver.ok("gettimeout", "conn") == {"value": None}
    driver.ok("setblocking", "conn", on=False)
    assert driver.ok("getblocking", "conn") == {"value": False}
    assert driver.error("recv", "conn", size=1) == "EAGAIN"


# --- looking --------------------------------------------------------------------------------------


@pytest.mark.parametrize("transport", STREAMS)
def test_readiness_is_told_by_the_names_of_poll(driver: Driver, transport: str) -> None:
    """poll, select and quiet agree on a silent, a readable and an ended connection."""
    driver.connected(transport)
    assert driver.ok("poll", "conn") == {"events": ["OUT"]}
    assert driver.ok("select", "conn") == {"ready": ["write"]}
    assert driver.ok("quiet", "conn", for_=0.01) == {"events": []}
    driver.ok("send", "client", data="x")
    assert driver.ok("poll", "conn", events=["OUT", "IN"], timeout=5.0) == {"events": ["IN", "OUT"]}
    assert driver.ok("select", "conn", timeout=5.0) == {"ready": ["read", "write"]}
    driver.ok("shutdown", "client", how="write")
    driver.ok("poll", "conn", events="RDHUP", timeout=5.0)
    assert driver.ok("quiet", "conn") == {"events": ["IN", "RDHUP"]}
    driver.ok("shutdown", "conn", how="both")
    ended = driver.ok("poll", "conn", events=["RDHUP", "OUT", "IN"])["events"]
    assert ended == ["IN", "OUT", "HUP", "RDHUP"]


@pytest.mark.parametrize("transport", STREAMS)
def test_queues_are_counted(driver: Driver, transport: str) -> None:
    """FIONREAD counts what waits to be read."""
    driver.connected(transport)
    driver.ok("send", "client", data={"counting": 300})
    driver.ok("poll", "conn", events="IN", timeout=5.0)
    assert driver.ok("fionread", "conn") == {"count": 300}
    driver.ok("recv_exactly", "conn", size=300)
    assert driver.ok("fionread", "conn") == {"count": 0}
    if transport == "unix-stream":
        assert driver.ok("outq", "client") == {"count": 0}


def test_bytes_that_the_peer_does_not_take_are_counted(driver: Driver) -> None:
    """SIOCOUTQ is above zero while the peer's window is closed."""
    driver.connected("tcp4")
    driver.ok("fill", "client")
    assert driver.ok("outq", "client")["count"] > 0


def test_the_kernel_tells_the_state_of_tcp(driver: Driver) -> None:
    """A listener tells its queue and limit, a connection its state alone."""
    name = driver.ok("listen", "server", transport="tcp4", backlog=7)["name"]
    driver.ok("connect", "client", transport="tcp4", to=name)
    driver.ok("poll", "server", events="IN", timeout=5.0)
    assert driver.ok("tcp_info", "server") == {"state": "LISTEN", "queued": 1, "limit": 7}
    assert driver.ok("tcp_info", "client") == {"state": "ESTABLISHED"}
    driver.ok("bind", "u", transport="udp4")
    assert driver.ask("tcp_info", "u")["reply"] == "error"


# --- handles, errors ------------------------------------------------------------------------------


def test_a_closed_handle_is_a_bad_descriptor(driver: Driver) -> None:
    """What the library says of a closed socket, for every way of using it."""
    driver.connected("tcp4")
    driver.ok("close", "conn")
    uses: dict[str, dict[str, Any]] = {
        "recv": {"size": 1},
        "send": {"data": "x"},
        "poll": {},
        "select": {},
        "quiet": {},
        "fionread": {},
        "getsockname": {},
        "getpeername": {},
        "getsockopt": {"option": "SO_TYPE"},
        "shutdown": {"how": "both"},
        "tcp_info": {},
        "abort": {},
        "dup": {"as": "copy"},
        "listen": {},
        "bind": {"transport": "tcp4"},
        "disconnect": {},
    }
    for operation, args in uses.items():
        assert driver.error(operation, "conn", **args) == "EBADF", operation
    assert driver.ok("fileno", "conn") == {"fd": -1}


def test_a_name_is_free_again_after_close(driver: Driver) -> None:
    """A closed handle may be made anew; an open one may not be replaced."""
    driver.ok("socket", "server", transport="tcp4")
    assert "in use" in driver.broken("socket", "server", transport="tcp4")
    driver.ok("close", "server")
    driver.ok("socket", "server", transport="udp4")
    assert driver.ok("bind", "server")["name"]["port"] > 0


def test_a_copy_keeps_the_connection_open(driver: Driver) -> None:
    """dup makes a second descriptor; detach gives one up without closing it."""
    driver.connected("tcp4")
    driver.ok("dup", "conn", as_="copy")
    driver.ok("close", "conn")
    assert driver.ok("quiet", "client", for_=0.01) == {"events": []}
    number = driver.ok("fileno", "copy")["fd"]
    assert driver.ok("detach", "copy") == {"fd": number}
    assert driver.error("send", "copy", data="x") == "EBADF"
    assert driver.ok("quiet", "client", for_=0.01) == {"events": []}


def test_failures_have_names(driver: Driver) -> None:
    """An errno by its name, a failed look-up by EAI_*, a refused argument by its exception."""
    name = driver.ok("bind", "taken", transport="tcp4")["name"]
    assert driver.error("connect", "client", transport="tcp4", to=name) == "ECONNREFUSED"
    assert driver.error("bind", "other", transport="tcp4", address=name) == "EADDRINUSE"
    assert driver.error("recv", "client", size=1) == "ENOTCONN"
    assert driver.error("listen", "u", transport="udp4") == "EOPNOTSUPP"
    assert driver.error("recv", "client", size=-1) == "ValueError"
    far = {"host": "127.0.0.1", "port": 65536}
    assert driver.error("connect", "client", to=far) == "OverflowError"
    odd = {"host": "127.0.0.1", "port": "http"}
    assert driver.error("connect", "client", to=odd) == "TypeError"
    reply = driver.ask("getaddrinfo", "c", host="no.such.host.invalid", port=1, transport="tcp4")
    assert reply["error"].startswith("EAI_")


def test_look_ups_are_for_the_transport(driver: Driver) -> None:
    """The first answer is an address of the transport's family, with the service's number."""
    asked = {"host": "::1", "port": "80"}
    found = driver.ok("getaddrinfo", "c", transport="tcp6", **asked)
    assert found == {"name": {"host": "::1", "port": 80}}
    assert driver.error("getaddrinfo", "c", transport="tcp4", **asked).startswith("EAI_")


BAD_REQUESTS: list[tuple[str, str | None, dict[str, Any], str]] = [
    ("recv", "nobody", {"size": 1}, "no handle 'nobody'"),
    ("recv", None, {"size": 1}, "no handle None"),
    ("recv", "s", {}, "'size' is missing"),
    ("recv", "s", {"size": "9"}, "'size' must be a whole number"),
    ("recv", "s", {"size": 9, "flags": 7}, "flags are a name"),
    ("send", "s", {}, "'data' is missing"),
    ("send", "s", {"data": {"hex": "0"}}, "pairs of hexadecimal digits"),
    ("connect", "s", {}, "an address is"),
    ("connect", "s", {"to": {"host": "x"}}, "an address is"),
    ("connect", "new", {"to": {"path": "/x"}}, "'transport' is missing"),
    ("connect", "new", {"to": {"path": "/x"}, "transport": "ipx"}, "no transport 'ipx'"),
    ("accept", "s", {}, "a handle's name"),
    ("shutdown", "s", {"how": "up"}, "read, write or both"),
    ("setsockopt", "s", {"option": "TCP_NODELAY"}, "a value is"),
    ("setsockopt", "s", {"option": "NODELAY", "value": 1}, "says no level"),
    ("setblocking", "s", {"on": 1}, "true or false"),
    ("poll", "s", {"events": "INN"}, "no poll event 'INN'"),
    ("quiet", "s", {"for": "1s"}, "number of seconds"),
    ("serve", "s", {"service": "time"}, "no service 'time'"),
    ("sendmsg", "s", {"ancillary": [{}]}, "a control message has"),
]


def test_a_bad_request_is_the_askers_fault(driver: Driver) -> None:
    """Unknown handles, missing and wrong arguments are `broken`, in words, and harm nothing."""
    driver.ok("socket", "s", transport="tcp4")
    for operation, handle, args, complaint in BAD_REQUESTS:
        assert complaint in driver.broken(operation, handle, **args)
    assert driver.ok("getblocking", "s") == {"value": True}
