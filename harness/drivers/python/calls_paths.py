"""Operations on files, for what unix sockets have to do with them.

A relative path is inside this driver's own folder: that is the working directory.
"""

from __future__ import annotations

import os
import stat
from typing import Any, Dict

from payload import make
from registry import Values, integer, operation, text

_KINDS = ((stat.S_ISSOCK, "socket"), (stat.S_ISREG, "file"), (stat.S_ISDIR, "directory"))


@operation("creat")
def creat(session: Any, handle: Any, args: Dict[str, Any]) -> Values:
    path, content = text(args, "path"), make(args.get("data", ""))
    fd = session.call(os.open, path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o666)
    with open(fd, "wb") as file:
        file.write(content)
    return {"path": os.path.abspath(path)}


@operation("mkdir")
def mkdir(session: Any, handle: Any, args: Dict[str, Any]) -> Values:
    path = text(args, "path")
    session.call(os.mkdir, path)
    return {"path": os.path.abspath(path)}


@operation("symlink")
def symlink(session: Any, handle: Any, args: Dict[str, Any]) -> Values:
    path = text(args, "path")
    session.call(os.symlink, text(args, "target"), path)
    return {"path": os.path.abspath(path)}


@operation("chmod")
def chmod(session: Any, handle: Any, args: Dict[str, Any]) -> Values:
    session.call(os.chmod, text(args, "path"), integer(args, "mode"))
    return None


@operation("unlink")
def unlink(session: Any, handle: Any, args: Dict[str, Any]) -> Values:
    session.call(os.unlink, text(args, "path"))
    return None


@operation("rename")
def rename(session: Any, handle: Any, args: Dict[str, Any]) -> Values:
    session.call(os.rename, text(args, "path"), text(args, "to"))
    return None


@operation("stat")
def stat_(session: Any, handle: Any, args: Dict[str, Any]) -> Values:
    found = session.call(os.stat, text(args, "path")).st_mode
    kind = next((name for test, name in _KINDS if test(found)), "other")
    return {"kind": kind, "mode": stat.S_IMODE(found)}
