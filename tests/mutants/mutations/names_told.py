"""Bugs in the names that a socket tells, its own and its peer's, and in what a look-up tells."""

from __future__ import annotations

import socket
from typing import Any, Dict

from mutations import change, mutation

Name = Dict[str, Any]
OWN = ("getsockname", "bind", "listen", "connect", "accept")
PEERS = ("getpeername", "accept", "recvfrom")


def _any_host(name: Name) -> Name:
    if "host" not in name:
        return name
    return {**name, "host": "::" if ":" in name["host"] else "0.0.0.0"}


def _nobody(name: Name) -> Name:
    return {**_any_host(name), "port": 0} if "host" in name else {"path": ""}


def _cut_at_nul(name: Name) -> Name:
    return {"path": ""} if "abstract" in name else name


@mutation("getsockname-forgets-the-host", "the own address is told as all interfaces", *OWN)
def _forgets_the_host() -> None:
    for operation in OWN:
        change(operation, name=_any_host)


@mutation("getsockname-says-port-1", "a placeholder is left where the port belongs", *OWN)
def _says_port_1() -> None:
    for operation in OWN:
        change(operation, name=lambda name: {**name, "port": 1} if "port" in name else name)


@mutation("getpeername-says-nothing", "the peer is told as nobody", "getpeername")
def _says_nothing() -> None:
    change("getpeername", peer=_nobody)


@mutation("accept-says-nothing", "the peer is told as nobody", "accept")
def _accept_says_nothing() -> None:
    change("accept", peer=_nobody)


@mutation("abstract-names-end-at-nul", "names are read as C strings", *OWN, *PEERS)
def _end_at_nul() -> None:
    for operation in OWN:
        change(operation, name=_cut_at_nul)
    for operation in PEERS:
        change(operation, peer=lambda peer: peer and _cut_at_nul(peer))


@mutation("look-up-is-off-by-one", "the port is the next one", "getaddrinfo")
def _off_by_one() -> None:
    change("getaddrinfo", name=lambda name: {**name, "port": name["port"] + 1})


@mutation("look-up-fails-in-one-way", "whatever is wrong, the look-up has failed", "getaddrinfo")
def _fails_in_one_way() -> None:
    original = socket.getaddrinfo

    def failing(*args: Any) -> Any:
        try:
            return original(*args)
        except Exception:
            raise socket.gaierror(socket.EAI_FAIL, "failure in name resolution") from None

    socket.getaddrinfo = failing  # type: ignore[assignment]
