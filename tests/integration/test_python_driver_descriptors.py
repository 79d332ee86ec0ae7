"""Descriptors that travel, and control messages that are structs, as the Python driver has them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from tests.integration.driver_client import Driver


def _passed(driver: Driver, messages: list[Any], **asked: Any) -> Any:
    """Send control messages through a pair; return those that arrive."""
    driver.ok("socketpair", "a", as_="b", transport="unix-stream")
    driver.ok("sendmsg", "a", data="x", ancillary=messages)
    return driver.ok("recvmsg", "b", size=9, as_="got", **asked)["ancillary"]


def test_a_file_opened_by_path_is_read_through_its_handle(driver: Driver) -> None:
    """It reads what is there; a mode that the file does not allow is the kernel's error."""
    path = Path(driver.ok("creat", "server", path="file")["path"])
    path.write_bytes(b"content")
    driver.ok("open", "file", path="file")
    assert driver.ok("file_read", "file", size=99)["data"]["size"] == 7
    assert driver.error("file_write", "file", data="x") == "EBADF"
    assert driver.error("open", "folder", path=".", mode="write") == "EISDIR"


def test_files_and_pipes_travel_as_sockets_do(driver: Driver) -> None:
    """What arrives is a handle of its kind: its offset is that of the file which was sent."""
    driver.ok("pipe", "reader", as_="writer")
    messages = _passed(driver, [{"fds": ["reader", "a"]}], control=64)
    assert messages == [{"type": "SCM_RIGHTS", "handles": ["got", "got2"], "count": 2}]
    driver.ok("file_write", "writer", data="through the pipe")
    assert driver.ok("file_read", "got", size=99)["data"]["size"] == 16
    driver.ok("close", "writer")
    assert driver.ok("poll", "got", events="IN") == {"events": ["HUP"]}
    assert driver.ok("getsockname", "got2")["name"] == {"path": ""}


def test_a_list_of_descriptors_can_be_sent_several_times_over(driver: Driver) -> None:
    """`times` multiplies it; each arrival is a handle and a descriptor of its own."""
    before = driver.ok("descriptors", "server")["count"]
    (arrived,) = _passed(driver, [{"fds": ["a"], "times": 5}], control=64)
    assert arrived["count"] == len(arrived["handles"]) == 5
    assert driver.ok("descriptors", "server")["count"] == before + 2 + 5


def test_a_background_read_of_a_pipe_does_not_hold_up_what_comes_after(driver: Driver) -> None:
    """A pipe cannot be shut down; closing its other end wakes the reader."""
    driver.ok("pipe", "reader", as_="writer")
    waiting = driver.start("file_read", "reader", size=1)
    driver.ok("close", "writer")
    assert driver.finish(waiting)["values"]["data"]["size"] == 0


def test_the_process_says_who_it_is(driver: Driver) -> None:
    """By the numbers that the peer of a unix socket is told."""
    said = driver.ok("whoami", "server")
    assert said == {"pid": driver.process.pid, "uid": os.geteuid(), "gid": os.getegid()}
    driver.ok("socketpair", "a", as_="b", transport="unix-stream")
    assert driver.ok("getsockopt", "a", option="SO_PEERCRED") == {"value": said}


def test_the_umask_is_undone_at_reset(driver: Driver) -> None:
    """It holds for the files that are made until then."""
    before = driver.ok("umask", "server", mask=0o077)["before"]
    driver.ok("creat", "server", path="file")
    assert driver.ok("stat", "server", path="file")["mode"] == 0o600
    driver.ok("reset")
    assert driver.ok("umask", "server", mask=before) == {"before": before}


def test_where_a_packet_came_in_is_told_by_fields(driver: Driver) -> None:
    """Its destination, and which of our addresses that is."""
    name = driver.ok("bind", "server", transport="udp4")["name"]
    driver.ok("setsockopt", "server", option="IP_PKTINFO", value=1)
    driver.ok("setsockopt", "server", option="IP_RECVORIGDSTADDR", value=1)
    driver.ok("sendto", "client", transport="udp4", data="x", to=name)
    info, destination = driver.ok("recvmsg", "server", size=9, control=99)["ancillary"]
    assert info["type"] == "IP_PKTINFO"
    assert (info["host"], info["local"]) == ("127.0.0.1", "127.0.0.1")
    assert destination == {"type": "IP_ORIGDSTADDR", **name}


def test_a_struct_cut_short_is_given_in_hex(driver: Driver) -> None:
    """Half a message is no message with fields."""
    name = driver.ok("bind", "server", transport="udp4")["name"]
    driver.ok("setsockopt", "server", option="IP_PKTINFO", value=1)
    driver.ok("sendto", "client", transport="udp4", data="x", to=name)
    (cut,) = driver.ok("recvmsg", "server", size=9, control=16 + 8)["ancillary"]
    assert (cut["type"], len(cut["hex"])) == ("IP_PKTINFO", 16)


@pytest.mark.parametrize(
    ("transport", "option", "error"),
    [
        ("udp4", "IP_RECVERR", {"origin": "ICMP", "icmp-type": 3, "code": 3}),
        ("udp6", "IPV6_RECVERR", {"origin": "ICMP6", "icmp-type": 1, "code": 4}),
    ],
)
def test_a_packet_that_came_back_says_why(
    driver: Driver, transport: str, option: str, error: dict[str, Any]
) -> None:
    """The error queue's message has the errno by name, and who reported it."""
    name = driver.ok("bind", "server", transport=transport)["name"]
    driver.ok("close", "server")
    driver.ok("connect", "client", transport=transport, to=name)
    driver.ok("setsockopt", "client", option=option, value=1)
    driver.ok("send", "client", data="x")
    assert driver.ok("poll", "client", events="IN", timeout=5) == {"events": ["ERR"]}
    got = driver.ok("recvmsg", "client", size=9, control=512, flags="MSG_ERRQUEUE")
    (message,) = got["ancillary"]
    assert got["peer"] == name
    assert message["offender"] == {"host": name["host"], "port": 0}
    assert {**message, "error": "ECONNREFUSED", **error} == message
