"""send() says that all is well when the peer is gone."""

import socket as original
from socket import *  # noqa: F403


class socket(original.socket):
    """The wrong one."""

    def send(self, data, flags=0):
        try:
            return super().send(data, flags)
        except OSError:
            return len(data)
