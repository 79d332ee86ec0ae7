"""Control messages as the Python driver sends and reads them."""

from __future__ import annotations

import os
from typing import Any

import pytest

from tests.integration.driver_client import Driver
from tests.integration.driver_operations.described import data


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
