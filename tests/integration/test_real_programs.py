"""Real programs on trial: a false alarm on one that is right is a defect of ours.

One that is not installed is skipped by its name. What is known of each stands in
`tests/real/programs.py`; `python -m tests.real.repeat` tries each of them whole and many times.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.trial.sentences import named
from harness.trial.trials import Check, Pointless, trials
from tests.real.programs import PROGRAMS, Missing, Real, scratch

# These take seconds and hundreds of connections each: one program of a kind shows them.
SLOW = (
    "life.idle-connection-lives",
    "life.gives-back",
    "life.takes-no-time",
    "life.jammed",
    "service.echo-tcp-idle",
    "client.gives-up",
    "client.sleeps",
)
WHOLE = ("c",)
SAME_CLIENT = ("socat-client", "ncat-client")  # socat-client-patient is looked at whole
# The life of these is that of socat and of inetd-echo.
SAME_LIFE = (
    *("socat-pipe", "socat-discard", "socat-daytime"),
    *("inetd-discard", "inetd-chargen", "inetd-daytime"),
)


def wanted(name: str, check: Check) -> bool:
    """Whether a check is made here: none that may end either way, and of a program that fails much
    only what is known of it."""
    real = PROGRAMS[name]
    if set(real.at_times) & set(check.sentences):
        return False
    if real.hopeless:
        return bool(set(real.broken) & set(check.sentences))
    if real.client:
        return name not in SAME_CLIENT or bool(set(real.broken) & set(check.sentences))
    if name in SAME_LIFE and not check.id.startswith("service."):
        return False
    return name in WHOLE or not check.id.startswith(SLOW)


@pytest.mark.parametrize("name", PROGRAMS)
def test_no_false_alarm_on_a_real_program(name: str) -> None:
    """Every sentence of the contract is kept, but for those that are known."""
    real = PROGRAMS[name]
    try:
        with scratch():
            found = _found(name, real)
    except Missing as what:
        pytest.skip(f"there is no {what} here")
    assert {id_: said for id_, said in found.items() if not _known(id_, real)} == {}
    if real.client:  # what servers break depends on who is quicker
        sentences = {one for ids in found for one in ids}
        assert set(real.broken) <= sentences, "what is known to be broken no longer is"


def _known(ids: tuple[str, ...], real: Real) -> bool:
    return bool(real.known() & set(ids))


def _found(name: str, real: Real) -> dict[tuple[str, ...], object]:
    """What every check that is made found, by its sentences."""
    found: dict[tuple[str, ...], object] = {}
    patient = 1.0 if real.hopeless else 2.0  # who hangs anyway is not waited for
    for trial in trials(replace(real.request(), slow_factor=patient)):
        with trial:
            for check in trial.checks():
                if not wanted(name, check):
                    continue
                try:
                    record = check.run()
                except Pointless:
                    break
                if record.verdict != "pass":
                    said = record.failure and (record.failure.expected, record.failure.actual)
                    found[named(record.spec)] = (record.verdict, record.id, said, record.why)
    return found
