"""Child processes that hold a copy of one of our descriptors, and the way to have them act.

A child is a whole driver on pipes of its own, forked off this process instead of started anew. It
keeps the one descriptor and closes every other. Requests for its handles are handed on to it as
they are, and its replies are handed back, so it can do whatever this process can. When it is killed
in the middle of a request, that request ends in an error with the signal's name.

It goes when this process goes: then its pipe reaches its end.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from typing import Any, Callable, Dict, List, Tuple

from registry import Unsupported
from wire import Wire

Message = Dict[str, Any]
Say = Callable[[Message], None]


class Child:
    """A forked driver, as this process sees it. `live` is what the child does with its wire."""

    def __init__(self, descriptor: int, live: Callable[[Wire], None]) -> None:
        ours, theirs = _two_pipes()
        self.pid = os.fork()
        if not self.pid:
            _be_a_child(Wire(*theirs), descriptor, live)
        for fd in theirs:
            os.close(fd)
        self._wire = Wire(*ours)
        self._asked: Dict[int, Say] = {}
        self._lock = threading.Lock()
        self._gone = threading.Event()
        self.status: Any = None  # exit status, or the name of the signal, when it is gone
        threading.Thread(target=self._listen, daemon=True).start()

    def ask(self, message: Message, say: Say) -> None:
        """Hand a request on; what comes back goes to `say`, on another thread."""
        with self._lock:
            self._asked[message["id"]] = say
        try:
            self._wire.send(message)
        except OSError:  # it is gone; should nobody have answered yet, that is done here
            self._gone.wait()
            self._answer_all()

    def end(self) -> None:
        """Let it exit by itself; return when it is gone."""
        self._wire.close_sink()
        self._gone.wait()

    def kill(self, number: int = signal.SIGKILL) -> None:
        """Send it that signal, which must end it; return when it is gone."""
        if not self._gone.is_set():
            os.kill(self.pid, number)
        self.end()

    def _listen(self) -> None:
        for line in self._wire.lines():
            self._hand_back(json.loads(line.decode()))
        status = os.waitpid(self.pid, 0)[1]
        killed = os.WIFSIGNALED(status)
        self.status = _name(os.WTERMSIG(status)) if killed else os.WEXITSTATUS(status)
        self._gone.set()
        self._answer_all()
        os.close(self._wire.source)

    def _hand_back(self, message: Message) -> None:
        if message.get("event") == "started":
            message["thread"] = 0  # a thread of another process than the one the engine knows
        with self._lock:
            is_reply = "reply" in message
            say = self._asked.pop(message["id"]) if is_reply else self._asked[message["id"]]
        say(message)

    def _answer_all(self) -> None:
        """Answer what it left open: the end of the process is what the call came to."""
        from time import monotonic_ns

        with self._lock:
            left = list(self._asked.items())
            self._asked.clear()
        how = "the child was killed by %s" if isinstance(self.status, str) else "it exited with %s"
        now = monotonic_ns()
        for number, say in left:
            say(
                {
                    "id": number,
                    "reply": "error",
                    "error": str(self.status),
                    "exception": "",
                    "message": how % self.status,
                    "at": (now, now),
                }
            )


def number_of(name: str) -> int:
    """Return the number of a signal; Unsupported when there is none of that name here."""
    found = getattr(signal, name, None) if name.startswith("SIG") else None
    if not isinstance(found, signal.Signals):
        raise Unsupported("there is no signal %r here" % name)
    return int(found)


def _name(number: int) -> str:
    return signal.Signals(number).name


def _two_pipes() -> Tuple[Tuple[int, int], Tuple[int, int]]:
    """Return (source, sink) for this process and (source, sink) for the child."""
    from_child, to_us = os.pipe()
    from_us, to_child = os.pipe()
    return (from_child, to_child), (from_us, to_us)


def _be_a_child(wire: Wire, descriptor: int, live: Callable[[Wire], None]) -> None:
    """What happens in the child; it does not come back."""
    try:
        keep = {0, 1, 2, wire.source, wire.sink, descriptor}
        for fd in open_descriptors():
            if fd not in keep:
                _close(fd)
        live(wire)
    except BaseException:
        import traceback

        traceback.print_exc()
        sys.stderr.flush()
    finally:
        os._exit(1)  # reached when something is wrong: `live` does not return


def open_descriptors() -> List[int]:
    """Return the numbers of this process's descriptors, that of the list itself among them."""
    for folder in ("/proc/self/fd", "/dev/fd"):
        try:
            return [int(name) for name in os.listdir(folder)]
        except OSError:
            pass
    return list(range(3, 1024))


def _close(fd: int) -> None:
    try:
        os.close(fd)
    except OSError:  # the one with which the list was read
        pass
