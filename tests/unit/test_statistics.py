"""Figures against distributions whose percentiles and intervals are known."""

from __future__ import annotations

import math
import random

import pytest
from hdrh.histogram import HdrHistogram
from hypothesis import given
from hypothesis import strategies as st

from harness.measuring.statistics import (
    Comparison,
    centre,
    compare,
    empty_histogram,
    encoded,
    enough_for,
    histogram,
    merged,
    summary,
    t_quantile,
)

samples_ns = st.lists(st.integers(min_value=1, max_value=2**32 - 1), min_size=1, max_size=200)


def test_percentiles_of_a_uniform_distribution() -> None:
    """100 000 samples of 1 to 100 µs: each percentile stands where it must, within 0.1 %."""
    found = summary(histogram(range(1, 100_001)), sum(range(1, 100_001)))
    assert found.trips == 100_000
    assert found.p50 == pytest.approx(50, rel=1.1e-3)
    assert found.p90 == pytest.approx(90, rel=1.1e-3)
    assert found.p99 == pytest.approx(99, rel=1.1e-3)
    assert found.p999 == pytest.approx(99.9, rel=1.1e-3)
    assert found.max == pytest.approx(100, rel=1.1e-3)


def test_percentiles_of_an_exponential_distribution() -> None:
    """The tail of an exponential with mean 10 µs: the quantiles are -10 ln(1 - p)."""
    draw = random.Random(1)
    samples = [int(draw.expovariate(1 / 10_000)) for _ in range(200_000)]
    found = summary(histogram(samples), sum(samples))
    assert found.p50 == pytest.approx(10 * math.log(2), rel=0.02)
    assert found.p99 == pytest.approx(10 * math.log(100), rel=0.02)
    assert found.p999 == pytest.approx(10 * math.log(1000), rel=0.06)


def test_rate_is_trips_over_time_spent_in_trips() -> None:
    """Four trips of 250 µs each are 4000 a second, whatever lay between them."""
    assert summary(histogram([250_000] * 4), 1_000_000).rate == pytest.approx(4000)


@given(samples_ns)
def test_max_is_never_below_a_sample_and_close_to_it(samples: list[int]) -> None:
    """The maximum is the largest sample, within the histogram's precision."""
    found = summary(histogram(samples), sum(samples))
    assert max(samples) / 1000 <= found.max <= max(samples) / 1000 * 1.001 + 0.001


@given(samples_ns, samples_ns)
def test_merging_is_the_same_as_recording_together(first: list[int], second: list[int]) -> None:
    """Launches are merged without loss."""
    joined = merged([histogram(first), histogram(second)])
    assert joined.get_total_count() == len(first) + len(second)
    total = sum(first) + sum(second)
    assert summary(joined, total) == summary(histogram(first + second), total)


def test_merging_leaves_the_parts_alone() -> None:
    """A launch's own histogram can still be read after the merge."""
    part = histogram([5, 6])
    merged([part, part])
    assert part.get_total_count() == 2


def test_the_encoded_form_reads_back() -> None:
    """What is written to the results is a histogram that the library reads."""
    back = HdrHistogram.decode(encoded(histogram([1000] * 9 + [9000])))
    assert back.get_total_count() == 10
    assert back.get_value_at_percentile(50) == pytest.approx(1000, rel=1e-3)


@pytest.mark.parametrize(
    ("percentile", "needed"), [(50, 20), (90, 100), (99, 1000), (99.9, 10_000)]
)
def test_a_percentile_needs_ten_samples_beyond_it(percentile: float, needed: int) -> None:
    """One sample fewer, and the percentile is not said."""
    assert enough_for(percentile, needed)
    assert not enough_for(percentile, needed - 1)


def test_a_percentile_with_too_few_samples_is_none() -> None:
    """5000 trips carry a p99 and no p99.9."""
    found = summary(histogram([1000] * 5000), 5_000_000)
    assert found.p99 is not None
    assert found.p999 is None


def test_no_samples_is_an_error() -> None:
    """There are no figures for nothing."""
    with pytest.raises(ValueError, match="no samples"):
        summary(empty_histogram(), 0)


def test_centre_is_the_mean_of_the_middle_fifth() -> None:
    """Outliers do not reach it, and the steps of a coarse clock do not blur it."""
    assert centre([13_001, 99_999, 13_002]) == 13_002
    assert centre([1, 2]) == 1.5
    coarse = [10] * 46 + [20] * 54  # 6 of the middle 20 read 10
    assert centre(coarse) == 17


def test_a_launch_that_is_far_off_does_not_widen_the_interval() -> None:
    """One launch of ten, off by 3 %, moves neither the ratio nor its bounds by much."""
    steady = [1.010, 1.011, 1.009, 1.010, 1.012, 1.008, 1.010, 1.011, 1.009]
    found = compare([1.0] * 10, [*steady, 1.04])
    assert found.ratio == pytest.approx(1.010, abs=0.001)
    assert found.half_width < 0.003


def test_a_widened_comparison_keeps_its_ratio_and_may_lose_its_word() -> None:
    """Both bounds move outwards by the part, which is remembered."""
    found = Comparison(1.02, 1.01, 1.03, 9)
    wide = found.widen(0.02)
    assert (found.word, wide.word) == ("slower", "no difference seen")
    assert (wide.ratio, wide.widened) == (1.02, 0.02)
    assert wide.low == pytest.approx(1.01 / 1.02)
    assert wide.high == pytest.approx(1.03 * 1.02)


@pytest.mark.parametrize(
    ("confidence", "freedom", "value"),
    [
        (0.95, 1, 12.7062),
        (0.95, 2, 4.3027),
        (0.95, 3, 3.1824),
        (0.95, 4, 2.7764),
        (0.95, 9, 2.2622),
        (0.95, 29, 2.0452),
        (0.99, 9, 3.2498),
        (0.90, 5, 2.0150),
        (0.95, 1000, 1.9623),
        (0.999, 3, 12.924),
        (0.9995, 6, 6.788),
    ],
)
def test_t_quantiles_are_those_of_the_tables(confidence: float, freedom: int, value: float) -> None:
    """Student's t as printed tables have it."""
    assert t_quantile(confidence, freedom) == pytest.approx(value, rel=2e-3)


def test_a_worked_interval() -> None:
    """Ratios e^0.01, e^0.02, e^0.03: mean log 0.02, deviation 0.01, t 4.3027, half 0.02484."""
    found = compare([1, 1, 1], [math.exp(x) for x in (0.01, 0.02, 0.03)], 0.95)
    assert found.ratio == pytest.approx(math.exp(0.02))
    assert found.low == pytest.approx(math.exp(0.02 - 0.024841), rel=1e-5)
    assert found.high == pytest.approx(math.exp(0.02 + 0.024841), rel=1e-5)
    assert found.word == "no difference seen"


def test_five_percent_slower_is_named_and_the_reverse_is_faster() -> None:
    """A difference beyond the interval has a word, with either side as the reference."""
    steady, slow = [100.0, 101.0, 99.0, 100.0], [105.1, 106.0, 103.9, 105.0]
    assert compare(steady, slow).word == "slower"
    assert compare(slow, steady).word == "faster"
    assert str(compare(steady, slow)).startswith("slower: +5.0")


def test_no_difference_tells_what_could_have_been_seen() -> None:
    """The half-width stands beside "no difference seen"."""
    found = compare([100.0, 100.0, 100.0], [100.1, 99.9, 100.0], 0.95)
    assert found.word == "no difference seen"
    assert found.half_width == pytest.approx(0.00248, rel=0.01)
    assert str(found) == "no difference seen: +0.00 % ±0.25 %"


def test_pairing_cancels_what_a_launch_shares() -> None:
    """Launches 30 % apart hide no 1 % difference within each."""
    reference = [100.0, 130.0, 90.0, 115.0]
    assert compare(reference, [1.01 * x for x in reference]).word == "slower"


def test_a_single_launch_names_nothing() -> None:
    """One launch has no spread, so no difference is claimed."""
    found = compare([100.0], [150.0])
    assert found.word == "no difference seen"
    assert str(found) == "+50.00 % (one launch: no interval)"


def test_launches_that_do_not_pair_are_refused() -> None:
    """Two launches against three is a mistake, not a comparison."""
    with pytest.raises(ValueError, match="argument"):
        compare([1.0, 2.0], [1.0, 2.0, 3.0])
    with pytest.raises(ValueError, match="no launches"):
        compare([], [])


@pytest.mark.parametrize("far", [0.0, 0.08])
@pytest.mark.parametrize("launches", [3, 6, 10, 20])
def test_fewer_than_one_in_a_hundred_identical_pairs_gets_a_word(launches: int, far: float) -> None:
    """Of 1000 A/A comparisons with a noise of 0.3 %, also when launches are far off at times."""
    draw, misses = random.Random(launches), 0
    for _ in range(1000):
        noise = [0.03 if draw.random() < far else 0.003 for _ in range(launches)]
        noisy = [math.exp(draw.gauss(0, each)) for each in noise]
        misses += compare([1.0] * len(noisy), noisy).word != "no difference seen"
    assert misses / 1000 < 0.015
