"""The table of operations: calls that only Python's socket module has."""

from __future__ import annotations

from harness.language.operations.common import ADDRESS, COUNT, NAME, TO
from harness.language.operations.entry import Argument, Field, Operation

TABLE = (
    Operation(
        "connect_ex",
        "Connect, with an error as the result in place of an exception.",
        {"to": TO},
        {"value": Field("text", "the error's name; `none` when connected")},
        "value",
        opens=True,
    ),
    Operation(
        "create_server",
        "socket.create_server: socket, options, bind and listen in one.",
        {
            "address": ADDRESS,
            "backlog": Argument("integer", "how many may wait for accept"),
            "reuse_port": Argument("boolean", "set SO_REUSEPORT"),
            "dualstack": Argument("boolean", "serve IPv4 clients as well"),
        },
        {"name": NAME},
        "name",
        opens=True,
    ),
    Operation(
        "socket_sendfile",
        "socket.sendfile: send a whole file, or a part of it (several calls).",
        {
            "path": Argument("text", "the file; a relative path is as for `creat`", required=True),
            "offset": Argument("integer", "from this byte of the file on; 0 when missing"),
            "size": Argument("integer", "how many bytes; all there are when missing"),
        },
        {"count": COUNT},
    ),
)
