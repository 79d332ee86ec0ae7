"""What a run of `bench` found: a table for each reference, a plot, and what to think of it. Pure.

No figure stands alone. Beside those on trial are the floor, the loop by hand and the twin, whose
reading is the noise; under them, where they were played, what ended the run, and everything that
makes the figures worth less. It judges nothing: the words are in the records.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from harness.records.measured import ComparisonRecord, LatencyRecord, MeasurementRecord
from harness.records.results import Results
from harness.report.latency import implementations, in_units, microseconds
from harness.report.line import Line
from harness.report.readable import escape, fold, pad, shorten_middle
from harness.report.strips import Strip, strips
from harness.report.workloads import besides, differing, row

_NAME = 24  # columns; what is longer is cut in its middle
_NUMBER = 7


def bench_lines(results: Results, width: int = 80) -> Iterator[Line]:
    """The report of every measurement in the results."""
    for number, measurement in enumerate(results.measurements):
        if number:
            yield Line("")
        yield from _Report(results, measurement, width).lines()


class _Report:
    """One measurement with the lines that belong to it."""

    def __init__(self, results: Results, measurement: MeasurementRecord, width: int) -> None:
        self.of = measurement
        self.width = width
        self.figures: Mapping[str, LatencyRecord] = {
            one.id: one for one in results.latencies if self._mine(one)
        }
        self.compared = [one for one in results.comparisons if one.run == measurement.run]

    def _mine(self, one: LatencyRecord) -> bool:
        return one.scenario == self.of.scenario and one.run == self.of.run

    def lines(self) -> Iterator[Line]:
        for reference in self.of.references:
            yield from self._table(self.figures[reference])
            yield Line("")
        yield from (Line(text) for text in self._plot())
        for text in self._sentences():
            first, *more = fold(text, self.width)
            yield Line(first)
            yield from (Line(f"  {line}") for line in fold(" ".join(more), self.width - 2) if line)

    # --- the table -------------------------------------------------------------------------------

    def _table(self, reference: LatencyRecord) -> Iterator[Line]:
        mine = [one for one in self.compared if one.reference == reference.id]
        yield Line(self._caption(reference), "heading")
        heads = "".join(f"{head:>{_NUMBER}}" for head in ("p50", "p90", "p99"))
        yield Line(f"  {pad('', self._names)}{heads}  µs; against {self._name(reference)}")
        yield self._row(reference, "reference")
        for one in mine:
            if one.role == "trial":
                yield self._row(self.figures[one.id], _ratio(one), one.word)
        for one in mine:
            if one.role == "floor":
                yield self._row(self.figures[one.id], _ratio(one), "the floor")
        for one in mine:
            if one.role == "twin":
                yield self._row(self.figures[one.id], _ratio(one), "the noise", "its twin")
        yield from self._by_hand(reference)

    def _by_hand(self, reference: LatencyRecord) -> Iterator[Line]:
        for one in self.compared:
            hand = self.figures.get(one.reference)
            if one.role == "by-hand" and hand is not None and _alike(hand, reference):
                yield self._row(hand, _ratio(one), "the harness adds")

    def _row(self, figures: LatencyRecord, said: str, word: str = "", name: str = "") -> Line:
        times = (figures.p50, figures.p90, figures.p99)
        numbers = "".join(f"{_time(time):>{_NUMBER}}" for time in times)
        name = shorten_middle(name or self._name(figures), self._names)
        return Line(f"  {pad(name, self._names)}{numbers}  {said:<18} {word}".rstrip())

    @property
    def _names(self) -> int:
        return min(max(8, *(len(self._name(one)) for one in self.figures.values())), _NAME)

    def _name(self, figures: LatencyRecord) -> str:
        """What tells it apart: its implementations; its transport and size where all have one."""
        trials = [one for one in self.figures.values() if one.role == "trial"]
        alike = len({str(one.implementations) for one in trials}) == 1 and len(trials) > 1
        if alike and figures.role == "trial":
            return f"{row(figures, self._options)} {in_units(figures.size)}"
        return implementations(figures.implementations)

    @property
    def _options(self) -> tuple[str, ...]:
        """The options in which the variants of the run differ."""
        return differing(self.figures.values())

    def _caption(self, reference: LatencyRecord) -> str:
        size = in_units(reference.size)
        where = f"{reference.workload}, {size} over {row(reference, self._options)}"
        return f"{escape(self.of.scenario)}: {where}; {escape(self.of.placement)}"

    def _plot(self) -> list[str]:
        shown = [one for one in self.compared if one.role in ("trial", "floor", "twin")]
        drawn = []
        for one in shown:
            figures = self.figures.get(one.id)
            if figures is not None:
                name = "its twin" if one.role == "twin" else self._name(figures)
                drawn.append(Strip(name, one.ratio, one.low, one.high))
        return strips(drawn, self.width)

    # --- what to think of it ---------------------------------------------------------------------

    def _sentences(self) -> Iterator[str]:
        of = self.of
        if not of.references:
            yield "the reference was not measured, so nothing is held against it"
        yield (
            f"± is the smallest difference that this run could have seen: half of a "
            f"{100 * of.confidence:g} % interval over {_launches(of)}"
        )
        yield f"{_stop(of)}; {_launches(of)} in {of.seconds:.1f} s"
        widened = max((one.widened for one in self.compared), default=0.0)
        if widened:
            yield (
                "the twin disagrees with its reference, though they are the same: every interval "
                f"was made wider by {_percent(widened)}"
            )
        for missing in of.missing:
            reached = f"; the interval is ±{_percent(of.widest)}" if of.widest is not None else ""
            yield escape(missing) + reached
        yield from map(escape, of.absent)
        yield from self._extras()
        if of.replaced:
            more = f" and {len(of.replaced) - 2} others" if len(of.replaced) > 2 else ""
            yield f"played once more: {', '.join(map(escape, of.replaced[:2]))}{more}"
        yield from self._notes()

    def _extras(self) -> Iterator[str]:
        """What a workload says beside its times: of whom, and in which units."""
        for one in self.figures.values():
            if one.extra and one.role in ("trial", "floor"):
                yield f"{self._name(one)}: {besides(one.extra)}"

    def _notes(self) -> Iterator[str]:
        """Each note once, before it those whom it is about."""
        about: dict[str, list[str]] = {}
        for one in self.figures.values():
            for note in one.notes:
                if note.startswith("no p"):
                    continue  # the table shows a dash
                about.setdefault(note, []).append(self._name(one))
        for note, names in about.items():
            everybody = len(names) == len(self.figures)
            yield escape(note if everybody else f"{', '.join(dict.fromkeys(names))}: {note}")


def progress(of: MeasurementRecord) -> str:
    """One line while it runs: how wide the interval is, and how much time is left."""
    reached = "no interval yet" if of.widest is None else f"±{_percent(of.widest)}"
    wanted = f" of ±{_percent(of.precision)}" if of.precision is not None else ""
    budget = f" of {of.budget:g}" if of.budget is not None else ""
    return f"{_launches(of)}, {reached}{wanted}, {of.seconds:.0f}{budget} s"


def _stop(of: MeasurementRecord) -> str:
    reached = "no interval" if of.widest is None else f"±{_percent(of.widest)}"
    if of.stopped == "precision":
        return f"the precision asked for, ±{_percent(of.precision)}, is reached: {reached}"
    if of.stopped == "budget":
        wanted = "" if of.precision is None else f", ±{_percent(of.precision)} was asked for"
        return f"the budget of {of.budget:g} s is spent: {reached}{wanted}"
    return f"{'interrupted' if of.stopped == 'interrupted' else 'played as asked'}: {reached}"


def _time(value: float | None) -> str:
    """Microseconds, so many digits that a hundredth part shows."""
    return f"{value:.2f}" if value is not None and value < 100 else microseconds(value)


def _launches(of: MeasurementRecord) -> str:
    return "1 launch" if of.launches == 1 else f"{of.launches} launches"


def _alike(one: LatencyRecord, other: LatencyRecord) -> bool:
    return (one.transport, one.size) == (other.transport, other.size)


def _ratio(one: ComparisonRecord) -> str:
    half = "" if one.smallest is None else f" ±{100 * one.smallest:.2f}"
    return f"{100 * (one.ratio - 1):+9.2f} %{half}"


def _percent(part: float | None) -> str:
    if part is None:
        return "nothing"
    return f"{100 * part:.2f}".rstrip("0").rstrip(".") + " %"
