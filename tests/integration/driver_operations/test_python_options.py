"""Options, modes and timeouts as the Python driver sets and reads them."""

from __future__ import annotations

from tests.integration.driver_client import Driver

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
