"""Fresh drivers for the variants of a launch: two processes for each pair, all started together."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import NamedTuple

from harness.engine.any_driver import AnyDriver
from harness.engine.pool import Pool
from harness.measuring.lanes import Pair
from harness.measuring.launches import OpenPair


class Commands(NamedTuple):
    """What starts the two drivers of a pair."""

    server: Sequence[str]
    client: Sequence[str]


Greeted = Callable[[str, AnyDriver, AnyDriver], None]


def fresh(
    commands: Mapping[str, Commands],
    greeted: Greeted = lambda *_: None,
    make_pool: Callable[[], Pool] = Pool,
) -> OpenPair:
    """Return what opens the pair of a name: new processes, which end when it is left.

    `greeted` hears of the server and the client of each pair that was opened.
    """

    @contextmanager
    def open_pair(name: str) -> Iterator[Pair]:
        pair = commands[name]
        with make_pool() as pool:
            pool.prepare([(pair.server, "server"), (pair.client, "client")])
            server = pool.acquire(pair.server, "server")
            client = pool.acquire(pair.client, "client")
            greeted(name, server, client)
            yield Pair(server, client)

    return open_pair
