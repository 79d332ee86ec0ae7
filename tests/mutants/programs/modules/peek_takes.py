"""MSG_PEEK is not known: who looks takes."""

import socket as original
from socket import *  # noqa: F403


class socket(original.socket):
    """The wrong one."""

    def recv(self, size, flags=0):
        return super().recv(size, flags & ~original.MSG_PEEK)

    def accept(self):
        fd, peer = self._accept()
        return socket(fileno=fd), peer
