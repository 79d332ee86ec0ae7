"""Errors of the system become the module's own, without the number."""

import socket as original
from socket import *  # noqa: F403


class socket(original.socket):
    """The wrong one."""

    def connect(self, address):
        try:
            super().connect(address)
        except ConnectionError as problem:
            raise OSError(f"connection failed: {problem}") from None
