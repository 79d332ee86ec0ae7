"""What the author of a step means its call to do, read from what the step expects. Pure.

A call is meant to work or to fail. It is meant for a closed handle when it expects EBADF, or the
event NVAL, or asks what a closed handle still answers (`fileno`, `close`). And it speaks of values
and handles, which must be there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from harness.language.model import Call, Expectation, Outcome, Ref

# A closed socket object still answers these in Python's API.
_ANSWERED_WHEN_CLOSED = ("fileno", "close")


def meant_to_work(call: Call) -> bool:
    """Whether the call is to do its work: a close that expects an error leaves the handle."""
    return call.expect is None or not _errors(call.expect)


def meant_to_fail(call: Call) -> bool:
    """Whether each outcome that is expected is an error, so that no handle comes into being."""
    return call.expect is not None and all(
        outcome.word in ("error", "would-block") for outcome in _outcomes(call.expect)
    )


def may_be_closed(call: Call) -> bool:
    """Whether the handle may be a closed one."""
    if call.operation in _ANSWERED_WHEN_CLOSED or call.observe:
        return True
    return call.expect is not None and bool(
        {"EBADF", "NVAL"} & {*_errors(call.expect), *_events(call.expect)}
    )


def references(call: Call) -> Iterator[Ref]:
    """Every reference in a call's arguments and expectations."""
    yield from _in(call.args)
    for expectation in (call.expect, call.provided):
        for outcome in _outcomes(expectation) if expectation is not None else ():
            yield from _in(outcome.fields)


def _outcomes(expectation: Expectation) -> Iterator[Outcome]:
    """Every outcome, of whatever branch."""
    yield from expectation.strict.values()
    yield from expectation.also.values()
    for _, branch in expectation.when:
        yield from _outcomes(branch)


def _errors(expectation: Expectation) -> set[str]:
    return {name for outcome in _outcomes(expectation) for name in outcome.errors}


def _events(expectation: Expectation) -> set[str]:
    return {
        str(event)
        for outcome in _outcomes(expectation)
        for event in _flat(outcome.fields.get("events", ()))
    }


def _flat(value: Any) -> Iterable[Any]:
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, (list, tuple)):
        for item in value:
            yield from _flat(item)
    else:
        yield value


def _in(value: Any) -> Iterator[Ref]:
    if isinstance(value, Ref):
        yield value
    elif isinstance(value, Mapping):
        for part in value.values():
            yield from _in(part)
    elif isinstance(value, (list, tuple)):
        for part in value:
            yield from _in(part)
