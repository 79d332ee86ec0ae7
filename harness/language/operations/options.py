"""The table of operations: options, modes and timeouts."""

from __future__ import annotations

from harness.language.operations.common import LEVEL
from harness.language.operations.entry import Argument, Field, Operation

TABLE = (
    Operation(
        "setsockopt",
        "Set one socket option.",
        {
            "option": Argument("option", "the option's name", required=True),
            "value": Argument("value", "the value", required=True),
            "level": LEVEL,
        },
    ),
    Operation(
        "getsockopt",
        "Read one socket option.",
        {
            "option": Argument("option", "the option's name", required=True),
            "length": Argument("integer", "read a buffer of so many bytes instead of an int"),
            "level": LEVEL,
        },
        {"value": Field("value", "an int; {hex} with `length`; linger as [on, seconds]")},
        "value",
    ),
    Operation(
        "drop_incoming",
        "A black hole: from now on the socket throws away every packet that comes for it (a filter "
        "of Linux, SO_ATTACH_FILTER), or no more.",
        {"on": Argument("boolean", "", required=True)},
    ),
    Operation("so_error", "Read and clear the pending error.", {}, {"value": Field("text", "")}),
    Operation(
        "setblocking", "Blocking mode on or off.", {"on": Argument("boolean", "", required=True)}
    ),
    Operation("getblocking", "The blocking mode.", {}, {"value": Field("boolean", "")}, "value"),
    Operation(
        "set_inheritable",
        "Whether this descriptor survives exec (FD_CLOEXEC is the opposite).",
        {"on": Argument("boolean", "", required=True)},
    ),
    Operation(
        "settimeout",
        "The library's own timeout for every call; `none` takes it away.",
        {"timeout": Argument("duration", "", required=True)},
    ),
    Operation(
        "gettimeout",
        "The library's own timeout.",
        {},
        {"value": Field("any", "seconds, or null")},
        "value",
    ),
)
