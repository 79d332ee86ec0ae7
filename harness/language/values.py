"""The values that steps carry: numbers, durations, payloads, addresses, flags, references. Pure.

One function for each kind of the operations table turns a YAML node into plain data, or notes what
is wrong and returns None.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from harness.drivers.python import payload
from harness.language.model import Ref
from harness.language.nodes import Mapping, Node, Scalar, Sequence
from harness.language.operations import EVENTS, Argument
from harness.language.trouble import Trouble

_REFERENCE = re.compile(r"\$([A-Za-z][\w-]*)(?:\.([a-z_]+))?")
_DURATION = re.compile(r"(\d+(?:\.\d+)?)(us|ms|s)")
_UNITS = {"us": 1e-6, "ms": 1e-3, "s": 1.0}
_FLAG = re.compile(r"(MSG|AI)_[A-Z0-9_]+")
_OPTION = re.compile(r"[A-Z][A-Z0-9]*_[A-Z0-9_]+|SO_[A-Z0-9_]+")
HANDLE = re.compile(r"[a-z][a-z0-9_-]*")
_CONTROL_KEYS = (
    {"fds", "times"}, {"credentials"}, {"level", "type", "value"}, {"level", "type", "hex"},
)  # fmt: skip
_ADDRESS_KEYS = ({"host", "port", "flowinfo", "scope"}, {"path"}, {"abstract"})
# The longest wait a scenario may ask for: what needs longer by nature is no test for a CI job.
LONGEST_WAIT = 30.0
# Payloads are made in memory, in the driver and again in the judge.
LARGEST_PAYLOAD = 256 << 20


def argument(spec: Argument, node: Node, trouble: Trouble) -> Any:
    """Return an operation's argument as plain data, by its kind in the table."""
    reference = as_reference(node, trouble)
    if reference is not None:
        return reference
    if spec.kind == "choice":
        return choice(node, spec.choices, trouble)
    return _PARSERS[spec.kind](node, trouble)


def as_reference(node: Node, trouble: Trouble) -> Ref | None:
    """Return the reference that a scalar is, when it is one: `$name` or `$name.part`."""
    if not isinstance(node, Scalar) or not isinstance(node.value, str):
        return None
    text = node.value
    if not text.startswith("$") or text.startswith("$$"):
        return None
    match = _REFERENCE.fullmatch(text)
    if match is None:
        trouble.at(
            node.place,
            f"`{text[:40]}` is not a reference",
            "write `$name` or `$handle.port`; a text that begins with a dollar is written `$$`",
        )
        return Ref("")
    return Ref(match.group(1), match.group(2))


def text(node: Node, trouble: Trouble) -> str | None:
    """A text; `$$` at its beginning stands for one dollar."""
    if isinstance(node, Scalar) and isinstance(node.value, str):
        return node.value[1:] if node.value.startswith("$$") else node.value
    trouble.wanted(node, "a text")
    return None


def integer(node: Node, trouble: Trouble) -> int | None:
    """A whole number."""
    value = node.value if isinstance(node, Scalar) else None
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    trouble.wanted(node, "a whole number")
    return None


def boolean(node: Node, trouble: Trouble) -> bool | None:
    """True or false; YAML 1.2 has no other words for them."""
    if isinstance(node, Scalar) and isinstance(node.value, bool):
        return node.value
    trouble.wanted(node, "true or false")
    return None


def duration(node: Node, trouble: Trouble) -> float | None:
    """A time such as `250ms` or `1.5s`, in seconds."""
    value = node.value if isinstance(node, Scalar) else None
    match = _DURATION.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        trouble.wanted(node, "a time with its unit, such as 100ms or 2s")
        return None
    seconds = float(match.group(1)) * _UNITS[match.group(2)]
    if seconds > LONGEST_WAIT:
        trouble.at(node.place, f"a wait of {value} is longer than {LONGEST_WAIT:.0f}s")
    return seconds


def _duration_or_none(node: Node, trouble: Trouble) -> float | None:
    if isinstance(node, Scalar) and node.value in ("none", None):
        return None
    return duration(node, trouble)


def choice(node: Node, choices: tuple[str, ...], trouble: Trouble) -> str | None:
    """One of a few words."""
    word = text(node, trouble)
    if word is not None and word not in choices:
        trouble.unknown(node.place, "word", word, choices)
        return None
    return word


def scalar(node: Node, trouble: Trouble) -> Any:
    """Any scalar, as it is written."""
    if isinstance(node, Scalar):
        return node.value
    trouble.wanted(node, "a single value")
    return None


def plain(node: Node, trouble: Trouble) -> Any:
    """Any tree as plain data, with references where they stand."""
    reference = as_reference(node, trouble)
    if reference is not None:
        return reference
    if isinstance(node, Scalar):
        return text(node, trouble) if isinstance(node.value, str) else node.value
    if isinstance(node, Sequence):
        return [plain(item, trouble) for item in node.items]
    return {key.text: plain(value, trouble) for key, value in node.entries}


def bytes_to_send(node: Node, trouble: Trouble) -> Any:
    """A payload descriptor; what it describes is made later, in the driver."""
    if isinstance(node, Scalar) and not isinstance(node.value, str):
        trouble.at(
            node.place,
            f"expected text or a payload, found {node.text!r}",
            f'write "{node.text}" in quotes to send these characters',
        )
        return None
    descriptor = plain(node, trouble)
    try:
        payload.make(_small(descriptor))
    except ValueError as problem:
        trouble.at(node.place, str(problem))
    return descriptor


def _small(descriptor: Any) -> Any:
    """The descriptor with 1 for every size: enough to see whether it is well formed."""
    if isinstance(descriptor, Ref):
        return 1
    if isinstance(descriptor, list):
        return [_small(item) for item in descriptor]
    if isinstance(descriptor, dict):
        return {key: _small(value) for key, value in descriptor.items()}
    if isinstance(descriptor, int) and descriptor > LARGEST_PAYLOAD:
        raise ValueError(f"a payload of {descriptor} bytes is larger than {LARGEST_PAYLOAD}")
    return min(descriptor, 1) if type(descriptor) is int else descriptor


def buffers(node: Node, trouble: Trouble) -> Any:
    """One payload or a list of payloads: always a list."""
    if isinstance(node, Sequence):
        return [bytes_to_send(item, trouble) for item in node.items]
    return [bytes_to_send(node, trouble)]


def address(node: Node, trouble: Trouble) -> Any:
    """A handle's name (its own local name is meant), or a mapping that spells an address."""
    if isinstance(node, Scalar) and isinstance(node.value, str):
        return Ref(handle(node, trouble) or "", "name")
    if not isinstance(node, Mapping):
        trouble.wanted(node, "the name of a handle, or {host, port}, {path} or {abstract}")
        return None
    keys = {key.text for key, _ in node.entries}
    if not any(keys and keys <= allowed for allowed in _ADDRESS_KEYS):
        trouble.at(
            node.place,
            f"not an address: {{{', '.join(sorted(keys))}}}",
            "write {host: …, port: …}, {path: …} or {abstract: …}",
        )
    return {key.text: plain(value, trouble) for key, value in node.entries}


def handle(node: Node, trouble: Trouble) -> str | None:
    """The name of a handle."""
    word = text(node, trouble)
    if word is not None and not HANDLE.fullmatch(word):
        trouble.at(
            node.place,
            f"`{word[:40]}` is no name for a handle",
            "small letters, digits, - and _, a letter first",
        )
        return None
    return word


def words(node: Node, trouble: Trouble) -> list[str]:
    """One text or a list of texts: always a list."""
    items = node.items if isinstance(node, Sequence) else [node]
    return [word for word in (text(item, trouble) for item in items) if word is not None]


def _handles(node: Node, trouble: Trouble) -> list[str]:
    return words(node, trouble)


def flags(node: Node, trouble: Trouble) -> list[str]:
    """Names of MSG_* flags, or of AI_* flags for a look-up."""
    found = words(node, trouble)
    for word in found:
        if not _FLAG.fullmatch(word):
            trouble.at(node.place, f"`{word}` is no flag", "flags are written MSG_PEEK, MSG_OOB …")
    return found


def events(node: Node, trouble: Trouble) -> list[str]:
    """Names of poll events."""
    found = words(node, trouble)
    for word in found:
        if word not in EVENTS:
            trouble.unknown(node.place, "event", word, EVENTS)
    return found


def option(node: Node, trouble: Trouble) -> str | None:
    """The name of a socket option."""
    word = text(node, trouble)
    if word is not None and not _OPTION.fullmatch(word):
        trouble.at(
            node.place, f"`{word}` is no socket option", "options are written SO_KEEPALIVE …"
        )
    return word


def control_messages(node: Node, trouble: Trouble) -> Any:
    """A list of control messages; what they carry is left to the driver."""
    if not isinstance(node, Sequence):
        trouble.wanted(node, "a list of control messages")
        return None
    for item in node.items:
        keys = {key.text for key, _ in item.entries} if isinstance(item, Mapping) else set()
        if not any(keys and keys <= allowed for allowed in _CONTROL_KEYS):
            trouble.at(
                item.place,
                f"not a control message: {{{', '.join(sorted(keys))}}}",
                "write {fds: […]}, {credentials: {…}}, {type: …, value: …} or {type: …, hex: …}",
            )
    return plain(node, trouble)


def option_value(node: Node, trouble: Trouble) -> Any:
    """An integer, a boolean, {hex: …}, {linger: [on, s]}, {time: 100ms}, {ports: [low, high]},
    {interface: …} or {group: …, interface: …}."""
    if isinstance(node, Mapping):
        return {
            key.text: duration(value, trouble) if key.text == "time" else plain(value, trouble)
            for key, value in node.entries
        }
    if isinstance(node, Scalar) and isinstance(node.value, (bool, int, str)):
        return node.value
    trouble.wanted(node, "a number, true or false, or {hex}, {linger}, {time}, {ports}, {group}")
    return None


_PARSERS: dict[str, Callable[[Node, Trouble], Any]] = {
    "integer": integer,
    "boolean": boolean,
    "text": text,
    "scalar": scalar,
    "payload": bytes_to_send,
    "payloads": buffers,
    "address": address,
    "duration": _duration_or_none,
    "flags": flags,
    "events": events,
    "option": option,
    "value": option_value,
    "handle": handle,
    "handles": _handles,
    "ancillary": control_messages,
    "any": plain,
}
