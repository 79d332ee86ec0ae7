"""What the Python driver offers is the table of operations, and each answers as it says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from harness.language.operations import OPERATIONS, TRANSPORTS
from tests.integration.driver_client import Driver


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
    places = [*here.parents[1].rglob("test_python_*.py"), *here.parents[3].glob("scenarios/*.yaml")]
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
