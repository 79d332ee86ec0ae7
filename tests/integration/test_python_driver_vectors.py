"""What the Python driver does with several buffers, several messages, files, and at its limit."""

from __future__ import annotations

from tests.integration.driver_client import Driver


def test_several_buffers_are_one_message_and_back(driver: Driver) -> None:
    """`split` cuts a payload in buffers; what each buffer of the reader got is told."""
    driver.ok("socketpair", "a", as_="b", transport="unix-seqpacket")
    assert driver.ok("sendmsg", "a", data=["abc", "de"], split=2) == {"count": 5}
    got = driver.ok("recvmsg_into", "b", buffers=[1, 3, 9])
    assert got["data"] == {"size": 5, "head": b"abcde".hex()}
    assert (got["sizes"], got["flags"]) == ([1, 3, 1], [])
    assert "list of sizes" in driver.broken("recvmsg_into", "b", buffers=7)


def test_writev_and_readv_where_the_library_has_them(driver: Driver) -> None:
    """PyPy lacks both, and says so."""
    driver.ok("socketpair", "a", as_="b", transport="unix-stream")
    reply = driver.ask("writev", "a", data=["abc", "", "d"])
    if reply["reply"] == "unsupported":
        return
    assert reply["values"] == {"count": 4}
    assert driver.ok("readv", "b", buffers=[3, 3])["sizes"] == [3, 1]


def test_several_messages_in_one_call(driver: Driver) -> None:
    """Each keeps its size, an empty one too, and a long one is cut."""
    driver.ok("socketpair", "a", as_="b", transport="unix-dgram")
    assert driver.ok("sendmmsg", "a", data=["one", "", "three"]) == {"count": 3}
    got = driver.ok("recvmmsg", "b", messages=5, size=4, flags="MSG_DONTWAIT")
    assert got == {"data": {"size": 7, "head": b"onethre".hex()}, "sizes": [3, 0, 4]}
    assert driver.error("recvmmsg", "b", messages=5, size=4, flags="MSG_DONTWAIT") == "EAGAIN"


def test_a_file_is_sent_in_part_and_whole(driver: Driver) -> None:
    """By one system call, and by the library's own loop."""
    driver.connected("tcp4")
    driver.ok("creat", "client", path="file", data="0123456789")
    assert driver.ok("sendfile", "client", path="file", offset=7, size=9) == {"count": 3}
    assert driver.ok("socket_sendfile", "client", path="file") == {"count": 10}
    got = driver.ok("recv_exactly", "conn", size=13)
    assert got["data"]["head"] == b"7890123456789".hex()


def test_the_limit_of_descriptors_counts_free_ones_and_is_undone(driver: Driver) -> None:
    """Holes below the limit are counted, a second limit replaces the first, reset ends both."""
    for name in ("a", "hole", "b"):
        driver.ok("socket", name, transport="udp4")
    driver.ok("close", "hole")
    limit = driver.ok("setrlimit", "server", spare_descriptors=1)["limit"]
    assert limit == driver.ok("fileno", "b")["fd"] + 1
    driver.ok("socket", "c", transport="udp4")
    assert driver.error("socket", "d", transport="udp4") == "EMFILE"
    driver.ok("setrlimit", "server", spare_descriptors=2)
    driver.ok("socket", "d", transport="udp4")
    driver.ok("dup", "d", as_="e")
    assert driver.error("dup", "d", as_="f") == "EMFILE"
    driver.ok("reset")
    for number in range(10):
        driver.ok("socket", f"s{number}", transport="udp4")


def test_reads_of_several_sizes_in_turn(driver: Driver) -> None:
    """The sizes are asked for again and again, until the end."""
    driver.connected("tcp4")
    driver.ok("send", "client", data="abcdefghi")
    driver.ok("close", "client")
    got = driver.ok("recv_until_eof", "conn", chunks=[1, 3])
    assert got["data"]["head"] == b"abcdefghi".hex()
    assert got["calls"] == 6  # a, bcd, e, fgh, i, and the end


def test_a_filled_socket_tells_its_messages_and_a_drained_one_their_sizes(driver: Driver) -> None:
    """Both count calls; sizes are named once each."""
    driver.ok("socketpair", "a", as_="b", transport="unix-seqpacket")
    filled = driver.ok("fill", "a", chunk=3000)
    assert filled["count"] == 3000 * filled["calls"]
    drained = driver.ok("drain", "b")
    assert (drained["calls"], drained["sizes"]) == (filled["calls"], [3000])
