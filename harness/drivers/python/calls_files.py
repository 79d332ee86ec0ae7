"""Operations that open files and pipes, which are handles like any other; and how many there are.

Unbuffered, so that one operation is one system call.
"""

from __future__ import annotations

import io
import os
from typing import Any, Dict

from calls_makefile import File
from children import open_descriptors
from registry import BadRequest, Values, operation, text

_MODES = {"read": os.O_RDONLY, "write": os.O_WRONLY, "both": os.O_RDWR}


@operation("open")
def open_(session: Any, handle: Any, args: Dict[str, Any]) -> Values:
    name, path, mode = session.free(handle), text(args, "path"), args.get("mode", "read")
    if mode not in _MODES:
        raise BadRequest("open's mode is read, write or both, not %r" % (mode,))
    fd = session.call(os.open, path, _MODES[mode])
    session.add(name, File(io.FileIO(fd, "r+")))
    return None


@operation("pipe")
def pipe(session: Any, handle: Any, args: Dict[str, Any]) -> Values:
    names = session.free(handle), session.free(args.get("as"))
    for name, fd in zip(names, session.call(os.pipe)):
        session.add(name, File(io.FileIO(fd, "r+")))
    return None


@operation("descriptors")
def descriptors(session: Any, handle: Any, args: Dict[str, Any]) -> Values:
    return {"count": len(session.call(open_descriptors))}
