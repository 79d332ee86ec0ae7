"""Operations on this process: its user, and signals to its threads. `reset` puts all of it back."""

from __future__ import annotations

import os
import signal
from typing import Any, Dict

from registry import BadRequest, Unsupported, Values, integer, operation


@operation("seteuid")
def seteuid(session: Any, handle: Any, args: Dict[str, Any]) -> Values:
    """The C library does this for every thread; `reset` goes back to who began."""
    if not hasattr(os, "seteuid"):
        raise Unsupported("this system has no effective user id")
    user = _user_number(args.get("user"))
    session.on_stop("", lambda: os.seteuid(os.getuid()))
    session.call(os.seteuid, user)
    return None


def _user_number(user: Any) -> int:
    if type(user) is int:
        return user
    import pwd

    try:
        return pwd.getpwnam(user).pw_uid
    except (KeyError, TypeError):
        raise BadRequest("there is no user %r here" % (user,)) from None


@operation("interrupt")
def interrupt(session: Any, handle: Any, args: Dict[str, Any]) -> Values:
    """Send a signal which does nothing to the thread of the started request `request`.

    The handler is set without SA_RESTART, so the system call ends with EINTR. The engine asks for
    this when a step says `interrupt: NAME`; it has seen to it that the thread sleeps in its call.
    """
    thread = session.holdings.threads.get(integer(args, "request"))
    if thread is None:
        raise BadRequest("no started request %r runs here" % args["request"])
    if not hasattr(signal, "pthread_kill"):
        raise Unsupported("this interpreter cannot send a signal to a thread")
    if signal.getsignal(signal.SIGUSR1) == signal.SIG_DFL:  # else a step has said what it does
        signal.signal(signal.SIGUSR1, _ignore)
        session.on_stop("", lambda: signal.signal(signal.SIGUSR1, signal.SIG_DFL))
    session.call(signal.pthread_kill, thread, signal.SIGUSR1)
    return None


def _ignore(number: int, frame: Any) -> None:
    """To interrupt is all that the signal is for."""
