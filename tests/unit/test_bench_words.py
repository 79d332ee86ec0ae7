"""What `bench` and `compare` say of an option or a name that is wrong. Nothing is started."""

from __future__ import annotations

import pytest

from harness.__main__ import main
from harness.commands.measures import Part, Seconds


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
