"""The data of the page in little room: JSON, deflated, in base64. Pure.

A page that is mailed about and opened from a job's artifacts has a limit. What is given up to keep
it is the evidence of the cases that matter least, and the page says so.
"""

from __future__ import annotations

import base64
import json
import zlib
from typing import Any

from harness.report.html.evidence import in_short


def packed(data: dict[str, Any], most: int) -> str:
    """Return the data as base64 of deflated JSON, of at most `most` characters where that can be.

    The evidence is expected with the most telling first; of the last ones only the short form is
    kept, as many as needed.
    """
    whole = _packed(data, len(data["evidence"]))
    if len(whole) <= most:
        return whole
    fits, too_many = 0, len(data["evidence"])
    best = _packed(data, 0)
    while too_many - fits > 1 + too_many // 50:
        kept = (fits + too_many) // 2
        text = _packed(data, kept)
        if len(text) <= most:
            fits, best = kept, text
        else:
            too_many = kept
    return best


def _interned(listed: list[dict[str, Any]]) -> tuple[list[str], list[Any]]:
    """Put a number in the place of each case that has nothing to tell but a reason, for thousands
    share a few; it is that of the reason."""
    numbers: dict[str, int] = {}
    short = [
        numbers.setdefault(one["why"], len(numbers)) if one.keys() == {"why"} else one
        for one in listed
    ]
    return list(numbers), short


def _packed(data: dict[str, Any], full: int) -> str:
    """Pack with the whole story of the first `full` cases."""
    listed = data["evidence"]
    chosen = [*listed[:full], *(in_short(one) for one in listed[full:])]
    # ASCII: a half of a surrogate pair survives in an escape, and nowhere else.
    whys, short = _interned(chosen)
    whole = {**data, "evidence": short, "whys": whys}
    text = json.dumps(whole, separators=(",", ":"), allow_nan=False)
    return base64.b64encode(zlib.compress(text.encode("ascii"), 9)).decode("ascii")
