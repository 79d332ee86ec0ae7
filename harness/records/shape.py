"""From JSON to dataclasses and back, with the annotations as the only description. Pure.

A file of results may come from an older or a newer sockharness, or from an editor. So fields that
the dataclass does not have are passed over, fields that it has a default for may be missing, and
everything else that is wrong is named by its path (`failure.timeline[3].start_ms`).

Understood: str, int, float, bool, Any, Literal, `X | None`, tuple[X, ...], Mapping[str, X] and
dataclasses. A new kind of annotation is one more branch in `_converted`.
"""

from __future__ import annotations

import dataclasses
import json
import math
import types
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

T = TypeVar("T")

_SCALARS = {str: "text", int: "a whole number", bool: "true or false"}


class WrongShape(ValueError):
    """A JSON value that does not fit; the text names the field and says what belongs there."""


def build(kind: Callable[..., T], value: object, path: str = "") -> T:
    """Make the dataclass `kind` of a JSON object. Raise WrongShape with the path of the wrong."""
    if not isinstance(value, Mapping):
        raise _wrong(path or "the line", "an object", value)
    given = {}
    for each, annotation in _fields(kind):
        here = f"{path}.{each.name}" if path else each.name
        if each.name in value:
            given[each.name] = _converted(annotation, value[each.name], here)
        elif each.default is each.default_factory is dataclasses.MISSING:
            raise WrongShape(f"{here} is missing")
    return kind(**given)


def plain(value: Any) -> Any:
    """Return the value in what JSON has: dataclasses and mappings as objects, tuples as lists."""
    if dataclasses.is_dataclass(value):
        return {each.name: plain(getattr(value, each.name)) for each in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return value


@cache
def _fields(kind: Any) -> list[tuple[dataclasses.Field[Any], Any]]:
    hints = get_type_hints(kind)
    return [(each, hints[each.name]) for each in dataclasses.fields(kind)]


def _converted(annotation: Any, value: Any, path: str) -> Any:
    if annotation is Any:
        return value
    if isinstance(annotation, type) and dataclasses.is_dataclass(annotation):
        return build(annotation, value, path)
    if annotation is float:
        return _number(value, path)
    if annotation in _SCALARS:
        return _scalar(annotation, value, path)
    return _composed(annotation, value, path)


def _composed(annotation: Any, value: Any, path: str) -> Any:
    origin, inside = get_origin(annotation), get_args(annotation)
    if origin is Literal:
        return _choice(inside, value, path)
    if origin in (types.UnionType, Union):
        return None if value is None else _converted(inside[0], value, path)
    if origin is tuple:
        return _sequence(inside[0], value, path)
    if origin is Mapping:
        return _mapping(inside[1], value, path)
    raise TypeError(f"{path}: no rule for the annotation {annotation}")


def _scalar(kind: type, value: Any, path: str) -> Any:
    # For JSON true is no number, for Python it is.
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise _wrong(path, _SCALARS[kind], value)
    return value


def _number(value: Any, path: str) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not _finite(value):
        raise _wrong(path, "a number", value)
    return float(value)


def _finite(value: float) -> bool:
    try:
        return math.isfinite(value)
    except OverflowError:  # a whole number beyond every float
        return False


def _choice(choices: tuple[str, ...], value: Any, path: str) -> Any:
    if value not in choices:
        raise _wrong(path, "one of " + ", ".join(choices), value)
    return value


def _sequence(item: Any, value: Any, path: str) -> tuple[Any, ...]:
    if not isinstance(value, (list, tuple)):
        raise _wrong(path, "a list", value)
    return tuple(_converted(item, each, f"{path}[{at}]") for at, each in enumerate(value))


def _mapping(item: Any, value: Any, path: str) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        raise _wrong(path, "an object", value)
    return {key: _converted(item, each, f"{path}.{key}") for key, each in value.items()}


def _wrong(path: str, wanted: str, value: object) -> WrongShape:
    shown = json.dumps(value, default=repr)
    if len(shown) > 40:
        shown = shown[:39] + "…"
    return WrongShape(f"{path}: {wanted} belongs here, not {shown}")
