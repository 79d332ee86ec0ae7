"""Checks of the operations: each one that is claimed, on each transport, once and simply."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from harness.engine.selftest import happy
from harness.engine.selftest.bench import Bench, Check, Wrong, said
from harness.language.operations import OPERATIONS, TRANSPORTS
from harness.protocol import Hello

UNSUPPORTED = "unsupported"
NOT_TRIED = "not tried"


def trials(bench: Bench, hello: Hello) -> Iterator[Check]:
    """Try what `hello` claims. Yield what is wrong, and a summary for each transport.

    An operation may be unsupported on one transport, but not on all that it is meant for."""
    notes: dict[str, set[str]] = {}
    for transport in (one for one in TRANSPORTS if one in hello.transports):
        made: list[Check] = []
        for operation, service in _claimed(hello, transport):
            wrong = {check.name.split()[0] for check in made if check.problem}
            made.append(_trial(bench, operation, service, transport, wrong))
            notes.setdefault(operation, set()).add(made[-1].note)
        yield from (check for check in made if check.problem)
        yield Check(f"operations on {transport}", note=_summary(made))
    if empty := [name for name, seen in notes.items() if seen == {UNSUPPORTED}]:
        claimed = f"it claims {', '.join(empty)}, and answers unsupported on every transport"
        yield Check("what is claimed is there", claimed)


def _claimed(hello: Hello, transport: str) -> Iterator[tuple[str, str]]:
    """Yield operation and service (of `serve` only)."""
    for name in OPERATIONS:
        if name in hello.operations and transport in happy.recipe(name).on:
            for service in sorted(hello.services) if name == "serve" else [""]:
                yield name, service


def _summary(made: list[Check]) -> str:
    """Count the good ones and name the others."""
    good = [check for check in made if not check.problem and not check.note]
    parts = [f"{len(good)} ok"]
    for note in (UNSUPPORTED, NOT_TRIED):
        names = [check.name.partition(" on ")[0] for check in made if check.note == note]
        parts += [f"{note}: {', '.join(names)}"] if names else []
    return "; ".join(parts)


def _trial(bench: Bench, operation: str, service: str, transport: str, wrong: set[str]) -> Check:
    """Try one operation, unless what it needs before is `wrong` already, or not claimed."""

    def check(bench: Bench) -> str:
        *scene, trial = happy.requests(operation, transport, service)
        before = [request.op for request in scene]
        if not bench.claims(*before) or not wrong.isdisjoint(before):
            return NOT_TRIED
        known: dict[str, Any] = {}
        for request in scene:
            values = bench.values(request.op, request.handle, **_resolved(request, known))
            known.setdefault(request.handle, values.get("name"))
            known["fd"] = values.get("fd")
        return _judge(bench, trial, known)

    return bench.check(f"{operation} {service}".strip() + f" on {transport}", check)


def _judge(bench: Bench, trial: happy.Request, known: Mapping[str, Any]) -> str:
    reply = bench.ask(trial.op, trial.handle, **_resolved(trial, known))
    if reply.kind == "unsupported":
        return UNSUPPORTED
    if reply.kind != "ok":
        raise Wrong(f"replied {said(reply)}")
    for name, field in OPERATIONS[trial.op].reply.items():
        if name not in reply.values and name not in happy.SOMETIMES.get(trial.op, ()):
            raise Wrong(f"replied ok without `{name}` ({field.doc})")
    expected = happy.recipe(trial.op).data
    if expected is not None:
        _same(reply.values["data"], expected)
    return ""


def _same(data: Any, expected: bytes) -> None:
    wanted = {"size": len(expected), "head": expected.hex()}
    got = {key: data.get(key) for key in wanted} if isinstance(data, dict) else data
    if got != wanted:
        raise Wrong(f"received {got} of {expected!r}, which is {wanted}")


def _resolved(request: happy.Request, known: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments, with what earlier replies told put in for `to` and `fd`."""
    return {
        key: known.get(value, value) if key in ("to", "fd") else value
        for key, value in request.args.items()
    }
