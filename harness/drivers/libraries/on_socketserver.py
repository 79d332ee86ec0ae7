"""`socketserver`: the standard library's servers, a thread for each request. Services alone.

The handlers hold the conversations of the reference driver; accepting, the threads, and the end of
each connection are the library's.
"""

from __future__ import annotations

import os
import socket
import socketserver
import sys
import threading
from contextlib import suppress
from typing import Any, Dict, List, Set

import addresses
from calls_naming import local_address
from conversations import ANSWERS, CONVERSATIONS
from driver import Nature
from driver import main as be_a_driver
from offering import instead, offer
from payload import make
from registry import BadRequest, Unsupported, Values, integer, text
from serving import GREETING
from session import Session


class _Server(socketserver.ThreadingMixIn):
    """What all of them share; the connections are kept to be ended with the service."""

    daemon_threads = True
    allow_reuse_address = True
    service = ""
    greeting = b""

    def serve_background(self) -> None:
        self.open_requests: Set[Any] = set()
        poll = 0.01  # how often it looks whether to stop
        threading.Thread(target=self.serve_forever, args=(poll,), daemon=True).start()  # type: ignore[attr-defined]

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that reset or vanished is no news."""

    def stop(self) -> None:
        self.shutdown()  # type: ignore[attr-defined]
        for request in list(self.open_requests):
            with suppress(OSError):
                request.shutdown(socket.SHUT_RDWR)
        self.server_close()


class _Conversation(socketserver.BaseRequestHandler):
    """One connection."""

    def handle(self) -> None:
        server: Any = self.server
        server.open_requests.add(self.request)
        try:
            if server.address_family != getattr(socket, "AF_UNIX", None):
                self.request.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            CONVERSATIONS[server.service](self.request, server.greeting)
        finally:
            server.open_requests.discard(self.request)


class _Answer(socketserver.BaseRequestHandler):
    """One datagram."""

    def handle(self) -> None:
        data, sock = self.request
        server: Any = self.server
        answer = ANSWERS[server.service](data, server.greeting)
        if answer is not None and self.client_address:
            sock.sendto(answer, self.client_address)


class _Tcp(_Server, socketserver.TCPServer):
    """On streams of any family."""


class _Udp(_Server, socketserver.UDPServer):
    """On datagrams of any family."""

    max_packet_size = 65536


@instead("serve")
def serve(session: Session, handle: Any, args: Dict[str, Any]) -> Values:
    name = session.free(handle)
    service = text(args, "service")
    if service not in CONVERSATIONS:
        raise BadRequest("there is no service %r" % service)
    family, kind = addresses.kind_of(text(args, "transport"))
    if kind not in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        raise Unsupported("socketserver has servers for streams and datagrams")
    base, handler = (_Udp, _Answer) if kind == socket.SOCK_DGRAM else (_Tcp, _Conversation)
    about: Dict[str, Any] = {"address_family": family, "service": service}
    about["greeting"] = make(args["greeting"]) if "greeting" in args else GREETING
    if "backlog" in args:
        about["request_queue_size"] = integer(args, "backlog")
    probe: Any = socket.socket(family, kind)
    probe.close()
    where = local_address(session, name, args, probe)
    server: Any = session.call(type("Server", (base,), about), where, handler)
    session.add(name, server.socket)
    server.serve_background()
    session.on_stop(name, server.stop)
    if addresses.is_unix(family) and isinstance(where, str):
        session.on_stop(name, lambda: _unlink(where))
    return {"name": addresses.as_reply(server.socket.getsockname())}


def _unlink(path: str) -> None:
    with suppress(OSError):
        os.unlink(path)


def main(words: List[str], arguments: List[str]) -> None:
    """Be the driver."""
    offer(["serve", "close", "getsockname", "fileno"])
    version = "%d.%d.%d" % sys.version_info[:3]
    be_a_driver(arguments, Nature("socketserver", version, transports=_TRANSPORTS))


_TRANSPORTS = ["tcp4", "tcp6", "udp4", "udp6", "unix-stream", "unix-dgram"]
