"""Who takes part in a run: names and roles, no process."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from harness import plan
from harness.drivers import registry
from harness.drivers.registry import Implementation, Unresolved
from harness.language.loader import load
from harness.measuring import entrants as module
from harness.measuring.benching import Bench
from harness.measuring.campaign import Campaign
from harness.measuring.entrants import Entrant, entrants, floor_of, table, twin_of
from harness.measuring.launches import Course, Turns
from harness.measuring.placement import Placement
from harness.measuring.stopping import Rule
from harness.plan import Case

SCENARIO = """\
scenarios:
- id: speed.trip
  claim: There and back.
  spec: [RFC 2544 26.2]
  transports: [tcp4, unix-stream]
  matrix:
    size: [64]
  workload:
    kind: KIND
    size: ${size}
"""


@pytest.fixture(autouse=True)
def resolved(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every implementation is there; its command is its name and its interpreter."""

    def resolve(name: str) -> Implementation:
        if name == "absent":
            raise Unresolved("there is no `absent`")
        return Implementation(name, (f"/python/{name}", "driver"))

    monkeypatch.setattr(registry, "resolve", resolve)


def cases(tmp_path: Path, *names: str, kind: str = "ping-pong", transport: str = "") -> list[Case]:
    """The cases of a scenario for these implementations, as both sides."""
    file = tmp_path / "speed.yaml"
    file.write_text(SCENARIO.replace("KIND", kind))
    loaded = load(file, "speed.yaml")
    assert not loaded.problems
    chosen = frozenset({transport}) if transport else None
    return list(plan.cases(loaded.scenarios, [(name, name) for name in names], chosen))


def roles(found: Sequence[Entrant]) -> list[tuple[str, str, str | None]]:
    return [(one.id.partition("[")[2][:-1], one.role, one.against) for one in found]


def test_implementations_are_held_against_the_reference_with_all_beside(tmp_path: Path) -> None:
    """Two interpreters: the first is the reference; twin, C and the loop by hand stand beside."""
    found = entrants(
        cases(tmp_path, "socket@3.8", "trio", transport="tcp4"), ("socket@3.8", "socket@3.8")
    )
    base = "tcp4-size=64-impl="
    reference = f"speed.trip[{base}socket@3.8]"
    assert roles(found) == [
        (f"{base}socket@3.8", "trial", None),
        (f"{base}trio", "trial", reference),
        (f"{base}socket@3.8-twin", "twin", reference),
        (f"{base}c", "floor", reference),
        (f"{base}by-hand@3.8", "by-hand", reference),
    ]
    assert len({one.variant.pair for one in found}) == 5


def test_the_loop_by_hand_runs_on_the_interpreter_of_the_plain_one(tmp_path: Path) -> None:
    """What the harness adds is not the difference of two interpreters."""
    found = entrants(cases(tmp_path, "trio", "socket@3.8", transport="tcp4"), ("trio", "trio"))
    hand = next(one for one in found if one.role == "by-hand")
    assert hand.commands.server[0] == "/python/socket@3.8"
    assert hand.against == "speed.trip[tcp4-size=64-impl=socket@3.8]"


def test_without_a_plain_loop_on_trial_one_is_played_as_a_floor(tmp_path: Path) -> None:
    """Somebody who times trio alone learns what it adds to a blocking loop."""
    found = entrants(cases(tmp_path, "trio", transport="tcp4"), ("trio", "trio"))
    assert [one.case.pair[0] for one in found if one.role == "floor"] == ["c", "socket"]


def test_one_implementation_is_compared_over_transports(tmp_path: Path) -> None:
    """The first case is the reference of the others."""
    found = entrants(cases(tmp_path, "socket"), ("socket", "socket"))
    trials = [(one.case.transport, one.against) for one in found if one.role == "trial"]
    assert trials == [("tcp4", None), ("unix-stream", "speed.trip[tcp4-size=64]")]
    assert sum(one.role == "twin" for one in found) == 1


def test_each_transport_has_a_reference_of_its_own(tmp_path: Path) -> None:
    """Two implementations on two transports: two references, two twins in one pair of processes."""
    found = entrants(cases(tmp_path, "socket", "trio"), ("socket", "socket"))
    twins = [one for one in found if one.role == "twin"]
    assert [one.against for one in twins] == [
        "speed.trip[tcp4-size=64]",
        "speed.trip[unix-stream-size=64]",
    ]
    assert len({one.variant.pair for one in twins}) == 1


def test_a_workload_that_nobody_wrote_by_hand_has_none(tmp_path: Path) -> None:
    """The loop by hand is ping-pong."""
    found = entrants(cases(tmp_path, "socket", kind="paced"), ("socket", "socket"))
    assert [one for one in found if one.role == "by-hand"] == []


def test_without_a_compiler_the_blocking_loop_is_the_floor(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And it is named as what it is."""
    monkeypatch.setattr(module, "FLOOR", "absent")
    found = entrants(cases(tmp_path, "trio", transport="tcp4"), ("trio", "trio"))
    assert [one.case.pair[0] for one in found if one.role == "floor"] == ["socket"]


def test_a_table_has_a_floor_for_each_case_and_one_twin(tmp_path: Path) -> None:
    """What pytest-benchmark is told beside the figures."""
    both = cases(tmp_path, "socket")
    found = table(both)
    assert [one.id for one in found if one.role == "floor"] == [floor_of(case) for case in both]
    assert [one.id for one in found if one.role == "twin"] == [twin_of(both[0].id)]


def test_nothing_stands_beside_when_nothing_is_wanted(tmp_path: Path) -> None:
    """The twin is always there: without noise there is no word."""
    found = entrants(cases(tmp_path, "socket", transport="tcp4"), ("socket", "socket"), False)
    assert [one.role for one in found] == ["trial", "twin"]


def test_a_run_without_figures_says_so_and_nothing_else(tmp_path: Path) -> None:
    """Before the first launch counts there is a measurement, and nobody is judged."""
    found = entrants(cases(tmp_path, "socket", transport="tcp4"), ("socket", "socket"))
    course = Course(Placement("free"), 1.0, Turns(), "s", lambda: 0.0)
    bench = Bench(found, course, Rule(precision=0.02, budget=60))
    empty = Campaign(Placement("free"))
    assert bench.judged(empty) == []
    record = bench.measurement(empty)
    assert (record.launches, record.widest, record.noise) == (0, None, None)
