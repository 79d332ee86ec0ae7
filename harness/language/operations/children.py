"""The table of operations: child processes that share a socket."""

from __future__ import annotations

from harness.language.operations.entry import Argument, Field, Operation

TABLE = (
    Operation(
        "fork",
        "Fork a child that holds a copy of this descriptor and no other; `as` names the copy. "
        "What a step asks of that handle, and of those made from it, is done in the child.",
        {},
        {"pid": Field("integer", "the child's number")},
        makes=True,
    ),
    Operation(
        "child_exit",
        "The child ends and closes nothing itself. Returns when it is gone.",
        {"signal": Argument("text", "kill it by this signal instead of letting it exit")},
        {"status": Field("any", "its exit status, or the signal's name")},
        ends=True,
    ),
)
