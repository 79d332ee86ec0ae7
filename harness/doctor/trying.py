"""What the doctor tries: a connection, a socket in the temporary directory, a driver, a policy.

Each is undone again, and each gives a `Trouble`: empty when it went well, None where this system
has no such thing.
"""

from __future__ import annotations

import errno
import os
import socket
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path

from harness.doctor.facts import Trouble
from harness.drivers import registry
from harness.engine.blocking import Unknown, asleep_in
from harness.engine.faults import DriverError
from harness.engine.process import Driver

# Seconds. Loopback answers in microseconds; a firewall that drops packets never does.
LOOPBACK_ANSWERS = 2.0
DRIVER_GREETS = 30.0
DRIVER_SLEEPS = 2.0


def loopback(family: socket.AddressFamily, host: str) -> Trouble:
    """Bind, listen, connect, accept, and a byte each way."""
    try:
        with closing(socket.create_server((host, 0), family=family)) as listener:
            listener.settimeout(LOOPBACK_ANSWERS)
            port = listener.getsockname()[1]
            with closing(socket.create_connection((host, port), LOOPBACK_ANSWERS)) as client:
                server, _ = listener.accept()
                with closing(server):
                    return _answers(server, client)
    except OSError as problem:
        return f"{host}: {problem.strerror or problem}"


def _answers(server: socket.socket, client: socket.socket) -> Trouble:
    server.settimeout(LOOPBACK_ANSWERS)
    for one, other in ((client, server), (server, client)):
        one.sendall(b"?")
        if other.recv(1) != b"?":
            return "what was sent did not arrive"
    return ""


def writable(base: str) -> Trouble:
    """Make a directory with a file in it."""
    try:
        with tempfile.TemporaryDirectory(prefix="sockharness-", dir=base) as folder:
            Path(folder, "x").write_bytes(b"x")
    except OSError as problem:
        return problem.strerror or str(problem)
    return ""


def takes_sockets(base: str) -> Trouble:
    """Bind a unix socket where a driver would have one, under a name as long as they get."""
    try:
        with tempfile.TemporaryDirectory(prefix="sockharness-", dir=base) as folder:
            scratch = Path(folder, "123")
            scratch.mkdir()
            with closing(socket.socket(socket.AF_UNIX)) as unix:
                unix.bind(os.fspath(scratch / ("handle" + "x" * 26 + "-10.sock")))
    except OSError as problem:
        if problem.errno in (None, errno.ENAMETOOLONG):
            return f"the path has {len(os.fsencode(base))} bytes, too long for unix sockets"
        return f"no unix socket can be bound in it ({problem.strerror})"
    return ""


def driver(base: str) -> tuple[Trouble, Trouble | None]:
    """Start the reference driver; then look at the call in which it waits for a request."""
    argv = registry.resolve("socket").argv
    with tempfile.TemporaryDirectory(prefix="sockharness-", dir=base) as folder:
        # A driver that ends removes its own directory, and the one above it when that is empty.
        scratch = Path(folder, "1")
        scratch.mkdir()
        try:
            driver = Driver.start(argv, scratch, "socket")
        except DriverError as problem:
            return problem.explain(), None
        try:
            driver.greet(driver.clock() + DRIVER_GREETS)
            return "", _kernel_view(driver)
        except DriverError as problem:
            return problem.explain(), None
        finally:
            driver.close()


def _kernel_view(driver: Driver) -> Trouble | None:
    """Whether the driver's main thread is seen asleep; it needs a moment to go to sleep."""
    pid = driver.pid
    if pid is None or not sys.platform.startswith("linux"):
        return None
    until = time.monotonic() + DRIVER_SLEEPS
    while time.monotonic() < until:
        seen = asleep_in(pid, pid)
        if isinstance(seen, Unknown):
            return seen.why
        if seen:
            return ""
        time.sleep(0.001)
    return "the driver's main thread was not seen asleep in a known call"


def batch() -> Trouble | None:
    """Try the policy on this thread, and take it back."""
    if not hasattr(os, "SCHED_BATCH"):
        return None
    try:
        before, param = os.sched_getscheduler(0), os.sched_getparam(0)
        os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))
        os.sched_setscheduler(0, before, param)
    except OSError as problem:
        return problem.strerror
    return ""
