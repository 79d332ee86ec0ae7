"""However it ends, nothing is left: no process, no directory, no descriptor."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from harness.engine import process
from harness.engine.faults import OutOfDescriptors
from harness.engine.process import Driver
from tests.integration.driver_process.groups import POLITE, group, wait_for_end


def test_close_all_ends_every_live_driver(started: Callable[[list[str]], Driver]) -> None:
    """Whoever forgot them: at exit they are ended together."""
    drivers = [started(POLITE) for _ in range(3)]
    process.close_all()
    assert [group(driver._process.pid) for driver in drivers] == [[], [], []]


RUNNER = """
import sys, time
from pathlib import Path
from harness.engine.process import Driver
drivers = [Driver.start(sys.argv[1:], Path("."), name) for name in ("server", "client")]
for driver in drivers:
    driver.greet(time.monotonic() + 20)
    driver.ask("listen", "server", limit=20)
    driver.send("accept", "server", {"as": "conn"}, start=True)
    print(driver.pid, flush=True)
time.sleep(60)
"""


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_a_runner_that_is_killed_leaves_no_driver(end: signal.Signals) -> None:
    """Within 2 s of the runner's death its drivers have ended, whatever killed it."""
    runner = subprocess.Popen(
        [sys.executable, "-c", RUNNER, *POLITE], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    assert runner.stdout is not None
    with runner.stdout as said:
        leaders = [int(said.readline()) for _ in range(2)]
    assert [group(leader) for leader in leaders] == [[leader] for leader in leaders]
    runner.send_signal(end)
    runner.wait()
    assert [wait_for_end(leader, 2.0) for leader in leaders] == [[], []]


POOL = """
import sys
from harness.engine.pool import Pool
pool = Pool()
for role in ("server", "client"):
    print(pool.acquire(sys.argv[1:], role).pid, flush=True)
print(pool._directories._above, flush=True)
sys.stdin.readline()
"""


@pytest.mark.parametrize("end", ["interrupted", "without closing"])
def test_a_pool_leaves_neither_drivers_nor_directories(tmp_path: Path, end: str) -> None:
    """After Ctrl-C, and when a program forgets to close it."""
    runner = subprocess.Popen(
        [sys.executable, "-c", POOL, *POLITE],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "TMPDIR": str(tmp_path)},
        text=True,
    )
    assert runner.stdout is not None
    leaders = [int(runner.stdout.readline()) for _ in range(2)]
    directory = Path(runner.stdout.readline().strip())
    assert sorted(path.name for path in directory.iterdir()) == ["1", "2"]
    if end == "interrupted":
        runner.send_signal(signal.SIGINT)
    runner.communicate()
    assert [wait_for_end(leader, 2.0) for leader in leaders] == [[], []]
    assert not directory.exists()


def test_two_drivers_work_below_a_limit_of_64_files(tmp_path: Path) -> None:
    """Six descriptors for two drivers; and when there are none left, that is what is said."""
    drivers: list[Driver] = []
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    in_use = psutil.Process().num_fds()
    resource.setrlimit(resource.RLIMIT_NOFILE, (in_use + 16, hard))
    try:
        with pytest.raises(OutOfDescriptors, match=r"too many open files .* may have"):
            drivers.extend(Driver.start(POLITE, tmp_path, "server") for _ in range(20))
        assert 2 <= len(drivers) <= 5
        # subprocess.Popen left the pipes open which it had made when it failed, before gh-87474.
        left = 6 if sys.version_info < (3, 12) else 0
        assert psutil.Process().num_fds() <= in_use + 3 * len(drivers) + left
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        for driver in drivers:
            driver.kill()
    assert psutil.Process().num_fds() <= in_use + left
