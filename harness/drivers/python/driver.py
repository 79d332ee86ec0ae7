"""The driver: greets, performs what it is asked, answers. What it can do is registered elsewhere.

Plain requests run here on the main thread, in order. One with `start` runs on a thread of its own,
says `started`, and is answered when it ends. There is no timeout anywhere: the engine's deadline is
the only one, and its cure is to end this process.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from time import monotonic_ns
from typing import Any, Callable, Dict, List, Optional, Sequence

import addresses
import calls_api  # noqa: F401  (these modules register their operations)
import calls_children  # noqa: F401
import calls_epoll  # noqa: F401
import calls_files  # noqa: F401
import calls_looking  # noqa: F401
import calls_makefile  # noqa: F401
import calls_naming  # noqa: F401
import calls_options  # noqa: F401
import calls_paths  # noqa: F401
import calls_process  # noqa: F401
import calls_raw  # noqa: F401
import calls_receiving  # noqa: F401
import calls_sending  # noqa: F401
import calls_signals  # noqa: F401
import calls_vectors  # noqa: F401
import failures
import serving  # noqa: F401
import timing_connect  # noqa: F401
import timing_fan_in  # noqa: F401
import timing_paced  # noqa: F401
import timing_ping  # noqa: F401
import timing_stream  # noqa: F401
from conversations import CONVERSATIONS
from leaving import leave, watch
from registry import OPERATIONS, WORKLOADS, BadRequest, Unsupported
from session import Holdings, Scratch, Session
from wire import Wire, take_standard_streams

PROTOCOL = 1
VERSION = "1"


class Nature:
    """What a driver made of these modules is, for those who put other sockets in.

    `holdings` makes what holds the sockets, of the scratch folder; `thread_id` says which thread a
    started call waits on, 0 when none can be named; `watch` is `leaving.watch` or its like;
    `transports` are those for which there is something."""

    def __init__(
        self,
        implementation: str = "socket",
        version: str = VERSION,
        holdings: Callable[[Scratch], Holdings] = Holdings,
        thread_id: Optional[Callable[[], int]] = None,
        watch: Callable[[int, Scratch], None] = watch,
        transports: Sequence[str] = tuple(addresses.TRANSPORTS),
    ) -> None:
        self.implementation = implementation
        self.version = version
        self.holdings = holdings
        self.thread_id = thread_id or _thread_id
        self.watch = watch
        self.transports = transports


class Driver:
    """One set of sockets and the engine that asks for operations on them."""

    def __init__(self, wire: Wire, holdings: Holdings, nature: Optional[Nature] = None) -> None:
        self._wire = wire
        self._holdings = holdings
        self._nature = nature or Nature()
        self._session = Session(holdings)

    def serve(self) -> None:
        """Greet, then answer requests until the engine goes."""
        self._say({"hello": hello(self._nature)})
        self.answer()

    def answer(self) -> None:
        """Answer requests until the asker goes."""
        for line in self._wire.lines():
            if line.strip():
                self._take(line)

    def _take(self, line: bytes) -> None:
        try:
            message = _request(line)
        except (ValueError, RecursionError) as problem:
            self._say(_broken(0, "not a request: %s" % problem))
            return
        try:
            self._perform(message)
        except Exception as failure:  # nothing that was on trial: no more threads, say
            self._session.clear()
            self._say(_failed(self._session, message["id"], failure))

    def _perform(self, message: Dict[str, Any]) -> None:
        child = self._child_of(message)
        if child is not None:
            child.ask(message, self._say)
        elif message["op"] == "reset":
            self._reset(message["id"])
        elif message.get("start"):
            self._start(message)
        else:
            self._answer(self._session, message)

    def _child_of(self, message: Dict[str, Any]) -> Any:
        """Return the child process that is to do it, None when it is for this process.

        A handle that is made from one of a child's is that child's too."""
        handle, made = message.get("handle"), message.get("args", {}).get("as")
        children = self._holdings.children
        if type(handle) is not str or handle not in children or message["op"] == "child_exit":
            return None
        if type(made) is str:
            children[made] = children[handle]
        return children[handle]

    def _answer(self, session: Session, message: Dict[str, Any]) -> None:
        session.clear()
        try:
            function = _function(message["op"])
            values = function(session, message.get("handle"), message.get("args", {}))
            self._say(
                {
                    "id": message["id"],
                    "reply": "ok",
                    "values": values or {},
                    "at": (session.began, session.ended),
                }
            )
        except Exception as failure:
            self._say(_failed(session, message["id"], failure))

    def _start(self, message: Dict[str, Any]) -> None:
        def run() -> None:
            self._holdings.threads[message["id"]] = threading.get_ident()
            self._say({"id": message["id"], "event": "started", "thread": self._nature.thread_id()})
            self._answer(Session(self._holdings), message)
            self._holdings.end(message["id"])

        self._holdings.begin(message["id"], message.get("handle"))
        try:
            threading.Thread(target=run, daemon=True).start()
        except RuntimeError:
            self._holdings.end(message["id"])
            raise

    def _reset(self, number: int) -> None:
        begun = monotonic_ns()
        values = {"stuck": self._holdings.reset()}
        self._say({"id": number, "reply": "ok", "values": values, "at": (begun, monotonic_ns())})

    def _say(self, message: Dict[str, Any]) -> None:
        try:
            self._wire.send(message)
        except OSError:  # the engine no longer listens
            leave(self._holdings.scratch)


def main(arguments: List[str], nature: Optional[Nature] = None) -> None:
    """Be a driver until the engine goes. `arguments` are those of the command line."""
    nature = nature or Nature()
    scratch = Scratch(_scratch_folder(arguments))
    wire = take_standard_streams()
    scratch.enter()
    nature.watch(wire.source, scratch)
    try:
        Driver(wire, nature.holdings(scratch), nature).serve()
    except Exception:
        leave(scratch, 1)
    leave(scratch)


def live_on(wire: Wire, scratch: Scratch, name: str, sock: Any) -> None:
    """Be the driver of a forked child, which holds one socket. Does not return."""
    shared = Scratch(scratch.path(), is_ours=False)
    watch(wire.source, shared)
    holdings = Holdings(shared)
    holdings.sockets[name] = sock
    try:
        Driver(wire, holdings).answer()
    finally:
        leave(shared)


def hello(nature: Nature) -> Dict[str, Any]:
    """Return what this driver says of itself."""
    return {
        "protocol": PROTOCOL,
        "implementation": nature.implementation,
        "version": nature.version,
        "runtime": _runtime(),
        "os": sys.platform,
        "pid": os.getpid(),
        "operations": sorted(OPERATIONS),
        "transports": [name for name in addresses.usable() if name in nature.transports],
        "services": list(CONVERSATIONS) if "serve" in OPERATIONS else [],
        "workloads": sorted(WORKLOADS),
    }


def _scratch_folder(arguments: List[str]) -> Optional[str]:
    """By hand, because argparse costs a quarter of the start-up time."""
    if not arguments:
        return None
    if len(arguments) == 2 and arguments[0] == "--scratch":
        return arguments[1]
    sys.exit("usage: python -I -S harness/drivers/python [--scratch DIR]")


def _runtime() -> str:
    python = ".".join(str(part) for part in sys.version_info[:3])
    name = sys.implementation.name
    if name == "cpython":
        return "CPython " + python
    own = ".".join(str(part) for part in sys.implementation.version[:3])
    return "%s %s (%s)" % ({"pypy": "PyPy"}.get(name, name), python, own)


def _request(line: bytes) -> Dict[str, Any]:
    """Return the request on a line; ValueError when it is none."""
    message = json.loads(line)
    if not isinstance(message, dict) or type(message.get("id")) is not int:
        raise ValueError("it is not an object with a whole number as `id`")
    if type(message.get("op")) is not str:
        raise ValueError("it has no `op`")
    if not isinstance(message.get("args", {}), dict):
        raise ValueError("`args` is not an object")
    return message


def _function(name: str) -> Any:
    function = OPERATIONS.get(name) or WORKLOADS.get(name)
    if function is None:
        raise Unsupported("this driver has no operation %r" % name)
    return function


def _failed(session: Session, number: int, failure: Exception) -> Dict[str, Any]:
    """Return the reply for an exception: what came out of the call on trial is an `error`."""
    at = (session.began, session.ended) if session.ended else (monotonic_ns(),) * 2
    if isinstance(failure, Unsupported):
        return {"id": number, "reply": "unsupported", "what": str(failure), "at": at}
    if failure is session.failure and not isinstance(failure, BadRequest):
        return dict(failures.as_reply(failure), id=number, reply="error", at=at)
    import traceback

    return _broken(number, traceback.format_exc(), at)


def _broken(number: int, text: str, at: Any = (0, 0)) -> Dict[str, Any]:
    return {"id": number, "reply": "broken", "traceback": text, "at": at}


def _thread_id() -> int:
    """Return what the kernel calls this thread; 0 when that cannot be known."""
    if hasattr(threading, "get_native_id"):
        return threading.get_native_id()
    try:  # PyPy on Linux
        return int(os.readlink("/proc/thread-self").rpartition("/")[2])
    except (OSError, ValueError):
        return 0
