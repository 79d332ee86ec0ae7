"""The text of a failure: whole against golden files, its parts one by one."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from harness.records.evidence import Data, SocketView
from harness.report.difference import compare
from harness.report.failure import failure_lines, failure_text
from harness.report.lanes import timeline
from harness.report.readable import as_text, escape, fold, shorten_middle
from tests.unit import golden
from tests.unit.record_samples import FAILED, FAILURE, call, data, failed_with

# The whole text


@pytest.mark.parametrize("width", [80, 60, 120])
def test_the_whole_text(width: int) -> None:
    """What a person sees of a failure, at the usual width, in a narrow and in a wide terminal."""
    golden.check(f"failure-{width}", failure_text(FAILED, width))


@pytest.mark.parametrize("width", [40, 63, 64, 80, 100])
def test_no_line_is_wider_than_asked_for_but_those_to_be_copied(width: int) -> None:
    """A place or a command that is broken up cannot be copied."""
    for line in failure_lines(FAILED, width):
        assert line.role in ("place", "command") or cell_len(line.text) <= width


def test_what_is_not_known_is_left_out() -> None:
    """No empty headings."""
    golden.check("failure-bare", failure_text(failed_with()))


def test_a_fault_without_a_step_has_its_reason_and_the_scenario() -> None:
    """A driver that dies leaves no step; what it said of itself keeps its lines."""
    why = "driver server ended with status -11\n  File <stdin>, line 3"
    text = failure_text(replace(FAILED, verdict="broken", failure=None, why=why))
    assert text.endswith(f"scenarios/close.yaml:12\n{why}")


def test_a_reason_that_is_the_finding_itself_is_said_once() -> None:
    """A driver's fault is both, and nothing in particular was expected."""
    record = replace(failed_with(expected="", actual="broken: KeyError"), why="broken: KeyError")
    lines = failure_text(record).splitlines()
    assert lines[-1] == "actual    broken: KeyError"
    assert lines[-2].endswith("^")


def test_long_texts_keep_their_column() -> None:
    """Expected and actual stand below each other, also where they take several lines."""
    text = failure_text(failed_with(expected="error ECONNRESET or " * 6, actual="eof"))
    assert "\n          ECONNRESET or error" in text
    assert "\nactual    eof" in text


# The line of YAML


def test_the_caret_stands_below_the_column() -> None:
    """Also where letters before it are two columns wide."""
    text = failure_text(failed_with(source='  - data: "日本"  # x', column=17))
    line, caret = (each[8:] for each in text.splitlines()[5:7])
    assert cell_len(line[: line.index("#")]) == caret.index("^")


def test_of_a_long_line_the_part_around_the_column_is_shown() -> None:
    """The caret is never outside the terminal."""
    source = "  - client: send  " + "x" * 100 + "HERE" + "y" * 100
    text = failure_text(failed_with(source=source, column=119), 80)
    line, caret = text.splitlines()[5:7]
    assert cell_len(line) <= 80
    assert line[caret.index("^") :].startswith("HERE")
    assert line[8] == line[-1] == "…"


def test_a_source_that_was_not_kept_is_left_out() -> None:
    """The place is enough to find it."""
    assert "|" not in failure_text(failed_with(source=""))


# Bytes


@pytest.mark.parametrize(
    ("content", "signs"),
    [
        (b"ab", ["a", "b"]),
        (b"a\r\n\t", ["a", r"\r", r"\n", r"\t"]),
        ("ü".encode(), ["ü"]),
        (b"\x00", None),
        (b"\xff", None),
        (b"\x1b[31m", None),
        ("ü".encode()[:1], None),
        (b"", []),
    ],
)
def test_bytes_are_text_when_all_of_them_are_printed_signs(
    content: bytes, signs: list[str] | None
) -> None:
    """Ends of lines and tabs count as text; an escape makes it binary."""
    assert as_text(content) == signs


def test_a_text_whose_last_character_was_cut_is_still_a_text() -> None:
    """Only the first 64 bytes are kept, wherever a character ends."""
    assert as_text("grü".encode()[:3], cut=True) == ["g", "r"]
    assert as_text(b"gr\xff", cut=True) is None


@pytest.mark.parametrize(
    ("name", "expected", "actual"),
    [
        ("shorter", data(b"question"), data(b"quest")),
        ("longer", data(b"question"), data(b"questions?")),
        ("other-text", data(b"question"), data(b"quesTion")),
        ("long-text", data(b"line\n" * 12 + b"end."), data(b"line\n" * 11 + b"lime\nend")),
        ("hex", data(bytes(range(40))), data(bytes(range(25)) + b"\xff" + bytes(14))),
        ("nothing", data(b"\x00\x01"), data(b"")),
        ("behind-the-head", data(bytes(64), 1 << 20, "aa"), data(bytes(64), 1 << 20, "bb")),
        ("size-behind-the-head", data(b"a" * 64, 70_000, "aa"), data(b"a" * 64, 69_999, "bb")),
    ],
)
def test_the_first_difference_of_bytes_is_pointed_at(
    name: str, expected: Data, actual: Data
) -> None:
    """Two lines with the sizes, and a mark below the first byte that differs."""
    lines = [line for line, _ in compare(expected, actual, 80)]
    golden.check(f"difference-{name}", "\n".join(lines))


def test_rows_of_hex_are_shorter_in_a_narrow_terminal() -> None:
    """Eight bytes where sixteen do not fit, from the row that differs."""
    lines = compare(data(bytes(range(20))), data(bytes(range(12))), 60)
    assert [line for line, _ in lines] == [
        "expected  20 bytes  0008: 08 09 0a 0b 0c 0d 0e 0f …",
        "actual    12 bytes  0008: 08 09 0a 0b",
        "           ends here: 8 bytes too few ^",
    ]


@given(st.binary(max_size=64), st.binary(max_size=64), st.integers(50, 120))
def test_before_the_mark_both_rows_are_the_same_and_from_it_on_they_differ(
    one: bytes, other: bytes, width: int
) -> None:
    """Whatever the bytes are, and however wide the terminal."""
    (above, _), (below, _), (pointer, _), *_ = compare(data(one), data(other), width)
    sizes = max(len("1 byte" if len(each) == 1 else f"{len(each)} bytes") for each in (one, other))
    start, mark = 10 + sizes + 2, pointer.index("^")
    upper, lower = (_in_columns(row[start:]).ljust(mark - start) for row in (above, below))
    assert upper[: mark - start] == lower[: mark - start]
    assert (upper[mark - start :] == lower[mark - start :]) is (one == other)


def _in_columns(text: str) -> str:
    """One letter for each column: a wide letter is followed by a filler."""
    return "".join(each.ljust(cell_len(each), "_") for each in text if cell_len(each))


def test_equal_bytes_are_not_compared() -> None:
    """The difference lies elsewhere, in the time for instance, and is told in words."""
    both = data(b"same")
    text = failure_text(failed_with(expected="in 5 ms", expected_data=both, actual_data=both))
    assert "expected  in 5 ms" in text


@pytest.mark.parametrize("head", ["zz", "00" * 9])
def test_spoilt_bytes_are_not_compared(head: str) -> None:
    """A record may come through foreign hands; the words still stand."""
    spoilt = replace(data(b"12345678"), head=head)
    text = failure_text(failed_with(expected_data=data(b"x"), actual_data=spoilt))
    assert "expected  eof" in text


# The timeline


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


# Sockets and logs


def test_addresses_that_do_not_fit_stand_below_their_socket() -> None:
    """Paths of unix sockets are long; the end of a path tells most."""
    view = SocketView(handle="server", side="server", fd=3, state="NONE", local="/x" * 60 + "/end")
    text = failure_text(failed_with(sockets=(view,)))
    assert "\n  server  server  3   NONE\n    /x" in text
    assert "…" in text
    assert "/end → -" in text


def test_columns_of_which_nothing_is_known_are_left_out() -> None:
    """A handle's name is not always known."""
    view = SocketView(handle="", side="client", fd=7, state="CLOSE")
    text = failure_text(failed_with(sockets=(view,)))
    assert text.endswith("          fd  state\n  client  7   CLOSE")


def test_of_a_long_log_the_end_is_shown() -> None:
    """What a driver said last is what matters."""
    log = "".join(f"line {n}\n" for n in range(50))
    text = failure_text(failed_with(stderr=log))
    assert "  | … 30 lines before\n  | line 30\n" in text
    assert text.endswith("  | line 49")


# What must not reach a terminal


def test_control_characters_are_spelled_out_everywhere() -> None:
    """Nothing that a socket or a driver sends moves the cursor or colours the screen."""
    evil = "\x1b[2J\x07\u202e\x00"
    record = replace(
        FAILED,
        claim=evil,
        spec=(evil,),
        why=evil,
        failure=replace(
            FAILURE,
            file=evil,
            source=evil,
            step=evil,
            expected=evil,
            actual=evil,
            timeline=(call("client", evil, f"op{evil} -> {evil}", 0.0, 5.0),),
            sockets=(SocketView(handle=evil, side="server", state=evil, local=evil, peer=evil),),
            stderr=evil,
            rerun=evil,
        ),
    )
    for width in (40, 80):
        assert all(line.text.isprintable() for line in failure_lines(record, width))


def test_escaping_leaves_printed_text_alone() -> None:
    """Backslashes and letters of any script are shown as they are."""
    assert escape("C:\\x → 日本 é") == "C:\\x → 日本 é"
    assert escape("a\nb\x1b\udc80") == "a\\nb\\x1b\\udc80"


# Folding


@given(st.text(), st.integers(min_value=4, max_value=40))
def test_folding_loses_nothing_and_keeps_the_width(text: str, width: int) -> None:
    """Only blanks are lost, where a line was broken."""
    text = escape(text)
    lines = fold(text, width)
    assert all(cell_len(line) <= width for line in lines)
    assert "".join("".join(lines).split()) == "".join(text.split())


def test_a_path_is_shortened_in_its_middle() -> None:
    """Its beginning and its end are what one knows it by."""
    assert shorten_middle("/tmp/abcdefghijklmnop/server.sock", 20) == "/tmp/abcd…erver.sock"


def test_times_by_another_clock_have_their_bound() -> None:
    """Which of two calls came first is known only beyond it."""
    lines = failure_text(replace(FAILED, failure=replace(FAILURE, clocks={"server": 0.312})))
    assert "timeline\n  server: by another clock than ours, ±0.31 ms\n" in lines
