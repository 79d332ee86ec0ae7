"""The text of a failure: whole against golden files, its words and tables one by one."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from harness.records.evidence import SocketView
from harness.report.failure import failure_lines, failure_text
from harness.report.readable import escape, fold, shorten_middle
from tests.unit import golden
from tests.unit.record_samples import FAILED, FAILURE, call, failed_with

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


def test_the_script_of_a_failure_or_why_there_is_none() -> None:
    """A path is there to be copied, and not broken."""
    path = f"found/{'long-' * 20}name.py"
    lines = failure_text(replace(FAILED, failure=replace(FAILURE, script_file=path)))
    assert f"shown without sockharness by\n  {path}\n" in lines
    none = replace(FAILURE, script_note="a script cannot do it")
    assert "shown without sockharness by\n  a script cannot do it\n" in failure_text(
        replace(FAILED, failure=none)
    )
