"""recv() raises at the end of what the peer says, where b'' should be returned."""

import errno
import socket as original
from socket import *  # noqa: F403


class socket(original.socket):
    """The wrong one."""

    def recv(self, size, flags=0):
        data = super().recv(size, flags)
        if not data and size and self.type == original.SOCK_STREAM:
            raise ConnectionResetError(errno.ECONNRESET, "the peer has closed")
        return data

    def accept(self):
        fd, peer = self._accept()
        return socket(fileno=fd), peer
