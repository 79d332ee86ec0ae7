"""connect_ex() raises, as connect() does."""

import socket as original
from socket import *  # noqa: F403


class socket(original.socket):
    """The wrong one."""

    def connect_ex(self, address):
        self.connect(address)
        return 0
