"""The table of operations: ending a connection, and giving descriptors up."""

from __future__ import annotations

from harness.language.operations.entry import Argument, Field, Operation

TABLE = (
    Operation(
        "shutdown",
        "Close one direction, or both, of the connection.",
        {
            "how": Argument(
                "choice", "which direction", required=True, choices=("read", "write", "both")
            )
        },
    ),
    Operation("close", "Close the descriptor.", ends=True),
    Operation(
        "abort", "Close with SO_LINGER (1, 0): a reset instead of an orderly end.", ends=True
    ),
    Operation(
        "detach", "Give up the descriptor without closing it.", {}, {"fd": Field("integer", "")}
    ),
    Operation(
        "close_fd",
        "close(2) of a descriptor that was given up by `detach`.",
        {"fd": Argument("integer", "its number", required=True)},
    ),
    Operation("dup", "A second descriptor for the same socket, named by `as`.", makes=True),
)
