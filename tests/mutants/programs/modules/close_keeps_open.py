"""close() leaves a duplicate open: the peer never sees the end."""

import os
import socket as original
from socket import *  # noqa: F403

kept = []


class socket(original.socket):
    """The wrong one."""

    def close(self):
        if self.fileno() >= 0:
            kept.append(os.dup(self.fileno()))
        super().close()
