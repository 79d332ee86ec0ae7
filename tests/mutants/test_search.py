"""The search for kills counts only what is certain, and the choice of proofs leaves nothing out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import cycle

import pytest

from harness.plan import Case
from harness.verdicts import Verdict
from tests.mutants import proofs, trials
from tests.mutants.kills import Kill
from tests.mutants.running import Outcome
from tests.mutants.trials import CASES, Task, trial

ONE, OTHER = "echo.one-message[tcp4-message=ascii]", "echo.empty-message[tcp4]"


def task(*names: str) -> Task:
    return Task("send-twice", list(names), [], times=3, bounded=False)


def scripted(monkeypatch: pytest.MonkeyPatch, **verdicts: list[Verdict]) -> None:
    """Let the cases of a scenario end as they are told to, again and again."""
    ends = {name.replace("_", "-"): cycle(told) for name, told in verdicts.items()}

    def run(cases: Iterable[Case], mutant: str | None) -> Iterator[Outcome]:
        for case in cases:
            yield Outcome(case, next(ends[case.scenario.id.partition(".")[2]]), 0.25)

    monkeypatch.setattr(trials, "run", run)


def test_a_kill_fails_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """A case that failed each time is a kill, and how long it took is kept."""
    scripted(monkeypatch, one_message=["fail"])
    shown = trial(task(ONE))
    assert shown.found == {"echo.one-message": Kill(ONE, 0.25)}
    assert shown.runs == 3


def test_luck_is_no_kill(monkeypatch: pytest.MonkeyPatch) -> None:
    """A case that failed now and then is told, and is no kill."""
    scripted(monkeypatch, one_message=["fail", "pass", "fail"])
    shown = trial(task(ONE))
    assert shown.found == {}
    assert shown.unsure == {ONE: "2 of 3"}


def test_a_driver_that_breaks_shows_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """A try that broke the driver is made again; it is neither a kill nor a pass."""
    scripted(monkeypatch, one_message=["broken", "fail"], empty_message=["broken"])
    shown = trial(task(ONE, OTHER))
    assert list(shown.found) == ["echo.one-message"]
    assert (shown.unsure, shown.broken) == ({}, 9)


def test_what_passes_is_tried_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A case that passed is left, and the next one is tried."""
    scripted(monkeypatch, one_message=["pass"], empty_message=["fail"])
    shown = trial(task(ONE, OTHER))
    assert list(shown.found) == ["echo.empty-message"]
    assert shown.runs == 4


def test_each_scenario_and_each_mutant_is_proved() -> None:
    """The chosen proofs have each scenario once, and each mutant that catches anything."""
    kills = {
        "echo.one-message": {"quick": Kill(ONE, 0.1), "slow": Kill(ONE, 1.0)},
        "echo.empty-message": {"quick": Kill(OTHER, 0.1)},
    }
    chosen = proofs.chosen(kills, CASES, ["quick", "slow", "idle"])
    assert {name: [case.id for case in cases] for name, cases in chosen.items() if cases} == {
        "quick": [OTHER, ONE],
        "slow": [ONE],
    }


def test_races_are_chosen_last() -> None:
    """Where another mutant fails the scenario, one that needs a race to be won proves nothing."""
    kills = {"echo.one-message": {"send-twice": Kill(ONE, 0.1), "slow": Kill(ONE, 1.0)}}
    chosen = proofs.chosen(kills, CASES, ["slow"])
    assert [case.id for case in chosen["slow"]] == [ONE]
    assert not chosen["send-twice"]
