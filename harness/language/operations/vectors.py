"""The table of operations: several buffers, or several datagrams, in one call."""

from __future__ import annotations

from harness.language.operations.common import COUNT, DATA_IN, FLAGS, SIZE, SPLIT
from harness.language.operations.entry import Argument, Field, Operation

_BUFFERS = Argument("any", "a list: how many bytes each buffer holds", required=True)
_FELL = Field("any", "a list: how many bytes came into each buffer")

TABLE = (
    Operation(
        "writev",
        "One writev(2) of several buffers.",
        {
            "data": Argument("payloads", "a list of payloads: a buffer each", required=True),
            "split": SPLIT,
        },
        {"count": COUNT},
        sends=True,
    ),
    Operation(
        "readv",
        "One readv(2) into several buffers.",
        {"buffers": _BUFFERS},
        {"data": DATA_IN, "sizes": _FELL},
        "data",
    ),
    Operation(
        "recvmsg_into",
        "One recvmsg(2) into several buffers.",
        {"buffers": _BUFFERS, "flags": FLAGS},
        {
            "data": DATA_IN,
            "sizes": _FELL,
            "flags": Field("flags", "MSG_* flags set by the kernel"),
        },
        "data",
    ),
    Operation(
        "sendmmsg",
        "One sendmmsg(2) of Linux: several messages to the connected peer.",
        {"data": Argument("payloads", "a list of payloads: a message each", required=True)},
        {"count": Field("integer", "messages that the call took")},
    ),
    Operation(
        "recvmmsg",
        "One recvmmsg(2) of Linux: up to so many messages.",
        {
            "messages": Argument("integer", "how many at most", required=True),
            "size": SIZE,
            "flags": FLAGS,
        },
        {"data": DATA_IN, "sizes": Field("any", "a list: how many bytes each message brought")},
        "data",
    ),
)
