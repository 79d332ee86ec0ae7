"""Scripts that reproduce a finding: the steps of a failed case as a file for anybody. Pure.

A script stands alone: the prelude (`prelude.py`) whose clients have the calls of the scenarios,
then a line for each step. What the steps of the service scenarios do not use, it does not know.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from harness.language.model import Call, Expectation, Finish, Outcome, Step, Together
from harness.plan import Case
from harness.records.model import CaseRecord
from harness.reproducing.steps import NoScript, literal
from harness.reproducing.story import in_docstring
from harness.trial.target import Target

# The arguments of the calls, in the order of the prelude's methods.
_ARGUMENTS: Mapping[str, tuple[str, ...]] = {
    "bind": (),
    "connect": (),
    "send": ("data",),
    "sendall": ("data",),
    "sendto": ("data",),
    "fill": (),
    "shutdown": ("how",),
    "recv": ("size",),
    "recvfrom": ("size",),
    "recv_exactly": ("size",),
    "recv_until_eof": (),
    "so_error": (),
    "quiet": ("for",),
    "abort": (),
    "close": (),
}
_ERRORS = {"none": 0}


def script(case: Case, target: Target, record: CaseRecord, prelude: str) -> str:
    """Return the text of a script for a case that was found wrong. Raise NoScript."""
    head, _, rest = prelude.partition('"""\n\n')
    del head
    body = list(_Body(case).lines())
    return "\n".join(
        [
            *heading(target, record),
            "Start the program, then run this with its address: HOST PORT, or PATH.",
            "Exit status 1: the fault shows. 0: it does not.",
            '"""',
            "",
            rest.rstrip(),
            "",
            "",
            "def steps():",
            *(f"    {line}" for line in body),
            "",
            "",
            "script(steps)",
            "",
        ]
    )


def heading(target: Target, record: CaseRecord) -> Iterator[str]:
    """The first lines of a script, which begin its docstring: what was found, and of whom."""
    failure = record.failure
    yield "#!/usr/bin/env python3"
    yield f'"""{in_docstring(record.claim)}'
    yield ""
    yield f"Found of: {in_docstring(target.shown)}"
    yield f"Expected: {in_docstring(failure.expected) if failure else ''}"
    yield f"Came:     {in_docstring(failure.actual) if failure else ''}"
    yield ""


class _Body:
    """The steps of one case as lines of Python."""

    def __init__(self, case: Case) -> None:
        self._case = case
        self._made: set[str] = set()
        self._started: dict[str, Call] = {}

    def lines(self) -> Iterator[str]:
        for step in (*self._case.variant.steps, *self._case.variant.closing):
            yield from self._step(step)

    def _step(self, step: Step) -> Iterator[str]:
        if isinstance(step, Together):
            for call in step.calls:
                yield from self._call(call)
        elif isinstance(step, Finish):
            call = self._started[step.name]
            yield from self._judged(f"{step.name}.end()", call, step.expect or call.expect, step)
        elif isinstance(step, Call):
            yield from self._call(step)
        else:
            raise NoScript(f"a script cannot do `{step}`")

    def _call(self, call: Call) -> Iterator[str]:
        if call.operation not in _ARGUMENTS or call.only:
            raise NoScript(f"a script cannot do `{call}`")
        if call.handle not in self._made:
            self._made.add(call.handle)
            yield f"{call.handle} = Client({self._case.transport!r})"
        names = _ARGUMENTS[call.operation]
        arguments = [_argument(name, call.args[name]) for name in names if name in call.args]
        method = f"{call.handle}.{call.operation}"
        if call.start is not None:
            self._started[call.start] = call
            yield f"{call.start} = Begun({', '.join([method, *arguments])})"
            return
        made = f"{method}({', '.join(arguments)})"
        yield from self._judged(made, call, call.expect, call)

    def _judged(
        self, made: str, call: Call, expect: Expectation | None, step: Call | Finish
    ) -> Iterator[str]:
        if step.within is not None:
            yield "begun = time.monotonic()"
        for name in (*call.save, *step.save):
            made = f"{name} = {made}"
        wanted = [_wanted(one) for one in _outcomes(expect)]
        wanted = [one for one in wanted if one]
        yield f"expect({made}, {', '.join(wanted)})" if wanted else made
        if step.within is not None:
            yield f"within({step.within!r}, begun)"


def _outcomes(expect: Expectation | None) -> list[Outcome]:
    if expect is None:
        return []
    if expect.when:
        raise NoScript("a script cannot choose by condition")
    return [*expect.strict.values(), *expect.also.values()]


def _wanted(outcome: Outcome) -> str:
    if outcome.word in ("eof", "empty"):
        return "b''"
    if outcome.errors:
        raise NoScript("a script cannot expect an error")
    if "value" in outcome.fields:
        return repr(_ERRORS.get(str(outcome.fields["value"]), outcome.fields["value"]))
    return code(outcome.fields["data"]) if "data" in outcome.fields else ""


def _argument(name: str, value: Any) -> str:
    return f"made({code(value)})" if name == "data" else code(value)


def code(value: Any) -> str:
    """A value of a scenario as Python; a saved one by its name."""
    return literal(value, lambda ref: ref.name)
