"""From samples to figures, and from two sets of launches to a verdict. Pure.

Samples are round-trip times in whole nanoseconds, as the drivers recorded them. Percentiles come
from HdrHistogram (three significant digits, so within 0.1 %), whose counts can be merged over
launches, CI jobs and machines. A comparison does not use the histogram, whose steps are as wide as
the differences looked for: it takes the exact median of each launch.

A launch, not a trip, is one observation: the trips of a launch share its processes, memory layout
and neighbours. The interval is therefore a t-interval over launches, on the logarithm of ratios,
so that "a over b" and "b over a" say the same.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import NormalDist, fmean, median, stdev
from typing import Literal

from hdrh.histogram import HdrHistogram

LOWEST, HIGHEST, DIGITS = 1, 60_000_000_000, 3
CONFIDENCE = 0.95

# A percentile is printed only when at least so many samples lie beyond it: with ten, its own rank
# is uncertain by a third; with fewer it is an anecdote.
BEYOND = 10

Word = Literal["faster", "slower", "no difference seen"]


@dataclass(frozen=True)
class Summary:
    """What is said of one variant: microseconds, and round trips per second.

    A percentile with too few samples beyond it is None.
    """

    trips: int
    p50: float
    p90: float | None
    p99: float | None
    p999: float | None
    max: float
    rate: float


@dataclass(frozen=True)
class Comparison:
    """A variant against a reference: `ratio` above 1 is slower.

    `low` and `high` bound the ratio with the confidence asked for; with a single launch there is no
    interval: low is 0 and high is infinite.
    """

    ratio: float
    low: float
    high: float
    launches: int

    @property
    def half_width(self) -> float:
        """Half the interval's width: the smallest difference that could have been seen."""
        return (self.high - self.low) / 2

    @property
    def word(self) -> Word:
        """The verdict: a difference is named when the interval leaves 1 out."""
        if self.low > 1:
            return "slower"
        return "faster" if self.high < 1 else "no difference seen"

    def __str__(self) -> str:
        if math.isinf(self.high):
            return f"{_percent(self.ratio)} (one launch: no interval)"
        return f"{self.word}: {_percent(self.ratio)} ±{100 * self.half_width:.2f} %"


def histogram(samples: Iterable[int]) -> HdrHistogram:
    """Return the histogram of samples in ns."""
    made = empty_histogram()
    # Recording in the library costs a microsecond a call; equal samples are recorded at once.
    for value, count in Counter(samples).items():
        made.record_value(value, count)
    return made


def empty_histogram() -> HdrHistogram:
    """Return a histogram of the range and precision that all of ours share."""
    return HdrHistogram(LOWEST, HIGHEST, DIGITS)


def merged(parts: Iterable[HdrHistogram]) -> HdrHistogram:
    """Return one histogram with the counts of all, which stay as they are."""
    total = empty_histogram()
    for part in parts:
        total.add(part)
    return total


def encoded(source: HdrHistogram) -> str:
    """Return the base64 form (V2) that other HdrHistogram tools read."""
    text: bytes | str = source.encode()
    return text if isinstance(text, str) else text.decode("ascii")


def summary(source: HdrHistogram, total_ns: int) -> Summary:
    """Return the figures for a histogram whose samples add up to `total_ns`.

    Raise ValueError when it is empty.
    """
    trips: int = source.get_total_count()
    if not trips:
        raise ValueError("no samples: nothing can be said")
    found = source.get_percentile_to_value_dict([50, 90, 99, 99.9])

    def micro(percentile: float) -> float | None:
        return found[percentile] / 1000 if enough_for(percentile, trips) else None

    return Summary(
        trips=trips,
        p50=found[50] / 1000,
        p90=micro(90),
        p99=micro(99),
        p999=micro(99.9),
        max=source.get_max_value() / 1000,
        rate=trips * 1e9 / max(total_ns, 1),
    )


def enough_for(percentile: float, trips: int) -> bool:
    """Whether at least BEYOND of `trips` samples lie beyond the percentile."""
    return trips * (100 - percentile) / 100 >= BEYOND - 1e-9


def centre(samples: Sequence[int]) -> float:
    """Return the exact median of one launch, in ns."""
    return float(median(samples))


def compare(
    reference: Sequence[float], other: Sequence[float], confidence: float = CONFIDENCE
) -> Comparison:
    """Compare `other` with `reference`: one figure for each launch, paired by position.

    Raise ValueError when they do not pair or a figure is not positive.
    """
    logs = [math.log(b / a) for a, b in zip(reference, other, strict=True)]
    if not logs:
        raise ValueError("no launches to compare")
    mean = fmean(logs)
    if len(logs) == 1:
        return Comparison(math.exp(mean), 0.0, math.inf, 1)
    half = t_quantile(confidence, len(logs) - 1) * stdev(logs) / math.sqrt(len(logs))
    return Comparison(math.exp(mean), math.exp(mean - half), math.exp(mean + half), len(logs))


def t_quantile(confidence: float, freedom: int) -> float:
    """Return the t with `confidence` of Student's distribution between -t and t.

    Exact for one and two degrees of freedom, within 0.2 % (at 95 %) from three on: the
    Cornish-Fisher expansion to the fourth order (Abramowitz and Stegun 26.7.5).
    """
    upper = (1 + confidence) / 2
    if freedom == 1:
        return math.tan(math.pi * (upper - 0.5))
    if freedom == 2:
        return (2 * upper - 1) / math.sqrt(2 * upper * (1 - upper))
    z = NormalDist().inv_cdf(upper)
    terms = (
        z,
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
        (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92160,
    )
    return math.fsum(term / freedom**power for power, term in enumerate(terms))


def _percent(ratio: float) -> str:
    return f"{round(100 * (ratio - 1), 2) + 0.0:+.2f} %"  # + 0.0: never "-0.00"
