"""Linux: sockets that are readable to poll and say EAGAIN for ever; blocking calls on them return.

A UDP socket and a listening unix socket that were shut down for reading. Whoever waits for
readiness and tries again (every event loop does) keeps a processor busy and never ends.
"""

from __future__ import annotations

import select
import socket
from collections.abc import Callable


def tries(sock: socket.socket, call: Callable[[], object]) -> str:
    """Poll and try three times without blocking, then once as a blocking call."""
    poll = select.poll()
    poll.register(sock, select.POLLIN)
    told = []
    sock.setblocking(False)
    for _ in range(3):
        ready = bool(poll.poll(0) and poll.poll(0)[0][1] & select.POLLIN)
        told.append(f"{'readable' if ready else 'not readable'} but {outcome(call)}")
    sock.setblocking(True)
    return ", ".join([*told, f"blocking: {outcome(call)}"])


def outcome(call: Callable[[], object]) -> str:
    """What a call returns, or the name of its error."""
    try:
        return repr(call())
    except OSError as failure:
        return type(failure).__name__ if failure.errno != 22 else "EINVAL"


if __name__ == "__main__":
    udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    udp.bind(("127.0.0.1", 0))
    udp.connect(udp.getsockname())
    udp.shutdown(socket.SHUT_RD)
    print("UDP recv:   ", tries(udp, lambda: udp.recv(1)))
    unix = socket.socket(socket.AF_UNIX)
    unix.bind("\0sockharness-deviation")
    unix.listen()
    unix.shutdown(socket.SHUT_RDWR)
    print("unix accept:", tries(unix, unix.accept))
