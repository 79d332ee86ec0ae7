"""What a plain YAML scalar means: the core schema of YAML 1.2 (section 10.3.2), no more. Pure.

So `no`, `on`, `22:22` and `2024-01-01` are text and `010` is ten, unlike in YAML 1.1, whose rules
PyYAML keeps.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from harness.language.nodes import Value

# Longer than any number that means something to a socket (2**64 has 20 digits, the longest exact
# double about 770, which nobody writes). Python itself refuses to print more than 4300 digits.
NUMBER_LENGTH = 100

_WORDS: dict[str, Value] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), float("inf")),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), float("-inf")),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), float("nan")),
}
# `\Z` and ASCII ranges: `$` would allow a line end, `\d` digits of other scripts.
_NUMBERS: tuple[tuple[re.Pattern[str], Callable[[str], int | float]], ...] = (
    (re.compile(r"[-+]?[0-9]+\Z"), int),
    (re.compile(r"0o[0-7]+\Z"), lambda text: int(text[2:], 8)),
    (re.compile(r"0x[0-9a-fA-F]+\Z"), lambda text: int(text[2:], 16)),
    (re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?\Z"), float),
)
_NUMBER_STARTS = frozenset("+-.0123456789")


class TooLong(ValueError):
    """A number of more than `NUMBER_LENGTH` characters."""


def resolve(text: str) -> Value:
    """The value of a plain (unquoted) scalar. Raises `TooLong` for an absurd number."""
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in _NUMBER_STARTS:
        return text
    for shape, convert in _NUMBERS:
        if shape.match(text):
            if len(text) > NUMBER_LENGTH:
                raise TooLong(text)
            return convert(text)
    return text
