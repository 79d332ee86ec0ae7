"""The steps of a case as Python that a maintainer reads: one line for each, handles by name. Pure.

What is made here is the beginning of a script; what plays it (`player.py`) and the drivers come
behind it (`whole.py`). Conditions are settled with the facts of the run that found the fault, so
that no step stands in the script that was not done.
"""

from __future__ import annotations

import keyword
import textwrap
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
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
from harness.records.model import CaseRecord

_WIDTH = 100
_HANDLES = 6  # in one line
_PARTS = ("name", "host", "port", "path")  # of a handle's name, which the player's handles have


class NoScript(Exception):
    """A step that a script cannot do; the text says which."""


@dataclass(frozen=True)
class Side:
    """How a script starts the driver of one side: the commands that build it, and last the one that
    starts it; the names of the drivers whose sources it needs for that. `shown` and `packages` are
    for people; `called` what the command line puts in its place: a Python, or a command."""

    commands: tuple[tuple[str, ...], ...]
    needs: tuple[str, ...]
    shown: str
    packages: tuple[str, ...] = ()

    @property
    def takes_python(self) -> bool:
        """Whether any Python may run it."""
        return self.commands[-1][0] == "{python}"


def story(
    case: Case,
    facts: Mapping[Actor, conditions.Facts],
    sides: Mapping[Actor, Side],
    record: CaseRecord,
    patience: tuple[float, float],
) -> str:
    """Return the beginning of the script for a case that was found wrong. Raise NoScript.

    `patience`: the seconds after which a call hangs, and the factor for slow machines."""
    head = [f"{side.upper()} = {_commands(sides[side])}" for side in ACTORS]
    lines = [
        "#!/usr/bin/env python3",
        '"""' + "\n".join(map(_in_docstring, _about(case, facts, sides, record))),
        '"""',
        "",
        "from __future__ import annotations",
        "",
        *head,
        f"TRANSPORT = {case.transport!r}",
        f"PATIENCE = {patience!r}  # seconds after which a call hangs; factor for slow machines",
        "",
        "",
        "def steps(case):",
        *(f"    {line}" if line else "" for line in _Steps(case, facts, record).lines()),
    ]
    return "\n".join(lines) + "\n"


# --- what is said first ---------------------------------------------------------------------------


def _about(
    case: Case,
    facts: Mapping[Actor, conditions.Facts],
    sides: Mapping[Actor, Side],
    record: CaseRecord,
) -> Iterator[str]:
    failure = record.failure
    assert failure is not None
    yield from textwrap.wrap(record.claim, _WIDTH - 4)
    yield ""
    yield f"Case:      {case.id}, {failure.file}:{failure.line}"
    for side in ACTORS:
        yield f"{side.capitalize() + ':':10} {sides[side].shown}"
    yield from _labelled("Expected:", f"{failure.step}: {failure.expected}")
    yield from _labelled("Came:", failure.actual)
    if record.expectation is not None:
        known = f"{record.expectation.reason} {record.expectation.link or ''}"
        yield from _labelled("Known:", known)
    yield ""
    server = facts["server"]
    kernel = ".".join(map(str, server.kernel))
    yield from textwrap.wrap(
        f"Run it: python3 SCRIPT [SERVER [CLIENT]], Python 3.10 or newer. {_sides_said(sides)} "
        "Exit status 1: the fault shows. 0: it does not. 2: it could not be tried. The steps are "
        f"those for {server.runtime} on {server.system} {kernel}. What plays them stands below, "
        "and the drivers, packed: --unpack FOLDER writes them.",
        _WIDTH - 4,
    )


def _labelled(label: str, text: str) -> list[str]:
    lines = [part for line in text.splitlines() for part in textwrap.wrap(line, _WIDTH - 15)]
    return [f"{label:10} {line}" if not at else f"{'':10} {line}" for at, line in enumerate(lines)]


def _sides_said(sides: Mapping[Actor, Side]) -> str:
    """What may be named in the place of SERVER and CLIENT."""
    if not any(side.takes_python for side in sides.values()):
        return "SERVER and CLIENT are other commands for the two drivers."
    packages = sorted({one for side in sides.values() for one in side.packages})
    need = f", which need {' and '.join(packages)}" if packages else ""
    return f"SERVER and CLIENT are the Pythons of the two sides{need}: this one when not said."


def _in_docstring(text: str) -> str:
    """Text that may come from anywhere, as it has to stand between triple quotes."""
    return "".join(
        f"\\{c}" if c in '\\"' else c if c.isprintable() else ascii(c)[1:-1] for c in text
    )


def _commands(side: Side) -> str:
    return repr([list(command) for command in side.commands])


# --- the steps ------------------------------------------------------------------------------------


class _Steps:
    """The steps of one case as lines of Python."""

    def __init__(
        self, case: Case, facts: Mapping[Actor, conditions.Facts], record: CaseRecord
    ) -> None:
        self._case, self._facts, self._failure = case, facts, record.failure
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
            yield f"[{names}] = case.{side}({', '.join(map(repr, part))})"

    def _name(self, kind: str, word: str) -> str:
        """A Python name for a handle or a call, which no other one has."""
        if (kind, word) not in self._names:
            name = word.replace("-", "_")
            while keyword.iskeyword(name) or name in ("case", *self._names.values()):
                name += "_"
            self._names[kind, word] = name
        return self._names[kind, word]

    def _applies(self, step: Step) -> bool:
        actor = self._actor(step) if isinstance(step, Call) else "server"
        return conditions.any_holds(step.only, self._facts[actor])

    def _actor(self, call: Call) -> Actor:
        return self._case.owners.get(call.handle, "server")

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
            yield f"{name}={self._code(value)}"

    def _modifiers(self, call: Call) -> Iterator[str]:
        """What belongs to the call itself, wherever it is awaited."""
        if call.provided is not None:
            yield f"provided={self._expected(call.provided, self._actor(call))}"
        if call.observe:
            yield "observe=True"
        if call.eventually is not None:
            yield f"eventually={call.eventually!r}"

    def _judged(self, call: Call, step: Call | Finish) -> Iterator[str]:
        """What is expected of a call where it is awaited."""
        if step.observe and not call.observe:
            yield "observe=True"
        expect = step.expect or call.expect or self._whole(call)
        if (text := self._expected(expect, self._actor(call))) != repr("ok"):
            yield f"expect={text}"
        for name in ("within", "at_least"):
            if getattr(step, name) is not None:
                yield f"{name}={getattr(step, name)!r}"
        saved = {**call.save, **step.save}
        if saved:
            primary = OPERATIONS[call.operation].primary
            yield f"save={ ({name: part or primary for name, part in saved.items()})!r}"

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
            return self._code({"error": names[0] if len(names) == 1 else list(names)})
        if outcome.fields:
            return self._code(outcome.fields)
        return repr(outcome.word)

    def _code(self, value: Any) -> str:
        """A value of a scenario as Python."""
        if isinstance(value, Ref):
            return self._ref(value)
        if isinstance(value, Mapping):
            parts = (f"{key!r}: {self._code(part)}" for key, part in value.items())
            return "{" + ", ".join(parts) + "}"
        if isinstance(value, (list, tuple)):
            return f"[{', '.join(map(self._code, value))}]"
        return repr(value)

    def _ref(self, ref: Ref) -> str:
        if ref.name in self._case.owners and ref.part in _PARTS:
            return f"{self._name('handle', ref.name)}.{ref.part}"
        parts = [repr(one) for one in (ref.name, ref.part) if one is not None]
        return f"case.saved({', '.join(parts)})"

    def _said(self, called: str, words: Iterable[str], step: Step) -> Iterator[str]:
        """A call in one line, or, where that is too long, with a line for each argument."""
        said = list(words)
        mark = "  # <-- the fault" if self._is_at_fault(step) else ""
        if len(line := f"{called}({', '.join(said)}){mark}") <= _WIDTH - 4:
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
