"""The table of operations: sending."""

from __future__ import annotations

from harness.language.operations.common import COUNT, DATA_OUT, FLAGS, SPLIT, TO
from harness.language.operations.entry import Argument, Field, Operation

TABLE = (
    Operation(
        "send",
        "One send(2).",
        {"data": DATA_OUT, "flags": FLAGS},
        {"count": COUNT},
        "count",
        sends=True,
    ),
    Operation(
        "sendall",
        "Send until every byte is taken (several calls).",
        {
            "data": DATA_OUT,
            "flags": FLAGS,
            "chunk": Argument("integer", "hand the bytes over in pieces of this size"),
        },
        {"count": COUNT},
        "count",
        sends=True,
    ),
    Operation(
        "sendto",
        "One datagram to an address.",
        {"data": DATA_OUT, "to": TO, "flags": FLAGS},
        {"count": COUNT},
        "count",
        opens=True,
        sends=True,
    ),
    Operation(
        "sendmsg",
        "One sendmsg(2): buffers, control messages, destination.",
        {
            "data": Argument("payloads", "one payload, or a list of payloads: a buffer each"),
            "split": SPLIT,
            "ancillary": Argument(
                "ancillary",
                "control messages: {fds: [handles], times: n}, {credentials: {pid, uid, gid}} with "
                "our own for those that are missing, {type, value} for an integer, {type, hex}; "
                "`level` where the type's prefix does not tell",
            ),
            "to": Argument("address", "the destination; none when missing"),
            "flags": FLAGS,
        },
        {"count": COUNT},
        "count",
        opens=True,
        sends=True,
    ),
    Operation(
        "fill",
        "Send without waiting until the kernel takes no more (several calls).",
        {"chunk": Argument("integer", "bytes a call; 65536 when missing")},
        {
            "count": Field("integer", "bytes taken in all; byte i is i % 251"),
            "calls": Field("integer", "how many calls it took that the kernel took bytes of"),
        },
        "count",
    ),
    Operation(
        "sendfile",
        "One sendfile(2): bytes of a file that the kernel sends by itself.",
        {
            "path": Argument("text", "the file; a relative path is as for `creat`", required=True),
            "offset": Argument("integer", "from this byte of the file on; 0 when missing"),
            "size": Argument("integer", "how many bytes", required=True),
        },
        {"count": COUNT},
    ),
)
