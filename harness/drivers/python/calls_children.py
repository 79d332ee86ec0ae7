"""Operations on child processes that share a socket."""

from __future__ import annotations

import os
from typing import Any, Dict

import children
from registry import BadRequest, Unsupported, Values, operation, text


@operation("fork")
def fork(session: Any, handle: Any, args: Dict[str, Any]) -> Values:
    if not hasattr(os, "fork"):
        raise Unsupported("this system has no fork(2)")
    sock = session.socket(handle)
    name = session.free(args.get("as"))

    def live(wire: Any) -> None:
        from driver import live_on  # which imports this module

        live_on(wire, session.holdings.scratch, name, sock)

    child = session.call(children.Child, sock.fileno(), live)
    session.holdings.children[name] = child
    return {"pid": child.pid}


@operation("child_exit")
def child_exit(session: Any, handle: Any, args: Dict[str, Any]) -> Values:
    child = session.holdings.children.get(handle)
    if child is None:
        raise BadRequest("the handle %r is not in a child process" % (handle,))
    if "signal" in args:
        session.call(child.kill, children.number_of(text(args, "signal")))
    else:
        session.call(child.end)
    return {"status": child.status}
