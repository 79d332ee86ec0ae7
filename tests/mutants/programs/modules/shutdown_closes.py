"""shutdown() ends both directions, whichever was named."""

import socket as original
from socket import *  # noqa: F403


class socket(original.socket):
    """The wrong one."""

    def shutdown(self, how):
        super().shutdown(original.SHUT_RDWR)
