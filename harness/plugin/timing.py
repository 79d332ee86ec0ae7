"""Our latency samples through pytest-benchmark: its table, its JSON, its comparisons.

The round trips were timed inside the driver, in turns with other variants. Here they are played to
the `benchmark` fixture one by one over a clock that is set by hand: the public `timer=` of its
marker. What it then stores are our samples, to the nanosecond: all of them, or where there are
very many an even selection.

`extra_info` has what its table has no room for: percentiles in µs, launches and the middle of each,
placement, the floor in µs and the ratio to it, the noise of the run in percent.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from harness.plugin.bench import BENCH
from harness.records.model import LatencyRecord

if TYPE_CHECKING:
    from harness.plugin.items import CaseItem

_WANTED = (
    *("workload", "transport", "size", "placement", "launches", "trips"),
    *("p50", "p90", "p99", "p999", "centres"),
)


class SampleClock:
    """A clock which stands still until a sample is played: seconds, as pytest-benchmark wants."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    def play(self, nanoseconds: float) -> None:
        """Let one sample pass."""
        self.now += nanoseconds / 1e9


def replay(item: CaseItem, benchmark: Any) -> None:
    """Run a timed case and give its samples to the fixture."""
    record = item.run()
    marker = item.get_closest_marker("benchmark")
    if record is None or marker is None:
        return
    clock: SampleClock = marker.kwargs["timer"]
    timed = item.config.stash[BENCH].timed
    samples = timed.samples(item.case)
    left = iter(samples)
    benchmark.extra_info.update(_extra(record) | timed.beside(item.case))
    benchmark.pedantic(lambda: clock.play(next(left, 0)), rounds=len(samples), iterations=1)


def _extra(record: LatencyRecord) -> dict[str, Any]:
    return {name: getattr(record, name) for name in _WANTED}
