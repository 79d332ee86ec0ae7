"""What `bench` and `compare` say of an option or a name that is wrong. Nothing is started."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from harness.__main__ import main
from harness.commands import bench
from harness.commands.measures import Part, Seconds
from harness.records.measured import ComparisonRecord
from harness.records.model import Footer
from harness.records.results import Results
from tests.unit.record_samples import FAILED, HEADER


@pytest.mark.parametrize(
    ("text", "part"), [("2%", 0.02), ("0.5 %", 0.005), ("0.02", 0.02), ("100%", 1.0)]
)
def test_a_part_is_percent_or_a_fraction(text: str, part: float) -> None:
    """As people write it."""
    assert Part().convert(text, None, None) == pytest.approx(part)


@pytest.mark.parametrize(
    ("text", "seconds"), [("60s", 60), ("2min", 120), ("500ms", 0.5), ("30", 30), ("1.5m", 90)]
)
def test_a_time_has_a_unit_or_is_in_seconds(text: str, seconds: float) -> None:
    """As people write it."""
    assert Seconds().convert(text, None, None) == pytest.approx(seconds)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("bench", "latency.round-tripp"), "latency.round-trip"),
        (("bench", "--impl", "sockett"), "socket"),
        (("bench", "--precision", "lots"), "'lots' is not a part such as 2% or 0.02"),
        (("bench", "--budget", "soon"), "'soon' is not a time such as 60s or 2min"),
        (("bench", "--reference", "trio"), "the reference 'trio' is not on trial"),
        (("bench", "--transport", "unix-seqpacket"), "no case is played over unix-seqpacket"),
        (("bench", "scenarios/echo.yaml"), "nothing there is timed"),
        (("compare", "one.jsonl"), "two records or more are needed"),
        (("compare", "a.jsonl", "b.jsonl"), "a.jsonl: no such file or directory"),
    ],
)
def test_what_is_asked_wrongly_is_one_sentence(
    words: tuple[str, ...],
    said: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Status 4 and the sentence, before anything is started or written."""
    monkeypatch.setattr("sys.argv", ["sockharness", *words])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 4
    assert said in capsys.readouterr().err


def results(low: float, high: float, **more: Any) -> Results:
    """A run whose one variant lies between these ratios."""
    middle = (low + high) / 2
    line = ComparisonRecord(
        id="slow", reference="first", ratio=middle, low=low, high=high, launches=9, word="slower"
    )
    footer = Footer(complete=True, seconds=1.0)
    return Results(**{"header": HEADER, "comparisons": (line,), "footer": footer, **more})


@pytest.mark.parametrize(
    ("run", "limit", "status"),
    [
        (results(1.06, 1.08), 0.05, 1),
        (results(1.06, 1.08), None, 0),
        (results(1.03, 1.08), 0.05, 7),
        (results(1.01, 1.04), 0.05, 0),
        (results(1.06, 1.08, footer=Footer(complete=False, seconds=1.0)), 0.05, 2),
        (results(1.0, 1.01, cases=(replace(FAILED, failure=None),)), 0.05, 1),
    ],
)
def test_the_exit_status_of_a_run(
    run: Results, limit: float | None, status: int, capsys: pytest.CaptureFixture[str]
) -> None:
    """The gate speaks when the run is whole and no case failed; it says why."""
    assert bench.status(run, limit, 7) == status
    said = capsys.readouterr().err
    assert ("slow\n" in said) is (status in (1, 7) and limit is not None and not run.cases)
