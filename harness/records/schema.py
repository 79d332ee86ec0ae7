"""The JSON Schema (draft-07) of results: of a line of a file, and of what `--format json` prints.

Made from the annotations of the dataclasses, as `shape.py` reads them, so it cannot say anything
else than the reader does. What `check --format json` prints is put together by hand in
`harness/trial/findings.py`, and described by hand here. The committed copy beside the results is
compared with this by a test.
"""

from __future__ import annotations

import dataclasses
import inspect
import types
from collections.abc import Mapping
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from harness.records.model import (
    KINDS,
    CaseRecord,
    ComparisonRecord,
    Footer,
    Header,
    LatencyRecord,
    MeasurementRecord,
    ScenarioRecord,
)

Schema = dict[str, Any]

FILE_NAME = "results.schema.json"
_PLAIN: dict[Any, Schema] = {
    str: {"type": "string"},
    int: {"type": "integer"},
    float: {"type": "number"},
    bool: {"type": "boolean"},
    Any: {},
}
_TEXT: Schema = {"type": "string"}
_TEXTS: Schema = {"type": "array", "items": _TEXT}


def schema() -> Schema:
    """Return the whole schema: of a report, with `line` and `check` among its definitions."""
    definitions: dict[str, Schema] = {}
    for kind in KINDS.values():
        _define(kind, definitions)
    definitions["line"] = {
        "description": "a line of a results file",
        "anyOf": [_ref(kind) for kind in KINDS.values()],
    }
    definitions["check"] = _check()
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "sockharness results",
        "description": "what `run` and `show` print with --format json; #/definitions/line is a "
        "line of a results file, #/definitions/check what `check` prints with --format json, and "
        "#/definitions/comparison a line of what `compare` prints",
        **_object(
            {
                "header": _ref(Header),
                "cases": {"type": "array", "items": _ref(CaseRecord)},
                "latencies": {"type": "array", "items": _ref(LatencyRecord)},
                "comparisons": {"type": "array", "items": _ref(ComparisonRecord)},
                "measurements": {"type": "array", "items": _ref(MeasurementRecord)},
                "scenarios": {"type": "array", "items": _ref(ScenarioRecord)},
                "footer": {"anyOf": [_ref(Footer), {"type": "null"}]},
                "warnings": _TEXTS,
                "stopped": {"type": ["string", "null"], "description": "why it ended early"},
                "files": _TEXTS,
            }
        ),
        "definitions": definitions,
    }


def _object(properties: Mapping[str, Schema], optional: tuple[str, ...] = ()) -> Schema:
    required = [name for name in properties if name not in optional]
    return {"type": "object", "required": required, "properties": dict(properties)}


def _name(kind: Any) -> str:
    name: str = kind.__name__.removesuffix("Record")
    return name[0].lower() + name[1:]


def _ref(kind: Any) -> Schema:
    return {"$ref": f"#/definitions/{_name(kind)}"}


def _define(kind: Any, definitions: dict[str, Schema]) -> None:
    """Add the definition of a dataclass, and of those which its fields are of."""
    if _name(kind) in definitions:
        return
    definitions[_name(kind)] = {}  # a header holds headers: the name must be taken first
    hints = get_type_hints(kind)
    properties: dict[str, Schema] = {}
    optional = []
    if hasattr(kind, "kind"):
        properties["kind"] = {"const": kind.kind}
    for each in dataclasses.fields(kind):
        properties[each.name] = _of(hints[each.name], definitions)
        if not (each.default is each.default_factory is dataclasses.MISSING):
            optional.append(each.name)
    text = {"description": inspect.cleandoc(kind.__doc__ or "")}
    definitions[_name(kind)] = {**text, **_object(properties, tuple(optional))}


def _of(annotation: Any, definitions: dict[str, Schema]) -> Schema:
    if annotation in _PLAIN:
        return _PLAIN[annotation]
    if dataclasses.is_dataclass(annotation):
        _define(annotation, definitions)
        return _ref(annotation)
    origin, inside = get_origin(annotation), get_args(annotation)
    if origin is Literal:
        return {"enum": list(inside)}
    if origin in (types.UnionType, Union):
        return {"anyOf": [_of(inside[0], definitions), {"type": "null"}]}
    if origin is tuple:
        return {"type": "array", "items": _of(inside[0], definitions)}
    if origin is Mapping:
        return {"type": "object", "additionalProperties": _of(inside[1], definitions)}
    raise TypeError(f"no rule for the annotation {annotation}")


def _check() -> Schema:
    finding = _object(
        {
            "verdict": {"enum": ["fail", "inconclusive", "varies", "broken"]},
            "case": _TEXT,
            "claim": _TEXT,
            "sentences": {"type": "array", "items": _object({"id": _TEXT, "text": _TEXT})},
            "why": _TEXT,
            "expected": _TEXT,
            "actual": _TEXT,
            "branches": {"type": "object", "additionalProperties": _TEXT},
            "failure": {"$ref": "#/definitions/failure"},
        },
        optional=("why", "expected", "actual", "branches", "failure"),
    )
    return {
        "description": "what `check --format json` prints for each program, an object a line",
        **_object(
            {
                "program": _TEXT,
                "verdict": {"enum": ["kept", "broken", "not known", "kept, with variations"]},
                "complete": {"type": "boolean"},
                "checks": {"type": "integer"},
                "seconds": {"type": "number"},
                "findings": {"type": "array", "items": finding},
                "not-made": _TEXTS,
            }
        ),
    }
