"""Parts and times as people write them on the command line: `2%`, `0.02`, `60s`, `2min`."""

from __future__ import annotations

import re
from typing import Any

from harness.commands.parameter import ParameterType

_UNITS = {"": 1.0, "s": 1.0, "ms": 0.001, "m": 60.0, "min": 60.0}
_NUMBER = r"(\d+(?:\.\d+)?|\.\d+)"


class Part(ParameterType):
    """A part of one: `5%`, `5 %` or `0.05`."""

    name = "PART"

    def convert(self, value: Any, param: Any, ctx: Any) -> float:
        if isinstance(value, float):
            return value
        found = re.fullmatch(rf"{_NUMBER}\s*(%?)", str(value).strip())
        part = float(found[1]) / (100 if found[2] else 1) if found else 0.0
        if not 0 < part <= 1:
            self.fail(f"{value!r} is not a part such as 2% or 0.02", param, ctx)
        return part


class Seconds(ParameterType):
    """A time: `60s`, `2min`, `500ms`, or a number of seconds."""

    name = "TIME"

    def convert(self, value: Any, param: Any, ctx: Any) -> float:
        if isinstance(value, float):
            return value
        found = re.fullmatch(rf"{_NUMBER}\s*([a-z]*)", str(value).strip())
        seconds = float(found[1]) * _UNITS.get(found[2], 0.0) if found else 0.0
        if not 0 < seconds < 1e6:
            self.fail(f"{value!r} is not a time such as 60s or 2min", param, ctx)
        return seconds
