"""The six verdicts: their names, their order, which of them are news. Pure.

This is the only list of verdicts. It knows neither how a verdict is reached (`judge.py`) nor how
one is shown.

The order says how much less is known about the implementation than the scenario set out to show:

- `pass`: all of it was shown;
- `varies`: it was shown, in a way that the claim allows beside the strict one;
- `unsupported`: nothing was to be shown: the implementation says that it has no such thing;
- `inconclusive`: it was to be shown, and the case did not get there;
- `fail`: the contrary was shown;
- `broken`: the driver or the harness is at fault, so that nothing which the case showed counts,
  a failure included. This is why it stands above `fail`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, get_args

Verdict = Literal["pass", "varies", "unsupported", "inconclusive", "fail", "broken"]

VERDICTS: tuple[Verdict, ...] = get_args(Verdict)
"""All verdicts, from good to bad."""

UNEXPECTED: frozenset[Verdict] = frozenset({"fail", "inconclusive", "broken"})
"""The verdicts which somebody must look at, unless a listed deviation foretold them."""

MEANING: Mapping[Verdict, str] = {
    "pass": "the behaviour is as claimed",
    "varies": "an allowed alternative to what is claimed",
    "unsupported": "the implementation says that it has no such thing",
    "inconclusive": "the case did not exercise what it claims",
    "fail": "the behaviour is not as claimed",
    "broken": "the driver or the harness is at fault; nothing was learnt",
}


def worst(*verdicts: Verdict | None) -> Verdict:
    """Return the worst of the verdicts; None stands for a phase that a case does not have.

    Raises ValueError when there is no verdict at all: nothing known is not a pass.
    """
    given = [verdict for verdict in verdicts if verdict is not None]
    if not given:
        raise ValueError("no verdict to choose from")
    return max(given, key=VERDICTS.index)
