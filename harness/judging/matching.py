"""Matchers: is a value, or are received bytes, what a scenario wants? And what `$name` stands for.

Pure. Received bytes come as size, first bytes and digest; the wanted ones are made here from their
descriptor, so a megabyte is compared without having crossed a pipe.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from harness.drivers.python import payload
from harness.language.model import Ref
from harness.language.outcomes import DATA_MATCHERS, MATCHERS, is_payload


class Unresolved(LookupError):
    """A reference to a value which the run did not produce."""


Known = Mapping[str, Any]  # saved values and, under a handle's name, {"name": {...}}


def resolve(value: Any, known: Known) -> Any:
    """Return the value with every reference replaced by what the run has produced."""
    if isinstance(value, Ref):
        return _look_up(value, known)
    if isinstance(value, Mapping):
        return {key: resolve(part, known) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [resolve(part, known) for part in value]
    return value


def _look_up(ref: Ref, known: Known) -> Any:
    if ref.name not in known:
        raise Unresolved(f"{ref} is not known: no step that ran has produced it")
    found = known[ref.name]
    if ref.part is None:
        return found
    name = found.get("name", found) if isinstance(found, Mapping) else {}
    if ref.part == "name":
        return name
    if ref.part not in name:
        raise Unresolved(f"{ref} is not known: the name of `{ref.name}` is {name}")
    return name[ref.part]


def made(descriptor: Any, known: Known) -> bytes:
    """The bytes that a payload descriptor stands for."""
    return payload.make(resolve(descriptor, known))


def described(descriptor: Any, known: Known) -> Mapping[str, Any]:
    """Their size, first bytes and digest, as a reply gives those of received bytes."""
    return _of_text(json.dumps(resolve(descriptor, known)))


@lru_cache(maxsize=512)  # the same payload comes back on each transport and in each way to receive
def _of_text(descriptor: str) -> Mapping[str, Any]:
    return payload.describe(payload.make(json.loads(descriptor)))


def matches(expected: Any, actual: Any) -> bool:
    """Whether a value is what a matcher wants; a mapping wants the keys that it names."""
    if isinstance(expected, Mapping):
        if expected and set(expected) <= set(MATCHERS):
            return all(_operator(word, bound, actual) for word, bound in expected.items())
        return isinstance(actual, Mapping) and all(
            key in actual and matches(part, actual[key]) for key, part in expected.items()
        )
    if isinstance(expected, list):
        return (
            isinstance(actual, list)
            and len(expected) == len(actual)
            and all(matches(e, a) for e, a in zip(expected, actual, strict=True))
        )
    if isinstance(expected, bool) or isinstance(actual, bool):
        return expected is actual
    return bool(expected == actual)


def _operator(word: str, bound: Any, actual: Any) -> bool:
    if word in ("min", "max"):
        if not isinstance(actual, (int, float)) or isinstance(actual, bool):
            return False
        return bool(actual >= bound) if word == "min" else bool(actual <= bound)
    if word == "not":
        return not matches(bound, actual)
    if word == "any-of":
        return any(matches(one, actual) for one in bound)
    found = actual if isinstance(actual, list) else [actual]
    wanted = bound if isinstance(bound, list) else [bound]
    has = [any(matches(one, item) for item in found) for one in wanted]
    return all(has) if word == "includes" else not any(has)


def data_matches(expected: Any, actual: Any, known: Known) -> bool:
    """Whether received bytes, as size, head and digest, are what is wanted."""
    if not isinstance(actual, Mapping) or "size" not in actual:
        return False
    if is_payload(expected):
        return _same_bytes(described(expected, known), actual)
    if set(expected) <= set(DATA_MATCHERS):
        return all(_data_operator(word, one, actual, known) for word, one in expected.items())
    return all(_data_logic(word, one, actual, known) for word, one in expected.items())


def _data_operator(word: str, wanted: Any, actual: Mapping[str, Any], known: Known) -> bool:
    if word == "size":
        return matches(resolve(wanted, known), actual["size"])
    if word == "prefix-of":
        whole, size = made(wanted, known), actual["size"]
        return size <= len(whole) and _same_bytes(payload.describe(whole[:size]), actual)
    text = bytes.fromhex(actual["head"]).decode("utf-8", "replace")
    return re.search(wanted, text) is not None


def _data_logic(word: str, wanted: Any, actual: Mapping[str, Any], known: Known) -> bool:
    if word == "not":
        return not data_matches(wanted, actual, known)
    if word == "any-of":
        return any(data_matches(one, actual, known) for one in wanted)
    return False


def _same_bytes(wanted: Mapping[str, Any], actual: Mapping[str, Any]) -> bool:
    return all(actual.get(key) == value for key, value in wanted.items())
