"""Steps: from a YAML mapping to a Call, a Finish, a Blocked or a Together. Pure.

The first key of a step says who does what (`client: send`) or is a control word (`together`,
`repeat`, `blocked`, `interrupt`, `finish`). Repeats are written out here: what the engine gets is
flat.
"""

from __future__ import annotations

import re
from typing import Any, cast

from harness.language import outcomes, values
from harness.language.model import Actor, Blocked, Call, Finish, Step, Together
from harness.language.nodes import Mapping, Node, Scalar, Sequence
from harness.language.operations import OPERATIONS, Argument, Field, Operation
from harness.language.problems import Place
from harness.language.trouble import Trouble

MODIFIERS = (
    "as", "at", "start", "expect", "provided", "within", "at-least", "eventually", "save",
    "observe", "only",
)  # fmt: skip
CONTROL = ("together", "repeat", "blocked", "interrupt", "finish")
# How long `blocked` watches when the step does not say: a scheduler tick at HZ=100, so that what
# earlier steps have set going on loopback has come, and a thread it wakes has left its sleep.
BLOCKED_HOLD = 0.01
# Written-out steps of one scenario: beyond this a file is a mistake or an attack.
MOST_STEPS = 4000

# The pseudo-handle whose operations the engine answers from what the system knows.
KERNEL = "kernel"
KERNEL_OPERATIONS = {
    "sockets": Operation(
        "sockets",
        "What the system's socket table says of a handle.",
        {"of": Argument("handle", "the handle to look at", required=True)},
        {
            "state": Field("text", "LISTEN, ESTABLISHED ...; NONE where there is no such thing"),
            "family": Field("text", "ipv4, ipv6, unix"),
            "type": Field("text", "stream, dgram, seqpacket"),
            "host": Field("text", "the local address; absent when there is none"),
            "port": Field("integer", "the local port"),
            "path": Field("text", "the local path"),
            "peer_host": Field("text", "the other side's address"),
            "peer_port": Field("integer", "the other side's port"),
            "peer_path": Field("text", "the other side's path"),
        },
        "state",
    ),
    "tcp_table": Operation(
        "tcp_table",
        "What the system's table says of all TCP sockets with a name, also of those that no "
        "process holds any more (TIME_WAIT ...).",
        {
            "local": Argument("address", "their local name", required=True),
            "peer": Argument("address", "the other side's name; any when missing"),
        },
        {"states": Field("any", "the states, in the order of the alphabet")},
        "states",
    ),
}


def read(node: Node, trouble: Trouble) -> tuple[Step, ...]:
    """Read a list of steps."""
    if not isinstance(node, Sequence):
        trouble.wanted(node, "a list of steps")
        return ()
    found: list[Step] = []
    for item in node.items:
        found.extend(_step(item, trouble))
        if len(found) > MOST_STEPS:
            trouble.at(item.place, f"more than {MOST_STEPS} steps when repeats are written out")
            break
    return tuple(found)


def _step(node: Node, trouble: Trouble) -> list[Step]:
    if not isinstance(node, Mapping) or not node.entries:
        trouble.at(node.place, "a step begins with who does what", "write `client: connect`")
        return []
    first, value = node.entries[0]
    if first.text == "repeat":
        return _repeat(node, value, trouble)
    if first.text == "together":
        return [_together(node, value, trouble)]
    if first.text in ("blocked", "interrupt"):
        return [_blocked(node, value, trouble)]
    if first.text == "finish":
        return [_finish(node, value, trouble)]
    call = _call(node, first, value, trouble)
    return [call] if call else []


# --- calls ---------------------------------------------------------------------------------------


def _call(node: Mapping, who: Scalar, what: Node, trouble: Trouble) -> Call | None:
    if who.text in MODIFIERS:
        trouble.at(who.place, f"a step begins with who does what, not with `{who.text}`")
        return None
    handle = values.handle(who, trouble)
    operation = _operation(handle, what, trouble)
    if operation is None or handle is None:
        return None
    args = _arguments(node, operation, trouble)
    modifiers = _modifiers(node, operation, trouble)
    if operation.makes and "makes" not in modifiers:
        trouble.at(
            what.place, f"`{operation.name}` makes a handle", "name it: `as: conn` in the same step"
        )
    return Call(who.place, handle, operation.name, args=args, **modifiers)


def _operation(handle: str | None, what: Node, trouble: Trouble) -> Operation | None:
    name = values.text(what, trouble)
    table = KERNEL_OPERATIONS if handle == KERNEL else OPERATIONS
    if name is None:
        return None
    if name not in table:
        trouble.unknown(what.place, "operation", name, table)
    return table.get(name)


def _arguments(node: Mapping, operation: Operation, trouble: Trouble) -> dict[str, Any]:
    known = operation.arguments
    args = {}
    for key, value in node.entries[1:]:
        if key.text in known:
            args[key.text] = values.argument(known[key.text], value, trouble)
        elif key.text not in MODIFIERS:
            trouble.unknown(key.place, f"key of `{operation.name}`", key.text, [*known, *MODIFIERS])
    for name, spec in known.items():
        if spec.required and node.get(name) is None:
            trouble.at(node.place, f"`{operation.name}` needs `{name}`", spec.doc or None)
    return args


def _modifiers(node: Mapping, operation: Operation, trouble: Trouble) -> dict[str, Any]:
    read: dict[str, Any] = {}
    for key, value in node.entries[1:]:
        if key.text in MODIFIERS and key.text not in operation.arguments:
            field, one = _modifier(key.text, value, operation, trouble)
            if one is not None:
                read[field] = one
    return read


def _modifier(
    name: str, value: Node, operation: Operation | None, trouble: Trouble
) -> tuple[str, Any]:
    if name in ("expect", "provided"):
        return name, outcomes.expectation(value, operation, trouble)
    if name in ("within", "at-least", "eventually"):
        return name.replace("-", "_"), values.duration(value, trouble)
    if name == "as":
        return "makes", values.handle(value, trouble)
    if name == "save":
        return name, _save(value, operation, trouble)
    if name == "only":
        return name, only(value, trouble)
    if name == "at":
        return name, cast(Actor, values.choice(value, ("server", "client"), trouble))
    return name, values.handle(value, trouble)


def _save(node: Node, operation: Operation | None, trouble: Trouble) -> dict[str, str]:
    """`save: count` keeps the primary field; `save: {port: name}` a field of that name."""
    fields = operation.reply if operation else None
    if isinstance(node, Mapping):
        saved = {key.text: values.text(value, trouble) or "" for key, value in node.entries}
        for key, value in node.entries:
            if fields is not None and saved[key.text] not in fields:
                trouble.unknown(value.place, "field of the reply", saved[key.text], fields)
        return saved
    name = values.handle(node, trouble)
    primary = operation.primary if operation else ""
    if primary is None:
        trouble.at(node.place, f"`{operation.name if operation else ''}` gives nothing to save")
    return {name: primary or ""} if name else {}


def only(node: Node, trouble: Trouble) -> tuple[str, ...]:
    """Read a condition or a list of them."""
    items = node.items if isinstance(node, Sequence) else [node]
    found = [outcomes.condition(item, trouble) for item in items]
    return tuple(word for word in found if word is not None)


# --- control words -------------------------------------------------------------------------------


def _check_keys(node: Mapping, allowed: tuple[str, ...], trouble: Trouble) -> None:
    word = node.entries[0][0].text
    for key, _ in node.entries[1:]:
        if key.text not in allowed:
            trouble.unknown(key.place, f"key of `{word}`", key.text, allowed)


def _only_of(node: Mapping, trouble: Trouble) -> tuple[str, ...]:
    value = node.get("only")
    return only(value, trouble) if value else ()


def _together(node: Mapping, value: Node, trouble: Trouble) -> Together:
    _check_keys(node, ("only",), trouble)
    place = node.entries[0][0].place
    return Together(place, _parallel_calls(value, trouble), _only_of(node, trouble))


def _parallel_calls(value: Node, trouble: Trouble) -> tuple[Call, ...]:
    found = []
    for step in read(value, trouble):
        if not isinstance(step, Call) or step.start:
            trouble.at(step.place, "only plain calls can stand in `together`")
        else:
            found.append(step)
    return tuple(found)


def _repeat(node: Mapping, value: Node, trouble: Trouble) -> list[Step]:
    _check_keys(node, ("steps", "together", "only"), trouble)
    times = values.integer(value, trouble)
    body, at_once = node.get("steps"), node.get("together")
    if (body is None) == (at_once is None):
        trouble.at(node.place, "`repeat` takes either `steps` or `together`")
        return []
    if times is None or not 1 <= times <= MOST_STEPS:
        if times is not None:
            trouble.at(value.place, f"`repeat` takes a number from 1 to {MOST_STEPS}")
        return []
    inside = body or at_once
    assert inside is not None
    found: list[Step] = []
    for number in range(1, times + 1):
        found.extend(read(_numbered(inside, number), trouble))
        if len(found) > MOST_STEPS:
            trouble.at(node.place, f"more than {MOST_STEPS} steps when repeats are written out")
            return []
    conditions = _only_of(node, trouble)
    if at_once is not None:
        return [_all_at_once(found, node.place, conditions, trouble)]
    return [_with_only(step, conditions) for step in found]


def _all_at_once(
    steps: list[Step], place: Place, conditions: tuple[str, ...], trouble: Trouble
) -> Together:
    for step in steps:
        if not isinstance(step, Call) or step.start:
            trouble.at(step.place, "only plain calls can stand in `together`")
    return Together(place, tuple(s for s in steps if isinstance(s, Call)), conditions)


def _with_only(step: Step, conditions: tuple[str, ...]) -> Step:
    if not conditions or step.only:
        return step
    return type(step)(**{**step.__dict__, "only": conditions})


def _numbered(node: Node, number: int) -> Node:
    """The tree with `#` replaced by the number of the round; `##` stands for one `#`."""
    if isinstance(node, Sequence):
        return Sequence([_numbered(item, number) for item in node.items], node.place)
    if isinstance(node, Mapping):
        entries = [(_numbered(k, number), _numbered(v, number)) for k, v in node.entries]
        return Mapping(cast("list[tuple[Scalar, Node]]", entries), node.place)
    if not isinstance(node.value, str) or "#" not in node.value:
        return node
    replaced = re.sub("##|#", lambda m: "#" if m[0] == "##" else str(number), node.value)
    return Scalar(replaced, node.place, replaced, node.quoted)


def _blocked(node: Mapping, value: Node, trouble: Trouble) -> Blocked:
    _check_keys(node, ("for", "only"), trouble)
    hold = node.get("for")
    seconds = values.duration(hold, trouble) if hold else BLOCKED_HOLD
    name = values.handle(value, trouble) or ""
    first = node.entries[0][0]
    interrupt = first.text == "interrupt"
    return Blocked(first.place, name, seconds or BLOCKED_HOLD, _only_of(node, trouble), interrupt)


def _finish(node: Mapping, value: Node, trouble: Trouble) -> Finish:
    allowed = ("expect", "within", "at-least", "save", "observe", "only")
    _check_keys(node, allowed, trouble)
    read = dict(
        _modifier(key.text, one, None, trouble)
        for key, one in node.entries[1:]
        if key.text in allowed
    )
    return Finish(node.entries[0][0].place, values.handle(value, trouble) or "", **read)
