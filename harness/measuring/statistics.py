"""From samples to figures, and from two sets of launches to a verdict. Pure.

Samples are round-trip times in whole nanoseconds, as the drivers recorded them. Percentiles come
from HdrHistogram (three significant digits, so within 0.1 %), whose counts can be merged over
launches, CI jobs and machines. A comparison does not use the histogram, whose steps are as wide as
the differences looked for, nor the median, which on a clock of 10 ns steps by as much: it takes the
mean of the middle fifth of each launch, which ignores outliers as the median does.

A launch, not a trip, is one observation: the trips of a launch share its processes, memory layout
and neighbours. The interval is therefore a t-interval over launches, on the logarithm of ratios,
so that "a over b" and "b over a" say the same. Most launches of identical programs agree within
0.2 %, and one in twenty is off by 2 %: the mean and its error are those of Tukey and McLaughlin,
without the outer fifth of the launches at either end.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import count as counting
from statistics import fmean, stdev
from typing import Literal, get_args

from hdrh.histogram import HdrHistogram

LOWEST, HIGHEST, DIGITS = 1, 60_000_000_000, 3

# Of an interval. A CI can live with less than one false word in a hundred runs. At 99.5 % there
# were 1.2: a trimmed interval of 5 to 30 launches leaves the truth out in 0.6 to 0.9 %, and a run
# that ends once its interval is narrow ends sooner when that is so by chance.
CONFIDENCE = 0.998

# A percentile is printed only when at least so many samples lie beyond it: with ten, its own rank
# is uncertain by a third; with fewer it is an anecdote.
BEYOND = 10

Word = Literal["faster", "slower", "no difference seen"]
WORDS: tuple[Word, ...] = get_args(Word)


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
    interval: low is 0 and high is infinite. `widened` is the part by which both bounds were moved
    outwards, for a reason that launches do not show.
    """

    ratio: float
    low: float
    high: float
    launches: int
    widened: float = 0.0

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

    @property
    def off(self) -> float:
        """How far the ratio is from 1, whichever way: 0.02 for 1.02, and for its inverse."""
        return math.exp(abs(math.log(self.ratio))) - 1

    def widen(self, part: float) -> Comparison:
        """Return the comparison with bounds that lie further out, by a part of themselves."""
        factor = 1 + part
        return replace(
            self, low=self.low / factor, high=self.high * factor, widened=self.widened + part
        )

    def __str__(self) -> str:
        if math.isinf(self.high):
            return f"{_percent(self.ratio)} (one launch: no interval)"
        return f"{self.word}: {_percent(self.ratio)} ±{100 * self.half_width:.2f} %"


def histogram(samples: Iterable[int]) -> HdrHistogram:
    """Return the histogram of samples in ns."""
    made = empty_histogram()
    record(made, samples)
    return made


def record(target: HdrHistogram, samples: Iterable[int]) -> None:
    """Add samples in ns to a histogram."""
    # Recording in the library costs a microsecond a call; equal samples are recorded at once.
    for value, times in Counter(samples).items():
        target.record_value(value, times)


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
    """Return the middle of one launch in ns: the mean of the middle fifth of its samples."""
    ordered = sorted(samples)
    aside = 2 * len(ordered) // 5
    return fmean(ordered[aside : len(ordered) - aside])


def compare(
    reference: Sequence[float], other: Sequence[float], confidence: float = CONFIDENCE
) -> Comparison:
    """Compare `other` with `reference`: one figure for each launch, paired by position.

    Raise ValueError when they do not pair or a figure is not positive.
    """
    logs = [math.log(b / a) for a, b in zip(reference, other, strict=True)]
    if not logs:
        raise ValueError("no launches to compare")
    if len(logs) == 1:
        return Comparison(math.exp(logs[0]), 0.0, math.inf, 1)
    mean, error, freedom = trimmed(logs)
    half = t_quantile(confidence, freedom) * error
    return Comparison(math.exp(mean), math.exp(mean - half), math.exp(mean + half), len(logs))


def trimmed(values: Sequence[float]) -> tuple[float, float, int]:
    """Return the mean without the outer fifths, its standard error, and the degrees of freedom.

    The error is that of the values with the outer ones drawn in to the last that count (Tukey and
    McLaughlin 1963). Below five values nothing is left out. At least two are needed.
    """
    ordered = sorted(values)
    count = len(ordered)
    out = count // 5
    inner = ordered[out : count - out]
    drawn_in = [inner[0]] * out + inner + [inner[-1]] * out
    error = stdev(drawn_in) * math.sqrt(count) / len(inner)
    return fmean(inner), error, len(inner) - 1


@cache
def t_quantile(confidence: float, freedom: int) -> float:
    """Return the t with `confidence` of Student's distribution between -t and t.

    By halving the angle whose tangent is t over the root of the freedom: it lies between 0 and a
    right angle, however far out t is.
    """
    low, high = 0.0, math.pi / 2
    for _ in range(60):  # each halves the error; a float has no more digits
        middle = (low + high) / 2
        if _t_within(middle, freedom) < confidence:
            low = middle
        else:
            high = middle
    return math.tan((low + high) / 2) * math.sqrt(freedom)


def _t_within(angle: float, freedom: int) -> float:
    """Return how much of the distribution lies within an angle: Abramowitz and Stegun 26.7.3, 4."""
    sine, square = math.sin(angle), math.cos(angle) ** 2
    odd = freedom % 2
    term = math.cos(angle) if odd else 1.0
    total = 0.0
    for step in counting(1 + odd, 2):
        if step >= freedom:
            break
        total += term
        term *= square * step / (step + 1)
    if odd:
        return 2 / math.pi * (angle + sine * total)
    return sine * total


def _percent(ratio: float) -> str:
    return f"{round(100 * (ratio - 1), 2) + 0.0:+.2f} %"  # + 0.0: never "-0.00"
