"""Servers that treat their unix path wrongly."""

from __future__ import annotations

import contextlib
import os

from right import Server, Sock
from wrong import bug


@bug("path-for-everybody", "echo", "unix-stream", "unix.1")
class PathForEverybody(Server):
    """Gives everybody leave to connect."""

    def bind(self, sock: Sock) -> None:
        sock.bind(self.address)
        os.chmod(str(self.address), 0o777)


@bug("stale-path-stays", "echo", "unix-stream", "unix.2")
class StalePathStays(Server):
    """Does not start where a path is left."""

    def make_way(self, sock: Sock) -> None:
        pass


@bug("path-left-behind", "echo", "unix-dgram", "unix.3")
class PathLeftBehind(Server):
    """Does not remove its path."""

    def remove_path(self) -> None:
        pass


@bug("path-stolen", "echo", "unix-stream", "unix.4")
class PathStolen(Server):
    """Removes whatever is at the path."""

    def make_way(self, sock: Sock) -> None:
        with contextlib.suppress(OSError):
            os.unlink(str(self.address))
