"""The JSON Schema (draft-07) of scenario files, for editors: completion, hover texts, first checks.

Made from the table of operations, so it cannot say anything else than the loader does; it says
less, because handles and saved values are beyond a schema. The committed copy beside the scenarios
is compared with this by a test.

A step's first key is the name of a handle, which a schema cannot know. So every key that is no
argument and no modifier is a handle and has an operation as its value; and what a step with the
operation X may and must have hangs on "some key has the value X".
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from harness.conditions import GROUPS, RUNTIMES, SYSTEMS
from harness.language import loader, outcomes, steps, values
from harness.language.operations import EVENTS, OPERATIONS, SERVICES, TRANSPORTS, Argument
from harness.language.workloads import WORKLOADS, Option

Schema = dict[str, Any]

FILE_NAME = "scenario.schema.json"
_REFERENCE: Schema = {"type": "string", "pattern": r"^\$"}
# Keys whose values are words of the author, which may be the name of an operation by chance.
_FREE_TEXT = "^(call|data|as|start|save|observe|service|greeting)$"
_VARIABLE: Schema = {"type": "string", "pattern": r"^\$\{"}
_TEXT: Schema = {"type": "string"}
_DURATION: Schema = {"type": "string", "pattern": r"^(\d+(\.\d+)?(us|ms|s)|none)$"}
_CONDITION: Schema = {
    "type": "string",
    "description": "not- before a word turns it round; kernel and Python bounds: linux>=6.10",
    "anyOf": [{"enum": [*GROUPS, *SYSTEMS, *RUNTIMES]}, {"pattern": "^(not-|impl:)|[<>]"}],
}
_ADDRESS: Schema = {
    "anyOf": [
        {"type": "string", "description": "a handle: its own local name"},
        {"type": "object", "required": ["host", "port"]},
        {"type": "object", "required": ["path"]},
        {"type": "object", "required": ["abstract"]},
    ]
}
_PAYLOAD: Schema = {
    "description": "text, {hex}, {counting: n}, {seeded: n, seed}, {repeat, size}, or a list",
    "type": ["string", "object", "array"],
}
_KINDS: dict[str, Schema] = {
    "integer": {"type": "integer"},
    "boolean": {"type": "boolean"},
    "text": _TEXT,
    "scalar": {"type": ["string", "number", "boolean", "null"]},
    "payload": _PAYLOAD,
    "payloads": _PAYLOAD,
    "address": _ADDRESS,
    "name": {"type": "object"},
    "duration": _DURATION,
    "option": {"type": "string", "pattern": "^[A-Z][A-Z0-9_]+$"},
    "value": {"type": ["integer", "boolean", "string", "object"]},
    "handle": {"type": "string", "pattern": rf"^({values.HANDLE.pattern}#?|\$\{{.+\}})$"},
    "ancillary": {"type": "array"},
    "data": _PAYLOAD,
    "any": {},
}


def schema() -> Schema:
    """Return the whole schema."""
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "sockharness scenarios",
        "type": "object",
        "required": ["scenarios"],
        "additionalProperties": False,
        "properties": {
            "defaults": _object(_defaults()),
            "scenarios": {"type": "array", "minItems": 1, "items": _ref("scenario")},
        },
        "definitions": {
            "scenario": _scenario(),
            "steps": {"type": "array", "items": _ref("step")},
            "step": _step(),
            "expect": _expect(),
            "condition": _CONDITION,
        },
    }


def _ref(name: str) -> Schema:
    return {"$ref": f"#/definitions/{name}"}


def _object(properties: Schema, **more: Any) -> Schema:
    return {"type": "object", "additionalProperties": False, "properties": properties, **more}


def _one_or_many(one: Schema) -> Schema:
    return {"anyOf": [one, {"type": "array", "items": one}]}


def _described(one: Schema, text: str) -> Schema:
    return {**one, "description": text} if text else one


# --- scenarios -----------------------------------------------------------------------------------


def _defaults() -> Schema:
    transports = {"type": "array", "items": {"enum": list(TRANSPORTS)}, "uniqueItems": True}
    return {
        "transports": _described(transports, "the claim is checked on each of these"),
        "spec": _described(_one_or_many(_TEXT), "where the claim stands: RFC, POSIX, man page"),
        "tags": _described(_one_or_many(_TEXT), "pytest markers, for -m"),
        "requires": _one_or_many({"enum": list(loader.REQUIREMENTS)}),
        "contract": _described({"enum": list(loader.CONTRACTS)}, "whose promise the claim is"),
        "only": _described(_one_or_many(_ref("condition")), "where the claim is made at all"),
    }


def _scenario() -> Schema:
    properties = {
        "id": _described(
            {"type": "string", "pattern": r"^[a-z][a-z0-9-]*(\.[a-z0-9][a-z0-9-]*)+$"},
            "family.name",
        ),
        "claim": _described(_TEXT, "one sentence that can be false"),
        **_defaults(),
        "why": _described(_TEXT, "why the claim matters, or why it is so"),
        "matrix": {"type": "object", "additionalProperties": {"type": "array", "minItems": 1}},
        "service": _described({"enum": list(SERVICES)}, "the server keeps this contract"),
        "workload": {"anyOf": [{"enum": list(WORKLOADS)}, *map(_workload, WORKLOADS)]},
        "steps": _ref("steps"),
        "closing": _described(_ref("steps"), "steps with a verdict of their own"),
    }
    ways = [{"required": ["steps"]}, {"required": ["workload"]}]
    return _object(properties, required=["id", "claim"], oneOf=ways)


def _workload(kind: str) -> Schema:
    one = WORKLOADS[kind]
    options = {name: _option(option) for name, option in one.options.items()}
    shape = _object({"kind": {"const": kind}, **options}, required=["kind"])
    return _described(shape, one.doc)


def _option(option: Option) -> Schema:
    if isinstance(option.default, bool):
        one: Schema = {"type": "boolean"}
    elif isinstance(option.default, str):
        one = {"enum": list(option.choices)}
    else:
        one = {"type": "integer", "minimum": option.least, "maximum": option.most}
    return {"anyOf": [one, _VARIABLE], "description": option.doc, "default": option.default}


# --- steps ---------------------------------------------------------------------------------------


def _step() -> Schema:
    known = _all_arguments()
    return {
        "type": "object",
        "minProperties": 1,
        "properties": {**known, **_modifiers(), **_control()},
        "additionalProperties": {
            "anyOf": [{"enum": [*OPERATIONS, *steps.KERNEL_OPERATIONS]}, _VARIABLE]
        },
        "allOf": [_rule(name, set(known)) for name in OPERATIONS],
    }


def _argument(spec: Argument) -> Schema:
    if spec.kind == "choice":
        one: Schema = {"enum": list(spec.choices)}
    elif spec.kind == "flags":
        one = _one_or_many({"type": "string", "pattern": "^(MSG|AI)_[A-Z0-9_]+$"})
    elif spec.kind == "events":
        one = _one_or_many({"enum": list(EVENTS)})
    elif spec.kind == "handles":
        one = _one_or_many(_KINDS["handle"])
    else:
        one = _KINDS[spec.kind]
    return _described({"anyOf": [one, _REFERENCE]}, spec.doc)


def _all_arguments() -> Schema:
    """Every argument of every operation; one that means different things allows each of them."""
    found: dict[str, list[Schema]] = {}
    for operation in (*OPERATIONS.values(), *steps.KERNEL_OPERATIONS.values()):
        for name, spec in operation.arguments.items():
            one = _argument(spec)
            if one not in found.setdefault(name, []):
                found[name].append(one)
    return {name: _any_of(several) for name, several in found.items()}


def _any_of(several: list[Schema]) -> Schema:
    return several[0] if len(several) == 1 else {"anyOf": several}


def _modifiers() -> Schema:
    handle = _KINDS["handle"]
    save = {"anyOf": [handle, {"type": "object", "additionalProperties": handle}]}
    return {
        "as": _described(handle, "the name of the new handle"),
        "at": {"enum": ["server", "client"]},
        "start": _described(handle, "begin the call under this name and do not wait for it"),
        "expect": _described(_ref("expect"), "what must come; ok when missing"),
        "provided": _described(_ref("expect"), "the case is inconclusive when this is not so"),
        "within": _described(_DURATION, "from the step's beginning to the call's end"),
        "at-least": _described(_DURATION, "the call itself takes so long"),
        "eventually": _described(_DURATION, "repeat the call until the expectation holds"),
        "save": _described(save, "keep a field of the reply for $name"),
        "observe": _described(handle, "record the reply and judge nothing"),
        "only": _described(_one_or_many(_ref("condition")), "where this step is done"),
    }


def _control() -> Schema:
    return {
        "together": _described(_ref("steps"), "all begun before any is awaited"),
        "repeat": _described({"anyOf": [{"type": "integer"}, _REFERENCE]}, "how many times"),
        "steps": _described(_ref("steps"), "what is repeated; # becomes 1, 2, 3 …"),
        "blocked": _described(_KINDS["handle"], "the started call is still blocked"),
        "interrupt": _described(_KINDS["handle"], "a signal once the started call is blocked"),
        "finish": _described(_KINDS["handle"], "wait for the started call"),
        "for": _DURATION,
    }


def _rule(name: str, arguments: Iterable[str]) -> Schema:
    """If some key has this operation as its value: what the step must have and may not have."""
    own = OPERATIONS[name].arguments
    required = [key for key, spec in own.items() if spec.required]
    foreign = sorted(set(arguments) - set(own) - {"for"} - set(_modifiers()) - set(_control()))
    then: Schema = {"propertyNames": {"not": {"enum": foreign}}}
    if required:
        then["required"] = required
    if OPERATIONS[name].makes:
        then["required"] = [*required, "as"]
    nobody_does_it: Schema = {
        "patternProperties": {_FREE_TEXT: {}},
        "additionalProperties": {"not": {"const": name}},
    }
    return {"if": {"not": nobody_does_it}, "then": then}


# --- expectations --------------------------------------------------------------------------------


def _expect() -> Schema:
    expect, named = _ref("expect"), {"type": "object", "additionalProperties": _ref("expect")}
    names = sorted(outcomes.KNOWN)
    error = {"anyOf": [{"enum": names}, {"type": "string", "pattern": "^EAI_"}, _REFERENCE]}
    every = (*OPERATIONS.values(), *steps.KERNEL_OPERATIONS.values())
    fields = {name for operation in every for name in operation.reply}
    return {
        "anyOf": [
            {"enum": list(outcomes.WORDS)},
            _REFERENCE,
            _object({"error": _one_or_many(error)}, required=["error"]),
            _object({"strict": named, "also": named}, required=["strict"]),
            _object(
                {"when": {"type": "object", "additionalProperties": expect}}, required=["when"]
            ),
            _object({name: {} for name in sorted(fields)}, minProperties=1),
        ]
    }
