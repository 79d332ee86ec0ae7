"""The Python driver's datagrams, and the names of unix sockets."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.integration.driver_client import Driver
from tests.integration.driver_operations.described import data, drained

DATAGRAMS = ("udp4", "udp6", "unix-dgram")


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
