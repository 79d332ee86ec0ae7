"""Echo with Twisted: `by_twisted.py HOST PORT`."""

from __future__ import annotations

import sys
from typing import Any

from twisted.internet import interfaces, protocol, reactor
from zope.interface import implementer

R: Any = reactor


@implementer(interfaces.IHalfCloseableProtocol)
class Echo(protocol.Protocol):
    """Echoes, with backpressure, and answers all that is pending after a half-close."""

    def connectionMade(self) -> None:
        self.transport.setTcpNoDelay(True)
        self.transport.registerProducer(self.transport, True)

    def dataReceived(self, data: bytes) -> None:
        self.transport.write(data)

    def readConnectionLost(self) -> None:
        self.transport.unregisterProducer()
        self.transport.loseConnection()

    def writeConnectionLost(self) -> None:
        self.transport.loseConnection()


R.listenTCP(
    int(sys.argv[2]), protocol.Factory.forProtocol(Echo), interface=sys.argv[1], backlog=128
)
R.run()
