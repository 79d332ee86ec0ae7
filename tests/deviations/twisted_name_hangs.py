"""Twisted: a host's name that Python's idna codec refuses ends in the connection's timeout.

The look-up is done on a thread, and of its failures only gaierror is told to the connection: a
UnicodeError is logged as "Unhandled error in Deferred", and the connection waits for an answer.
"""

from __future__ import annotations

import socket
from typing import Any

from twisted.internet import (  # type: ignore[import-not-found]
    endpoints,
    protocol,
    reactor,
)

NAME = "a" * 64 + ".example"


def plain() -> str:
    """What a plain socket says."""
    try:
        socket.create_connection((NAME, 80))
    except (OSError, UnicodeError) as failure:
        return type(failure).__name__
    return "connected"


def told() -> str:
    """What an endpoint says that waits half a second."""
    said: list[Any] = []
    endpoint = endpoints.TCP4ClientEndpoint(reactor, NAME, 80, timeout=0.5)
    attempt = endpoints.connectProtocol(endpoint, protocol.Protocol())
    attempt.addBoth(said.append)
    attempt.addBoth(lambda _: reactor.stop())
    reactor.run()
    return str(said[0].type.__name__)


if __name__ == "__main__":
    print("socket: ", plain())
    print("twisted:", told())
