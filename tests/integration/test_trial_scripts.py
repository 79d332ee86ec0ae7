"""Scripts that reproduce a finding: they show the fault, and only where it is."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from harness.plan import Case
from harness.trial import corpus, records
from harness.trial.check import Check
from harness.trial.scripts import script
from harness.trial.site import Site
from harness.trial.target import Target
from harness.trial.trial import PAIR, PATIENCE, Trial
from tests.mutants.programs.running import client_trial, target

# With a part of the id where what is found first is found by chance.
BUGS = [
    "strips white-space",
    "drops-the-tail last-byte[unix-stream-size=1-",
    "banner",
    "resets-at-the-end",
    "datagrams-cut",
    "answers-from-another-port",
    "discard-acknowledges",
    "chargen-newlines",
    "daytime-without-crlf",
    "greet-resets-who-talks",
    "waits-for-a-newline",
]


@pytest.mark.parametrize("bug", BUGS)
def test_a_script_shows_the_fault_and_nothing_else(bug: str, tmp_path: Path) -> None:
    """Run against the wrong program it exits with 1, against the right one with 0."""
    bug, _, part = bug.partition(" ")
    wrong = target(bug)
    name = tmp_path / "script.py"
    name.write_text(_script(wrong, part), encoding="utf-8")
    assert _run(name, wrong) == 1
    words = tuple("none" if word == bug else word for word in wrong.words)
    assert _run(name, replace(wrong, words=words)) == 0


def _script(wrong: Target, part: str) -> str:
    """The script of the first finding that has one."""
    with Trial(wrong, PATIENCE) as trial:
        for check in trial.checks():
            if check.script is None or part not in check.id:
                continue
            if (record := check.run()).verdict == "fail":
                return check.script(record)
    raise AssertionError("nothing was found")


def _run(name: Path, server: Target) -> int:
    """Run the script on a server; its exit status."""
    with Site(server) as site:
        site.up()
        address = [site.name] if isinstance(site.name, str) else map(str, site.name)
        command = [sys.executable, "-I", "-S", str(name), *address]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
        assert not done.stderr
        return done.returncode


# Looks at the life of programs: a bug, and the look of which the script is tried.
LIVES = {
    "all-interfaces": "life.listens-where-told",
    "fifty-clients": "life.hundred-at-once",
    "eight-workers": "life.idle-clients",
    "leaks-after-resets": "life.gives-back-descriptors",
    "busy-after-a-half-close": "life.takes-no-time",
    "drops-what-is-not-read": "echo.jammed-client-loses",
    "leaves-a-helper": "life.stops-on-sigterm",
    "no-reuseaddr": "life.restarts-at-once",
    "path-stolen": "unix.live-path",
    "path-left-behind": "unix.path-is-removed",
}
CLIENTS = {
    "prints-in-text-mode": "client.prints-the-answer",
    "does-not-half-close": "client.sends-all",
    "hides-errors": "client.complains-when-refused",
}


@pytest.mark.parametrize("bug", LIVES)
def test_a_script_of_a_look_shows_the_fault(bug: str, tmp_path: Path) -> None:
    """It starts the program itself: the wrong one shows the fault, the right one does not."""
    wrong = target(bug)
    with Trial(wrong, PATIENCE) as trial:
        check = next(one for one in trial.checks() if one.id.startswith(LIVES[bug]))
        _shows_the_fault(check, wrong.words, bug, tmp_path / "script.py")


@pytest.mark.parametrize("bug", CLIENTS)
def test_a_script_of_a_client_shows_the_fault(bug: str, tmp_path: Path) -> None:
    """It plays the server."""
    trial = client_trial(bug)
    check = next(one for one in trial.checks() if one.id.startswith(CLIENTS[bug]))
    _shows_the_fault(check, trial.target.words, bug, tmp_path / "script.py")


def _shows_the_fault(check: Check, words: Sequence[str], bug: str, path: Path) -> None:
    assert check.script is not None
    blank = records.blank(check.id, check.sentences, "So it is.", "tcp4", {}, {})
    path.write_text(check.script(blank), encoding="utf-8")
    right = ["none" if word == bug else word for word in words]
    for command, status in (([], 1), (right, 0)):
        words = [sys.executable, "-I", "-S", str(path), *command]
        done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=60)
        assert (done.returncode, done.stderr) == (status, ""), done.stdout
        assert ("THE FAULT SHOWS" in done.stdout) == bool(status)


def _cases() -> list[Case]:
    found = []
    for scenario in corpus.service_scenarios():
        assert scenario.service is not None
        for transport in scenario.transports:
            cases = corpus.cases(scenario.service, transport, PAIR)
            found += [case for case in cases if case.scenario.id == scenario.id]
    return found


def test_every_service_scenario_has_a_script() -> None:
    """Each case of the corpus can be written as a script that Python compiles."""
    cases = _cases()
    assert len(cases) > 60
    with Trial(target("none"), PATIENCE) as trial:
        record = next(trial.checks()).run()
    for case in cases:
        compile(script(case, target("none"), record, corpus.prelude()), case.id, "exec")
