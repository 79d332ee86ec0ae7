"""What a case has shown so far: every reply is judged, and what it tells is kept.

Kept are the names and values of which later steps speak, the branches that outcomes took, and what
was only to be observed. When and in which order calls are made is not known here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from harness import conditions
from harness.engine.under_way import Ended, Pending, UnderWay
from harness.judging.judge import Finding, judge, judge_time, short_of_resources
from harness.judging.wording import describe_reply
from harness.language.model import Actor, Call, Finish
from harness.language.operations import OPERATIONS
from harness.protocol import Reply


@dataclass
class Shown:
    """What one case has shown. `known` stands in place of references, `varies` says that some
    outcome was allowed only."""

    under_way: UnderWay
    facts: Mapping[Actor, conditions.Facts]
    known: dict[str, Any] = field(default_factory=dict)
    branches: dict[str, str] = field(default_factory=dict)
    observed: dict[str, Any] = field(default_factory=dict)
    varies: bool = False

    def take(self, pending: Pending, reply: Reply, step: Call | Finish, begun: int) -> None:
        """Judge a reply, keep what it tells, and raise Ended unless the step holds."""
        call = pending.call
        self._learn(call, reply)
        if step.observe or (call.observe and reply.kind in ("ok", "error")):
            self._observe(step.observe or call.observe or "", reply)
            return
        self._guard(pending, reply, step)
        finding = self.finding(pending, reply, step, begun)
        if finding.verdict not in ("pass", "varies"):
            pending.entry.failed = True
            raise Ended(finding, step, pending.entry)
        self._note(step, finding)
        self._save(call, step, reply)

    def finding(self, pending: Pending, reply: Reply, step: Call | Finish, begun: int) -> Finding:
        """Judge a reply, its time included, and keep nothing."""
        call = pending.call
        facts = self._facts(call)
        finding = judge(call, step.expect or call.expect, reply, self.known, facts)
        if finding.verdict == "fail":
            return short_of_resources(finding, reply, pending.entry.args)
        if finding.verdict not in ("pass", "varies"):
            return finding
        late = judge_time(
            step.within,
            step.at_least,
            waited=(reply.end - begun) / 1e9 - pending.driver.clock_error,
            took=(reply.end - reply.begin) / 1e9,
            factor=self.under_way.settings.factor,
        )
        return late or finding

    def _facts(self, call: Call) -> conditions.Facts:
        return self.facts[self.under_way.case.actor_of(call.handle)]

    def _guard(self, pending: Pending, reply: Reply, step: Call | Finish) -> None:
        """End as inconclusive when the call worked, but not in the way that the claim needs."""
        call = pending.call
        if call.provided is None or reply.kind != "ok":
            return
        finding = judge(call, call.provided, reply, self.known, self._facts(call))
        if finding.verdict == "fail":
            pending.entry.failed = True
            raise Ended(replace(finding, verdict="inconclusive"), step, pending.entry)

    def _note(self, step: Call | Finish, finding: Finding) -> None:
        if finding.branch:
            self.branches[f"{step.place.line}:{step.place.column}"] = finding.branch
        self.varies = self.varies or finding.verdict == "varies"

    def _learn(self, call: Call, reply: Reply) -> None:
        """Remember the names of sockets: `to: server` and `$conn.port` speak of them."""
        if "name" in reply.values and reply.kind == "ok":
            self.known[call.makes or call.handle] = {"name": reply.values["name"]}

    def _save(self, call: Call, step: Call | Finish, reply: Reply) -> None:
        for name, wanted in {**call.save, **step.save}.items():
            self.known[name] = reply.values.get(wanted or OPERATIONS[call.operation].primary or "")

    def _observe(self, name: str, reply: Reply) -> None:
        self.observed[name] = describe_reply(reply, self.under_way.case.transport)
