"""The table of verdicts by family, with its sums.

A nought is drawn as a point, so that the eye falls on what is there. Where the terminal is too
narrow for all six verdicts, those which no case has are left out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from rich.console import Console
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

from harness.records.model import CaseRecord
from harness.report.paint import STYLES, painted
from harness.report.readable import escape
from harness.verdicts import Verdict

# As a reader asks: did it work, nearly, not at all; was it tried; is the harness at fault.
ORDER: tuple[Verdict, ...] = ("pass", "varies", "fail", "unsupported", "inconclusive", "broken")

_UNBOUNDED = 10_000  # columns: to measure a table, not to print it


def print_verdicts(cases: Sequence[CaseRecord], out: Console) -> None:
    """Print the table: roomy if it fits, else closer, but never with a name cut off."""
    present = {case.verdict for case in cases}
    few = tuple(verdict for verdict in ORDER if verdict in present)
    for columns, gap in ((ORDER, 2), (ORDER, 1), (few, 1)):
        table = _table(cases, columns, gap, out)
        width = Measurement.get(out, out.options.update(max_width=_UNBOUNDED), table).maximum
        if width <= out.width:
            break
    out.print(table, width=width, crop=False, no_wrap=True, overflow="ignore")


def _table(
    cases: Sequence[CaseRecord], columns: Sequence[Verdict], gap: int, out: Console
) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, gap, 0, 0), header_style=STYLES["heading"])
    table.add_column("family", no_wrap=True)
    for name in (*columns, "seconds"):
        table.add_column(name, no_wrap=True, justify="right")
    families = sorted({case.family for case in cases})
    for family in families:
        own = [case for case in cases if case.family == family]
        table.add_row(painted(escape(family), "plain", out), *_cells(own, columns, out))
    if len(families) > 1:
        table.add_row(painted("all", "heading", out), *_cells(cases, columns, out))
    return table


def _cells(cases: Sequence[CaseRecord], columns: Sequence[Verdict], out: Console) -> Iterator[Text]:
    counts = Counter(case.verdict for case in cases)
    for verdict in columns:
        number = counts[verdict]
        yield painted(str(number), verdict, out) if number else painted("·", "faint", out)
    yield painted(f"{sum(case.seconds for case in cases):.2f}", "plain", out)
