"""The table of operations: receiving."""

from __future__ import annotations

from harness.language.operations.common import DATA_IN, FLAGS, PEER, SIZE
from harness.language.operations.entry import Argument, Field, Operation

TABLE = (
    Operation("recv", "One recv(2).", {"size": SIZE, "flags": FLAGS}, {"data": DATA_IN}, "data"),
    Operation(
        "recvfrom",
        "One recvfrom(2).",
        {"size": SIZE, "flags": FLAGS},
        {"data": DATA_IN, "peer": PEER},
        "data",
    ),
    Operation(
        "recv_into",
        "One recv(2) into a buffer of `size` bytes filled with 0xee before.",
        {
            "size": SIZE,
            "nbytes": Argument("integer", "ask for fewer bytes than the buffer holds"),
            "flags": FLAGS,
        },
        {
            "data": DATA_IN,
            "count": Field("integer", "what the call returned"),
            "tail_untouched": Field("boolean", "nothing behind the received bytes was written"),
        },
        "data",
    ),
    Operation(
        "recvmsg",
        "One recvmsg(2). Descriptors that arrive become handles named by `as`, `as`2, `as`3 ...",
        {
            "size": SIZE,
            "control": Argument("integer", "bytes for control messages; 0 when missing"),
            "flags": FLAGS,
        },
        {
            "data": DATA_IN,
            "ancillary": Field("any", "control messages: a list of {type, ...}"),
            "flags": Field("flags", "MSG_* flags set by the kernel"),
            "peer": PEER,
        },
        "data",
    ),
    Operation(
        "recv_exactly",
        "Read until `size` bytes have come or the stream ends (several calls).",
        {
            "size": Argument("integer", "how many bytes", required=True),
            "chunk": Argument("integer", "ask for at most so many bytes a call"),
        },
        {"data": DATA_IN, "calls": Field("integer", "how many calls it took")},
        "data",
    ),
    Operation(
        "recv_until_eof",
        "Read until the other side has closed (several calls).",
        {
            "chunk": Argument(
                "integer", "ask for at most so many bytes a call; 65536 when missing"
            ),
            "chunks": Argument("any", "a list: ask for these sizes in turn, again and again"),
        },
        {"data": DATA_IN, "calls": Field("integer", "how many calls it took")},
        "data",
    ),
    Operation(
        "drain",
        "Read without waiting until nothing is there (several calls).",
        {},
        {
            "data": DATA_IN,
            "eof": Field("boolean", "whether the end was among it"),
            "calls": Field("integer", "how many calls brought something"),
            "sizes": Field("any", "a list: the sizes that single calls brought, each named once"),
        },
        "data",
    ),
)
