"""The table of workloads: what can be timed in place of steps, and how a scenario says it. Pure.

Its own table, because a workload is not an operation of a step: it sets up both ends, plays as long
as somebody gives it turns, and what it says is in figures. The loader reads `workload:` by it, and
the schema and the reference page are made of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from harness.language import nodes, values
from harness.language.model import Workload
from harness.language.nodes import Node, Scalar
from harness.language.operations import TRANSPORTS
from harness.language.trouble import Trouble

# A folder of this name in one called `scenarios` is played when it is named, or when a command that
# times asks for it: a run of everything stays short.
FOLDER = "workloads"

Value = bool | int | str


@dataclass(frozen=True)
class Option:
    """One option: of the default's type; a number from `least` to `most`, a word of `choices`."""

    doc: str
    default: Value
    least: int = 1
    most: int = 16 << 20
    choices: tuple[str, ...] = ()


@dataclass(frozen=True)
class Kind:
    """One kind of workload. `transports` are those that can carry it."""

    doc: str
    options: Mapping[str, Option] = field(default_factory=dict)
    transports: tuple[str, ...] = TRANSPORTS


_SIZE = Option("bytes of a message", 64)
_NODELAY = Option("TCP: send small messages at once, by TCP_NODELAY", True)
# What is dropped instead of held back when the reader is slow cannot be filled with a stream.
_HOLDS_BACK = tuple(name for name in TRANSPORTS if not name.startswith("udp"))
_CONNECTS = ("tcp4", "tcp6", "unix-stream", "unix-seqpacket")

WORKLOADS: Mapping[str, Kind] = {
    "ping-pong": Kind(
        "A message goes there and back unchanged, then the next one: a closed loop. Timed is each"
        " trip.",
        {
            "size": _SIZE,
            "nodelay": _NODELAY,
            "busy": Option("both ends ask without waiting; needs one CPU for each", False),
        },
    ),
    "paced": Kind(
        "Messages are due at a set rate, whether or not answers have come: an open loop. Timed is"
        " each trip from the moment when its message was due, so a stall is in every trip that it"
        " held up.",
        {
            "size": _SIZE,
            "nodelay": _NODELAY,
            "rate": Option("messages a second", 1000, 1, 1_000_000),
        },
    ),
    "stream": Kind(
        "Chunks follow each other one way, as fast as they are read. Timed is a turn, for each"
        " chunk: from the first byte written to the word that all has been read and found right.",
        {"size": Option("bytes of a chunk", 65_536), "nodelay": _NODELAY},
        _HOLDS_BACK,
    ),
    "connect": Kind(
        "A connection is made and accepted, carries one byte to the client, and is closed. Timed is"
        " all of it.",
        {},
        _CONNECTS,
    ),
    "fan-in": Kind(
        "Many connections are open on one server, which waits for whichever is ready; trips are"
        " played over one after the other. Timed is each trip.",
        {
            "size": _SIZE,
            "nodelay": _NODELAY,
            "connections": Option("how many are open at once", 10, 1, 100_000),
            "order": Option("who is next", "round-robin", choices=("round-robin", "random")),
        },
    ),
}


def read(node: Node, trouble: Trouble) -> Workload | None:
    """Read `workload: ping-pong`, or a mapping with `kind`; options not given have defaults."""
    if isinstance(node, Scalar):
        kind, given = node, []
    elif isinstance(node, nodes.Mapping) and isinstance(node.get("kind"), Scalar):
        kind = node.get("kind")  # type: ignore[assignment]
        given = [(key, value) for key, value in node.entries if key.text != "kind"]
    else:
        trouble.wanted(node, "the kind of a workload, or a mapping with `kind`")
        return None
    name = values.choice(kind, tuple(WORKLOADS), trouble)
    if name is None:
        return None
    known = WORKLOADS[name].options
    options: dict[str, Value | None] = {key: option.default for key, option in known.items()}
    for key, value in given:
        if key.text in known:
            options[key.text] = _value(known[key.text], value, trouble)
        else:
            trouble.unknown(key.place, f"key of `{name}`", key.text, known)
    return Workload(node.place, name, options)


def check_transports(workload: Workload, transports: tuple[str, ...], trouble: Trouble) -> None:
    """Note the transports that cannot carry the workload."""
    able = WORKLOADS[workload.kind].transports
    for transport in transports:
        if transport not in able:
            trouble.at(
                workload.place,
                f"`{workload.kind}` is not played over {transport}",
                f"over {', '.join(able)}",
            )


def _value(option: Option, node: Node, trouble: Trouble) -> Value | None:
    if isinstance(option.default, bool):
        return values.boolean(node, trouble)
    if isinstance(option.default, str):
        return values.choice(node, option.choices, trouble)
    number = values.integer(node, trouble)
    if number is not None and not option.least <= number <= option.most:
        trouble.wanted(node, f"a number from {option.least} to {option.most}")
    return number
