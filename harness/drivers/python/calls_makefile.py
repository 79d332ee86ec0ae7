"""Operations on file objects: those made of sockets (socket.makefile), files and pipes.

A file object has its place among the handles, so that `close` and `reset` treat it like a socket.
"""

from __future__ import annotations

import errno
import os
import socket
from typing import Any, Dict, Optional

from payload import describe, make
from registry import BadRequest, Values, integer, operation


class File:
    """A file object, of a socket or of none, with what a handle must have beside it."""

    def __init__(self, stream: Any, sock: Optional[socket.socket] = None) -> None:
        self.stream = stream
        self.close = stream.close
        self._sock = sock

    def shutdown(self, how: int) -> None:
        """Shut down the socket behind it."""
        if self._sock is None:
            raise OSError(errno.ENOTSOCK, os.strerror(errno.ENOTSOCK))
        self._sock.shutdown(how)

    def fileno(self) -> int:
        """Return the descriptor's number, -1 when the file object is closed."""
        return -1 if self.stream.closed else int(self.stream.fileno())


@operation("makefile")
def makefile(session: Any, handle: Any, args: Dict[str, Any]) -> Values:
    name = session.free(args.get("as"))
    sock = session.socket(handle)
    buffering = integer(args, "buffering") if "buffering" in args else None
    stream = session.call(sock.makefile, args.get("mode", "rwb"), buffering)
    session.add(name, File(stream, sock))
    return None


@operation("file_read")
def read(session: Any, handle: Any, args: Dict[str, Any]) -> Values:
    return {"data": describe(session.call(_stream(session, handle).read, integer(args, "size")))}


@operation("file_readline")
def readline(session: Any, handle: Any, args: Dict[str, Any]) -> Values:
    return {"data": describe(session.call(_stream(session, handle).readline))}


@operation("file_write")
def write(session: Any, handle: Any, args: Dict[str, Any]) -> Values:
    data = make(args.get("data", ""))
    return {"count": session.call(_stream(session, handle).write, data)}


@operation("file_flush")
def flush(session: Any, handle: Any, args: Dict[str, Any]) -> Values:
    session.call(_stream(session, handle).flush)
    return None


def _stream(session: Any, handle: Any) -> Any:
    file = session.socket(handle)
    if not isinstance(file, File):
        raise BadRequest("the handle %r is no file object" % (handle,))
    return file.stream
