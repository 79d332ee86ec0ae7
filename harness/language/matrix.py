"""The matrix of a scenario: its axes, their combinations, and `${axis}` filled in. Pure.

An axis has scalars, or mappings of scalars with a `name`; `${axis.key}` names a part of a mapping.
Only whole scalars are replaced: the language has no expressions. A value of `null` removes the key
that holds it, so that an axis can also say "without this argument".
"""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass
from typing import Any

from harness.language.nodes import Mapping, Node, Scalar, Sequence
from harness.language.trouble import Trouble

_VARIABLE = re.compile(r"\$\{([a-z][a-z0-9_-]*)(?:\.([a-z][a-z0-9_-]*))?\}")
_AXIS = re.compile(r"[a-z][a-z0-9_-]*")
_PLAIN_NAME = re.compile(r"[A-Za-z0-9_.+-]+")
# Cases are written out; more than this is a mistake or an attack.
MOST_COMBINATIONS = 200


@dataclass(frozen=True)
class Value:
    """One value of an axis: how a case id shows it, and its nodes by key ("" for a scalar)."""

    label: str
    nodes: dict[str, Node]


Axes = dict[str, tuple[Value, ...]]
Combination = dict[str, Value]


def axes(node: Node | None, trouble: Trouble) -> Axes:
    """Read `matrix:`."""
    if node is None:
        return {}
    if not isinstance(node, Mapping):
        trouble.wanted(node, "a mapping of axes to lists of values")
        return {}
    read: Axes = {}
    for key, value in node.entries:
        if not _AXIS.fullmatch(key.text):
            trouble.at(key.place, f"`{key.text}` is no name for an axis")
        elif not isinstance(value, Sequence) or not value.items:
            trouble.wanted(value, "a list of values")
        else:
            read[key.text] = tuple(_value(item, trouble) for item in value.items)
            _check_labels(key, read[key.text], trouble)
    return read


def _check_labels(key: Scalar, found: tuple[Value, ...], trouble: Trouble) -> None:
    labels = [value.label for value in found]
    for label in sorted({label for label in labels if labels.count(label) > 1}):
        trouble.at(key.place, f"axis `{key.text}` has two values that are called `{label}`")


def _value(node: Node, trouble: Trouble) -> Value:
    if isinstance(node, Mapping):
        name = node.get("name")
        if not isinstance(name, Scalar) or not _PLAIN_NAME.fullmatch(name.text):
            trouble.at(node.place, "a value that is a mapping needs a `name` for the case's id")
            return Value("?", {})
        return Value(name.text, {key.text: value for key, value in node.entries})
    if isinstance(node, Sequence):
        trouble.wanted(node, "a scalar, or a mapping with a `name`")
        return Value("?", {})
    label = node.text if _PLAIN_NAME.fullmatch(node.text) else ""
    if not label:
        trouble.at(
            node.place,
            f"`{node.text[:20]}` cannot stand in a case's id",
            "write it as {name: …, value: …} and use `${axis.value}`",
        )
    return Value(label, {"": node})


def combinations(read: Axes, node: Node | None, trouble: Trouble) -> list[Combination]:
    """Every combination of the axes' values, in the order of the file."""
    total = 1
    for found in read.values():
        total *= len(found)
    if total > MOST_COMBINATIONS and node is not None:
        trouble.at(node.place, f"{total} combinations are more than {MOST_COMBINATIONS}")
        return []
    names = list(read)
    return [dict(zip(names, row, strict=True)) for row in itertools.product(*read.values())]


def parameters(combination: Combination) -> dict[str, Any]:
    """What a case's id and record show of a combination."""
    shown: dict[str, Any] = {}
    for axis, value in combination.items():
        node = value.nodes.get("")
        shown[axis] = node.value if isinstance(node, Scalar) else value.label
    return shown


def filled(node: Node, combination: Combination, used: set[str], trouble: Trouble) -> Node | None:
    """The tree with variables filled in; None where the value is null. Notes the axes it used."""
    if isinstance(node, Sequence):
        items = [filled(item, combination, used, trouble) for item in node.items]
        return Sequence([item for item in items if item is not None], node.place)
    if isinstance(node, Mapping):
        return _filled_mapping(node, combination, used, trouble)
    if not isinstance(node.value, str) or "${" not in node.value:
        return node
    return _variable(node, combination, used, trouble)


def _filled_mapping(
    node: Mapping, combination: Combination, used: set[str], trouble: Trouble
) -> Mapping:
    entries = []
    for key, value in node.entries:
        new_key = filled(key, combination, used, trouble)
        new_value = filled(value, combination, used, trouble)
        if isinstance(new_key, Scalar) and new_value is not None:
            entries.append((new_key, new_value))
    return Mapping(entries, node.place)


def _variable(
    node: Scalar, combination: Combination, used: set[str], trouble: Trouble
) -> Node | None:
    match = _VARIABLE.fullmatch(node.text)
    if match is None:
        trouble.at(
            node.place,
            f"`{node.text[:40]}` mixes text and a variable",
            "a variable stands alone: `${axis}`",
        )
        return node
    axis, key = match.group(1), match.group(2) or ""
    used.add(axis)
    if axis not in combination:
        trouble.unknown(node.place, "matrix variable", axis, combination)
        return node
    found = combination[axis].nodes
    if key not in found:
        if not key:
            trouble.at(
                node.place, f"`{axis}` has parts", f"name one: `${{{axis}.{_first(found)}}}`"
            )
        # A part that this value does not have leaves its key out.
        return None
    return _moved(found[key], node)


def _first(found: dict[str, Node]) -> str:
    return next((key for key in found if key != "name"), "name")


def _moved(value: Node, to: Scalar) -> Node | None:
    """The value as it would stand where the variable stood; null stands nowhere."""
    if isinstance(value, Scalar):
        if value.value is None:
            return None
        return Scalar(value.value, to.place, value.text, value.quoted)
    return value
