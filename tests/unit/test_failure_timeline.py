"""The timeline of a failure: rows, lanes and lines of calls, in every width."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from harness.report.lanes import timeline
from tests.unit.record_samples import call


def test_a_call_alone_is_one_row() -> None:
    """Quick calls, one after the other, are a list."""
    lines = timeline(
        [
            call("server", "server", "listen -> ok", 0.0, 0.1),
            call("client", "client", "send 'x' -> count 1", 0.2, 0.3),
        ],
        80,
    )
    assert lines == [
        "    ms  server         client",
        "  0.00  server listen",
        "  0.20                 client send 'x' → count 1",
    ]


def test_a_call_that_waited_is_drawn_with_begin_and_end() -> None:
    """From a millisecond on, even when nothing else happened."""
    lines = timeline([call("server", "conn", "recv 9 -> eof", 1.0, 2.0)], 80)
    assert lines[1:] == ["  1.00  ┌ conn recv 9", "  2.00  └ conn recv → eof"]


def test_a_call_in_which_another_fell_is_drawn_with_begin_and_end() -> None:
    """Who waited for whom can be seen."""
    lines = timeline(
        [
            call("server", "server", "accept -> ok", 0.1, 0.4),
            call("client", "client", "connect -> ok", 0.2, 0.3),
        ],
        80,
    )
    assert lines[1:] == [
        "  0.10  ┌ server accept",
        "  0.20  │                     client connect",
        "  0.40  └ server accept → ok",
    ]


def test_a_call_that_begins_as_another_ends_stands_below_it() -> None:
    """Clocks are coarse; calls one after the other do not look as if they overlapped."""
    lines = timeline(
        [
            call("server", "a", "recv -> 1", 0.0, 2.0),
            call("server", "a", "send -> 2", 2.0, 4.0),
        ],
        80,
    )
    assert [line[8:] for line in lines[1:]] == [
        "┌ a recv",
        "└ a recv → 1",
        "┌ a send",
        "└ a send → 2",
    ]


def test_lines_go_on_beside_a_text_that_is_folded() -> None:
    """No gap in the line of a call, whichever side has more to say."""
    words = "word " * 12
    lines = timeline(
        [
            call("server", "conn", f"recv {words}-> eof", 0.0, 9.0),
            call("client", "client", f"send {words}-> ok", 1.0, 1.1),
        ],
        80,
    )
    assert [line[8:10] for line in lines[1:]] == ["┌ ", *["│ "] * 5, "└ "]


def test_a_path_in_a_lane_loses_its_middle() -> None:
    """Whose socket it is stays to be seen; the table of sockets has the whole path."""
    path = "/tmp/" + "x" * 60 + "/server-1.sock"
    lines = timeline(
        [
            call("client", "client", f"connect {path} -> name (unnamed)", 0.0, 0.1),
            call("server", "server", f"accept -> name {path}", 1.0, 1.1),
        ],
        80,
    )
    assert [line[45:] for line in lines[1:4]] == [
        "client connect",
        "  /tmp/xxxxxxxxxx…x/server-1.sock",
        "  → name (unnamed)",
    ]


def test_calls_that_are_open_at_once_have_lines_of_their_own() -> None:
    """A line that is free again is used by the next call."""
    lines = timeline(
        [
            call("server", "a", "recv -> 1", 0.1, 5.0),
            call("server", "b", "recv -> 2", 0.2, 3.0),
            call("server", "c", "recv -> 3", 4.0, 6.0),
        ],
        80,
    )
    assert [line[8:] for line in lines[1:]] == [
        "┌ a recv",
        "│ ┌ b recv",
        "│ └ b recv → 2",
        "│ ┌ c recv",
        "└ │ a recv → 1",
        "  └ c recv → 3",
    ]


def test_more_open_calls_than_lines_are_told_in_words() -> None:
    """A hundred clients do not push the text out of the terminal."""
    entries = [call("client", f"client{n}", "connect -> ok", n / 100, 50.0 + n) for n in range(6)]
    lines = timeline(entries, 80)
    assert max(map(cell_len, lines)) <= 80
    assert [line for line in lines if line.endswith("client5 connect …")]
    assert sum("→ ok" in line for line in lines) == 6


def test_calls_that_never_ended_stand_last() -> None:
    """They are what a hang is about."""
    lines = timeline(
        [
            call("server", "conn", "recv 10", 0.1, None),
            call("client", "client", "close -> ok", 9.0, 9.1),
        ],
        80,
    )
    assert lines[-1] == "        ╵ conn recv: still blocked"
    assert lines[-2].startswith("  9.00  │")


def test_the_call_on_trial_is_marked() -> None:
    """At its end, where it went wrong."""
    lines = timeline([call("server", "conn", "recv -> eof", 1.0, 9.0, failed=True)], 80)
    assert [line[0] for line in lines[1:]] == [" ", ">"]


def test_of_a_long_timeline_the_middle_is_left_out() -> None:
    """How it began, how it ended, and what hangs or failed stay."""
    entries = [call("client", "client", f"send {n} -> ok", n, n + 0.1) for n in range(500)]
    entries[100] = call("server", "conn", "recv 9", 100.0, None)
    lines = timeline(entries, 80)
    assert lines[-1] == "  … 459 calls between are left out; the record has them all"
    assert len(lines) < 50
    assert "conn recv: still blocked" in lines[-2]


def test_a_timeline_in_one_lane_names_the_sides() -> None:
    """Where two lanes do not fit, nothing is lost."""
    entries = [call("server", "conn", "recv 1024 -> 8 bytes 'question'", 1.0, 9.0)]
    assert timeline(entries, 40) == [
        "  1.00  server  conn recv 1024 …",
        "  9.00  server  conn recv",
        "                  → 8 bytes 'question'",
    ]


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["server", "client"]),
            st.floats(0, 100),
            st.none() | st.floats(0, 50),
            st.text(min_size=1, max_size=60),
        ),
        max_size=12,
    ),
    st.integers(40, 120),
)
def test_no_timeline_is_too_wide(
    calls: list[tuple[str, float, float | None, str]], width: int
) -> None:
    """Whatever the calls are, in every width, and every call is there."""
    entries = [
        call("server" if side == "server" else "client", "h", f"op {text}", at, took and at + took)
        for side, at, took, text in calls
    ]
    lines = timeline(entries, width)
    assert all(cell_len(line) <= width for line in lines)
    assert all(line.isprintable() for line in lines)
    assert sum("h op" in line for line in lines) >= len(entries)
