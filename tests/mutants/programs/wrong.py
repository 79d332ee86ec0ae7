"""Wrong servers, one bug each: the proof that a trial finds what is wrong.

A bug is a right server with a method that is wrong, under `@bug(name, service, transport,
sentence)`; its docstring says what is wrong. The sentence is the one which a trial must say is not
kept. Bugs are those that people really make.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any, NamedTuple

RESET = struct.pack("ii", 1, 0)  # for SO_LINGER: close() then resets


class Bug(NamedTuple):
    """One wrong server: where it is tried, the sentence that it breaks."""

    service: str
    transport: str
    sentence: str
    server: Any


BUGS: dict[str, Bug] = {}


def bug(name: str, service: str, transport: str, sentence: str) -> Callable[[Any], Any]:
    """Put a wrong server into the table."""

    def register(server: Any) -> Any:
        assert name not in BUGS, name
        BUGS[name] = Bug(service, transport, sentence, server)
        return server

    return register
