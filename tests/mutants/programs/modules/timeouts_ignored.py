"""settimeout() is taken note of and not obeyed."""

import socket as original
from socket import *  # noqa: F403


class socket(original.socket):
    """The wrong one."""

    def settimeout(self, timeout):
        super().settimeout(None if timeout else timeout)
