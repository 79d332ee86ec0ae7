"""Looks at what a program holds and uses: descriptors, threads, memory, processor time.

The bounds are wide: what they are to find grows with every connection or spins, and is far beyond
them after five hundred. Their reasons stand beside them.
"""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Callable

from harness.trial import talk, watching
from harness.trial.look import Varies, Wrong, look
from harness.trial.site import Site
from harness.trial.visiting import RESET, knock
from harness.trial.watching import Usage

# A round of connections. Memory counts as lost when two rounds one after the other each added so
# much; each connection carries BULK bytes, so one that keeps what it was sent adds twice that.
ROUND = 250
BULK = 100_000
MEMORY_A_ROUND = 12 << 20
# A pool of threads may grow to some multiple of the processors and stay; a leak adds one for each
# connection, or for each of the four ways in which a client leaves.
KEPT_AT_MOST = 45
GIVES_BACK_WITHIN = 3.0
# Seconds. A right program takes under one for a round, a few on a busy machine.
ROUND_WITHIN = 30.0


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
        site.diary.saw("holds", f"{sizes[-1] >> 20} MiB")
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
    with knock(site), knock(site) as half:
        if site.target.kind == "stream":
            half.shutdown(socket.SHUT_WR)
        if site.target.service == "chargen":
            return  # it talks without end: it is never idle
        spent = min(watching.spinning(site.pids(), time.sleep) for _ in range(2))
    if spent > watching.SPINNING:
        raise Varies("no processor time while nothing happens", f"{spent:.0%} of a processor")


def _many(site: Site, what: Callable[[Usage], int]) -> tuple[int, int]:
    """A figure before and after two rounds; after, it is given time to fall."""
    _round(site, ROUND // 5)
    before = _settled(site, what, 0)
    _round(site, ROUND)
    _round(site, ROUND)
    return before, _settled(site, what, before + KEPT_AT_MOST // 2)


def _settled(site: Site, what: Callable[[Usage], int], enough: int) -> int:
    """The figure once it is low enough, or stands still."""
    deadline = time.monotonic() + (GIVES_BACK_WITHIN if enough else 0.3)
    while True:
        figure = what(watching.usage(site.pids()))
        if figure <= enough or time.monotonic() > deadline:
            site.diary.saw("holds", figure)
            return figure
        time.sleep(0.05)


def _round(site: Site, count: int, size: int = 10) -> None:
    """So many connections, one after another, that end in four ways."""
    until = time.monotonic() + ROUND_WITHIN
    for number in range(count):
        if time.monotonic() > until:
            raise Varies(
                f"{count} connections, one after another, within {ROUND_WITHIN:g} s",
                f"{number} of them: too few to tell what it gives back",
            )
        with knock(site, f"connection {number + 1} of {count}") as conn:
            if number % 4 == 3 and site.target.kind == "stream":
                continue  # without a word
            try:
                token = b"x" * min(size, _most(site))
                talk.exchange(conn, site.target.service, token, silence=0)
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
            conn.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
