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
from dataclasses import dataclass, field
from typing import Literal

# What a value is; each kind has one checker in the loader and one shape in the schema.
Kind = Literal[
    "integer",  # a whole number
    "boolean",
    "text",
    "scalar",  # any YAML scalar, handed to the library as it is written
    "payload",  # bytes to send: text or a descriptor (hex, counting, seeded, repeat, list)
    "payloads",  # a list of payloads (gather)
    "address",  # a handle's name, or {host, port}, {path}, {abstract}
    "name",  # an address as a reply gives it
    "duration",  # 100ms, 1.5s
    "choice",  # one of `choices`
    "flags",  # MSG_* names
    "events",  # names of poll events
    "option",  # SO_KEEPALIVE, TCP_NODELAY ...
    "value",  # an option's value: integer, boolean, {hex}, {linger: [on, seconds]}, {time: 100ms}
    "handle",  # the name of another handle of the same actor
    "handles",  # a list of such names
    "ancillary",  # a list of control messages
    "data",  # received bytes
    "any",
]

EVENTS = ("IN", "PRI", "OUT", "ERR", "HUP", "NVAL", "RDHUP")
TRANSPORTS = ("tcp4", "tcp6", "udp4", "udp6", "unix-stream", "unix-dgram", "unix-seqpacket")
SERVICES = ("echo", "discard", "chargen", "daytime", "greet")


@dataclass(frozen=True)
class Argument:
    """One argument of an operation."""

    kind: Kind
    doc: str
    required: bool = False
    choices: tuple[str, ...] = ()
    default: int | None = None  # what the driver is sent when the step does not say


@dataclass(frozen=True)
class Field:
    """One field of an operation's reply."""

    kind: Kind
    doc: str


@dataclass(frozen=True)
class Operation:
    """One entry of the table.

    `primary` is the reply field that `save: NAME` keeps. `makes` says that the step brings a new
    handle into being, named by `as:`. `opens` says that the operation makes the socket itself when
    the handle does not exist yet. `ends` says that the handle is gone afterwards.
    """

    name: str
    doc: str
    arguments: Mapping[str, Argument] = field(default_factory=dict)
    reply: Mapping[str, Field] = field(default_factory=dict)
    primary: str | None = None
    makes: bool = False
    opens: bool = False
    ends: bool = False
    sends: bool = False


_FLAGS = Argument("flags", "MSG_* flags, one name or a list")
# Larger than any datagram, so that a step which does not speak of sizes gets all there is.
_SIZE = Argument("integer", "at most so many bytes; 65536 when missing", default=65536)
_DATA_OUT = Argument("payload", "the bytes to send", required=True)
_DATA_IN = Field("data", "the bytes received")
_COUNT = Field("integer", "bytes that the call took")
_TO = Argument("address", "the destination; the server's own name when missing")
_ADDRESS = Argument(
    "address", "the local address; when missing the transport's loopback and port 0"
)
_NAME = Field("name", "the socket's own name")
_PEER = Field("name", "the other side's name")
_LEVEL = Argument("text", "the option's level; found from the option's prefix when missing")

_TABLE = (
    # --- making and naming -----------------------------------------------------------------------
    Operation(
        "socket",
        "Make a socket of the case's transport.",
        {
            "transport": Argument(
                "choice", "another transport than the case's", choices=TRANSPORTS
            ),
            "protocol": Argument("integer", "the third argument of socket(2)"),
        },
        opens=True,
    ),
    Operation(
        "socketpair",
        "Make two connected unix sockets; the second is named by `as`.",
        {"transport": Argument("choice", "another transport than the case's", choices=TRANSPORTS)},
        makes=True,
        opens=True,
    ),
    Operation(
        "bind",
        "Give the socket a local address.",
        {"address": _ADDRESS},
        {"name": _NAME},
        "name",
        opens=True,
    ),
    Operation(
        "listen",
        "Accept connections from now on. A socket that is not bound yet is bound first.",
        {
            "backlog": Argument(
                "integer", "how many may wait for accept; the library's default if missing"
            ),
            "address": _ADDRESS,
        },
        {"name": _NAME},
        "name",
        opens=True,
    ),
    Operation(
        "accept",
        "Take the next waiting connection; `as` names it.",
        {},
        {"peer": _PEER, "name": _NAME},
        "peer",
        makes=True,
    ),
    Operation(
        "connect",
        "Connect, or set a datagram socket's peer.",
        {"to": _TO},
        {"name": _NAME},
        "name",
        opens=True,
    ),
    Operation(
        "disconnect",
        "connect(2) to AF_UNSPEC: a datagram socket forgets its peer.",
        {},
        {},
    ),
    Operation("getsockname", "The socket's own name.", {}, {"name": _NAME}, "name"),
    Operation("getpeername", "The other side's name.", {}, {"peer": _PEER}, "peer"),
    # --- sending ---------------------------------------------------------------------------------
    Operation(
        "send",
        "One send(2).",
        {"data": _DATA_OUT, "flags": _FLAGS},
        {"count": _COUNT},
        "count",
        sends=True,
    ),
    Operation(
        "sendall",
        "Send until every byte is taken (several calls).",
        {
            "data": _DATA_OUT,
            "flags": _FLAGS,
            "chunk": Argument("integer", "hand the bytes over in pieces of this size"),
        },
        {"count": _COUNT},
        "count",
        sends=True,
    ),
    Operation(
        "sendto",
        "One datagram to an address.",
        {"data": _DATA_OUT, "to": _TO, "flags": _FLAGS},
        {"count": _COUNT},
        "count",
        opens=True,
        sends=True,
    ),
    Operation(
        "sendmsg",
        "One sendmsg(2): buffers, control messages, destination.",
        {
            "data": Argument("payloads", "one payload, or a list of payloads: a buffer each"),
            "ancillary": Argument("ancillary", "control messages"),
            "to": Argument("address", "the destination; none when missing"),
            "flags": _FLAGS,
        },
        {"count": _COUNT},
        "count",
        opens=True,
        sends=True,
    ),
    Operation(
        "fill",
        "Send without waiting until the kernel takes no more (several calls).",
        {"chunk": Argument("integer", "bytes a call; 65536 when missing")},
        {"count": Field("integer", "bytes taken in all; byte i is i % 251")},
        "count",
    ),
    # --- receiving -------------------------------------------------------------------------------
    Operation("recv", "One recv(2).", {"size": _SIZE, "flags": _FLAGS}, {"data": _DATA_IN}, "data"),
    Operation(
        "recvfrom",
        "One recvfrom(2).",
        {"size": _SIZE, "flags": _FLAGS},
        {"data": _DATA_IN, "peer": _PEER},
        "data",
    ),
    Operation(
        "recv_into",
        "One recv(2) into a buffer of `size` bytes filled with 0xee before.",
        {
            "size": _SIZE,
            "nbytes": Argument("integer", "ask for fewer bytes than the buffer holds"),
            "flags": _FLAGS,
        },
        {
            "data": _DATA_IN,
            "count": Field("integer", "what the call returned"),
            "tail_untouched": Field("boolean", "nothing behind the received bytes was written"),
        },
        "data",
    ),
    Operation(
        "recvmsg",
        "One recvmsg(2). Descriptors that arrive become handles named by `as`, `as`2, `as`3 ...",
        {
            "size": _SIZE,
            "control": Argument("integer", "bytes for control messages; 0 when missing"),
            "flags": _FLAGS,
        },
        {
            "data": _DATA_IN,
            "ancillary": Field("any", "control messages: a list of {type, ...}"),
            "flags": Field("flags", "MSG_* flags set by the kernel"),
            "peer": _PEER,
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
        {"data": _DATA_IN, "calls": Field("integer", "how many calls it took")},
        "data",
    ),
    Operation(
        "recv_until_eof",
        "Read until the other side has closed (several calls).",
        {"chunk": Argument("integer", "ask for at most so many bytes a call; 65536 when missing")},
        {"data": _DATA_IN, "calls": Field("integer", "how many calls it took")},
        "data",
    ),
    Operation(
        "drain",
        "Read without waiting until nothing is there (several calls).",
        {},
        {
            "data": _DATA_IN,
            "eof": Field("boolean", "whether the end was among it"),
        },
        "data",
    ),
    # --- ending ----------------------------------------------------------------------------------
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
    # --- options and modes -----------------------------------------------------------------------
    Operation(
        "setsockopt",
        "Set one socket option.",
        {
            "option": Argument("option", "the option's name", required=True),
            "value": Argument("value", "the value", required=True),
            "level": _LEVEL,
        },
    ),
    Operation(
        "getsockopt",
        "Read one socket option.",
        {
            "option": Argument("option", "the option's name", required=True),
            "length": Argument("integer", "read a buffer of so many bytes instead of an int"),
            "level": _LEVEL,
        },
        {"value": Field("value", "an int; {hex} with `length`; linger as [on, seconds]")},
        "value",
    ),
    Operation("so_error", "Read and clear the pending error.", {}, {"value": Field("text", "")}),
    Operation(
        "setblocking", "Blocking mode on or off.", {"on": Argument("boolean", "", required=True)}
    ),
    Operation("getblocking", "The blocking mode.", {}, {"value": Field("boolean", "")}, "value"),
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
    # --- looking ---------------------------------------------------------------------------------
    Operation(
        "poll",
        "One poll(2).",
        {
            "events": Argument("events", "what to ask for; IN and OUT when missing"),
            "timeout": Argument("duration", "how long to wait; 0ms when missing"),
        },
        {"events": Field("events", "the events that are set, in the order of poll(2)")},
        "events",
    ),
    Operation(
        "select",
        "One select(2) on this handle.",
        {"timeout": Argument("duration", "how long to wait; 0ms when missing")},
        {"ready": Field("any", "of read, write, except: those that are set")},
        "ready",
    ),
    Operation(
        "quiet",
        "Nothing to read, no error and no hang-up for a while.",
        {"for": Argument("duration", "how long; 100ms when missing")},
        {"events": Field("events", "what came, if anything did")},
        "events",
    ),
    Operation(
        "fileno", "The descriptor's number; -1 when closed.", {}, {"fd": Field("integer", "")}
    ),
    Operation("fionread", "Bytes ready to read (FIONREAD).", {}, {"count": Field("integer", "")}),
    Operation(
        "outq",
        "Bytes sent but not taken by the peer (SIOCOUTQ).",
        {},
        {"count": Field("integer", "")},
    ),
    Operation(
        "at_mark",
        "Whether the read position is at the urgent mark (SIOCATMARK).",
        {},
        {"value": Field("boolean", "")},
    ),
    Operation(
        "tcp_info",
        "The kernel's TCP_INFO: state, and for a listener the accept queue.",
        {},
        {
            "state": Field("text", "ESTABLISHED, CLOSE_WAIT ..."),
            "queued": Field("integer", "listener: connections waiting for accept"),
            "limit": Field("integer", "listener: the backlog in force"),
        },
        "state",
    ),
    Operation(
        "inheritable", "Whether the descriptor survives exec.", {}, {"value": Field("boolean", "")}
    ),
    # --- descriptors -----------------------------------------------------------------------------
    Operation("dup", "A second descriptor for the same socket, named by `as`.", makes=True),
    # --- services --------------------------------------------------------------------------------
    Operation(
        "serve",
        "Serve one of the small standard services in the background, many clients at once.",
        {
            "service": Argument("choice", "which", required=True, choices=SERVICES),
            "address": _ADDRESS,
            "backlog": Argument("integer", "how many may wait for accept"),
            "greeting": Argument("payload", "what `greet` says"),
        },
        {"name": _NAME},
        "name",
        opens=True,
    ),
    # --- names of hosts and services -------------------------------------------------------------
    Operation(
        "getaddrinfo",
        "Look a host and a service name up.",
        {
            "host": Argument("scalar", "", required=True),
            "port": Argument("scalar", "", required=True),
        },
        {"name": Field("name", "the first answer for the case's transport")},
        "name",
    ),
)


def _with_primary(operation: Operation) -> Operation:
    """An operation with a single reply field need not say that it is the primary one."""
    if operation.primary is None and len(operation.reply) == 1:
        (only,) = operation.reply
        return Operation(**{**operation.__dict__, "primary": only})
    return operation


OPERATIONS: Mapping[str, Operation] = {o.name: _with_primary(o) for o in _TABLE}
