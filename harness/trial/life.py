"""Looks at a program that runs: where it listens, and many clients at once."""

from __future__ import annotations

import contextlib
import os
import select
import socket
import time
from collections.abc import Sequence

from harness.trial import talk, visiting, watching
from harness.trial.look import Varies, Wrong, look
from harness.trial.site import Site
from harness.trial.target import text_of
from harness.trial.visiting import knock, served_once

AT_ONCE = 100
# Times SERVED_WITHIN. A queue of five takes six of a hundred in, and some more whenever TCP tries
# again: a busy machine needs twenty seconds.
BURST_SERVED_BY = 5
IDLE = 10
# Linux acknowledges the first 16 segments of a connection at once, whatever comes later.
WARM_UP, TRIPS = 16, 25
DELAYED = 0.035  # seconds
STEP = (0.038, 0.050)  # the shortest delay of an acknowledgement is 40 ms, and a tick of the clock
IDLE_FOR = 3.0  # seconds: the contract's limit


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
        site.diary.saw("listens", ", ".join(others))
        raise Wrong(f"to listen at {asked} and nowhere else", f"it listens at {', '.join(others)}")


@look(
    "life.hundred-at-once",
    "life.5",
    claim="A hundred clients that connect in one moment are all served.",
    kinds=("stream",),
    own=False,
)
def hundred_at_once(site: Site) -> None:
    begun = time.monotonic()
    put_off = 0
    with contextlib.ExitStack() as stack:
        # All begin to connect before any is looked at.
        conns = [stack.enter_context(_knocking(site, at)) for at in range(1, AT_ONCE + 1)]
        for number, conn in enumerate(conns, 1):
            try:
                _connected(site, conn, begun + BURST_SERVED_BY * visiting.SERVED_WITHIN)
                put_off += watching.tried_again(conn) > 0
                talk.exchange(conn, site.target.service, b"%d is my number" % number)
            except talk.NotServed as problem:
                said = f"client {number}: {problem}"
                raise Wrong(f"all {AT_ONCE} clients served", said) from None
            # One that serves one after another is judged for that elsewhere.
            if site.target.one_by_one:
                conn.close()
    if put_off:
        took = time.monotonic() - begun
        said = f"{put_off} of them when TCP had tried again, the last after {took:.1f} s"
        raise Varies(f"all {AT_ONCE} clients connected at once", said)


def _knocking(site: Site, number: int) -> socket.socket:
    """A client that has begun to connect. A unix one waits until it is: nobody tries again."""
    if site.target.unix:
        try:
            return site.knock(visiting.SERVED_WITHIN)
        except OSError as problem:
            said = f"client {number}: {problem}"
            raise Wrong(f"all {AT_ONCE} clients connected", said) from None
    conn = site.knocker()
    conn.setblocking(False)
    conn.connect_ex(site.name)
    return conn


def _connected(site: Site, conn: socket.socket, until: float) -> None:
    """Wait for its end. A SYN that finds the accept queue full is dropped, and Linux sends it again
    after 1 s, 2 s, 3 s …: correct on the wire, and slow."""
    left = max(0.1, until - time.monotonic())
    if not site.target.unix and not select.select([], [conn], [], left)[1]:
        raise talk.NotServed("not connected yet")
    error = conn.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
    if error:
        raise talk.NotServed(f"connecting: {os.strerror(error)}")
    conn.settimeout(max(2 * visiting.SERVED_WITHIN, left))


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
            stack.enter_context(knock(site, f"idle client {number + 1}"))
        try:
            served_once(site)
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
    with knock(site) as conn:
        time.sleep(IDLE_FOR)
        try:
            talk.exchange(conn, site.target.service, b"still there?")
        except talk.NotServed as problem:
            expected = f"to be served after {IDLE_FOR:g} s of silence"
            raise Wrong(expected, str(problem)) from None


@look(
    "echo.answers-without-a-timer",
    "echo.12",
    claim="A request that is sent in two writes is answered at once, not in steps of 40 ms.",
    kinds=("stream",),
    own=False,
)
def answers_without_a_timer(site: Site) -> None:
    with knock(site) as conn:
        if not site.target.unix:
            conn.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for _ in range(WARM_UP):
            _trip_of_two_writes(conn)
        delayed = by_a_timer([_trip_of_two_writes(conn) for _ in range(TRIPS)])
    if delayed:
        raise Varies("answers at once", delayed)


def by_a_timer(trips: Sequence[float]) -> str:
    """What round trips (in seconds) say of a timer; nothing of a machine that is just busy.

    A busy machine delays many, even most, some more and some less. A timer of the program delays
    them all; Nagle's algorithm against delayed acknowledgements delays some, each by one step."""
    late = [trip for trip in trips if trip > DELAYED]
    told = f"{len(late)} of {len(trips)} take {min(late, default=0) * 1000:.0f} ms or more"
    if len(late) >= len(trips) * 0.8:
        return told
    steps = len(late) >= len(trips) * 0.2 and all(STEP[0] < trip < STEP[1] for trip in late)
    return f"{told}, all the same step" if steps else ""


def _trip_of_two_writes(conn: socket.socket) -> float:
    begun = time.monotonic()
    try:
        conn.sendall(b"a")
        conn.sendall(b"b")
        got = talk.receive(conn, 2)
    except OSError as problem:
        raise Wrong("two bytes to come back", str(problem)) from None
    if got != b"ab":
        raise Wrong("two bytes to come back", f"{got!r}", b"ab", got)
    return time.monotonic() - begun


@look(
    "echo.others-hear-nothing",
    "echo.7",
    claim="What one client sends does not come to another.",
    kinds=("stream",),
    own=False,
)
def others_hear_nothing(site: Site) -> None:
    if site.target.one_by_one:
        return
    with knock(site) as other, knock(site) as conn:
        for one, token in ((other, b"first"), (conn, b"for me alone")):
            try:
                talk.exchange(one, site.target.service, token)
            except talk.NotServed as problem:
                raise Wrong("both clients served", str(problem)) from None
        if select.select([other], [], [], 0.1)[0]:
            came = other.recv(100)
            raise Wrong("nothing for the other client", f"{came!r}", b"", came)
