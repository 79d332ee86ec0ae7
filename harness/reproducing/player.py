"""The verbs of scenarios in the script of a case: handles, calls, together, finish, blocked.

Standard library only, for it is copied into scripts. The engine does the same with evidence and a
verdict; a script only has to see whether the fault shows.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from harness.engine.blocking import prove_blocked
from harness.engine.patience import EVENTUALLY_PAUSE, longest_wait
from harness.judging.judge import time_ran_out
from harness.judging.matching import resolve
from harness.judging.wording import describe_reply
from harness.language.model import Ref
from harness.protocol import Reply
from harness.reproducing.asked import Asked
from harness.reproducing.driving import AnyDriver, CannotBeTried, FaultShows, Tables, heard


class Handle:
    """A socket in the process of one side, by its name; its methods are what can be asked for."""

    def __init__(self, case: Played, name: str, driver: Any) -> None:
        self._case, self._name, self._driver = case, name, driver

    def __getattr__(self, word: str) -> Any:
        if word in ("name", "host", "port", "path"):
            return Ref(self._name, word)
        return lambda **said: self._case.call(self._name, self._driver, word, said)


class Played:
    """The case: its drivers, and what has come so far. Seconds: `deadline`, after which a call
    hangs; `factor` multiplies every patience on a slow machine."""

    def __init__(
        self, drivers: Mapping[str, AnyDriver], transport: str, deadline: float, factor: float
    ) -> None:
        self._drivers, self._transport = drivers, transport
        self._deadline, self._factor = deadline * factor, factor
        self._known: dict[str, Any] = {}
        self._running: list[Asked] = []
        self._gathered: list[Asked] | None = None

    def server(self, *names: str) -> list[Handle]:
        """Handles of the server's process."""
        return [Handle(self, name, self._drivers["server"]) for name in names]

    def client(self, *names: str) -> list[Handle]:
        """Handles of the client's process."""
        return [Handle(self, name, self._drivers["client"]) for name in names]

    def kernel(self) -> Handle:
        """What the system itself knows."""
        return Handle(self, "kernel", Tables())

    def saved(self, name: str, part: str | None = None) -> Ref:
        """What a step before has saved."""
        return Ref(name, part)

    def call(self, handle: str, driver: Any, operation: str, said: dict[str, Any]) -> Asked | None:
        """Do a call and see that it comes out as expected, or, with `start`, only begin it."""
        start, patience = said.pop("start", False), said.pop("eventually", None)
        modifiers = {key: said.pop(key) for key in list(said) if key in Asked.__dataclass_fields__}
        args = {key.rstrip("_"): one for key, one in said.items()}
        asked = Asked(handle, driver, operation, args, **modifiers)
        if self._gathered is not None:
            self._gathered.append(asked)
        elif start:
            self._begin(asked, start=True)
            self._running.append(asked)
            return asked
        elif patience is not None:
            self._eventually(asked, patience)
        else:
            self._begin(asked)
            self._judge(asked, self._await(asked), asked.begun)
        return None

    @contextlib.contextmanager
    def together(self) -> Iterator[None]:
        """Begin all calls of the block before any is awaited. A driver does one after the other, so
        all but its last run on threads of their own."""
        calls: list[Asked] = []
        self._gathered = calls
        yield
        self._gathered = None
        last = {call.driver: call for call in calls}
        for call in sorted(calls, key=lambda call: call is last[call.driver]):
            self._begin(call, start=call is not last[call.driver])
        while calls:
            patience = max(map(self._patience, calls))
            one = self._first_to_end(calls, time.monotonic() + patience) or calls[0]
            calls.remove(one)
            self._judge(one, self._await(one), one.begun)

    def finish(self, asked: Asked, **said: Any) -> None:
        """Wait for the end of a call that was begun."""
        self._running.remove(asked)
        for name, value in said.items():
            setattr(asked, name, value)
        begun = time.monotonic_ns()
        self._judge(asked, self._await(asked), begun)

    def blocked(self, asked: Asked, seconds: float, interrupt: bool = False) -> None:
        """See that a call that was begun is asleep in the kernel; send its thread a signal then."""
        deadline = time.monotonic() + self._deadline
        proof = prove_blocked(asked.driver, asked.number, seconds, deadline)
        if not proof.blocked:
            least = 0.0 if interrupt else seconds
            self._not_blocked(asked, proof.outcome == "returned", proof.how, least)
        if interrupt:
            number = asked.driver.send("interrupt", None, {"request": asked.number})
            reply = asked.driver.wait(number, deadline)
            if reply is None or reply.kind != "ok":
                said = describe_reply(reply, self._transport) if reply else "no reply"
                raise CannotBeTried(f"a signal to {asked}: {said}")

    def _not_blocked(self, asked: Asked, returned: bool, how: str, least: float) -> None:
        reply = asked.driver.wait(asked.number, 0)
        if reply is not None and reply.kind == "unsupported":
            raise CannotBeTried(f"{asked}: {reply.text}")
        if not returned or (reply is not None and time_ran_out(reply, after=least)):
            raise CannotBeTried(f"{asked} was not seen asleep: {how}")
        came = f", with {describe_reply(reply, self._transport)}" if reply else ""
        raise FaultShows(asked, "still blocked", how + came)

    def _begin(self, asked: Asked, start: bool = False) -> None:
        asked.begun = time.monotonic_ns()
        args = resolve(asked.args, self._known)
        asked.number = asked.driver.send(asked.operation, asked.handle, args, start)

    def _eventually(self, asked: Asked, patience: float) -> None:
        begun = time.monotonic_ns()
        give_up = begun + int(patience * self._factor * 1e9)
        while True:
            last = time.monotonic_ns() > give_up
            self._begin(asked)
            reply = self._await(asked)
            try:
                return self._judge(asked, reply, begun)
            except (FaultShows, CannotBeTried):
                if last:
                    raise
            time.sleep(EVENTUALLY_PAUSE)

    def _patience(self, asked: Asked) -> float:
        return longest_wait(self._deadline, asked.args, asked.within, asked.at_least)

    def _await(self, asked: Asked) -> Reply:
        patience = self._patience(asked)
        if self._running:
            self._first_to_end([asked], time.monotonic() + patience)
        reply: Reply | None = asked.driver.wait(asked.number, time.monotonic() + patience)
        if reply is None:
            raise FaultShows(asked, "the call to return", f"still blocked after {patience:.1f} s")
        return reply

    def _first_to_end(self, calls: Sequence[Asked], deadline: float) -> Asked | None:
        """Wait for the first of some calls. One that was begun and turns out to be impossible ends
        the case: what needs it would wait in vain."""

        def ended() -> Asked | None:
            for one in calls:
                if one.number in one.driver.replies or one.driver.fault:
                    return one
            for one in self._running:
                reply = one.driver.replies.get(one.number)
                if reply and reply.kind in ("unsupported", "broken") and not one.observe:
                    return one
            return None

        first: Asked | None = heard(ended, deadline)
        if first is not None and first not in calls:
            self._judge(first, self._await(first), first.begun)
        return first

    def _judge(self, asked: Asked, reply: Reply, begun: int) -> None:
        if reply.kind == "ok" and "name" in reply.values:
            made = asked.args.get("as", asked.handle)
            self._known[made] = {"name": reply.values["name"]}
        asked.hold(reply, begun, self._known, self._transport, self._factor)
        if not asked.observe:
            self._known.update({key: reply.values.get(part) for key, part in asked.save.items()})
