"""Looks at how a program ends and begins again: SIGTERM, its status, its address, its path.

Each look has the program ended at its end; the next one finds it started anew.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import socket
import stat
import struct
import sys
import time
from pathlib import Path

from harness.trial import talk, visiting, watching
from harness.trial.look import Vacuous, Varies, Wrong, look
from harness.trial.process import Program
from harness.trial.site import NotReady, Site, ending
from harness.trial.target import text_of
from harness.trial.visiting import knock, served_once

STOPS_WITHIN = 2.0  # seconds: the contract's
TAKEN_IN_WITHIN = 2.0  # a program that takes no second client in before the first has left
_GRACE = 0.5  # for the machine, not for the program
# By itself, by the signal, or as a shell tells the signal.
GOOD_ENDINGS = (0, -signal.SIGTERM, 128 + signal.SIGTERM)


@look(
    "life.stops-on-sigterm",
    "life.3",
    claim="On SIGTERM the program ends within 2 s, all of it, and its address is free.",
)
def stops_on_sigterm(site: Site) -> None:
    with _idle_client(site):
        program = _stopped(site)
        left = program.pids()
        if left:
            site.diary.saw("leaves", f"processes {left}")
        if not site.target.unix:
            _must_be_free(site)
    if left:
        _judge_what_is_left(program, left)


def _judge_what_is_left(program: Program, left: list[int]) -> None:
    """Children that were serving the client end with it, and were untidy; others run on."""
    names = f"{len(left)} processes of it" if len(left) > 1 else "a process of it"
    deadline = time.monotonic() + STOPS_WITHIN
    while program.pids():
        if time.monotonic() > deadline:
            raise Wrong("all its processes to end", f"{names} {program.pids()} run on")
        time.sleep(0.01)
    raise Varies("all its processes to end", f"{names} ran on until the client had left")


@look(
    "life.tells-how-it-ended",
    "life.4",
    claim="Ended by SIGTERM, the program ends with status 0 or by the signal itself.",
)
def tells_how_it_ended(site: Site) -> None:
    served_once(site)
    status = _stopped(site).status
    if status not in GOOD_ENDINGS:
        raise Varies("status 0, or the signal itself", ending(status or 0))


@look(
    "life.restarts-at-once",
    "life.2",
    claim="Stopped while clients are connected, the program can be started again at once.",
)
def restarts_at_once(site: Site) -> None:
    with _idle_client(site), _idle_client(site):
        _stopped(site)
        site.down()
        try:
            site.up(again=True)
        except NotReady as problem:
            raise Wrong(f"to listen at {text_of(site.address)} again", str(problem)) from None
    served_once(site)


@look(
    "unix.path-has-the-mode",
    "unix.1",
    claim="The unix path has the permissions that were asked for.",
    where=("unix",),
)
def path_has_the_mode(site: Site) -> None:
    wanted = site.target.path_mode
    mode = stat.S_IMODE(os.stat(_path(site)).st_mode)
    if wanted is not None and mode != wanted:
        raise Wrong(f"mode {wanted:04o}", f"mode {mode:04o}")


@look(
    "unix.stale-path-is-replaced",
    "unix.2",
    claim="A path that a server left behind which is gone does not keep the program from starting.",
    where=("unix",),
)
def stale_path_is_replaced(site: Site) -> None:
    site.down()
    kind = socket.SOCK_STREAM if site.target.kind == "stream" else socket.SOCK_DGRAM
    with socket.socket(socket.AF_UNIX, kind) as gone:
        gone.bind(_path(site))
    try:
        site.up()
        served_once(site)
    except (NotReady, Wrong) as problem:
        raise Wrong("to start and serve at the stale path", str(problem)) from None


@look(
    "unix.path-is-removed",
    "unix.3",
    claim="On SIGTERM the program removes its path.",
    where=("unix",),
)
def path_is_removed(site: Site) -> None:
    _stopped(site)
    if Path(_path(site)).exists():
        raise Wrong("no path left behind", "the path is still there")


@look(
    "unix.live-path-is-not-stolen",
    "unix.4",
    claim="A second one, started at the path of one that is alive, does not take it away.",
    where=("unix",),
    kinds=("stream",),
)
def live_path_is_not_stolen(site: Site) -> None:
    if sys.platform != "linux":
        raise Vacuous("to ask who listens", "only Linux tells a client the process of its server")
    own = set(site.pids())
    second = site.another()
    try:
        second.wait(1.0)
        with knock(site) as conn:
            asked = conn.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
            if struct.unpack("3i", asked)[0] not in own:
                raise Wrong("the first one to listen still", "the second one has taken the path")
        served_once(site)
    finally:
        second.close()


# --- how it is done -------------------------------------------------------------------------------


def _idle_client(site: Site) -> contextlib.AbstractContextManager[object]:
    """A client that is connected and has been taken in, where there are connections."""
    if site.target.kind == "dgram":
        return contextlib.nullcontext()
    conn = site.knock(visiting.SERVED_WITHIN)
    if not site.target.unix:
        _wait_until_taken_in(site, conn)
    if site.target.service in ("echo", "discard") and not site.target.one_by_one:
        with contextlib.suppress(talk.NotServed):
            talk.exchange(conn, site.target.service, b"hello")
    return conn


def _wait_until_taken_in(site: Site, conn: socket.socket) -> None:
    """Wait until the program holds the other end, or has closed it already; some take none in."""
    deadline = time.monotonic() + TAKEN_IN_WITHIN
    while not watching.holds_peer_of(site.pids(), conn) and time.monotonic() < deadline:
        if select.select([conn], [], [], 0.01)[0]:
            return


def _stopped(site: Site) -> Program:
    """Send SIGTERM and see it end."""
    program = site.program
    assert program is not None
    site.diary.note("server", "program", "SIGTERM", "SIGTERM")
    program.signal(signal.SIGTERM)
    deadline = time.monotonic() + STOPS_WITHIN + _GRACE
    status = program.wait(STOPS_WITHIN + _GRACE)
    site.diary.saw("ends", "it runs on" if status is None else ending(status))
    if status is None:
        raise Wrong(f"to end within {STOPS_WITHIN:g} s of SIGTERM", "it runs on")
    while program.pids() and time.monotonic() < deadline:
        time.sleep(0.01)
    return program


def _must_be_free(site: Site) -> None:
    """See that nobody is at the address any more. (Whether one can be again is another look.)"""
    taken = False
    with site.plain() as probe:
        try:
            if site.target.kind == "stream":
                probe.connect(site.name)
                taken = True
            else:
                probe.bind(site.name)
        except OSError:
            taken = site.target.kind == "dgram"
    if taken:
        raise Wrong(f"{text_of(site.address)} to be free", "somebody is there still")


def _path(site: Site) -> str:
    return str(site.address["path"])
