"""The lives of handles, started calls and saved values, checked before anything runs. Pure.

A scenario is walked once for each of its transports, in the order in which the engine will do it:
every handle must have been made before it is used and not have been closed, every started call be
finished exactly once, every `$value` be saved earlier.

Using a closed handle is an error of the author, unless the step says that it means to
(`intents.py`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from harness import conditions
from harness.language.intents import may_be_closed, meant_to_fail, meant_to_work, references
from harness.language.model import (
    Actor,
    Blocked,
    Call,
    Finish,
    Ref,
    Scenario,
    Step,
    Together,
    Variant,
)  # fmt: skip
from harness.language.operations import OPERATIONS
from harness.language.owners import actor_by_name, first_of
from harness.language.problems import Place
from harness.language.steps import KERNEL
from harness.language.trouble import Trouble

PARTS = ("name", "host", "port", "path")
# Without `to` these go to the handle `server`.
NEED_A_PEER = ("connect", "connect_ex", "sendto")
# These make a socket only when there never was one of that name: a closed one stays closed.
_USE_WHAT_IS_THERE = ("bind", "listen", "connect", "connect_ex", "sendto", "sendmsg")


def check(scenario: Scenario, trouble: Trouble) -> None:
    """Note everything that is wrong with the lives of a scenario's handles."""
    for variant in scenario.variants:
        for steps in _distinct_walks(scenario, variant):
            _Walk(scenario, trouble).go(steps)


def _distinct_walks(scenario: Scenario, variant: Variant) -> Iterable[tuple[Step, ...]]:
    """The steps as each transport sees them; one walk where several see the same."""
    walks = {}
    for transport in scenario.transports:
        if not scenario.only or _possible(scenario.only, transport):
            steps = _for_transport((*variant.steps, *variant.closing), transport)
            walks[tuple(map(id, steps))] = steps
    return walks.values()


def _for_transport(steps: tuple[Step, ...], transport: str) -> tuple[Step, ...]:
    return tuple(step for step in steps if not step.only or _possible(step.only, transport))


def _possible(words: tuple[str, ...], transport: str) -> bool:
    """Whether a condition may hold on this transport, whatever the system turns out to be."""
    facts = conditions.Facts(transport, system="")
    return any(conditions.environment_only(w) or conditions.holds(w, facts) for w in words)


@dataclass
class _Walk:
    """One walk through the steps: what exists, what has ended, what is under way."""

    scenario: Scenario
    trouble: Trouble
    open: dict[str, int] = field(default_factory=dict)
    closed: dict[str, int] = field(default_factory=dict)
    owner: dict[str, Actor] = field(default_factory=dict)
    running: dict[str, Call] = field(default_factory=dict)
    done: dict[str, int] = field(default_factory=dict)
    saved: set[str] = field(default_factory=set)
    arrivals: set[str] = field(default_factory=set)  # handles that recvmsg makes: there may be more

    def go(self, steps: tuple[Step, ...]) -> None:
        if self.scenario.service:
            self._open("server", "server", self.scenario.place)
        for step in steps:
            if isinstance(step, Call):
                self._call(step)
            elif isinstance(step, Together):
                self._together(step)
            elif isinstance(step, Finish):
                self._finish(step)
            elif isinstance(step, Blocked):
                self._running(step.name, step.place)
        for name, call in self.running.items():
            self.trouble.at(
                call.place, f"`{name}` is started here and never finished", f"add `finish: {name}`"
            )

    # --- steps -----------------------------------------------------------------------------------

    def _call(self, call: Call) -> None:
        self._begin(call)
        if call.start is None:
            self._end(call)
        elif call.start in self.running or call.start in self.done:
            self.trouble.at(call.place, f"a call named `{call.start}` was started before")
        else:
            self.running[call.start] = call

    def _together(self, step: Together) -> None:
        for call in step.calls:
            self._begin(call)
        for call in step.calls:
            self._end(call)

    def _finish(self, step: Finish) -> None:
        call = self._running(step.name, step.place)
        if call is not None:
            del self.running[step.name]
            self.done[step.name] = step.place.line
            self._end(call)
            self.saved.update(step.save)

    def _running(self, name: str, place: Place) -> Call | None:
        if name in self.running:
            return self.running[name]
        if name in self.done:
            self.trouble.at(place, f"`{name}` was finished on line {self.done[name]}")
        else:
            self.trouble.unknown(place, "started call", name, self.running)
        return None

    # --- handles ---------------------------------------------------------------------------------

    def _begin(self, call: Call) -> None:
        if call.handle != KERNEL:
            self._use(call)
        self._check_references(call)
        self._check_handle_arguments(call)

    def _end(self, call: Call) -> None:
        if call.makes and not meant_to_fail(call):
            self._open(call.makes, self.owner.get(call.handle), call.place)
            if call.operation == "recvmsg":
                self.arrivals.add(call.makes)
        if call.handle != KERNEL and OPERATIONS[call.operation].ends and meant_to_work(call):
            if call.handle in self.open:
                del self.open[call.handle]
            self.closed[call.handle] = call.place.line
        self.saved.update(call.save)

    def _use(self, call: Call) -> None:
        handle = call.handle
        operation = OPERATIONS[call.operation]
        if operation.bare:
            self._place(handle, call.at or self.owner.get(handle), call.place)
            return
        if handle in self.open:
            return
        if operation.opens and not (handle in self.closed and call.operation in _USE_WHAT_IS_THERE):
            self._open(handle, call.at or self.owner.get(handle), call.place)
        elif handle not in self.closed and first_of(handle) in self.arrivals:
            self._open(handle, self.owner[first_of(handle)], call.place)
        elif handle in self.closed:
            if not may_be_closed(call):
                self.trouble.at(
                    call.place,
                    f"`{handle}` was closed on line {self.closed[handle]}",
                    "a step that means to use a closed handle expects {error: EBADF}",
                )
        else:
            self.trouble.unknown(call.place, "handle", handle, [*self.open, *self.closed])

    def _open(self, handle: str, owner: Actor | None, place: Place) -> None:
        actor = self._place(handle, owner, place)
        if actor is None:
            return
        if handle in self.open:
            self.trouble.at(
                place, f"the handle `{handle}` exists already, since line {self.open[handle]}"
            )
        self.open[handle] = place.line
        self.closed.pop(handle, None)
        self.owner[handle] = actor

    def _place(self, handle: str, owner: Actor | None, place: Place) -> Actor | None:
        """In which process the handle lives; a problem when nobody says."""
        actor = owner or actor_by_name(handle)
        if actor is None:
            self.trouble.at(
                place,
                f"it is not clear in which process `{handle}` lives",
                "begin its name with server or client, or say `at: client`",
            )
        return actor

    # --- references ------------------------------------------------------------------------------

    def _check_references(self, call: Call) -> None:
        operation = OPERATIONS.get(call.operation)
        needs_peer = operation is not None and operation.name in NEED_A_PEER
        if needs_peer and "to" not in call.args and "server" not in self._known():
            self.trouble.at(
                call.place, f"`{call.operation}` needs `to`: there is no handle named `server`"
            )
        for ref in references(call):
            self._check_reference(ref, call.place)

    def _check_reference(self, ref: Ref, place: Place) -> None:
        if ref.part is None:
            if ref.name and ref.name not in self.saved:
                self.trouble.unknown(place, "saved value", ref.name, self.saved)
        elif ref.part not in PARTS:
            self.trouble.unknown(place, "part of a handle", ref.part, PARTS)
        elif ref.name not in self._known() and ref.name not in self.saved:
            self.trouble.unknown(place, "handle", ref.name, self._known())

    def _known(self) -> list[str]:
        return [*self.open, *self.closed]

    def _check_handle_arguments(self, call: Call) -> None:
        for key in ("of", "handle", "handles"):
            named = call.args.get(key, [])
            for name in named if isinstance(named, list) else [named]:
                if isinstance(name, str) and name not in self._known():
                    self.trouble.unknown(call.place, "handle", name, self._known())
        for name in _passed_on(call.args.get("ancillary")):
            if name not in self._known() and first_of(name) not in self.arrivals:
                self.trouble.unknown(call.place, "handle", name, self._known())


def _passed_on(messages: Any) -> Iterable[str]:
    """The handles whose descriptors control messages carry."""
    for message in messages if isinstance(messages, list) else ():
        if isinstance(message, Mapping) and isinstance(message.get("fds"), list):
            yield from (name for name in message["fds"] if isinstance(name, str))
