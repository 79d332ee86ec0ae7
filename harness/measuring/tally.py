"""What is kept of a variant's round trips, whatever the length of the run. Pure.

A launch hands over its samples and forgets them. Kept are their exact median, which comparisons
take, their counts in one histogram, and a thinned selection for tools that want single samples.
"""

from __future__ import annotations

from array import array
from collections.abc import Mapping

from harness.measuring.statistics import centre, empty_histogram, record

# Single samples that are kept: pytest-benchmark sorts them all, and gains nothing from more.
KEPT = 20_000


class Tally:
    """Everything that is known of one variant. `centres` are the medians of launches in ns."""

    def __init__(self, kept: int = KEPT) -> None:
        self.centres: list[float] = []
        self.counts = empty_histogram()
        self.total_ns = 0
        self.samples = array("I")
        self.extra: dict[str, list[float]] = {}
        self._most = kept
        self._step = 1

    def add(self, samples: array[int], extra: Mapping[str, float] | None = None) -> None:
        """Take in a launch: its samples in ns, and what they cannot say."""
        self.centres.append(centre(samples))
        self.total_ns += sum(samples)
        record(self.counts, samples)
        self.samples += samples[:: self._step]
        while len(self.samples) > self._most:
            self.samples = self.samples[::2]
            self._step *= 2
        for name, value in (extra or {}).items():
            self.extra.setdefault(name, []).append(value)

    @property
    def trips(self) -> int:
        """All round trips, also those whose samples are no longer kept."""
        trips: int = self.counts.get_total_count()
        return trips
