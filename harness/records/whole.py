"""Results as one object of JSON, for programs: what `--format json` prints. Pure.

It has the lines of the file as they are, put together. `schema.py` describes it.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from harness.records.results import Results
from harness.verdicts import Verdict


def as_json(results: Results, only: Collection[Verdict] = ()) -> dict[str, Any]:
    """Return a report; `only` leaves just the cases with these verdicts."""
    cases = [case for case in results.cases if not only or case.verdict in only]
    return {
        "header": results.header.as_json(),
        "cases": [case.as_json() for case in cases],
        "latencies": [line.as_json() for line in results.latencies],
        "comparisons": [line.as_json() for line in results.comparisons],
        "measurements": [line.as_json() for line in results.measurements],
        "scenarios": [one.as_json() for one in results.scenarios],
        "footer": results.footer.as_json() if results.footer else None,
        "warnings": list(results.warnings),
        "stopped": results.stopped,
        "files": [str(path) for path in results.paths],
    }
