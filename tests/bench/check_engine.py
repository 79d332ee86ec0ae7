"""What the harness itself costs: `python -m tests.bench.check_engine`. Figures, no verdict.

Prints the cost of a step beyond its system call, of starting two drivers, of a case of 20 steps
through pytest, of `--help` and of collecting 300 cases; each is the median of several rounds. The
goals are for a quiet machine with two cores.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from harness.drivers import registry
from harness.engine.pool import Pool

STEPS = 2000
ROUNDS = 7
SCENARIO = """\
- id: speed.case-{number}
  claim: So.
  transports: [tcp4]
  steps:
  - server: listen
  - together:
    - server: accept
      as: conn
    - client: connect
"""
EXCHANGE = "  - client: send\n    data: ping\n  - conn: recv\n    expect: {data: ping}\n"


def step_beyond_the_call() -> float:
    """µs between asking for a getsockname and having its answer, less the call itself."""
    command = registry.resolve("socket").argv
    costs = []
    with Pool() as pool:
        driver = pool.acquire(command, "client")
        driver.ask("socket", "client", {"transport": "tcp4"}, limit=10)
        for _ in range(STEPS):
            begun = time.monotonic_ns()
            reply = driver.ask("getsockname", "client", limit=10)
            costs.append((time.monotonic_ns() - begun - (reply.end - reply.begin)) / 1000)
    return statistics.median(costs)


def two_drivers() -> float:
    """ms to start two drivers at once until both have greeted."""
    command = registry.resolve("socket").argv

    def once() -> None:
        with Pool() as pool:
            begun = time.monotonic()
            pool.prepare([(command, "server"), (command, "client")])
            times.append((time.monotonic() - begun) * 1000)

    times: list[float] = []
    for _ in range(ROUNDS):
        once()
    return statistics.median(times)


def wall(*words: str) -> float:
    """ms that a command takes, the median of several rounds."""
    times = []
    for number in range(ROUNDS + 1):
        begun = time.monotonic()
        subprocess.run(
            [sys.executable, "-m", *words], check=True, capture_output=True, env=_as_usual()
        )
        if number:  # the first compiles
            times.append((time.monotonic() - begun) * 1000)
    return statistics.median(times)


def _as_usual() -> dict[str, str]:
    """The environment, with compiled modules kept as they usually are."""
    return {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}


def written(folder: Path, cases: int) -> str:
    """A file of so many cases with 21 calls each."""
    file = folder / f"speed{cases}.yaml"
    scenarios = "".join(SCENARIO.format(number=n) + EXCHANGE * 9 for n in range(cases))
    file.write_text("scenarios:\n" + scenarios)
    return str(file)


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        few, many = written(Path(name), 1), written(Path(name), 300)
        run = ("harness", "run", "--results", "none")
        collect = ("pytest", "-q", "--co", "-p", "no:cacheprovider")
        figures: list[tuple[str, Callable[[], float], str]] = [
            ("a step beyond its system call", step_beyond_the_call, "µs, goal 60"),
            ("two drivers started and greeted", two_drivers, "ms, goal 60"),
            (
                "a case of 21 calls through pytest",
                lambda: (wall(*run, many) - wall(*run, few)) / 299,
                "ms, goal 3",
            ),
            ("sockharness --help", lambda: wall("harness", "--help"), "ms, goal 150"),
            ("collecting 300 cases", lambda: wall(*collect, many), "ms with start-up, goal 1000"),
        ]
        for what, measure, unit in figures:
            print(f"{what:36} {measure():8.1f} {unit}", flush=True)


if __name__ == "__main__":
    main()
