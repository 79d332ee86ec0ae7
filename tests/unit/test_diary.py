"""The diary of a look, and the timeline that a record makes of it."""

from __future__ import annotations

import socket

import pytest

from harness.trial import records
from harness.trial.diary import FIRST, LAST, Diary, Watched
from harness.trial.look import Varies, Wrong


def texts(diary: Diary) -> list[str]:
    """What was noted, with whom."""
    return [f"{one.handle} {one.text}" for one in diary.entries()]


@pytest.fixture
def diary() -> Diary:
    """An empty one."""
    return Diary()


def test_sockets_write_down_what_they_do(diary: Diary) -> None:
    """Calls, what came of them, errors too; a close by a reset is told from another."""
    ours, theirs = socket.socketpair()
    with theirs, Watched.taken(diary, ours) as conn:
        conn.sendall(b"hello")
        theirs.sendall(b"x" * 30)
        assert conn.recv(100) == b"x" * 30
        conn.shutdown(socket.SHUT_WR)
        assert theirs.recv(100) == b"hello"
        theirs.close()
        assert conn.recv(100) == b""
        with pytest.raises(OSError):
            conn.send(b"?")
    assert texts(diary) == [
        "conn sendall 5 bytes b'hello'",
        f"conn recv 100 -> 30 bytes {b'x' * 24!r}…",
        "conn shutdown write",
        "conn recv 100 -> eof",
        "conn send 1 bytes b'?' -> Broken pipe",
        "conn close",
    ]


def test_what_is_tidied_up_after_a_finding_is_no_part_of_it(diary: Diary) -> None:
    """The last line of the story is where it went wrong."""
    ours, theirs = socket.socketpair()
    conn = Watched.taken(diary, ours)

    def look() -> None:
        with theirs, conn:
            conn.sendall(b"a")
            raise Wrong("more", "nothing")

    with pytest.raises(Wrong):
        look()
    assert texts(diary) == ["conn sendall 1 bytes b'a'"]
    assert conn.fileno() == -1


def test_the_first_and_the_last_of_many_calls_are_kept(diary: Diary) -> None:
    """Five hundred connections make a timeline that can be read, and it says what is missing."""
    for number in range(500):
        diary.saw("holds", number)
    told = texts(diary)
    assert len(told) == FIRST + 1 + LAST
    assert told[FIRST] == f"… {500 - FIRST - LAST} more calls like these"
    assert told[-1] == "program holds -> 499"
    diary.clear()
    assert diary.entries() == []


def test_names_count_by_kind(diary: Diary) -> None:
    """The first has no number."""
    assert [diary.name("client"), diary.name("conn"), diary.name("client")] == [
        "client",
        "conn",
        "client2",
    ]


def test_a_record_has_timeline_and_bytes(diary: Diary) -> None:
    """Times count in milliseconds from the first call; the last call is the one on trial."""
    diary.saw("starts", "ok")
    diary.note("client", "client", "recv", "recv 5 -> 3 bytes")
    blank = records.blank("life.x[tcp4]", ("life.1",), "So.", "tcp4", {}, {})
    found = records.found(blank, Wrong("a", "b", b"x" * 65, b"y"), "", done=diary.entries())
    assert found.failure is not None
    first, last = found.failure.timeline
    assert (first.start_ms, first.side, first.failed) == (0.0, "server", False)
    assert (last.text, last.failed) == ("recv 5 -> 3 bytes", True)
    wanted, came = found.failure.expected_data, found.failure.actual_data
    assert wanted is not None
    assert came is not None
    assert (wanted.size, len(wanted.head), wanted.sha256 is not None) == (65, 128, True)
    assert (came.size, came.head, came.sha256) == (1, "79", None)


def test_a_variation_says_why() -> None:
    """A report shows it in one line."""
    blank = records.blank("life.x[tcp4]", ("life.1",), "So.", "tcp4", {}, {})
    assert records.found(blank, Varies("a", "too late"), "").why == "too late"
