"""A run against its reference, the rule that ends it, and the gate: planted ratios, no clock."""

from __future__ import annotations

import math
import random

import pytest

from harness.measuring import gate
from harness.measuring.comparing import Comparisons, against
from harness.measuring.stopping import Rule
from harness.measuring.warming import is_enough, needed
from harness.records.measured import ComparisonRecord


def launches(ratio: float, count: int = 10, noise: float = 0.002, seed: str = "") -> list[float]:
    """The middles of launches on a machine with this noise, in ns."""
    draw = random.Random(f"{ratio}/{seed}")
    return [12_000 * ratio * math.exp(draw.gauss(0, noise)) for _ in range(count)]


REFERENCE, TWIN = launches(1, seed="reference"), launches(1, seed="twin")


@pytest.mark.parametrize("part", [0.01, 0.02, 0.05, 0.10])
def test_a_planted_delay_is_slower_and_its_size_is_read(part: float) -> None:
    """One, two, five and ten percent over ten launches with a noise of 0.2 %."""
    found = against(REFERENCE, TWIN, {"planted": launches(1 + part)}).of["planted"]
    assert found.word == "slower"
    assert found.ratio == pytest.approx(1 + part, abs=0.002)


def test_an_identical_program_gets_no_winner() -> None:
    """The half-width says what could have been seen."""
    found = against(REFERENCE, TWIN, {"same": launches(1, seed="same")}).of["same"]
    assert found.word == "no difference seen"
    assert 0.0005 < found.half_width < 0.005


def test_the_twin_is_part_of_the_reference() -> None:
    """The mean of both, launch by launch, is what others are held against."""
    found = against([100.0] * 6, [121.0] * 6, {"other": [110.0] * 6}).of["other"]
    assert found.ratio == pytest.approx(1)


def test_a_twin_that_disagrees_widens_every_interval() -> None:
    """A twin that reads +1 % takes the word from a variant that reads +0.8 %."""
    honest = against(REFERENCE, TWIN, {"other": launches(1.008)})
    off = against(REFERENCE, launches(1.01, seed="off"), {"other": launches(1.0 * 1.013)})
    assert (honest.widened, honest.of["other"].word) == (0, "slower")
    assert off.widened == pytest.approx(0.01, abs=0.002)
    assert off.of["other"].widened == off.widened
    assert off.of["other"].word == "no difference seen"


def test_many_words_share_the_error_that_is_allowed() -> None:
    """Twelve variants have wider intervals than one, from the same launches."""
    alone = against(REFERENCE, TWIN, {"a": launches(1.01)})
    many = {"a": launches(1.01), **{str(n): launches(1, seed=str(n)) for n in range(11)}}
    together = against(REFERENCE, TWIN, many)
    assert together.of["a"].half_width > 1.3 * alone.of["a"].half_width
    assert together.widest == max(one.half_width for one in together.of.values())


def test_a_run_of_identical_programs_seldom_names_one() -> None:
    """Of 200 runs with seven identical variants, a word falls in fewer than one in fifty."""
    draw = random.Random(7)

    def noisy() -> list[float]:
        return [math.exp(draw.gauss(0, 0.003)) for _ in range(10)]

    wrong = 0
    for _ in range(200):
        found = against(noisy(), noisy(), {str(n): noisy() for n in range(7)})
        wrong += any(one.word != "no difference seen" for one in found.of.values())
    assert wrong / 200 < 0.02


def test_without_a_twin_there_is_no_noise_to_tell() -> None:
    """The comparison stands; the noise is unknown, not nought."""
    found = against(REFERENCE, None, {"other": launches(1.05)})
    assert (found.noise, found.widened) == (None, 0.0)
    assert found.of["other"].word == "slower"
    assert Comparisons({}).widest == 0


# When a run ends


def test_a_run_ends_when_the_precision_is_reached() -> None:
    """Narrow enough, after the least number of launches."""
    rule = Rule(precision=0.02, budget=60)
    assert rule.reason(6, 0.019, 10, 2) == "precision"
    assert rule.reason(6, 0.021, 10, 2) is None


def test_few_launches_are_never_enough_for_the_precision() -> None:
    """Five that happen to agree say little of how wide the interval is."""
    assert Rule(precision=0.02, budget=60).reason(5, 0.0001, 10, 2) is None


def test_a_run_ends_before_a_launch_that_does_not_fit() -> None:
    """The budget is what the run may take, not what it may exceed."""
    rule = Rule(precision=0.001, budget=60)
    assert rule.reason(20, 0.02, 58.5, 2) == "budget"
    assert rule.reason(20, 0.02, 57.5, 2) is None


def test_the_first_launch_is_played_whatever_the_budget() -> None:
    """A budget of nothing still gives figures."""
    assert Rule(precision=0.02, budget=0.1).reason(0, math.inf, 0, 0) is None
    assert Rule(precision=0.02, budget=0.1).reason(1, math.inf, 2, 2) == "budget"


def test_a_number_of_launches_ends_a_run_too() -> None:
    """What a table of a plain run has."""
    assert [Rule(most=3).reason(n, math.inf, 100, 9) for n in (2, 3)] == [None, "launches"]


# The gate


@pytest.mark.parametrize(
    ("low", "high", "answer", "status"),
    [
        (1.051, 1.09, "exceeded", 1),
        (1.01, 1.049, "kept", 0),
        (0.93, 0.97, "kept", 0),
        (1.02, 1.08, "inconclusive", 7),
        (0.90, 1.20, "inconclusive", 7),
        (None, None, "inconclusive", 7),
    ],
)
def test_the_gate_fails_only_beyond_the_interval(
    low: float | None, high: float | None, answer: str, status: int
) -> None:
    """The limit of 5 % in the interval is nobody's failure, and is said."""
    one = _compared(low, high)
    assert gate.answer(one, 0.05) == answer
    assert gate.exit_status(gate.answer(one, 0.05), inconclusive=7) == status


def test_the_worst_variant_decides_and_is_named() -> None:
    """Floors and twins stand beside; nobody is blamed for them."""
    compared = [
        _compared(1.2, 1.3, "a"),
        _compared(0.9, 1.0, "b"),
        _compared(1.2, 1.3, "the twin", "twin"),
    ]
    answers = gate.of(compared, 0.05)
    assert gate.worst(answers.values()) == "exceeded"
    assert gate.sentence(answers, 0.05) == "gate --fail-if-slower 5%: exceeded by a"
    assert gate.worst([]) == "kept"


def test_inconclusive_passes_unless_asked_otherwise() -> None:
    """The exit status of its own is on request."""
    assert gate.exit_status("inconclusive") == 0


def _compared(
    low: float | None, high: float | None, name: str = "a", role: str = "trial"
) -> ComparisonRecord:
    return ComparisonRecord.from_json(
        {
            "id": name,
            "reference": "r",
            "role": role,
            "ratio": 1.0,
            "low": low,
            "high": high,
            "launches": 9,
            "word": "no difference seen",
        }
    )


# The warm-up


def test_a_program_that_is_level_needs_no_round() -> None:
    """Six rounds that wander by 1 % are one level."""
    assert needed([10.0, 10.1, 10.0, 9.95, 10.05, 10.0]) == 0


def test_rounds_before_the_level_are_counted() -> None:
    """PyPy: two rounds in the interpreter, then compiled."""
    assert needed([14.4, 14.3, 13.4, 13.3, 13.3, 13.3]) == 2


def test_a_program_that_still_gets_faster_is_not_done() -> None:
    """The last rounds must be level."""
    assert needed([20.0, 18.0, 16.0, 14.0, 12.0, 10.0]) is None
    assert needed([10.0] * 5) is None


def test_a_known_need_is_played_with_one_more_round() -> None:
    """Later launches look at the number alone."""
    assert [is_enough([10.0] * n, 2) for n in (2, 3)] == [False, True]
    assert is_enough([10.0] * 6, None)
