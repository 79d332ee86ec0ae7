"""A plain client of the driver protocol, for tests that talk to the Python driver directly.

It knows nothing of the engine: a process, JSON lines, and a deadline for each line so that no test
hangs. Every `ok` reply is held against the table of operations on the way.
"""

from __future__ import annotations

import itertools
import json
import os
import select
import subprocess
import time
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from harness.drivers import interpreters
from harness.language.operations import OPERATIONS

HERE = Path(__file__).parents[2] / "harness" / "drivers" / "python"
PATIENCE = 20.0  # seconds for one line: only a broken driver ever takes so long
WANTED = ("3.8", "3.9", "3.10", "3.11", "3.12", "3.13", "3.14", "pypy3")

Reply = dict[str, Any]


def find(wanted: str) -> str | None:
    """Return the path of an interpreter that runs, wherever the harness itself would find it."""
    try:
        return interpreters.find(wanted).path
    except interpreters.NotFound:
        return None


FOUND = {wanted: path for wanted in WANTED if (path := find(wanted))}
MISSING = [wanted for wanted in WANTED if wanted not in FOUND]
if MISSING:
    warnings.warn(f"the Python driver is not tested on: {', '.join(MISSING)}", stacklevel=1)


def lend(wanted: str, scratch: Path) -> Iterator[Driver]:
    """Yield a driver on that interpreter and end it afterwards."""
    driver = Driver(FOUND[wanted], scratch)
    yield driver
    driver.end()


class Driver:
    """One driver process. `ask` returns the reply; `ok` and `error` also check its kind."""

    def __init__(self, python: str, scratch: Path, prefix: Sequence[str] = ()) -> None:
        self._start([*prefix, python, "-I", "-S", str(HERE)], scratch)

    @classmethod
    def of(cls, argv: Sequence[str], scratch: Path) -> Driver:
        """Start another driver, by its command."""
        driver = cls.__new__(cls)
        driver._start(argv, scratch)
        return driver

    def _start(self, argv: Sequence[str], scratch: Path) -> None:
        self.scratch = scratch
        self.process = subprocess.Popen(
            [*argv, "--scratch", str(scratch)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        self._rest = b""
        self._numbers = itertools.count(1)
        self._operations: dict[int, str] = {}
        self.thread = 0  # the native number of the thread that was started last
        self._early: list[Reply] = []  # replies read while another one was waited for
        self.hello = self.line()["hello"]

    # --- single lines -----------------------------------------------------------------------------

    def write(self, line: bytes) -> None:
        """Write one line as it is."""
        assert self.process.stdin is not None
        self.process.stdin.write(line + b"\n")
        self.process.stdin.flush()

    def line(self) -> Reply:
        """Return the next line; fail when none comes."""
        assert self.process.stdout is not None
        deadline = time.monotonic() + PATIENCE
        while b"\n" not in self._rest:
            ready, _, _ = select.select([self.process.stdout], [], [], deadline - time.monotonic())
            assert ready, "the driver says nothing"
            chunk = os.read(self.process.stdout.fileno(), 65536)
            assert chunk, "the driver is gone"
            self._rest += chunk
        first, _, self._rest = self._rest.partition(b"\n")
        message = json.loads(first)
        assert isinstance(message, dict)
        return message

    # --- requests ---------------------------------------------------------------------------------

    def begin(self, operation: str, handle: str | None = None, **args: Any) -> int:
        """Send a request, with `start` where `start=True`; return its number. `as_` is `as`."""
        number = next(self._numbers)
        self._operations[number] = operation
        message: Reply = {"id": number, "op": operation, "handle": handle}
        message["start"] = args.pop("start", False)
        message["args"] = {name.rstrip("_"): value for name, value in args.items()}
        self.write(json.dumps(message).encode())
        return number

    def start(self, operation: str, handle: str, **args: Any) -> int:
        """Start a request on a thread of its own; return its number once the thread runs."""
        number = self.begin(operation, handle, start=True, **args)
        self.thread = self._next(lambda m: m["id"] == number and m.get("event") == "started")[
            "thread"
        ]
        return number

    def finish(self, number: int) -> Reply:
        """Return the reply to a request."""
        reply = self._next(lambda m: m["id"] == number and "reply" in m)
        _check(self._operations.pop(number), reply)
        return reply

    def answered(self, number: int, wait: float) -> bool:
        """Tell whether the reply to a request comes within so many seconds."""
        deadline = time.monotonic() + wait
        while not any(m["id"] == number and "reply" in m for m in self._early):
            assert self.process.stdout is not None
            left = max(deadline - time.monotonic(), 0)
            if (
                b"\n" not in self._rest
                and not select.select([self.process.stdout], [], [], left)[0]
            ):
                return False
            self._early.append(self.line())
        return True

    def ask(self, operation: str, handle: str | None = None, **args: Any) -> Reply:
        """Send a request and return its reply."""
        return self.finish(self.begin(operation, handle, **args))

    def ok(self, operation: str, handle: str | None = None, **args: Any) -> Reply:
        """Send a request that must succeed; return its values."""
        reply = self.ask(operation, handle, **args)
        assert reply["reply"] == "ok", reply
        values = reply["values"]
        assert isinstance(values, dict)
        return values

    def error(self, operation: str, handle: str | None = None, **args: Any) -> str:
        """Send a request that must fail as sockets fail; return the error's name."""
        reply = self.ask(operation, handle, **args)
        assert reply["reply"] == "error", reply
        assert set(reply) - {"errno"} == {"id", "reply", "at", "error", "exception", "message"}
        return str(reply["error"])

    def broken(self, operation: str, handle: str | None = None, **args: Any) -> str:
        """Send a request that the driver must refuse; return the traceback's last line."""
        reply = self.ask(operation, handle, **args)
        assert reply["reply"] == "broken", reply
        return str(reply["traceback"]).splitlines()[-1]

    def _next(self, fits: Any) -> Reply:
        for position, message in enumerate(self._early):
            if fits(message):
                return self._early.pop(position)
        while not fits(message := self.line()):
            self._early.append(message)
        return message

    # --- the usual beginnings ---------------------------------------------------------------------

    def connected(self, transport: str) -> None:
        """Make `server`, and the connection between `client` and `conn`."""
        name = self.ok("listen", "server", transport=transport)["name"]
        self.ok("connect", "client", transport=transport, to=name)
        self.ok("accept", "server", as_="conn")

    def bound(self, transport: str) -> Reply:
        """Make the datagram sockets `server` and `client`; return the server's name."""
        name = self.ok("bind", "server", transport=transport)["name"]
        self.ok("bind", "client", transport=transport)
        assert isinstance(name, dict)
        return name

    # --- the process ------------------------------------------------------------------------------

    def descriptors(self) -> int:
        """Return how many descriptors the process has open."""
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def threads(self) -> int:
        """Return how many threads the process has."""
        return len(os.listdir(f"/proc/{self.process.pid}/task"))

    def end(self) -> None:
        """Close the pipes and wait until the process is gone. It must have logged nothing."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        assert self.process.stderr is not None
        self.process.stdin.close()
        try:
            self.process.wait(PATIENCE)
        finally:
            self.process.kill()
            self.process.wait()
            self.process.stdout.close()
        if not self.process.stderr.closed:
            log = self.process.stderr.read()
            self.process.stderr.close()
            assert not log, log.decode()


def _check(operation: str, reply: Reply) -> None:
    begin, end = reply["at"]
    assert begin <= end <= time.monotonic_ns()
    if reply["reply"] == "ok" and operation in OPERATIONS:
        fields = set(OPERATIONS[operation].reply)
        optional = {"queued", "limit"} if operation == "tcp_info" else set()
        assert fields - optional <= set(reply["values"]) <= fields, operation


def eventually(condition: Any) -> None:
    """Wait until the condition holds; fail when it does not in all the patience there is."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, "it never came to be"
        time.sleep(0.002)


def sleeping(pid: int, thread: int) -> bool:
    """Tell whether the kernel says that the thread waits for a socket."""
    where = Path(f"/proc/{pid}/task/{thread}/wchan").read_text()
    state = Path(f"/proc/{pid}/task/{thread}/stat").read_text().rpartition(")")[2].split()[0]
    return state == "S" and "futex" not in where
