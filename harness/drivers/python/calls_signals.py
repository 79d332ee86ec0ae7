"""Operations on signals: what this process does with them, and which sockets send it some."""

from __future__ import annotations

import os
import signal
from typing import Any, Dict

from children import number_of
from registry import BadRequest, Unsupported, Values, boolean, operation, text

_DISPOSITIONS = {"default": signal.SIG_DFL, "ignore": signal.SIG_IGN}
_caught: Dict[int, int] = {}


@operation("signal")
def signal_(session: Any, handle: Any, args: Dict[str, Any]) -> Values:
    number, action = _number(args), text(args, "action")
    if action not in _DISPOSITIONS and action != "count":
        raise BadRequest("a signal's action is default, ignore or count, not %r" % action)
    _caught[number] = 0
    before = session.call(signal.signal, number, _DISPOSITIONS.get(action, _count))
    if args.get("restart"):  # Python leaves SA_RESTART out whenever it sets a handler
        signal.siginterrupt(number, False)
    session.on_stop(handle, lambda: signal.signal(number, before))
    return {"before": _word(before)}


@operation("caught")
def caught(session: Any, handle: Any, args: Dict[str, Any]) -> Values:
    return {"count": session.call(_caught.get, _number(args), 0)}


@operation("f_setown")
def f_setown(session: Any, handle: Any, args: Dict[str, Any]) -> Values:
    try:
        import fcntl
    except ImportError:
        raise Unsupported("this system has no fcntl(2)") from None
    session.call(fcntl.fcntl, session.socket(handle).fileno(), fcntl.F_SETOWN, os.getpid())
    return None


@operation("set_async")
def set_async(session: Any, handle: Any, args: Dict[str, Any]) -> Values:
    try:
        import fcntl
    except ImportError:
        raise Unsupported("this system has no fcntl(2)") from None
    fd, on = session.socket(handle).fileno(), boolean(args, "on")
    bit = getattr(os, "O_ASYNC", None) or getattr(fcntl, "FASYNC", None)
    if bit is None:
        raise Unsupported("O_ASYNC is not known here")

    def call() -> None:
        flags = fcntl.fcntl(fd, fcntl.F_GETFL)
        fcntl.fcntl(fd, fcntl.F_SETFL, flags | bit if on else flags & ~bit)

    session.call(call)
    return None


def _count(number: int, frame: Any) -> None:
    _caught[number] += 1


def _number(args: Dict[str, Any]) -> int:
    return number_of(text(args, "signal"))


def _word(disposition: Any) -> str:
    for word, known in _DISPOSITIONS.items():
        if disposition == known:
            return word
    return "count" if disposition is _count else "other"
