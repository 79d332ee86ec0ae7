"""How an exception reads in a reply: the names of errors. Knows no operation."""

from __future__ import annotations

import errno
import socket
from typing import Any, Dict

# Where one number has two names, Python's table happens to keep the other one.
_SOCKET_NAMES = {errno.EOPNOTSUPP: "EOPNOTSUPP", errno.EDEADLK: "EDEADLK"}


def as_reply(failure: BaseException) -> Dict[str, Any]:
    """Return the fields of an `error` reply: name, number where there is one, class and text."""
    said: Dict[str, Any] = {
        "error": name(failure),
        "exception": type(failure).__name__,
        "message": str(failure),
    }
    if isinstance(failure, OSError) and isinstance(failure.errno, int):
        said["errno"] = failure.errno
    return said


def name(failure: BaseException) -> str:
    """Return one name: of the errno, EAI_* for a look-up, `timeout`, or the exception's class."""
    if isinstance(failure, socket.gaierror):
        return _lookup(failure)
    if isinstance(failure, OSError) and failure.errno is not None:
        return of_number(failure.errno)
    if isinstance(failure, socket.timeout):
        return "timeout"
    return type(failure).__name__


def of_number(number: int) -> str:
    """Return the name of an errno, `none` for 0."""
    if not number:
        return "none"
    return _SOCKET_NAMES.get(number) or errno.errorcode.get(number) or "errno %s" % number


def _lookup(failure: socket.gaierror) -> str:
    for constant in dir(socket):
        if constant.startswith("EAI_") and getattr(socket, constant) == failure.errno:
            return constant
    return "gaierror"
