"""The steps `blocked` and `interrupt`: a started call stays asleep, or is woken by a signal.

Whether it sleeps is found out in `blocking.py`; here is what a case makes of the proof.
"""

from __future__ import annotations

from harness.engine import blocking
from harness.engine.under_way import Ended, Pending, UnderWay
from harness.judging.judge import Finding, time_ran_out
from harness.judging.wording import describe_reply
from harness.language.model import Blocked
from harness.verdicts import Verdict


def show_blocked(under_way: UnderWay, step: Blocked) -> None:
    """Show that the started call stays blocked, and interrupt it when that is the step. Raise
    Ended when it cannot be shown."""
    pending = under_way.running[step.name]
    deadline = pending.driver.clock() + under_way.deadline
    proof = blocking.prove_blocked(pending.driver, pending.number, step.hold, deadline)
    if not proof.blocked:
        # Not shown is not disproved: a machine too busy to let the thread sleep is no failure.
        raise _not_blocked(under_way, step, pending, proof)
    if step.interrupt:
        _interrupt(under_way, step, pending)


def _not_blocked(
    under_way: UnderWay, step: Blocked, pending: Pending, proof: blocking.Proof
) -> Ended:
    verdict: Verdict = "fail" if proof.outcome == "returned" else "inconclusive"
    under_way.end_if_impossible(pending)
    # What the call came back with is the best evidence there is.
    reply = pending.driver.wait(pending.number, 0)
    if reply is not None and time_ran_out(reply, after=0.0 if step.interrupt else step.hold):
        # Its own time was over before the look, or before the signal: this process is late.
        verdict = "inconclusive"
    pending.entry.reply = reply
    pending.entry.failed = True
    finding = Finding(verdict, expected=f"`{step.name}` still blocked", actual=proof.how)
    return Ended(finding, step, pending.entry)


def _interrupt(under_way: UnderWay, step: Blocked, pending: Pending) -> None:
    """Have the driver send a signal to the thread of a call that was seen asleep."""
    driver = pending.driver
    number = driver.send("interrupt", None, {"request": pending.number})
    reply = driver.wait(number, driver.clock() + under_way.deadline)
    if reply is not None and reply.kind == "broken" and driver.answered(pending.number, 0.0):
        # Seen asleep, but it had ended when the signal was to be sent.
        raise _not_blocked(under_way, step, pending, blocking.RETURNED)
    if reply is None or reply.kind != "ok":
        said = describe_reply(reply, under_way.case.transport) if reply else "no reply"
        verdict: Verdict = "unsupported" if reply and reply.kind == "unsupported" else "broken"
        raise Ended(Finding(verdict, expected="a signal to be sent", actual=said), step)
