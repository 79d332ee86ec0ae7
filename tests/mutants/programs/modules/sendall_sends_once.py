"""sendall() is send(): what does not fit is lost."""

import socket as original
from socket import *  # noqa: F403


class socket(original.socket):
    """The wrong one."""

    def sendall(self, data, flags=0):
        self.send(data, flags)
