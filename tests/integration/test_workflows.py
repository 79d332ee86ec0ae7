"""The shell steps of the CI files, run as a runner runs them, in a clean folder.

What a runner has and we have not is stood in for: the values of `${{ … }}`, the files behind
GITHUB_… variables, pip. Between jobs only what they keep as artifacts is carried over.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.integration.commands import GOOD, WRONG, clean_environment
from tests.pages import ROOT

WORKFLOWS = ROOT / ".github" / "workflows"
# Our own tests, which are what runs this: a step that begins so is not run in them.
OURSELVES = (".ci/run", "python -m pip install --quiet tox")


def read(path: Path) -> dict[Any, Any]:
    """A file of CI. `on` is true for YAML 1.1, and so for this reader."""
    content: dict[Any, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return content


@dataclass
class Runner:
    """A machine that runs jobs one after the other, each in a folder of its own."""

    home: Path
    inputs: Mapping[str, str]
    matrix: Mapping[str, str] = field(default_factory=dict)
    artifacts: list[Path] = field(default_factory=list)

    def job(self, name: str, steps: list[dict[str, Any]]) -> subprocess.CompletedProcess[str]:
        """Run the shell steps of a job up to the first that fails, and keep its results."""
        folder = self.home / name
        shutil.copytree(self.home / "checkout", folder)
        for artifact in self.artifacts:
            shutil.copytree(artifact, folder / "jobs" / artifact.parent.name)
        done = None
        for step in (step for step in steps if "run" in step):
            environment = {k: self.filled(str(v)) for k, v in step.get("env", {}).items()}
            done = self.shell(step["run"], folder, environment)
            if done.returncode:
                break
        assert done is not None
        if (folder / "results").is_dir():
            self.artifacts.append(folder / "results")
        return done

    def filled(self, text: str) -> str:
        """A value with what GitHub would put in the place of `${{ … }}`."""
        known = {f"inputs.{k}": v for k, v in self.inputs.items()}
        known |= {f"matrix.{k}": v for k, v in self.matrix.items()}
        return re.sub(r"\$\{\{\s*([\w.-]+)\s*\}\}", lambda found: known[found[1]], text)

    def shell(
        self, script: str, folder: Path, environment: Mapping[str, str]
    ) -> subprocess.CompletedProcess[str]:
        """Run a step as GitHub does: bash, and the first command that fails ends it."""
        assert "${{" not in script, "an expression in a script is an injection: use env"
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script],
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=120,
            env={
                **clean_environment(),
                "PATH": f"{self.home / 'tools'}:{os.environ['PATH']}",
                "GITHUB_STEP_SUMMARY": str(self.home / "summary.md"),
                "GITHUB_WORKSPACE": str(folder),
                **environment,
            },
        )
        assert "Traceback" not in done.stdout + done.stderr
        return done


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A machine with our command, a pip that only looks at its words, and a checked-out folder."""
    tools = tmp_path / "tools"
    tools.mkdir()
    (tools / "sockharness").write_text(f'#!/bin/sh\nexec {sys.executable} -m harness "$@"\n')
    (tools / "python").write_text(
        '#!/bin/sh\n[ "$1 $2 $3" = "-m pip install" ] || exit 9\n'
        'echo "$@" | grep -q -- "--quiet the-package" || exit 8\n'
    )
    for tool in tools.iterdir():
        tool.chmod(0o755)
    scenarios = tmp_path / "checkout" / "scenarios"
    scenarios.mkdir(parents=True)
    (scenarios / "echo.yaml").write_text(GOOD)
    return tmp_path


def defaults(**given: str) -> dict[str, str]:
    """The inputs of the reusable workflow, with their defaults."""
    declared = read(WORKFLOWS / "sockharness.yml")[True]["workflow_call"]["inputs"]
    inputs = {name: str(one["default"]) for name, one in declared.items()}
    return {
        **inputs,
        "package": "the-package",
        **{k.replace("_", "-"): v for k, v in given.items()},
    }


def jobs(name: str) -> dict[str, list[dict[str, Any]]]:
    """The steps of each job of a workflow; one that calls a workflow has none."""
    return {key: job.get("steps", []) for key, job in read(WORKFLOWS / name)["jobs"].items()}


def test_a_matrix_that_finds_nothing(home: Path) -> None:
    """Two jobs leave records, the report joins them, the summary says that all is well."""
    steps = jobs("sockharness.yml")
    runner = Runner(home, defaults(arguments="--transport tcp4 -k 'one or two'"))
    for system in ("one", "two"):
        done = runner.job(f"cases-{system}", steps["cases"])
        assert done.returncode == 0, done.stdout + done.stderr
    done = runner.job("report", steps["report"])
    assert done.returncode == 0, done.stdout + done.stderr
    assert "## sockharness: 2 cases in " in (home / "summary.md").read_text()
    assert "<html" in (home / "report" / "report.html").read_text()


def test_a_matrix_that_finds_something(home: Path) -> None:
    """The job fails, its annotation stands at the line, and the report is made all the same."""
    (home / "checkout" / "scenarios" / "echo.yaml").write_text(WRONG)
    steps = jobs("sockharness.yml")
    runner = Runner(home, defaults(arguments="--transport tcp4"))
    done = runner.job("cases", steps["cases"])
    assert done.returncode == 1
    assert "\n::error file=scenarios/echo.yaml,line=13,col=5," in done.stdout
    assert (home / "cases" / "results" / "junit.xml").exists()
    assert runner.job("report", steps["report"]).returncode == 0
    assert "1 unexpected of 1 case" in (home / "summary.md").read_text()


def test_no_record_at_all_is_told(home: Path) -> None:
    """A report about nothing would look like a good one."""
    done = Runner(home, defaults()).job("report", jobs("sockharness.yml")["report"])
    assert done.returncode == 1
    assert "::error title=sockharness::no job left a record" in done.stdout


@pytest.mark.parametrize(
    ("bench", "compare", "code", "warnings"),
    [(0, 0, 0, 0), (1, 0, 1, 0), (7, 7, 0, 2), (3, 0, 3, 0), (0, 1, 1, 0), (0, 4, 4, 0)],
)
def test_the_gate_for_latency(
    home: Path, bench: int, compare: int, code: int, warnings: int
) -> None:
    """It closes when something is slower; what it cannot tell is said and closes nothing; a fault
    is one, and so is a record that cannot be compared. How the commands come to their answers is
    tested elsewhere."""
    (home / "tools" / "sockharness").write_text(
        '#!/bin/sh\ncase "$1 $2 $3" in\n'
        f'"bench --impl socket") exit {bench};;\n'
        f'"compare base.jsonl results") exit {compare};;\nesac\nexit 9\n'
    )
    runner = Runner(home, defaults(bench="--impl socket", record="base.jsonl"))
    done = runner.job("latency", jobs("sockharness.yml")["latency"])
    assert done.returncode == code
    assert done.stdout.count("::warning title=latency::too noisy to tell") == warnings


def test_the_words_for_bench_are_understood(home: Path) -> None:
    """With the options that the gate gives it, by the command itself."""
    (script,) = [
        s["run"] for s in jobs("sockharness.yml")["latency"] if "BENCH" in s.get("env", {})
    ]
    runner = Runner(home, defaults())
    words = "--impl 'cmd:x y' --budget none-such"
    environment = {"BENCH": words, "RECORD": "", "FAIL_IF_SLOWER": "5%"}
    done = runner.shell(script, home / "checkout", environment)
    assert done.returncode == 4
    assert "--budget" in done.stderr


def test_every_step_of_our_own_is_known() -> None:
    """A new step in our workflow is either run here or is what runs this."""
    for steps in jobs("ci.yml").values():
        for step in steps:
            assert "run" not in step or step["run"].startswith(OURSELVES)
    called = read(WORKFLOWS / "ci.yml")["jobs"]["scenarios"]
    assert called["with"].keys() <= defaults().keys()
    assert (ROOT / called["uses"]).exists()


def test_gitlab(home: Path) -> None:
    """The jobs of the example, each in its folder; GitLab carries the results over by itself."""
    content = read(ROOT / ".ci" / "gitlab.yml")
    variables = {**content["variables"], "PACKAGE": "the-package", "PYTHON": "3.13"}
    variables["ARGUMENTS"] = "--transport tcp4"
    runner = Runner(home, {})
    folder = home / "checkout"
    for job in ("cases", "report"):
        for line in (*content[".python"]["before_script"], *content[job]["script"]):
            done = runner.shell(line, folder, variables)
            assert done.returncode == 0, done.stdout + done.stderr
    assert (folder / "junit.xml").exists()
    assert "1 case in " in (folder / "summary.md").read_text()
    assert (folder / "report.html").exists()
