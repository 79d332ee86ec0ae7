"""Drivers kept warm between cases.

A driver costs tens of milliseconds to start, a `reset` a tenth of one. So a driver that did its
case well is reset and lent out again; one that is dead, stuck or dirty is replaced. The reset is
asked for when the driver comes back and its reply is looked at when it goes out again, so that
nobody waits for it. What a driver is told in between is not known here. Each has a directory of
its own (`scratch.py`), which goes with it: in the end all are removed, also after Ctrl-C.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from harness.engine.any_driver import AnyDriver
from harness.engine.faults import DriverError, NotADriver, OutOfDescriptors
from harness.engine.process import Driver
from harness.engine.scratch import Directories
from harness.language.model import Actor

Start = Callable[[Sequence[str], Path, str], AnyDriver]
Command = tuple[str, ...]

# Seconds. Starting is slow where many interpreters start at once on a small machine.
GREETS_WITHIN = 30.0
RESETS_WITHIN = 2.0


@dataclass
class Loan:
    """The drivers of one case, and whether they may be used again: whoever has them says so."""

    drivers: dict[Actor, AnyDriver] = field(default_factory=dict)
    clean: bool = False


@dataclass(eq=False)
class _Kept:
    """One driver and what it was started for; `reset` is the number of an unread reset."""

    driver: AnyDriver
    command: Command
    role: str
    scratch: Path
    reset: int | None = None


class Pool:
    """Lends drivers out. `keep` drivers at most wait warm for their next case; `start` makes one,
    and is another function only in tests. A context manager; `close` ends everything."""

    def __init__(self, start: Start = Driver.start, keep: int = 8) -> None:
        self._start = start
        self._keep = keep
        self._out: dict[AnyDriver, _Kept] = {}
        self._idle: list[_Kept] = []
        self._refused: dict[Command, NotADriver] = {}
        self._directories = Directories()
        self._owner = os.getpid()
        atexit.register(self.close)

    def __enter__(self) -> Pool:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def acquire(self, command: Sequence[str], role: str) -> AnyDriver:
        """Lend a driver that has greeted and holds no socket.

        Drivers are kept apart by role, so that a case finds the same two again. Raise NotADriver
        (again at once, for a command that failed before) or OutOfDescriptors."""
        wanted = (tuple(command), role)
        for kept in [one for one in self._idle if (one.command, one.role) == wanted]:
            self._idle.remove(kept)
            if self._is_clean(kept):
                return self._lend(kept)
            self._end(kept)
        return self._lend(self._greeted(self._started(*wanted)))

    def release(self, driver: AnyDriver, dirty: bool) -> None:
        """Take a driver back. `dirty` says that its case went wrong: it is killed."""
        kept = self._out.pop(driver)
        if dirty or not self._begin_reset(kept):
            self._end(kept)
            return
        self._idle.append(kept)
        while len(self._idle) > self._keep:
            self._dismiss(self._idle.pop(0))

    @contextmanager
    def lent(self, commands: Mapping[Actor, Sequence[str]]) -> Iterator[Loan]:
        """Lend a driver for each actor while a block runs; whatever ends it early, and unless it
        says that they are clean, they are not used again. Raise what `acquire` raises."""
        loan = Loan()
        try:
            for actor, command in commands.items():
                loan.drivers[actor] = self.acquire(command, actor)
            yield loan
        finally:
            for driver in loan.drivers.values():
                self.release(driver, dirty=not loan.clean)

    def prepare(self, pairs: Iterable[tuple[Sequence[str], str]]) -> None:
        """Start a driver for each command and role, all at once. What is wrong with one is raised
        when it is acquired."""
        begun = []
        for command, role in pairs:
            with contextlib.suppress(NotADriver, OutOfDescriptors):
                begun.append(self._started(tuple(command), role))
        for kept in begun:
            with contextlib.suppress(NotADriver):
                self._idle.append(self._greeted(kept))

    def close(self) -> None:
        """End every driver and remove every directory. May be called twice."""
        atexit.unregister(self.close)
        if os.getpid() != self._owner:
            return
        for kept in self._idle:
            kept.driver.hang_up()
        while self._out:
            self._end(self._out.popitem()[1])
        while self._idle:
            self._dismiss(self._idle.pop())
        self._directories.remove()

    def _lend(self, kept: _Kept) -> AnyDriver:
        self._out[kept.driver] = kept
        return kept.driver

    def _started(self, command: Command, role: str) -> _Kept:
        if command in self._refused:
            raise self._refused[command]
        scratch = self._directories.new()
        try:
            return _Kept(self._start(command, scratch, role), command, role, scratch)
        except NotADriver as problem:
            self._refused[command] = problem
            raise
        except OutOfDescriptors:
            if not self._idle:
                raise
        # Those who wait warm hold descriptors that are needed more here.
        while self._idle:
            self._dismiss(self._idle.pop())
        return _Kept(self._start(command, scratch, role), command, role, scratch)

    def _greeted(self, kept: _Kept) -> _Kept:
        try:
            kept.driver.greet(kept.driver.clock() + GREETS_WITHIN)
            kept.driver.compare_clocks(GREETS_WITHIN)
        except DriverError as problem:
            self._refused[kept.command] = refused = _no_driver(problem)
            self._end(kept)
            raise refused from None
        return kept

    @staticmethod
    def _begin_reset(kept: _Kept) -> bool:
        """Ask for a reset; False when the driver is past that."""
        if not kept.driver.alive:
            return False
        kept.driver.forget()
        try:
            kept.reset = kept.driver.send("reset", None, {})
        except DriverError:
            return False
        return True

    @staticmethod
    def _is_clean(kept: _Kept) -> bool:
        """Whether the reset left nothing behind, no request that is stuck in a system call."""
        driver = kept.driver
        try:
            if kept.reset is not None:
                reply = driver.wait(kept.reset, driver.clock() + RESETS_WITHIN)
                if reply is None or reply.kind != "ok" or reply.values.get("stuck"):
                    return False
            if driver.clock_error:
                # Another machine's clock drifts: it is compared again for each case.
                driver.compare_clocks(RESETS_WITHIN)
        except DriverError:
            return False
        kept.reset = None
        return driver.alive

    @staticmethod
    def _dismiss(kept: _Kept) -> None:
        """Let a good driver end by itself."""
        kept.driver.close()
        shutil.rmtree(kept.scratch, ignore_errors=True)

    @staticmethod
    def _end(kept: _Kept) -> None:
        kept.driver.kill()
        shutil.rmtree(kept.scratch, ignore_errors=True)


def _no_driver(problem: DriverError) -> NotADriver:
    """One that greets, but cannot even do a `reset`, is none either."""
    if isinstance(problem, NotADriver):
        return problem
    return NotADriver(problem.driver, problem.phase, problem.sentence, problem.stderr)
