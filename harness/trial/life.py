"""Looks at a program that runs: where it listens, many clients, what it holds and uses.

The bounds are wide: what they are to find grows with every connection or spins, and is far beyond
them after five hundred. Their reasons stand beside them.
"""

from __future__ import annotations

import contextlib
import errno
import os
import socket
import struct
import time
from collections.abc import Iterator
from contextlib import contextmanager

from harness.trial import talk, watching
from harness.trial.look import Varies, Wrong, look
from harness.trial.site import Site
from harness.trial.target import text_of
from harness.trial.watching import Usage

AT_ONCE = 100
IDLE = 10
IDLE_FOR = 3.0  # seconds: the contract's limit
SERVED_WITHIN = 5.0  # seconds; a busy machine is no fault of the program

# A round of connections. Memory counts as lost when two rounds one after the other each added so
# much; each connection carries BULK bytes, so one that keeps what it was sent adds twice that.
ROUND = 250
BULK = 100_000
MEMORY_A_ROUND = 12 << 20
# A pool of threads may grow to some multiple of the processors and stay; a leak adds one for each
# connection, or for each of the four ways in which a client leaves.
KEPT_AT_MOST = 45
GIVES_BACK_WITHIN = 3.0
_LINGER_NONE = struct.pack("ii", 1, 0)  # close() then sends RST

SPIN_LOOKS = 0.4  # seconds to watch a program that should be idle
SPINNING = 0.5  # of a processor; on a machine that is busy a spinning program gets less, not more


@look(
    "life.listens-where-told",
    "life.1",
    claim="The program listens on the address that it was given, and on no other.",
)
def listens_where_told(site: Site) -> None:
    rows = watching.listeners(site.pids())
    others = watching.elsewhere(rows, site.target, site.address)
    if others:
        asked = text_of(site.address)
        raise Wrong(f"to listen at {asked} and nowhere else", f"it listens at {', '.join(others)}")


@look(
    "life.hundred-at-once",
    "life.5",
    claim="A hundred clients that connect in one moment are all served.",
    kinds=("stream",),
    own=False,
)
def hundred_at_once(site: Site) -> None:
    with contextlib.ExitStack() as stack:
        # All begin to connect before any is looked at.
        conns = [stack.enter_context(_knocking(site)) for _ in range(AT_ONCE)]
        for number, conn in enumerate(conns, 1):
            try:
                _connected(site, conn)
                talk.exchange(conn, site.target.service, b"%d is my number" % number)
            except talk.NotServed as problem:
                raise Wrong(
                    f"all {AT_ONCE} clients served", f"client {number}: {problem}"
                ) from None
            # One that serves one after another is judged for that elsewhere.
            if site.target.one_by_one:
                conn.close()


@look(
    "life.idle-clients-hold-up-nobody",
    "life.6",
    claim="Ten clients that connect and say nothing do not keep the next from being served.",
    kinds=("stream",),
    own=False,
)
def idle_clients_hold_up_nobody(site: Site) -> None:
    with contextlib.ExitStack() as stack:
        for number in range(IDLE):
            stack.enter_context(_knock(site, f"idle client {number + 1}"))
        try:
            _served_once(site)
        except Wrong as problem:
            found = Varies if site.target.one_by_one else Wrong
            raise found(f"a client served beside {IDLE} idle ones", problem.actual) from None


@look(
    "life.idle-connection-lives",
    "life.8",
    claim="A connection that is idle for three seconds is not closed, and is served then.",
    kinds=("stream",),
    own=False,
)
def idle_connection_lives(site: Site) -> None:
    # Who speaks first and ends has no idle connections.
    if site.target.service not in ("echo", "discard"):
        return
    with _knock(site) as conn:
        time.sleep(IDLE_FOR)
        try:
            talk.exchange(conn, site.target.service, b"still there?")
        except talk.NotServed as problem:
            expected = f"to be served after {IDLE_FOR:g} s of silence"
            raise Wrong(expected, str(problem)) from None


@look(
    "life.gives-back-descriptors",
    "life.9",
    claim="After five hundred connections the program holds no more descriptors than before.",
)
def gives_back_descriptors(site: Site) -> None:
    before, after = _many(site, lambda one: one.descriptors)
    if after - before > KEPT_AT_MOST:
        raise Wrong(
            f"about the {before} descriptors that it held before {2 * ROUND} connections",
            f"{after} descriptors {GIVES_BACK_WITHIN:g} s after the last has ended",
        )


@look(
    "life.gives-back-threads",
    "life.11",
    claim="After five hundred connections the program has no more threads than before.",
)
def gives_back_threads(site: Site) -> None:
    before, after = _many(site, lambda one: one.threads)
    if after - before > KEPT_AT_MOST:
        raise Wrong(
            f"about the {before} threads that it had before {2 * ROUND} connections",
            f"{after} threads {GIVES_BACK_WITHIN:g} s after the last has ended",
        )


@look(
    "life.gives-back-memory",
    "life.10",
    "life.13",
    claim="The memory of the program does not grow with every connection.",
)
def gives_back_memory(site: Site) -> None:
    _round(site, ROUND // 5, BULK)
    sizes = [watching.usage(site.pids()).memory]
    # The first rounds may fill caches and pools; only what goes on growing is lost.
    for _ in range(3):
        _round(site, ROUND, BULK)
        sizes.append(watching.usage(site.pids()).memory)
        if len(sizes) > 2 and sizes[-1] - sizes[-2] < MEMORY_A_ROUND:
            return
    shown = ", ".join(f"{size / (1 << 20):.0f}" for size in sizes)
    raise Wrong("memory that stays within bounds", f"after each {ROUND} connections: {shown} MiB")


@look(
    "life.takes-no-time-when-idle",
    "life.12",
    claim="While its clients say nothing the program takes no processor time.",
)
def takes_no_time_when_idle(site: Site) -> None:
    with _knock(site), _knock(site) as half:
        if site.target.kind == "stream":
            half.shutdown(socket.SHUT_WR)
        if site.target.service == "chargen":
            return  # it talks without end: it is never idle
        spent = min(_spent(site) for _ in range(2))
    if spent > SPINNING:
        raise Varies("no processor time while nothing happens", f"{spent:.0%} of a processor")


@look(
    "echo.answers-without-a-timer",
    "echo.12",
    claim="A request that is sent in two writes is answered at once, not in steps of 40 ms.",
    kinds=("stream",),
    own=False,
)
def answers_without_a_timer(site: Site) -> None:
    if site.target.service != "echo":
        return
    with _knock(site) as conn:
        if not site.target.unix:
            conn.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        trips = sorted(_trip_of_two_writes(conn) for _ in range(25))
    # Busy machines delay some; a timer delays most.
    if trips[len(trips) // 2] > 0.035:
        raise Varies("answers at once", f"half of them take {trips[12] * 1000:.0f} ms or more")


def _trip_of_two_writes(conn: socket.socket) -> float:
    begun = time.monotonic()
    try:
        conn.sendall(b"a")
        conn.sendall(b"b")
        got = talk.receive(conn, 2)
    except OSError as problem:
        raise Wrong("two bytes to come back", str(problem)) from None
    if got != b"ab":
        raise Wrong("two bytes to come back", f"{got!r}")
    return time.monotonic() - begun


def _knocking(site: Site) -> socket.socket:
    """A client that has begun to connect. A unix one is connected: it would not be put off."""
    if site.target.unix:
        return site.knock(SERVED_WITHIN)
    conn = site.knocker()
    conn.setblocking(False)
    conn.connect_ex(site.name)
    return conn


def _connected(site: Site, conn: socket.socket) -> None:
    """Wait for its end; TCP itself tries one that was not taken in again, after 1 s and 3 s."""
    conn.settimeout(2 * SERVED_WITHIN)
    error = 0 if site.target.unix else conn.connect_ex(site.name)
    if error not in (0, errno.EISCONN):
        raise talk.NotServed(f"connecting: {os.strerror(error)}")


# --- how it is done -------------------------------------------------------------------------------


@contextmanager
def _knock(site: Site, who: str = "the client") -> Iterator[socket.socket]:
    try:
        conn = site.knock(SERVED_WITHIN)
    except OSError as problem:
        raise Wrong(f"{who} to be connected", f"{type(problem).__name__}: {problem}") from None
    with conn:
        yield conn


def _served_once(site: Site, token: bytes = b"ok") -> None:
    with _knock(site) as conn:
        try:
            talk.exchange(conn, site.target.service, token)
        except talk.NotServed as problem:
            raise Wrong("to be served", str(problem)) from None


def _many(site: Site, what: object) -> tuple[int, int]:
    """A figure before and after two rounds; after, it is given time to fall."""
    assert callable(what)
    _round(site, ROUND // 5)
    before = _settled(site, what, 0)
    _round(site, ROUND)
    _round(site, ROUND)
    return before, _settled(site, what, before + KEPT_AT_MOST // 2)


def _settled(site: Site, what: object, enough: int) -> int:
    """The figure once it is low enough, or stands still."""
    assert callable(what)
    deadline = time.monotonic() + (GIVES_BACK_WITHIN if enough else 0.3)
    while True:
        figure: int = what(watching.usage(site.pids()))
        if figure <= enough or time.monotonic() > deadline:
            return figure
        time.sleep(0.05)


def _round(site: Site, count: int, size: int = 10) -> None:
    """So many connections, one after another, that end in four ways."""
    for number in range(count):
        with _knock(site, f"connection {number + 1} of {count}") as conn:
            if number % 4 == 3 and site.target.kind == "stream":
                continue  # without a word
            try:
                talk.exchange(conn, site.target.service, b"x" * min(size, _most(site)))
            except talk.NotServed as problem:
                expected = f"connection {number + 1} of {count} to be served"
                raise Wrong(expected, str(problem)) from None
            if site.target.kind == "stream":
                _part(conn, number % 4)


def _most(site: Site) -> int:
    return BULK if site.target.kind == "stream" else 1000


def _part(conn: socket.socket, way: int) -> None:
    """Half-close and wait for the end, reset, or just close."""
    with contextlib.suppress(OSError):
        if way == 1:
            conn.shutdown(socket.SHUT_WR)
            conn.settimeout(0.5)
            conn.recv(1)
        elif way == 2:
            conn.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_NONE)


def _spent(site: Site) -> float:
    """The share of a processor that the program takes."""
    pids = site.pids()
    begun, before = time.monotonic(), _cpu(watching.usage(pids))
    time.sleep(SPIN_LOOKS)
    return (_cpu(watching.usage(pids)) - before) / (time.monotonic() - begun)


def _cpu(used: Usage) -> float:
    return used.cpu
