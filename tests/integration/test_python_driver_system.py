"""What the Python driver does beside plain socket calls: raw calls, files, the process itself."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from tests.integration.driver_client import Driver, eventually, sleeping

# --- calls of the library or past it --------------------------------------------------------------


def test_connect_ex_gives_the_error_as_its_result(driver: Driver) -> None:
    """A refused connection is a value, and so is a made one."""
    taken = driver.ok("bind", "server", transport="tcp4")["name"]
    refused = driver.ok("connect_ex", "client", transport="tcp4", to=taken)
    assert refused == {"value": "ECONNREFUSED"}
    driver.ok("listen", "server")
    assert driver.ok("connect_ex", "client2", transport="tcp4", to=taken) == {"value": "none"}


def test_create_server_listens_and_reuses_its_address(driver: Driver) -> None:
    """It does all at once what the library documents, SO_REUSEADDR included."""
    name = driver.ok("create_server", "server", transport="tcp4", backlog=3)["name"]
    assert driver.ok("getsockopt", "server", option="SO_REUSEADDR") == {"value": 1}
    assert driver.ok("tcp_info", "server")["limit"] == 3
    driver.ok("connect", "client", transport="tcp4", to=name)


def test_raw_calls_take_what_the_library_would_refuse(driver: Driver) -> None:
    """Numbers, null and pointers go to the C library; what they point to comes back."""
    driver.ok("socketpair", "a", as_="b", transport="unix-stream")
    sent = driver.ok("raw", "a", call="send", arguments=["fd", {"hex": "616263"}, 3, 0])
    assert sent == {"result": 3, "buffers": ["616263"]}
    got = driver.ok("raw", "b", call="recv", arguments=["fd", {"hex": "0000000000"}, 5, 0])
    assert got == {"result": 3, "buffers": ["6162630000"]}
    assert driver.error("raw", "b", call="recv", arguments=["fd", None, 5, 64]) == "EAGAIN"
    assert "not 'fork'" in driver.broken("raw", "b", call="fork", arguments=[])


def test_a_raw_accept_makes_a_handle(driver: Driver) -> None:
    """The descriptor it gives is named by `as`; the address struct comes back in hex."""
    name = driver.ok("listen", "server", transport="tcp4")["name"]
    driver.ok("connect", "client", transport="tcp4", to=name)
    arguments = ["fd", {"repeat": {"hex": "00"}, "size": 16}, {"int": 16}]
    got = driver.ok("raw", "server", call="accept", arguments=arguments, as_="conn")
    assert got["result"] == driver.ok("fileno", "conn")["fd"]
    assert got["buffers"][1] == 16
    assert bytes.fromhex(got["buffers"][0])[4:8] == bytes([127, 0, 0, 1])


def test_flags_of_a_descriptor_can_be_read(driver: Driver) -> None:
    """What blocking mode and inheritance are to the kernel."""
    driver.ok("socket", "s", transport="tcp4")
    assert driver.ok("fcntl", "s") == {"flags": ["FD_CLOEXEC"]}
    driver.ok("setblocking", "s", on=False)
    assert driver.ok("fcntl", "s") == {"flags": ["O_NONBLOCK", "FD_CLOEXEC"]}


def test_a_detached_descriptor_can_be_closed_by_number(driver: Driver) -> None:
    """Its peer then sees the end, and a second close is a bad descriptor."""
    driver.ok("socketpair", "a", as_="b", transport="unix-stream")
    number = driver.ok("detach", "a")["fd"]
    assert driver.ok("quiet", "b", for_=0.001) == {"events": []}
    driver.ok("close_fd", "a", fd=number)
    assert "IN" in driver.ok("quiet", "b")["events"]
    assert driver.error("close_fd", "a", fd=number) == "EBADF"


def test_a_file_object_buffers_what_is_written(driver: Driver) -> None:
    """Nothing is sent before the flush; reading gathers until all has come."""
    driver.ok("socketpair", "a", as_="b", transport="unix-stream")
    driver.ok("makefile", "a", as_="writer", mode="wb")
    driver.ok("makefile", "b", as_="reader", mode="rb")
    assert driver.ok("file_write", "writer", data="one\ntwo") == {"count": 7}
    assert driver.ok("quiet", "b", for_=0.001) == {"events": []}
    driver.ok("file_flush", "writer")
    assert driver.ok("file_readline", "reader")["data"]["size"] == 4
    assert driver.ok("file_read", "reader", size=3)["data"]["head"] == b"two".hex()


# --- files ----------------------------------------------------------------------------------------


def test_files_are_made_inside_the_scratch_folder(driver: Driver) -> None:
    """A relative path is relative to it, and what is made is there until the reset."""
    made = driver.ok("creat", "server", path="file")["path"]
    assert Path(made).parent.samefile(driver.scratch)
    driver.ok("mkdir", "server", path="folder")
    driver.ok("symlink", "server", path="folder/link", target="../file")
    driver.ok("chmod", "server", path="folder/link", mode=0o640)
    assert driver.ok("stat", "server", path="file") == {"kind": "file", "mode": 0o640}
    assert driver.ok("stat", "server", path="folder")["kind"] == "directory"
    driver.ok("rename", "server", path="file", to="other")
    driver.ok("unlink", "server", path="other")
    assert driver.error("stat", "server", path="other") == "ENOENT"


def test_a_socket_is_a_file_of_its_own_kind(driver: Driver) -> None:
    """`stat` tells it from others."""
    path = driver.ok("bind", "server", transport="unix-dgram")["name"]["path"]
    assert driver.ok("stat", "server", path=path)["kind"] == "socket"


# --- the process ----------------------------------------------------------------------------------


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may become somebody else")
def test_another_user_is_left_again_at_reset(driver: Driver) -> None:
    """Only until then is the driver somebody else."""
    driver.ok("seteuid", "server", user=65534)
    assert _effective_user(driver) == 65534
    driver.ok("reset")
    assert _effective_user(driver) == 0


def _effective_user(driver: Driver) -> int:
    status = Path(f"/proc/{driver.process.pid}/status").read_text()
    return next(int(line.split()[2]) for line in status.splitlines() if line.startswith("Uid"))


def test_a_blocked_call_can_be_interrupted_by_a_signal(driver: Driver) -> None:
    """The library begins the call again by itself; the raw one ends with EINTR."""
    driver.ok("socketpair", "a", as_="b", transport="unix-stream")
    kept = driver.start("recv", "a", size=9)
    eventually(lambda: sleeping(driver.process.pid, driver.thread))
    driver.ok("interrupt", None, request=kept)
    ended = driver.start("raw", "b", call="recv", arguments=["fd", {"hex": "0000"}, 2, 0])
    eventually(lambda: sleeping(driver.process.pid, driver.thread))
    driver.ok("interrupt", None, request=ended)
    assert driver.finish(ended)["error"] == "EINTR"
    driver.ok("send", "b", data="x")
    assert driver.finish(kept)["values"]["data"]["size"] == 1


def test_a_restarting_signal_does_not_end_a_raw_call(driver: Driver) -> None:
    """With SA_RESTART the kernel begins the call again by itself."""
    driver.ok("socketpair", "a", as_="b", transport="unix-stream")
    driver.ok("signal", "a", signal="SIGUSR1", action="count", restart=True)
    kept = driver.start("raw", "a", call="recv", arguments=["fd", {"hex": "0000"}, 2, 0])
    eventually(lambda: sleeping(driver.process.pid, driver.thread))
    driver.ok("interrupt", None, request=kept)
    eventually(lambda: driver.ok("caught", "a", signal="SIGUSR1") == {"count": 1})
    driver.ok("send", "b", data="x")
    assert driver.finish(kept)["values"]["result"] == 1


def test_urgent_data_signals_the_process_that_owns_the_socket(driver: Driver) -> None:
    """After f_setown SIGURG comes to the driver, which counts it when asked to."""
    name = driver.ok("listen", "server", transport="tcp4")["name"]
    driver.ok("connect", "client", transport="tcp4", to=name)
    driver.ok("accept", "server", as_="conn")
    driver.ok("signal", "conn", signal="SIGURG", action="count")
    assert driver.ok("caught", "conn", signal="SIGURG") == {"count": 0}
    driver.ok("f_setown", "conn")
    driver.ok("send", "client", data="!", flags="MSG_OOB")
    eventually(lambda: driver.ok("caught", "conn", signal="SIGURG") == {"count": 1})


def test_a_socket_can_tell_by_a_signal_that_it_is_ready(driver: Driver) -> None:
    """With O_ASYNC SIGIO comes to the owner; after it was switched off it does not."""
    driver.ok("socketpair", "a", as_="b", transport="unix-stream")
    driver.ok("signal", "a", signal="SIGIO", action="count")
    driver.ok("f_setown", "a")
    driver.ok("set_async", "a", on=True)
    driver.ok("send", "b", data="x")
    eventually(lambda: driver.ok("caught", "a", signal="SIGIO")["count"] > 0)
    driver.ok("set_async", "a", on=False)
    driver.ok("signal", "a", signal="SIGIO", action="count")
    driver.ok("send", "b", data="x")
    assert driver.ok("caught", "a", signal="SIGIO") == {"count": 0}


def test_signals_are_as_before_after_a_reset(driver: Driver) -> None:
    """What a step has set is undone."""
    mask = 1 << (signal.SIGUSR2 - 1)
    driver.ok("signal", "server", signal="SIGUSR2", action="ignore")
    assert _ignored(driver) & mask
    driver.ok("reset")
    assert not _ignored(driver) & mask


def _ignored(driver: Driver) -> int:
    status = Path(f"/proc/{driver.process.pid}/status").read_text()
    return next(int(line.split()[1], 16) for line in status.splitlines() if "SigIgn" in line)
