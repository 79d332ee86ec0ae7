"""What a step expects: outcomes, sets of outcomes, matchers, conditions. Pure.

`expect:` takes one outcome, a set of named ones (`strict:`, `also:`), or a choice by condition
(`when:`). The judge compares; here it is only made sure that what is written can be compared.
"""

from __future__ import annotations

import errno
import re
from typing import Any

from harness import conditions
from harness.language import values
from harness.language.model import Expectation, Outcome
from harness.language.nodes import Mapping, Node, Scalar, Sequence
from harness.language.operations import OPERATIONS, Operation
from harness.language.trouble import Trouble

WORDS = ("ok", "eof", "empty", "would-block")
MATCHERS = ("min", "max", "not", "any-of", "includes", "excludes")
DATA_MATCHERS = ("prefix-of", "size", "matches")
# What CPython raises for arguments that it refuses itself, before any system call.
EXCEPTIONS = ("OverflowError", "TypeError", "ValueError", "UnicodeError", "OSError", "timeout")
# How a call ends in a child process which it kills.
SIGNALS = ("SIGKILL", "SIGPIPE", "SIGTERM")
# Names that other systems have: they may stand in a file that is read on this one.
_FOREIGN = {"ENOTSUP", "EOPNOTSUPP", "EWOULDBLOCK", "EPROTO", "ENOTCAPABLE"}
ERRORS = frozenset(errno.errorcode.values()) | _FOREIGN
KNOWN = frozenset({*ERRORS, *EXCEPTIONS, *SIGNALS})
_RESOLVER = re.compile(r"EAI_[A-Z]+")


def expectation(node: Node, operation: Operation | None, trouble: Trouble) -> Expectation:
    """Read the value of `expect:` or `provided:`."""
    if isinstance(node, Mapping):
        keys = {key.text for key, _ in node.entries}
        if "when" in keys:
            return _choice(node, operation, trouble)
        if keys & {"strict", "also"}:
            return _outcome_set(node, operation, trouble)
    return Expectation(strict={"": outcome(node, operation, trouble)}, place=node.place)


def _choice(node: Mapping, operation: Operation | None, trouble: Trouble) -> Expectation:
    for key, _ in node.entries:
        if key.text != "when":
            trouble.at(key.place, f"`{key.text}` cannot stand beside `when`")
    chosen = node.get("when")
    if not isinstance(chosen, Mapping):
        trouble.wanted(chosen or node, "a mapping of conditions to outcomes")
        return Expectation(place=node.place)
    branches = []
    for key, value in chosen.entries:
        condition(key, trouble, also=("else",))
        branches.append((key.text, expectation(value, operation, trouble)))
    return Expectation(when=tuple(branches), place=node.place)


def condition(node: Node, trouble: Trouble, also: tuple[str, ...] = ()) -> str | None:
    """Read one condition word."""
    word = values.text(node, trouble)
    if word is None or word in also or conditions.understood(word):
        return word
    known = [*conditions.GROUPS, *conditions.SYSTEMS, *conditions.RUNTIMES, *also]
    trouble.unknown(node.place, "condition", word, known)
    return None


def _outcome_set(node: Mapping, operation: Operation | None, trouble: Trouble) -> Expectation:
    named: dict[str, dict[str, Outcome]] = {"strict": {}, "also": {}}
    for key, value in node.entries:
        if key.text not in named:
            trouble.unknown(key.place, "key", key.text, named)
        elif not isinstance(value, Mapping):
            trouble.wanted(value, "a mapping of names to outcomes")
        else:
            for name, one in value.entries:
                named[key.text][name.text] = outcome(one, operation, trouble)
    if not named["strict"]:
        trouble.at(node.place, "a set of outcomes needs at least one under `strict`")
    return Expectation(strict=named["strict"], also=named["also"], place=node.place)


def outcome(node: Node, operation: Operation | None, trouble: Trouble) -> Outcome:
    """Read one outcome: a word, an error, or matchers for fields of the reply."""
    if isinstance(node, Scalar):
        word = str(node.value)
        if word in WORDS:
            _fits(word, node, operation, trouble)
            return Outcome(word=word)
        if word in ERRORS:
            trouble.at(node.place, f"`{word}` is an error", f"write {{error: {word}}}")
        else:
            trouble.unknown(node.place, "outcome", word, WORDS)
        return Outcome()
    if not isinstance(node, Mapping):
        trouble.wanted(node, "an outcome: ok, eof, {error: …} or {data: …}")
        return Outcome()
    error = node.get("error")
    if error is not None:
        return _error(node, error, trouble)
    return Outcome(fields=_fields(node, operation, trouble))


def _fits(word: str, node: Node, operation: Operation | None, trouble: Trouble) -> None:
    """`eof` and `empty` speak of received bytes: the operation must receive some."""
    if word in ("eof", "empty") and operation is not None and "data" not in operation.reply:
        trouble.at(node.place, f"`{operation.name}` receives nothing, so it cannot end in `{word}`")


def _error(node: Mapping, error: Node, trouble: Trouble) -> Outcome:
    for key, _ in node.entries:
        if key.text != "error":
            trouble.at(key.place, f"`{key.text}` cannot stand beside `error`")
    names = values.words(error, trouble)
    for name in names:
        if name not in KNOWN and not _RESOLVER.fullmatch(name):
            trouble.unknown(error.place, "error", name, KNOWN)
    return Outcome(word="error", errors=tuple(names))


def _fields(node: Mapping, operation: Operation | None, trouble: Trouble) -> dict[str, Any]:
    known = operation.reply if operation else _ANY_REPLY
    fields = {}
    for key, value in node.entries:
        if key.text not in known:
            trouble.unknown(key.place, "field of the reply", key.text, [*known, "error"])
        elif known[key.text].kind == "data":
            fields[key.text] = _data(value, trouble)
        else:
            fields[key.text] = _matcher(value, trouble)
    return fields


# A call that is finished under its name is not known here by its operation: any field may come.
_ANY_REPLY = {name: one for o in OPERATIONS.values() for name, one in o.reply.items()}


def _data(node: Node, trouble: Trouble) -> Any:
    """A matcher for received bytes: a payload, or one of the matchers for data."""
    if isinstance(node, Mapping) and node.entries:
        keys = {key.text for key, _ in node.entries}
        if keys <= set(DATA_MATCHERS):
            return _data_matchers(node, trouble)
        if keys <= set(MATCHERS):
            return {
                key.text: [_data(one, trouble) for one in value.items]
                if isinstance(value, Sequence)
                else _data(value, trouble)
                for key, value in node.entries
            }
    return values.bytes_to_send(node, trouble)


def _data_matchers(node: Mapping, trouble: Trouble) -> dict[str, Any]:
    read: dict[str, Any] = {}
    for key, value in node.entries:
        if key.text == "prefix-of":
            read[key.text] = values.bytes_to_send(value, trouble)
        elif key.text == "size":
            read[key.text] = _matcher(value, trouble)
        else:
            read[key.text] = _pattern(value, trouble)
    return read


def _pattern(node: Node, trouble: Trouble) -> str | None:
    pattern = values.text(node, trouble)
    try:
        re.compile(pattern or "")
    except re.error as problem:
        trouble.at(node.place, f"not a regular expression: {problem}")
    return pattern


def _matcher(node: Node, trouble: Trouble) -> Any:
    if isinstance(node, Mapping):
        keys = {key.text for key, _ in node.entries}
        strange = keys - set(MATCHERS)
        if strange and strange != keys:
            trouble.at(
                node.place,
                f"{', '.join(sorted(strange))} cannot stand beside the matcher "
                f"{', '.join(sorted(keys & set(MATCHERS)))}",
            )
    return values.plain(node, trouble)


def is_payload(expected: Any) -> bool:
    """Whether a data expectation is a payload itself and no matcher."""
    if not isinstance(expected, dict):
        return True
    return bool(expected) and not set(expected) <= {*DATA_MATCHERS, *MATCHERS}
