"""Scripts that reproduce a finding: they show the fault, and only where it is."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from harness.plan import Case
from harness.trial import corpus
from harness.trial.scripts import script
from harness.trial.site import Site
from harness.trial.target import Target
from harness.trial.trial import PAIR, PATIENCE, Trial
from tests.mutants.programs.running import target

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
