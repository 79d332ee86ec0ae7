"""Echo with the standard library's socketserver: `by_socketserver.py TRANSPORT ADDRESS...`;
`defaults` for TRANSPORT is tcp4 with nothing set."""

from __future__ import annotations

import os
import signal
import socket
import socketserver
import sys
from typing import Any


class Stream(socketserver.BaseRequestHandler):
    """One connection."""

    def handle(self) -> None:
        if self.request.family != socket.AF_UNIX:
            self.request.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            while data := self.request.recv(65536):
                self.request.sendall(data)
        except OSError:
            return


class Datagram(socketserver.BaseRequestHandler):
    """One datagram."""

    def handle(self) -> None:
        data, sock = self.request
        try:
            sock.sendto(data, self.client_address)
        except OSError:
            return


class Right:
    """What a careful user sets on top of the defaults."""

    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 128
    max_packet_size = 65536


def main() -> None:
    transport, *words = sys.argv[1:]
    careful = transport != "defaults"
    transport = transport if careful else "tcp4"
    unix = transport.startswith("unix")
    streams = transport.startswith("tcp") or transport == "unix-stream"
    base: Any = {
        (False, True): socketserver.ThreadingTCPServer,
        (False, False): socketserver.UDPServer,
        (True, True): socketserver.ThreadingUnixStreamServer,
        (True, False): socketserver.UnixDatagramServer,
    }[(unix, streams)]
    family = socket.AF_UNIX if unix else socket.AF_INET6 if "6" in transport else socket.AF_INET
    server = type("Server", (Right, base) if careful else (base,), {"address_family": family})
    address: Any = words[0] if unix else (words[0], int(words[1]))
    if unix and os.path.exists(address):
        probe = socket.socket(family, socket.SOCK_STREAM if streams else socket.SOCK_DGRAM)
        if probe.connect_ex(address) != 0:
            os.unlink(address)
    made = server(address, Stream if streams else Datagram)

    def end(*_: object) -> None:
        if unix:
            os.unlink(address)
        os._exit(0)

    signal.signal(signal.SIGTERM, end)
    made.serve_forever()


main()
