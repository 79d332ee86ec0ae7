"""The one table of operations: what a step may ask of a socket, with which arguments, and what it
gives back.

The loader's checks, the JSON Schema for editors, the reference page and the drivers' self-test are
all made from this table, so a new operation is one entry here, one function in a driver and one
scenario. The table knows nothing of how an operation is done.

Names of calls are those of POSIX and of Python's socket module. Operations that make several calls
(`recv_exactly`, `fill` ...) say so in their description.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from harness.language.operations import (
    api,
    children,
    ending,
    epoll,
    files,
    looking,
    makefile,
    naming,
    options,
    paths,
    process,
    raw,
    receiving,
    sending,
    serving,
    signals,
    vectors,
)
from harness.language.operations.entry import (
    EVENTS,
    SERVICES,
    TRANSPORTS,
    Argument,
    Field,
    Operation,
)

__all__ = [
    "EVENTS", "OPERATIONS", "SERVICES", "TABLES", "TRANSPORTS", "Argument", "Field", "Operation",
]  # fmt: skip

# The order of the reference page.
TABLES = (
    naming, sending, receiving, vectors, ending, options, looking, epoll, serving, paths, files,
    process, children, signals, makefile, api, raw,
)  # fmt: skip


def _with_primary(operation: Operation) -> Operation:
    """An operation with a single reply field need not say that it is the primary one."""
    if operation.primary is None and len(operation.reply) == 1:
        (only,) = operation.reply
        return replace(operation, primary=only)
    return operation


OPERATIONS: Mapping[str, Operation] = {
    operation.name: _with_primary(operation) for part in TABLES for operation in part.TABLE
}
