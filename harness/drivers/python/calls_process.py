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


@operation("umask")
def umask(session: Any, handle: Any, args: Dict[str, Any]) -> Values:
    before: int = session.call(os.umask, integer(args, "mask"))
    session.on_stop("", lambda: _put_back(before))
    return {"before": before}


def _put_back(mask: int) -> None:
    os.umask(mask)


@operation("whoami")
def whoami(session: Any, handle: Any, args: Dict[str, Any]) -> Values:
    if not hasattr(os, "geteuid"):
        raise Unsupported("this system has no user numbers")
    return {"pid": os.getpid(), "uid": os.geteuid(), "gid": os.getegid()}


@operation("setrlimit")
def setrlimit(session: Any, handle: Any, args: Dict[str, Any]) -> Values:
    """The limit is on the number of a descriptor, so it is found by looking which ones are free."""
    spare = integer(args, "spare_descriptors")
    try:
        import fcntl
        import resource
    except ImportError:
        raise Unsupported("this system has no limit of open files to be set") from None
    _load_what_comes_late()
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    limit = _first_beyond(spare, fcntl.fcntl, fcntl.F_GETFD)
    if hard != resource.RLIM_INFINITY and limit > hard:
        raise Unsupported("this process may not open %d more files" % spare)
    if "RLIMIT_NOFILE" not in session.holdings.stops:  # a second time, `soft` is our own
        back = (resource.RLIMIT_NOFILE, (soft, hard))
        session.on_stop("RLIMIT_NOFILE", lambda: resource.setrlimit(*back))
    session.call(resource.setrlimit, resource.RLIMIT_NOFILE, (limit, hard))
    return {"limit": limit}


def _load_what_comes_late() -> None:
    """This driver opens files itself when it imports late, and CPython 3.8 when a thread ends."""
    for name in ("hashlib", "termios", "traceback"):
        try:
            __import__(name)
        except ImportError:
            pass
    try:
        import ctypes

        ctypes.CDLL("libgcc_s.so.1")
    except (ImportError, OSError):
        pass


def _first_beyond(spare: int, ask: Any, request: int) -> int:
    """Return the number below which `spare` descriptors are free."""
    fd = -1
    while spare >= 0:
        fd += 1
        try:
            ask(fd, request)
        except OSError:
            spare -= 1
    return fd


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
