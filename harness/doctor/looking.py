"""Asks the machine: the only part of the doctor that touches anything.

Whatever cannot be had, on another system or in a container that hides it, is None. What is tried
(a connection, a socket in the temporary directory, a driver) is undone again.
"""

from __future__ import annotations

import errno
import os
import resource
import shutil
import socket
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import TypeVar

from harness.doctor.facts import Facts, Trouble
from harness.doctor.settings import SETTINGS
from harness.drivers import interpreters, registry
from harness.engine.blocking import Unknown, asleep_in
from harness.engine.conversation import DriverError
from harness.engine.pool import short_base
from harness.engine.process import Driver
from harness.engine.revision import revision
from harness.records import environment

T = TypeVar("T")

# Seconds. Loopback answers in microseconds; a firewall that drops packets never does.
LOOPBACK_ANSWERS = 2.0
DRIVER_GREETS = 30.0
DRIVER_SLEEPS = 2.0
# Enough readings that the loop around them costs nothing, in a millisecond.
READINGS = 10_000

_DMA_LATENCY = "/dev/cpu_dma_latency"
_TURBO = {
    "sys/devices/system/cpu/intel_pstate/no_turbo": "0",
    "sys/devices/system/cpu/cpufreq/boost": "1",
}


def look(root: Path = Path("/")) -> Facts:
    """Look at everything. Takes about a second, longer when interpreters are met the first time.

    Files of /proc and /sys are looked up below `root`.
    """
    known = environment.facts(root)
    temporary = _or_none(short_base) or "/tmp"
    writable = _writable(temporary)
    driver, kernel_view = (None, None) if writable else _driver(temporary)
    return Facts(
        loopback4=_loopback(socket.AF_INET, "127.0.0.1"),
        loopback6=_loopback(socket.AF_INET6, "::1"),
        temporary=temporary,
        temporary_writable=writable,
        temporary_short=_takes_sockets(temporary),
        driver=driver,
        kernel_view=kernel_view,
        batch=_batch(),
        idle_hold=_idle_hold(),
        nofile=_nofile(),
        sysctls=_sysctls(root),
        clock_resolution=known["clock_resolution_ns"],
        clock_cost=_clock_cost(),
        clock_source=_text(
            root / "sys/devices/system/clocksource/clocksource0/current_clocksource"
        ),
        cpus=known["cpus"],
        usable=tuple(known["affinity"] or ()),
        governor=known["governor"],
        turbo=_turbo(root),
        load=_or_none(lambda: os.getloadavg()[0]),
        stolen=_or_none(lambda: stolen_share((root / "proc/stat").read_text())),
        quota=_quota(root, known["cpu_quota"]),
        container=known["container"],
        interpreters=tuple(map(str, _or_none(interpreters.found) or ())),
        git=shutil.which("git"),
        revision=revision(Path.cwd()),
    )


def stolen_share(stat: str) -> float | None:
    """The part of all CPU time that a hypervisor kept, from the text of /proc/stat."""
    words = stat.split("\n", 1)[0].split()
    if words[:1] != ["cpu"] or len(words) < 9:
        return None
    ticks = list(map(int, words[1:9]))  # user nice system idle iowait irq softirq steal
    return ticks[7] / sum(ticks) if sum(ticks) else None


def _or_none(ask: Callable[[], T]) -> T | None:
    try:
        return ask()
    except (OSError, ValueError, AttributeError, IndexError):
        return None


def _text(path: Path) -> str | None:
    return _or_none(lambda: path.read_text().strip()) or None


def _loopback(family: socket.AddressFamily, host: str) -> Trouble:
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


def _writable(base: str) -> Trouble:
    try:
        with tempfile.TemporaryDirectory(prefix="sockharness-", dir=base) as folder:
            Path(folder, "x").write_bytes(b"x")
    except OSError as problem:
        return problem.strerror or str(problem)
    return ""


def _takes_sockets(base: str) -> Trouble:
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


def _driver(base: str) -> tuple[Trouble, Trouble | None]:
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


def _batch() -> Trouble | None:
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


def _idle_hold() -> Trouble | None:
    if not os.path.exists(_DMA_LATENCY):
        return f"there is no {_DMA_LATENCY}" if sys.platform.startswith("linux") else None
    return "" if os.access(_DMA_LATENCY, os.W_OK) else f"{_DMA_LATENCY} needs root"


def _nofile() -> tuple[int | None, int | None]:
    soft, hard = (
        None if limit == resource.RLIM_INFINITY else limit
        for limit in resource.getrlimit(resource.RLIMIT_NOFILE)
    )
    return soft, hard


def _sysctls(root: Path) -> dict[str, tuple[int, ...]]:
    found = {}
    for setting in SETTINGS:
        text = _text(root / "proc/sys" / setting.name.replace(".", "/"))
        if text:
            found[setting.name] = tuple(map(int, text.split()))
    return found


def _clock_cost() -> float:
    """Nanoseconds of one reading: the best of several rounds, for disturbance only adds."""
    read = time.monotonic_ns

    def round_() -> float:
        begun = read()
        for _ in range(READINGS):
            read()
        return (read() - begun) / READINGS

    return min(round_() for _ in range(5))


def _turbo(root: Path) -> bool | None:
    for name, on in _TURBO.items():
        text = _text(root / name)
        if text is not None:
            return text == on
    return None


def _quota(root: Path, v2: float | None) -> float | None:
    """The bound of the control group, in the second version's file or in the first's two."""
    if v2 is not None:
        return v2
    quota, period = (_text(root / f"sys/fs/cgroup/cpu/cpu.cfs_{n}_us") for n in ("quota", "period"))
    if quota is None or period is None or int(quota) < 0:
        return None
    return int(quota) / int(period)
