"""The end of this process: at once when the engine has closed its end of the pipe.

The main thread may be blocked inside a socket call for ever, so a thread watches the pipe. It asks
poll for no event at all: a hang-up is reported all the same, and waiting requests do not wake it.
"""

from __future__ import annotations

import os
import select
import signal
import sys
import threading
from typing import NoReturn

from session import Scratch

_once = threading.Lock()

# A step may have left no descriptor free, and to look into a folder takes one.
MANY = 1024


def watch(source: int, scratch: Scratch) -> None:
    """Leave as soon as nobody can write to `source` any more. On a thread of its own."""

    def wait() -> None:
        poll = select.poll()
        poll.register(source, 0)
        while not poll.poll():
            pass  # a signal, on PyPy
        leave(scratch)

    threading.Thread(target=wait, daemon=True).start()


def leave(scratch: Scratch, status: int = 0) -> NoReturn:
    """End this process, whatever its other threads do; may be called on several of them.

    The scratch folder goes, and so does all of this process's group when it leads one of its own:
    what a library may have forked would keep sockets open behind the engine's back. With a status
    other than 0 the exception being handled is told on stderr.
    """
    with _once:
        if status:
            sys.excepthook(*sys.exc_info())
        try:
            sys.stderr.flush()
            os.dup2(0, 2)  # what other threads may still say is about the descriptors closed here
            os.closerange(3, MANY)
            scratch.remove()
        finally:
            if os.getpgid(0) == os.getpid():
                os.killpg(0, signal.SIGKILL)
            os._exit(status)
