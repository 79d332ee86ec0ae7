"""recvfrom() takes at most 1024 bytes of a datagram, however many were asked for."""

import socket as original
from socket import *  # noqa: F403


class socket(original.socket):
    """The wrong one."""

    def recvfrom(self, size, flags=0):
        return super().recvfrom(min(size, 1024), flags)
