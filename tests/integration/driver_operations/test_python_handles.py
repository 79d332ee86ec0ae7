"""The Python driver's handles and errors: names are freed, failures named, bad requests refused."""

from __future__ import annotations

from typing import Any

from tests.integration.driver_client import Driver


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
