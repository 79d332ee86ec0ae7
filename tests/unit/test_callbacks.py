"""Trips of libraries that call back: pieces, messages, and what nobody has asked for. No loop."""

from __future__ import annotations

from collections.abc import Coroutine, Generator
from typing import Any

import pytest

from harness.drivers.libraries import callbacks, inbox


class Waiter:
    """Something to await: the loop's future, turned by hand."""

    def __await__(self) -> Generator[None]:
        yield


def new_waiter() -> tuple[Waiter, Any]:
    """As libraries give it; whoever is woken goes on when `run` is called again."""
    return Waiter(), lambda: None


class Connection(callbacks.Trips):
    """A connection whose transport notes what is written."""

    def __init__(self) -> None:
        self._inbox = inbox.Stream(new_waiter, lambda held: None)
        self.written: list[bytes] = []
        self.transport = self

    def write(self, data: bytes) -> None:
        self.written.append(data)

    def came(self, *pieces: bytes) -> None:
        for piece in pieces:
            self._inbox.feed(piece)

    def end(self) -> None:
        self._inbox.end()


def run(work: Coroutine[Any, Any, Any]) -> bool:
    """Let it run until it waits; whether it is over."""
    try:
        work.send(None)
    except StopIteration:
        return True
    return False


def heard(conn: Connection, count: int) -> tuple[list[bytes], Coroutine[Any, Any, None]]:
    """Begin to hear so many messages of two bytes."""
    got: list[bytes] = []

    def take(data: bytes) -> bool:
        if not data:
            raise EOFError("the end")
        got.append(data)
        return len(got) == count

    return got, conn.hear(2, take)


def test_messages_are_whole_however_they_come() -> None:
    """In pieces, two at once, and what was here before."""
    conn = Connection()
    conn.came(b"a")
    got, work = heard(conn, 4)
    assert not run(work)
    conn.came(b"bcd", b"ef", b"g", b"h")
    assert run(work)
    assert got == [b"ab", b"cd", b"ef", b"gh"]


def test_what_came_besides_waits_for_who_hears_next() -> None:
    """A message too many and a byte: neither is lost between two turns."""
    conn = Connection()
    got, work = heard(conn, 1)
    assert not run(work)
    conn.came(b"abcde")
    assert run(work)
    conn.came(b"f")
    again, work = heard(conn, 2)
    assert run(work)
    assert (got, again) == ([b"ab"], [b"cd", b"ef"])


def test_the_end_is_told_to_who_hears() -> None:
    """By no bytes, of which it makes what that means."""
    conn = Connection()
    _, work = heard(conn, 2)
    assert not run(work)
    conn.came(b"ab", b"c")
    conn.end()
    with pytest.raises(EOFError):
        run(work)


def test_a_message_that_is_found_wrong_ends_it() -> None:
    """The failure comes out where it is awaited, not in the library's callback."""
    conn = Connection()

    def take(data: bytes) -> bool:
        raise ValueError(data)

    work = conn.hear(2, take)
    assert not run(work)
    conn.came(b"ab", b"cd")
    with pytest.raises(ValueError, match="ab"):
        run(work)


class Ping:
    """Who judges trips: answers that are what was sent."""

    size = 2

    def __init__(self) -> None:
        self.kept: list[bytes] = []

    def judge(self, data: bytes, message: bytes, took: int) -> None:
        assert data == message
        assert took >= 0
        self.kept.append(data)


def test_the_next_message_is_written_when_the_answer_has_come() -> None:
    """In the callback that brought it, and none after the last."""
    conn, ping = Connection(), Ping()
    work = conn.play(ping, [b"ab", b"cd"])
    assert not run(work)
    assert conn.written == [b"ab"]
    conn.came(b"ab")
    assert conn.written == [b"ab", b"cd"]
    conn.came(b"cd", b"ab")
    assert run(work)
    assert conn.written == ping.kept == [b"ab", b"cd"]
