"""Stored records compared: what is paired, what is refused, what a floor takes away. No file."""

from __future__ import annotations

import math
import random
from dataclasses import replace
from typing import Any

import pytest

from harness.measuring.across import BETWEEN, WITHOUT_FLOOR, Nothing, across, case_of
from harness.records.measured import LatencyRecord, Role
from harness.records.model import Footer, Header
from harness.records.results import Results
from tests.unit.record_samples import HEADER, LATENCY

ENVIRONMENT = {**HEADER.environment, "cpu": "EPYC", "machine": "x86_64", "governor": None}


def figures(
    name: str, ratio: float, implementation: str = "socket", role: Role = "trial", **more: Any
) -> LatencyRecord:
    """A variant whose launches lie around `ratio` x 12 µs; launches of one name wander together."""
    draw = random.Random(f"{name}/{ratio}")
    centres = tuple(12 * ratio * math.exp(draw.gauss(0, 0.002)) for _ in range(10))
    return replace(
        LATENCY,
        id=name,
        implementations={"server": implementation, "client": implementation},
        role=role,
        centres=centres,
        p50=12 * ratio,
        notes=(),
        **more,
    )


CASE = "latency.round-trip[tcp4-size=64]"


def run(*latencies: LatencyRecord, **facts: Any) -> Results:
    """A record with these figures, of a machine with these facts."""
    header = replace(HEADER, environment={**ENVIRONMENT, **facts})
    return Results(
        header=header, latencies=latencies, footer=Footer(complete=True, seconds=1.0), path=None
    )


def floor(drift: float = 1.0) -> LatencyRecord:
    """The C loop of a run on a machine that is slower by `drift`."""
    return figures(f"{CASE[:-1]}-impl=c]", 0.9 * drift, "c", "floor")


def by_hand(drift: float = 1.0) -> LatencyRecord:
    """The loop by hand of a run."""
    return figures(f"{CASE[:-1]}-impl=by-hand]", 0.99 * drift, "by-hand", "by-hand")


def test_a_machine_that_is_slower_altogether_is_no_difference() -> None:
    """Everything is slower by 6 % in the second run, the floor too."""
    found = across(
        run(figures(CASE, 1.0), floor(), by_hand()),
        run(figures(CASE, 1.06), floor(1.06), by_hand(1.06)),
    )
    (pairing,) = found.pairings
    assert pairing.compared.word == "no difference seen"
    assert pairing.compared.ratio == pytest.approx(1, abs=0.003)
    assert (pairing.floor, pairing.compared.widened) == ("c", BETWEEN)


@pytest.mark.parametrize("part", [0.02, 0.05, 0.10])
def test_a_program_that_is_slower_over_its_floor_is_named(part: float) -> None:
    """2, 5 and 10 % between two runs, beyond what runs differ by."""
    found = across(
        run(figures(CASE, 1.0), floor(), by_hand()),
        run(figures(CASE, 1 + part), floor(), by_hand()),
    )
    assert found.pairings[0].compared.word == "slower"
    assert found.pairings[0].compared.low > 1 + part - 0.02


def test_what_the_loop_by_hand_reads_between_two_runs_widens() -> None:
    """It is the same program: when it differs by 3 %, a variant that differs by 3 % is no news."""
    found = across(
        run(figures(CASE, 1.0), floor(), by_hand()),
        run(figures(CASE, 1.03), floor(), by_hand(1.03)),
    )
    (pairing,) = found.pairings
    assert pairing.compared.word == "no difference seen"
    assert 0.03 < pairing.compared.widened < 0.04
    assert "by-hand is the same in both runs and differs by 3." in pairing.doubts[0]


def test_what_the_loop_by_hand_could_not_have_shown_widens_too() -> None:
    """Its launches lie far apart: what they leave possible between the runs is no news either."""

    def spread(by: float) -> LatencyRecord:
        one = by_hand()
        centres = tuple(c * math.exp(by * (-1) ** i) for i, c in enumerate(one.centres))
        return replace(one, centres=centres)

    one = run(figures(CASE, 1.0), floor(), spread(0.03))
    (pairing,) = across(one, run(figures(CASE, 1.03), floor(), spread(0.03))).pairings
    assert pairing.compared.word == "no difference seen"
    assert pairing.compared.widened > 0.03
    assert "by-hand is the same in both runs and could differ by" in pairing.doubts[0]


def test_a_loop_by_hand_on_another_interpreter_is_no_twin() -> None:
    """Two tox environments: the name is the same, the program is not."""

    def on(version: str, ratio: float) -> Results:
        one = run(figures(CASE, ratio), floor(), by_hand(ratio))
        runtime = {"runtime": f"CPython {version}"}
        drivers = {"socket": runtime, "by-hand": runtime, "c": {"runtime": "C"}}
        return replace(one, header=replace(one.header, drivers=drivers))

    (pairing,) = across(on("3.10.1", 1.0), on("3.13.0", 1.04)).pairings
    assert (pairing.floor, pairing.compared.widened) == ("c", BETWEEN)
    assert pairing.compared.word == "slower"
    assert pairing.runtimes == ("CPython 3.10.1", "CPython 3.13.0")


def test_without_a_floor_much_is_added_and_said() -> None:
    """Raw times of two runs: 5 % is nothing."""
    found = across(run(figures(CASE, 1.0)), run(figures(CASE, 1.05)))
    (pairing,) = found.pairings
    assert pairing.compared.widened == WITHOUT_FLOOR
    assert pairing.compared.word == "no difference seen"
    assert pairing.doubts[0].startswith("no floor is in both records")


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({"cpu": "Xeon"}, "the cpu differs: EPYC, then Xeon"),
        ({"kernel": "6.19"}, "the kernel differs: 6.18, then 6.19"),
        ({"governor": "powersave"}, "the governor differs: unknown, then powersave"),
    ],
)
def test_another_machine_is_an_objection(facts: dict[str, str], said: str) -> None:
    """What makes a comparison meaningless is named with both readings."""
    found = across(run(figures(CASE, 1.0)), run(figures(CASE, 1.0), **facts))
    assert found.objections == (said,)


def test_another_host_of_the_same_kind_is_a_warning() -> None:
    """CI lends another machine each time."""
    found = across(run(figures(CASE, 1.0)), run(figures(CASE, 1.0), host="other"))
    assert found.objections == ()
    assert found.warnings == ("the host differs: box, then other",)


def test_another_placement_is_an_objection_and_another_cpu_is_not() -> None:
    """One CPU or two is another question; CPU 1 or 3 is the same."""
    one = run(figures(CASE, 1.0, placement="one-cpu (cpu 1, batch)"))
    other = run(figures(CASE, 1.0, placement="one-cpu (cpu 3, batch)"))
    two = run(figures(CASE, 1.0, placement="two-cpus (cpus 0 and 1, other)"))
    assert across(one, other).objections == ()
    assert across(one, two).objections[0].startswith("the placement differs: one-cpu")


def test_records_of_one_implementation_each_pair_by_case() -> None:
    """tox benches one interpreter an environment; their names need not agree."""
    one = figures(f"{CASE[:-1]}-impl=socket@3.8]", 1.0, "socket@3.8")
    other = figures(f"{CASE[:-1]}-impl=socket@3.13]", 1.1, "socket@3.13")
    (pairing,) = across(run(one, floor()), run(other, floor())).pairings
    assert (pairing.before.id, pairing.after.id) == (one.id, other.id)


def test_records_of_several_implementations_pair_by_name() -> None:
    """The same name in both; what is in one only is told."""
    names = ("socket@3.8", "socket@3.13")
    many = [figures(f"{CASE[:-1]}-impl={name}]", 1.0, name) for name in names]
    found = across(run(*many), run(many[0]))
    assert [pairing.after.id for pairing in found.pairings] == [many[0].id]
    assert found.unpaired == (many[1].id,)


def test_records_with_nothing_in_common_are_refused() -> None:
    """The sentence says what there is."""
    other = figures("latency.round-trip[udp4-size=64]", 1.0)
    with pytest.raises(Nothing, match=r"no case is in both: latency.round-trip\[tcp4"):
        across(run(figures(CASE, 1.0)), run(other))


def test_a_run_that_stopped_early_is_told() -> None:
    """Its figures are compared all the same."""
    whole = run(figures(CASE, 1.0))
    found = across(whole, replace(whole, footer=None))
    assert found.warnings == (
        "the second run: no footer: the run was killed, or it is not over yet",
    )


def test_one_launch_each_names_nothing() -> None:
    """There is no interval without a spread."""
    one = replace(figures(CASE, 1.0), centres=(12.0,))
    other = replace(figures(CASE, 1.5), centres=(18.0,))
    (pairing,) = across(run(one), run(other)).pairings
    assert pairing.compared.word == "no difference seen"
    assert math.isinf(pairing.compared.high)


@pytest.mark.parametrize(
    ("name", "case"),
    [
        ("a.b[tcp4-size=64-impl=asyncio-streams@3.8]", "a.b[tcp4-size=64]"),
        ("a.b[tcp4-server=node-client=trio]", "a.b[tcp4]"),
        ("a.b[unix-stream]", "a.b[unix-stream]"),
    ],
)
def test_a_case_is_an_id_without_implementations(name: str, case: str) -> None:
    """What two interpreters have in common."""
    assert case_of(name) == case


def test_a_header_without_facts_objects_to_nothing() -> None:
    """What neither record knows cannot differ."""
    bare = Results(header=Header(command=(), started=""), latencies=(figures(CASE, 1.0),))
    assert across(bare, bare).objections == ()
