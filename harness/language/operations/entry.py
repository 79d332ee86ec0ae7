"""What an entry of the table of operations is made of."""

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
    "flags",  # MSG_* or AI_* names
    "events",  # names of poll events
    "option",  # SO_KEEPALIVE, TCP_NODELAY ...
    "value",  # an option's value: integer, boolean, {hex}, {linger: [on, s]}, {time: 100ms} ...
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
    the handle does not exist yet. `ends` says that the handle is gone afterwards. `bare` says that
    the operation needs no socket: the handle's name only tells in which process it is done.
    """

    name: str
    doc: str
    arguments: Mapping[str, Argument] = field(default_factory=dict)
    reply: Mapping[str, Field] = field(default_factory=dict)
    primary: str | None = None
    makes: bool = False
    opens: bool = False
    ends: bool = False
    bare: bool = False
    sends: bool = False
