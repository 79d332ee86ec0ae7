"""What a report never does to a terminal: too wide, cut ids, escapes, unwanted colours."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from rich.cells import cell_len

from harness.records.model import Expectation
from harness.report.terminal import console, report
from tests.unit.record_samples import FAILED, HEADER, LATENCY
from tests.unit.terminal_samples import case, of, shown

# What must not happen


@pytest.mark.parametrize("width", [67, 80])
def test_no_line_is_wider_than_the_terminal_but_those_to_be_copied(width: int) -> None:
    """An id, a command and a place are whole; all else fits."""
    for line in shown(width=width).splitlines():
        assert cell_len(line) <= width or "[tcp4" in line or "scenarios/close.yaml:" in line


def test_ids_are_never_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    """Piped or narrow, with brackets of any kind: each id can be copied and searched for."""
    monkeypatch.setenv("COLUMNS", "40")
    file = io.StringIO()
    named = [case("fail", f"close.{'x' * 100}[bold red][{n}-64B]") for n in range(3)]
    report(of(named), console(file))
    for one in named:
        assert f"fail: {one.id} " in file.getvalue()


def test_control_characters_are_spelled_out() -> None:
    """What a file holds does not reach the terminal raw."""
    evil = "\x1b[2J\x07\u202e"
    record = case("varies", f"close{evil}.x[tcp4]", branches={"1:1": evil})
    others = (
        case("unsupported", "a.b[tcp4]", why=evil),
        case("fail", "a.c[tcp4]", expectation=Expectation(kind="flaky", reason=evil, link=evil)),
        case("inconclusive", "a.d[tcp4]", file=evil, why=evil),
    )
    header = replace(
        HEADER, command=(evil,), started=evil, revision=evil, environment={"host": evil}
    )
    latency = replace(LATENCY, scenario=evil, placement=evil, transport=evil, notes=(evil,))
    results = replace(of([record, *others]), header=header, latencies=(latency,), warnings=(evil,))
    assert all(line.isprintable() for line in shown(results).splitlines())


def test_a_console_without_unicode_gets_ascii() -> None:
    """A report does not end in an encoding error."""
    raw = io.BytesIO()
    file = io.TextIOWrapper(raw, encoding="ascii")
    strange = replace(FAILED, family="übung", claim="grüßt → 日本")
    report(of([strange]), console(file, width=80))
    file.flush()
    text = raw.getvalue().decode("ascii")
    assert "gr\\xfc\\xdft > \\u65e5\\u672c" in text
    assert "-- fail: close.half-close-then-reply[tcp4] ----" in text


# Colours


def _coloured(monkeypatch: pytest.MonkeyPatch, **environment: str) -> str:
    for name in ("NO_COLOR", "FORCE_COLOR", "TERM", "COLORTERM"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {"TERM": "xterm", **environment}.items():
        monkeypatch.setenv(name, value)
    file = io.StringIO()
    report(of([FAILED]), console(file, force_terminal=True, width=80))
    return file.getvalue()


def test_a_terminal_gets_colours_and_the_same_words(monkeypatch: pytest.MonkeyPatch) -> None:
    """Colours add nothing that the words do not say."""
    text = _coloured(monkeypatch)
    assert "\x1b[32mexpected  eof\x1b[0m" in text
    assert "\x1b[31mactual    6 bytes 'answer'\x1b[0m" in text


def test_no_color_is_obeyed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bold may stay, colours may not."""
    text = _coloured(monkeypatch, NO_COLOR="1")
    assert "\x1b[3" not in text
    assert ";3" not in text


def test_a_pipe_gets_no_escape_at_all() -> None:
    """Nothing is to be filtered out of a log."""
    assert "\x1b" not in shown()
