"""What operations work with: the sockets by name, the clock around a call, the scratch folder.

`Holdings` is the one set of sockets of this process. A `Session` is what a single running request
sees of it, with the two clock readings of its own; requests on other threads have other sessions.
The convention for operations is told in `registry.py`.

A closed socket keeps its name, so that using it again gives what the library gives for a closed
socket (EBADF), and the name may be given to a new one.
"""

from __future__ import annotations

import os
import socket
import threading
from time import monotonic_ns
from typing import Any, Callable, Dict, List, Optional, Set

import addresses
from registry import BadRequest, text

Socket = socket.socket

# How long `reset` waits for the background calls it has woken: far more than a thread needs to
# come back from a system call, and short beside replacing the driver.
RESET_WAIT = 0.1


class Holdings:
    """All that this driver holds open between two resets.

    `make` makes a socket of a family, a type and a protocol; `pair` two that are connected."""

    # Looked up at each call: the class that `socket.socket` names now is what is on trial.
    make: Callable[..., Any] = staticmethod(lambda *kind: socket.socket(*kind))
    pair: Callable[..., Any] = staticmethod(lambda *kind: socket.socketpair(*kind))

    def __init__(self, scratch: Scratch) -> None:
        self.scratch = scratch
        self.sockets: Dict[str, Socket] = {}
        self.named: Set[str] = set()  # the handles that were bound here
        self.stops: Dict[str, List[Callable[[], None]]] = {}
        self.children: Dict[str, Any] = {}  # the child process in which each handle of one lives
        self.detached: List[int] = []  # descriptors given up by `detach`; ours to close at reset
        self.threads: Dict[int, int] = {}  # the thread of each started request, by its id
        self._running: Dict[int, Any] = {}  # the handle of each started request, by its id
        self._ended = threading.Condition()

    def begin(self, number: int, handle: Any) -> None:
        """Note that a request on a thread of its own begins."""
        with self._ended:
            self._running[number] = handle

    def end(self, number: int) -> None:
        """Note that it has been answered."""
        with self._ended:
            self._running.pop(number, None)
            self.threads.pop(number, None)
            self._ended.notify_all()

    def stop(self, handle: str) -> None:
        """Stop what runs in the background on that handle."""
        for stop in self.stops.pop(handle, ()):
            stop()

    def reset(self) -> int:
        """Close everything; return how many background calls could not be ended."""
        # Closing a socket wakes no thread that waits inside it; shutting it down does.
        for handle in list(self._running.values()):
            if handle in self.sockets:
                _quietly(self.sockets[handle].shutdown, socket.SHUT_RDWR)
        self._wait()
        for child in set(self.children.values()):
            child.kill()
        self.children.clear()
        for handle in list(self.stops):
            self.stop(handle)
        for sock in self.sockets.values():
            _quietly(sock.close)
        for fd in self.detached:
            _quietly(os.close, fd)
        self.sockets.clear()
        self.named.clear()
        self.detached.clear()
        self.scratch.clear()
        return self._wait()

    def _wait(self) -> int:
        with self._ended:
            self._ended.wait_for(lambda: not self._running, RESET_WAIT / 2)
            return len(self._running)


class Scratch:
    """A folder for socket paths: the one given on the command line, or a new one when needed.

    A forked child has its parent's, and leaves it to the parent to `remove` that."""

    def __init__(self, given: Optional[str], is_ours: bool = True) -> None:
        self._given = given
        self._is_ours = is_ours
        self._path: Optional[str] = given
        self._count = 0

    def path(self) -> str:
        """Return the folder's path; it exists."""
        if self._path is None:
            import tempfile

            self._path = tempfile.mkdtemp(prefix="sockharness-")
        os.makedirs(self._path, exist_ok=True)
        return self._path

    def fresh(self, handle: str) -> str:
        """Return a path for a socket that no other socket had before."""
        self._count += 1
        return os.path.join(self.path(), "%s-%d.sock" % (handle, self._count))

    def enter(self) -> None:
        """Make the given folder the working directory: relative paths are inside of it."""
        if self._given is not None:
            os.chdir(self.path())

    def clear(self) -> None:
        """Remove what is in the folder."""
        if self._path is None or not os.path.isdir(self._path):
            return
        for entry in os.scandir(self._path):
            if entry.is_dir(follow_symlinks=False):
                import shutil

                shutil.rmtree(entry.path, ignore_errors=True)
            else:
                _quietly(os.unlink, entry.path)

    def remove(self) -> None:
        """Remove the folder with all in it, and the given one's parent when that is empty then."""
        if self._path is None or not self._is_ours:
            return
        import shutil

        shutil.rmtree(self._path, ignore_errors=True)
        if self._given is not None:
            _quietly(os.rmdir, os.path.dirname(os.path.abspath(self._path)))


class Session:
    """One running request's view: `call` and its clock readings, and the sockets by name."""

    __slots__ = ("began", "ended", "failure", "holdings")

    def __init__(self, holdings: Holdings) -> None:
        self.holdings = holdings
        self.clear()

    def clear(self) -> None:
        """Forget the request before."""
        self.began = self.ended = 0
        self.failure: Optional[BaseException] = None

    def call(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """Call what is on trial, with a reading of the clock directly before and after."""
        self.began = monotonic_ns()
        try:
            result = function(*arguments)
            self.ended = monotonic_ns()
        except BaseException as failure:
            self.ended = monotonic_ns()
            self.failure = failure
            raise
        return result

    def socket(self, handle: Any) -> Socket:
        """Return the socket of that name, be it open or closed."""
        try:
            return self.holdings.sockets[handle]
        except (KeyError, TypeError):
            raise BadRequest("there is no handle %r here" % (handle,)) from None

    def open(self, handle: Any, args: Dict[str, Any]) -> Socket:
        """Return the socket of that name; when there is none, make it of args["transport"]."""
        sock = self.holdings.sockets.get(handle)
        if sock is None:
            family, kind = addresses.kind_of(text(args, "transport"))
            sock = self.call(self.holdings.make, family, kind)
            self.add(handle, sock)
        return sock

    def free(self, handle: Any) -> str:
        """Return the name for a new socket; BadRequest when an open one has it."""
        if type(handle) is not str or not handle:
            raise BadRequest("a handle's name is a text, not %r" % (handle,))
        sock = self.holdings.sockets.get(handle)
        if sock is not None and sock.fileno() != -1:
            raise BadRequest("the handle %r is in use; close it first" % handle)
        return handle

    def add(self, handle: Any, sock: Socket) -> None:
        """Give a new socket its name."""
        name = self.free(handle)
        self.holdings.named.discard(name)
        self.holdings.sockets[name] = sock

    def forget(self, handle: str) -> None:
        """Make the name free again; closes nothing."""
        self.holdings.sockets.pop(handle, None)
        self.holdings.named.discard(handle)

    def on_stop(self, handle: str, stop: Callable[[], None]) -> None:
        """Have `stop` called once: when the handle is closed, or at reset."""
        self.holdings.stops.setdefault(handle, []).append(stop)

    def scratch(self) -> str:
        """Return the path of this driver's own folder."""
        return self.holdings.scratch.path()


def _quietly(function: Callable[..., Any], *arguments: Any) -> None:
    """Call it; that it fails changes nothing here."""
    try:
        function(*arguments)
    except OSError:
        pass
