"""The table of operations: files and pipes, whose descriptors are handles as those of sockets are.

`file_read`, `file_write`, `poll`, `fcntl` and `close` work on them, and sendmsg passes them on.
"""

from __future__ import annotations

from harness.language.operations.entry import Argument, Field, Operation

TABLE = (
    Operation(
        "open",
        "Open a file that exists.",
        {
            "path": Argument("text", "the path, as of the operations on files", required=True),
            "mode": Argument("choice", "read when missing", choices=("read", "write", "both")),
        },
        opens=True,
    ),
    Operation(
        "pipe",
        "Make a pipe: this handle is the end to read from, `as` names the end to write to.",
        makes=True,
        opens=True,
    ),
    Operation(
        "descriptors",
        "How many descriptors the handle's process has open.",
        {},
        {"count": Field("integer", "")},
        bare=True,
    ),
)
