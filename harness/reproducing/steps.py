"""The steps of a case as lines of Python: one for each, handles by name. Pure.

What the lines call is in `player.py`. Conditions are settled with the facts of the run that found
the fault, so that no step stands in a script that was not done.
"""

from __future__ import annotations

import keyword
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from harness import conditions
from harness.judging.judge import choose, whole
from harness.judging.matching import Unresolved
from harness.language.model import (
    ACTORS,
    Actor,
    Blocked,
    Call,
    Expectation,
    Finish,
    Outcome,
    Ref,
    Step,
    Together,
    calls,
)
from harness.language.operations import OPERATIONS
from harness.language.steps import KERNEL
from harness.plan import Case, wire_arguments
from harness.records.model import Failure

WIDTH = 96  # of a line, before it is indented
_HANDLES = 6  # in one line
_PARTS = ("name", "host", "port", "path")  # of a handle's name, which the player's handles have


class NoScript(Exception):
    """A step that a script cannot do; the text says which."""


def literal(value: Any, named: Callable[[Ref], str] = str) -> str:
    """A value of a scenario as Python; `named` is for what is known only when the case runs."""
    if isinstance(value, Ref):
        return named(value)
    if isinstance(value, Mapping):
        parts = (f"{literal(key)}: {literal(part, named)}" for key, part in value.items())
        return "{" + ", ".join(parts) + "}"
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(literal(part, named) for part in value)}]"
    text = repr(value)
    if isinstance(value, str) and '"' not in text:
        return f'"{text[1:-1]}"'
    return text


class Steps:
    """The steps of one case as lines of Python."""

    def __init__(
        self, case: Case, facts: Mapping[Actor, conditions.Facts], failure: Failure | None
    ) -> None:
        self._case, self._facts, self._failure = case, facts, failure
        self._started: dict[str, Call] = {}
        self._names: dict[tuple[str, str], str] = {}

    def lines(self) -> Iterator[str]:
        """Handles first, then the steps of both phases."""
        for side in ACTORS:
            yield from self._handles(side)
        if any(one.handle == KERNEL for one in calls((*self._case.steps, *self._case.closing))):
            yield f"[{self._name('handle', KERNEL)}] = [case.kernel()]"
        for phase in (self._case.steps, self._case.closing):
            for step in phase:
                if self._applies(step):
                    yield from self._step(step)

    def _handles(self, side: Actor) -> Iterator[str]:
        held = [name for name, owner in self._case.owners.items() if owner == side]
        held = [name for name in held if name != KERNEL]
        for at in range(0, len(held), _HANDLES):
            part = held[at : at + _HANDLES]
            names = ", ".join(self._name("handle", name) for name in part)
            yield f"[{names}] = case.{side}({', '.join(map(literal, part))})"

    def _name(self, kind: str, word: str) -> str:
        """A Python name for a handle or a call, which no other one has."""
        if (kind, word) not in self._names:
            name = word.replace("-", "_")
            while keyword.iskeyword(name) or name in ("case", *self._names.values()):
                name += "_"
            self._names[kind, word] = name
        return self._names[kind, word]

    def _applies(self, step: Step) -> bool:
        return self._case.applies(step, self._facts)

    def _step(self, step: Step) -> Iterator[str]:
        if isinstance(step, Together):
            lines = [
                line for call in step.calls if self._applies(call) for line in self._call(call)
            ]
            yield from ("with case.together():", *(f"    {line}" for line in lines or ["pass"]))
        elif isinstance(step, Finish):
            yield from self._finish(step)
        elif isinstance(step, Blocked):
            asked = [self._name("call", step.name), f"seconds={step.hold!r}"]
            asked += ["interrupt=True"] if step.interrupt else []
            yield from self._said("case.blocked", asked, step)
        else:
            yield from self._call(step)

    def _call(self, call: Call) -> Iterator[str]:
        if call.handle == KERNEL and call.operation != "tcp_table":
            raise NoScript(f"a script cannot do `{call}`: it does not read that table")
        said = [*self._arguments(call), *self._modifiers(call)]
        before = ""
        if call.start is not None:
            self._started[call.start] = call
            before, said = f"{self._name('call', call.start)} = ", [*said, "start=True"]
        else:
            said += self._judged(call, call)
        yield from self._said(
            f"{before}{self._name('handle', call.handle)}.{call.operation}", said, call
        )

    def _finish(self, step: Finish) -> Iterator[str]:
        said = [self._name("call", step.name), *self._judged(self._started[step.name], step)]
        yield from self._said("case.finish", said, step)

    def _arguments(self, call: Call) -> Iterator[str]:
        args = wire_arguments(call, self._case.transport) if call.handle != KERNEL else call.args
        for key, value in args.items():
            name = f"{key}_" if keyword.iskeyword(key) else key
            yield f"{name}={literal(value, self._ref)}"

    def _modifiers(self, call: Call) -> Iterator[str]:
        """What belongs to the call itself, wherever it is awaited."""
        if call.provided is not None:
            yield f"provided={self._expected(call.provided, self._case.actor_of(call.handle))}"
        if call.observe:
            yield "observe=True"
        if call.eventually is not None:
            yield f"eventually={call.eventually!r}"

    def _judged(self, call: Call, step: Call | Finish) -> Iterator[str]:
        """What is expected of a call where it is awaited."""
        if step.observe and not call.observe:
            yield "observe=True"
        expect = step.expect or call.expect or self._whole(call)
        if (text := self._expected(expect, self._case.actor_of(call.handle))) != literal("ok"):
            yield f"expect={text}"
        for name in ("within", "at_least"):
            if getattr(step, name) is not None:
                yield f"{name}={getattr(step, name)!r}"
        saved = {**call.save, **step.save}
        if saved:
            primary = OPERATIONS[call.operation].primary
            yield f"save={literal({name: part or primary for name, part in saved.items()})}"

    @staticmethod
    def _whole(call: Call) -> Expectation:
        try:
            return whole(call, {})
        except Unresolved:
            raise NoScript(f"a script cannot know how much `{call}` is to take") from None

    def _expected(self, expect: Expectation, actor: Actor) -> str:
        chosen = choose(expect, self._facts[actor])
        if chosen is None:
            return "None"
        outcomes = [*chosen.strict.values(), *chosen.also.values()]
        texts = list(dict.fromkeys(map(self._outcome, outcomes)))
        return texts[0] if len(texts) == 1 else f"[{', '.join(texts)}]"

    def _outcome(self, outcome: Outcome) -> str:
        if outcome.word == "error":
            names = outcome.errors
            return literal({"error": names[0] if len(names) == 1 else list(names)})
        if outcome.fields:
            return literal(outcome.fields, self._ref)
        return literal(outcome.word)

    def _ref(self, ref: Ref) -> str:
        if ref.name in self._case.owners and ref.part in _PARTS:
            return f"{self._name('handle', ref.name)}.{ref.part}"
        parts = [literal(one) for one in (ref.name, ref.part) if one is not None]
        return f"case.saved({', '.join(parts)})"

    def _said(self, called: str, words: Iterable[str], step: Step) -> Iterator[str]:
        """A call in one line, or, where that is too long, with a line for each argument."""
        said = list(words)
        mark = "  # <-- the fault" if self._is_at_fault(step) else ""
        if len(line := f"{called}({', '.join(said)}){mark}") <= WIDTH:
            yield line
            return
        yield f"{called}({mark}"
        yield from (f"    {word}," for word in said)
        yield ")"

    def _is_at_fault(self, step: Step) -> bool:
        found = self._failure
        return found is not None and (found.line, found.column, found.step) == (
            step.place.line,
            step.place.column,
            str(step),
        )
