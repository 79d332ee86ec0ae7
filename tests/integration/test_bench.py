"""`bench` and `compare` on real sockets: what is left of a short run, and what it says."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from harness.records.store import latest, read
from tests.integration.commands import clean_environment
from tests.unit.validated import valid

ENVIRONMENT = clean_environment() | {"COLUMNS": "80"}


def sockharness(*words: str, **options: Any) -> subprocess.CompletedProcess[str]:
    """Run the command line and return what it said."""
    return subprocess.run(
        [sys.executable, "-m", "harness", *words],
        capture_output=True,
        text=True,
        check=False,
        env=ENVIRONMENT,
        timeout=120,
        **options,
    )


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> tuple[subprocess.CompletedProcess[str], Path]:
    """A run of a few launches, and the folder of its record."""
    folder = tmp_path_factory.mktemp("bench")
    words = ("--budget", "4s", "--precision", "50%", "--seed", "s", "--results", str(folder))
    return sockharness("bench", "--transport", "unix-stream", *words), folder


def test_a_run_leaves_figures_and_everybody_beside_them(
    run: tuple[subprocess.CompletedProcess[str], Path],
) -> None:
    """The case, its twin, the floors and the loop by hand, each with the launches of the run."""
    done, folder = run
    assert done.returncode == 0, done.stderr
    results = read(latest(folder))
    assert results.stopped is None
    (measurement,) = results.measurements
    assert measurement.absent == ()
    assert {one.role for one in results.latencies} >= {"trial", "twin", "by-hand"}
    assert {len(one.centres) for one in results.latencies} == {measurement.launches}
    assert all(one.trips > 0 and one.warm_up for one in results.latencies)
    assert {one.role for one in results.comparisons} >= {"twin", "by-hand"}


def test_the_table_is_as_wide_as_the_terminal_and_can_be_shown_again(
    run: tuple[subprocess.CompletedProcess[str], Path],
) -> None:
    """What `show` makes of the record is what the run said."""
    done, folder = run
    assert "ping-pong, 64 B over unix-stream" in done.stdout
    assert max(map(len, done.stdout.splitlines()[:12])) <= 80
    again = sockharness("show", str(folder))
    assert [line for line in done.stdout.splitlines()[1:12] if line not in again.stdout] == []


def test_a_record_compared_with_itself_shows_no_difference(
    run: tuple[subprocess.CompletedProcess[str], Path],
) -> None:
    """Twice the same file: a ratio of 1, and a gate that nothing exceeds."""
    record = str(latest(run[1]))
    done = sockharness("compare", record, record, "--format", "json", "--fail-if-slower", "5%")
    assert done.returncode == 0, done.stderr
    (line,) = map(json.loads, done.stdout.splitlines())
    assert (line["kind"], line["word"]) == ("comparison", "no difference seen")
    assert line["ratio"] == pytest.approx(1)
    assert line["run"] == record
    valid(line, "comparison")


def test_an_interrupted_run_keeps_its_launches(tmp_path: Path) -> None:
    """Ctrl-C after the first launch: the table, a record with a footer that says so, status 2."""
    words = ["bench", "--budget", "300s", "--precision", "0.01%", "-v"]
    words += ["--transport", "unix-stream", "--placement", "free", "--results", str(tmp_path)]
    with subprocess.Popen(
        [sys.executable, "-m", "harness", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=ENVIRONMENT,
    ) as running:
        assert running.stderr is not None
        while "1 launch" not in running.stderr.readline():
            assert running.poll() is None
        running.send_signal(signal.SIGINT)
        said, _ = running.communicate(timeout=60)
    results = read(latest(tmp_path))
    assert running.returncode == 2
    assert "interrupted" in said
    assert (results.footer is not None, results.stopped) == (True, "stopped early: interrupted")
    assert results.latencies
    assert results.measurements[0].stopped == "interrupted"


def test_pytest_benchmark_gets_the_samples_and_what_stands_beside_them(tmp_path: Path) -> None:
    """Its JSON has our percentiles, the floor and the noise; its comparison fails on demand."""
    words = ["scenarios/latency.yaml::latency.round-trip[unix-stream-size=64]", "-q"]
    words += ["-p", "no:cacheprovider", "--results", "none", "--latency-seconds", "0.6"]
    storage = [f"--benchmark-storage=file://{tmp_path}/kept"]
    first = [*words, *storage, "--benchmark-save=first", f"--benchmark-json={tmp_path}/out.json"]
    command = [sys.executable, "-m", "pytest"]
    done = subprocess.run(
        [*command, *first], capture_output=True, text=True, check=False, env=ENVIRONMENT
    )
    assert done.returncode == 0, done.stdout + done.stderr
    (one,) = json.loads((tmp_path / "out.json").read_text())["benchmarks"]
    assert one["extra_info"]["launches"] == 3
    assert len(one["extra_info"]["centres"]) == 3
    assert one["extra_info"]["noise_percent"] >= 0
    assert one["stats"]["median"] * 1e6 == pytest.approx(one["extra_info"]["p50"], rel=0.02)
    (kept,) = (tmp_path / "kept").rglob("*_first.json")
    before = json.loads(kept.read_text())
    before["benchmarks"][0]["stats"]["median"] /= 10  # as if it had been ten times as fast
    kept.write_text(json.dumps(before))
    again = [*words, *storage, "--benchmark-compare", "--benchmark-compare-fail=median:50%"]
    compared = subprocess.run(
        [*command, *again], capture_output=True, text=True, check=False, env=ENVIRONMENT
    )
    assert "Performance has regressed" in compared.stdout + compared.stderr
    assert compared.returncode != 0
