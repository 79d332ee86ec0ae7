"""The table of operations: Python's file objects made of sockets."""

from __future__ import annotations

from harness.language.operations.common import COUNT, DATA_IN, DATA_OUT
from harness.language.operations.entry import Argument, Operation

TABLE = (
    Operation(
        "makefile",
        "Make a file object of the socket, named by `as`; `close` closes it.",
        {
            "mode": Argument("choice", "rwb when missing", choices=("rb", "wb", "rwb")),
            "buffering": Argument("integer", "bytes to buffer; 0 for none"),
        },
        makes=True,
    ),
    Operation(
        "file_read",
        "Read bytes from a file object (several calls).",
        {"size": Argument("integer", "how many bytes", required=True)},
        {"data": DATA_IN},
    ),
    Operation("file_readline", "Read one line from a file object.", {}, {"data": DATA_IN}),
    Operation(
        "file_write",
        "Write to a file object; what it buffers is not sent yet.",
        {"data": DATA_OUT},
        {"count": COUNT},
        sends=True,
    ),
    Operation("file_flush", "Send what a file object has buffered."),
)
