"""A run for other programs: JUnit, JSON, Markdown, annotations, pytest-benchmark."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.integration.commands import WRONG, clean_environment, records, sockharness


def test_junit_has_the_verdict_and_the_claim(folder: Path) -> None:
    """A JUnit report keeps the case's id whole; its properties say what was tried, and how it
    went, and how to see it again."""
    (folder / "scenarios" / "echo.yaml").write_text(
        WRONG.replace("  claim:", "  spec: [RFC 9293]\n  claim:")
    )
    done = sockharness(folder, "run", "--junitxml", "report.xml", "--transport", "tcp4")
    assert done.returncode == 1
    (case,) = ElementTree.parse(folder / "report.xml").iter("testcase")
    assert case.get("name") == "echo.one[tcp4]"
    told = {one.get("name"): one.get("value") for one in case.iter("property")}
    assert told == {
        "scenario": "echo.one",
        "claim": "What is sent comes back.",
        "spec": "RFC 9293",
        "transport": "tcp4",
        "implementations": "socket",
        "server": "socket",
        "client": "socket",
        "verdict": "fail",
        "rerun": "sockharness run 'scenarios/echo.yaml::echo.one[tcp4]'",
    }


def test_formats_of_a_run(folder: Path) -> None:
    """A run writes every format asked for; what goes to standard output has that to itself."""
    (folder / "scenarios" / "echo.yaml").write_text(WRONG)
    words = ("--format", "json", "--format", "github=notes", "--format", "markdown=page.md")
    done = sockharness(folder, "run", "--transport", "tcp4", *words)
    assert done.returncode == 1
    assert json.loads(done.stdout)["cases"][0]["verdict"] == "fail"
    assert "1 unexpected: 1 fail" in done.stderr
    note = (folder / "notes").read_text()
    assert note.startswith("::error file=scenarios/echo.yaml,line=13,col=5,title=fail%3A echo.one")
    assert (folder / "page.md").read_text().startswith("## sockharness: 1 unexpected of 1 case")


def test_annotations_stand_beside_the_report(folder: Path) -> None:
    """`--format github` takes nothing away from who reads the log."""
    (folder / "scenarios" / "echo.yaml").write_text(WRONG)
    done = sockharness(folder, "run", "--transport", "tcp4", "--format", "github")
    assert "1 unexpected: 1 fail" in done.stdout
    assert "\n::error file=" in done.stdout


LATENCY = """\
scenarios:
- id: latency.small
  claim: A message goes there and back.
  transports: [tcp4, unix-stream]
  workload: {kind: ping-pong, size: 64}
"""


def test_latency_reaches_pytest_benchmark(folder: Path) -> None:
    """What was measured stands in our table, in the record and in pytest-benchmark's JSON."""
    (folder / "scenarios" / "echo.yaml").write_text(LATENCY)
    command = [sys.executable, "-m", "pytest", "-q", "scenarios", "--latency-seconds", "0.3"]
    done = subprocess.run(
        [*command, "--benchmark-json", "bench.json"],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        env=clean_environment(),
    )
    assert done.returncode == 0, done.stdout + done.stderr
    measured = {line["id"]: line for line in records(folder) if line["kind"] == "latency"}
    benchmarks = json.loads((folder / "bench.json").read_text())["benchmarks"]
    assert (
        {one["name"] for one in benchmarks}
        == set(measured)
        == {
            "latency.small[tcp4]",
            "latency.small[unix-stream]",
        }
    )
    for one in benchmarks:
        line = measured[one["name"]]
        assert one["extra_info"]["p50"] == line["p50"]
        # The same samples: their median in seconds is the p50 in microseconds.
        assert one["stats"]["median"] * 1e6 == pytest.approx(line["p50"], rel=0.02)
