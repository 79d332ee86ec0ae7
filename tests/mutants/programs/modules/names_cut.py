"""getpeername() has the host only."""

import socket as original
from socket import *  # noqa: F403


class socket(original.socket):
    """The wrong one."""

    def getpeername(self):
        return super().getpeername()[:1]
