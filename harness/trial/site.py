"""The place where a program is on trial: its address, its process, and when it is ready.

Starts it when it is needed and ends it when it is not; knows nothing of what is then checked. An
address is chosen anew for each trial: a port by binding port 0 and letting go, a path in a short
directory of the trial's own.
"""

from __future__ import annotations

import itertools
import shutil
import socket
import struct
import tempfile
import time
from pathlib import Path

from harness.engine.scratch import short_base
from harness.trial import watching
from harness.trial.diary import Diary, Watched
from harness.trial.process import NotStarted, Program
from harness.trial.target import Address, Target, text_of

READY_WITHIN = 15.0  # seconds; a virtual machine or a JIT takes its time on a busy machine
_LOOKS = 0.01
# After this long without a listener in its own processes it may be one that has somebody else
# listen, a container say: then it is ready when a connection is made.
_KNOCKS_AFTER = 1.5
FAMILIES = {"4": socket.AF_INET, "6": socket.AF_INET6}


class NotReady(Exception):
    """The program does not listen where it was told; the text is one sentence."""


class Site:
    """One target with its address. A context manager; `close` leaves nothing behind."""

    def __init__(self, target: Target, ready_within: float = READY_WITHIN) -> None:
        self.target = target
        self.ready_within = ready_within
        self._folder = Path(tempfile.mkdtemp(prefix="sockharness-", dir=short_base()))
        self.address: Address = target.address or self._free_address()
        self._names = itertools.count()  # of our own sockets at paths
        self.program: Program | None = None
        self._met = False
        self.diary = Diary()
        self.last_output = ""

    def __enter__(self) -> Site:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def ours(self) -> bool:
        """Whether the program is started here, so that its life can be looked at."""
        return bool(self.target.words)

    def up(self, again: bool = False) -> None:
        """See that it runs and is ready. Raise NotReady.

        One that has to be started gets a new port, for the old one may be held by what the last
        one has left; `again` is for those who want to see just that."""
        if not self.ours:
            self._must_answer()
        elif self.program is None or self.program.status is not None:
            self.down()
            if not again and not self.target.unix:
                self.address = self._free_address()
            self.program = self.another()
            begun = time.monotonic()
            try:
                self.wait_ready(self.program)
            except NotReady:
                self.down()
                raise
            where = text_of(self.address)
            self.diary.note("server", "program", "start", f"start -> listens at {where}", begun)

    def _must_answer(self) -> None:
        """One that runs already takes a connection, the first time. Raise NotReady."""
        if self.target.kind == "stream" and not self._met:
            try:
                self.knock().close()
            except OSError as problem:
                said = f"nobody takes a connection at {text_of(self.address)}: {problem.strerror}"
                raise NotReady(said) from None
            self._met = True

    def another(self) -> Program:
        """Start it, once more maybe, on the same address; it is not waited for."""
        try:
            return Program.start(self.target.argv(self.address))
        except NotStarted as problem:
            raise NotReady(str(problem)) from None

    def wait_ready(self, program: Program) -> None:
        """Wait until it listens. Raise NotReady when it ends or takes too long."""
        begun = time.monotonic()
        while True:
            waited = time.monotonic() - begun
            if any(watching.is_at(row, self.address) for row in watching.listeners(program.pids())):
                return
            self._must_run(program)
            if waited > _KNOCKS_AFTER and self._answers():
                return
            if waited > self.ready_within:
                said = f"it does not listen at {text_of(self.address)} after {waited:.0f} s"
                raise NotReady(said + _where(program))
            time.sleep(_LOOKS)

    def _must_run(self, program: Program) -> None:
        status = program.status
        if program.failed:
            raise NotReady(program.failed)
        # One that goes into the background leaves processes behind.
        if status is not None and not program.pids():
            program.close()  # so that its last words have come
            words = program.output().strip().splitlines()[-1:]
            said = f"it ended with {ending(status)} before it listened"
            raise NotReady(f"{said}: {words[0]}" if words else said)

    def _answers(self) -> bool:
        if self.target.kind != "stream":
            return False
        try:
            self.knock().close()
        except OSError:
            return False
        return True

    def knock(self, patience: float = 5.0) -> socket.socket:
        """Make a socket that is connected to the program. Raise OSError."""
        made = self.knocker()
        try:
            if self.target.unix and self.target.kind == "dgram":
                made.bind(str(self._folder / f"c{next(self._names)}"))
            self._connect(made, patience)
        except OSError:
            made.close()
            raise
        return made

    def _connect(self, made: socket.socket, patience: float) -> None:
        """Connect. At a unix path only a socket that may block waits for a place in the queue."""
        if self.target.unix:
            seconds, rest = divmod(patience, 1)
            bound = struct.pack("ll", int(seconds), int(rest * 1e6))
            made.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, bound)
        else:
            made.settimeout(patience)
        made.connect(self.name)
        made.settimeout(patience)

    def knocker(self) -> socket.socket:
        """Make a socket of the program's transport, with no name yet; it keeps the diary."""
        return Watched(self.diary, *self._sort())

    def plain(self) -> socket.socket:
        """The same without the diary."""
        return socket.socket(*self._sort())

    def _sort(self) -> tuple[int, int]:
        kind = socket.SOCK_STREAM if self.target.kind == "stream" else socket.SOCK_DGRAM
        unix = self.target.unix
        return socket.AF_UNIX if unix else FAMILIES[self.target.transport[-1]], kind

    @property
    def name(self) -> str | tuple[str, int]:
        """The address as Python's sockets take it."""
        if self.target.unix:
            return str(self.address["path"])
        return str(self.address["host"]), int(self.address["port"])

    def pids(self) -> list[int]:
        """The processes of the program; none when it was running already."""
        return self.program.pids() if self.program is not None else []

    def output(self) -> str:
        """The end of what the program printed."""
        return self.program.output() if self.program is not None else self.last_output

    def died(self) -> str | None:
        """How it ended, when it ended by itself."""
        if self.program is None or self.program.status is None or self.program.pids():
            return None
        return ending(self.program.status)

    def down(self) -> None:
        """End the program, whatever it does."""
        if self.program is not None:
            self.program.close()
            self.last_output = self.program.output()
            self.program = None
            if self.target.unix:
                Path(self.address["path"]).unlink(missing_ok=True)

    def close(self) -> None:
        """End the program and remove the directory."""
        self.down()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _free_address(self) -> Address:
        if self.target.unix:
            return {"path": str(self._folder / "s")}
        host = "::1" if self.target.transport.endswith("6") else "127.0.0.1"
        with self.plain() as probe:
            probe.bind((host, 0))
            return {"host": host, "port": probe.getsockname()[1]}


def ending(status: int) -> str:
    """An exit status in words."""
    return f"signal {-status}" if status < 0 else f"status {status}"


def _where(program: Program) -> str:
    rows = watching.listeners(program.pids())
    places = sorted({row.get("path") or text_of(row) for row in rows})
    return f"; it listens at {', '.join(places)}" if places else ""
