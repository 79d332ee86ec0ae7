"""Who is lent out again, who is replaced, and what is left behind: nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from harness.engine.any_driver import EXCHANGES
from harness.engine.fake import HELLO, Answer, FakeDriver, Script, dies, never, ok
from harness.engine.faults import NotADriver, OutOfDescriptors
from harness.engine.pool import Pool
from harness.engine.scratch import LONGEST_BASE, short_base


class Stable:
    """Starts fakes and remembers them; `scripts` and `hellos` are for the next ones, in order."""

    def __init__(self) -> None:
        self.drivers: list[FakeDriver] = []
        self.scratches: list[Path] = []
        self.scripts: list[Script] = []
        self.protocol = 1
        self.room = 1000
        self.tried = 0
        self.ahead = 0.0

    def start(self, command: Sequence[str], scratch: Path, name: str) -> FakeDriver:
        self.tried += 1
        if sum(driver.alive for driver in self.drivers) >= self.room:
            raise OutOfDescriptors(name, "starting", "too many open files")
        if command[0] == "absent":
            raise NotADriver(name, "starting", "it is not there")
        script = self.scripts.pop(0) if self.scripts else []
        hello = dict(HELLO, protocol=self.protocol)
        self.drivers.append(FakeDriver(script, None, name, hello, ahead=self.ahead))
        self.scratches.append(scratch)
        return self.drivers[-1]


@pytest.fixture
def stable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stable:
    """Fakes, and a directory for temporary files of their own."""
    monkeypatch.setattr("harness.engine.scratch.short_base", lambda: str(tmp_path))
    return Stable()


@pytest.fixture
def pool(stable: Stable) -> Iterator[Pool]:
    """A pool of fakes."""
    with Pool(stable.start, keep=2) as pool:
        yield pool


def test_a_clean_driver_is_reset_and_lent_again(pool: Pool, stable: Stable) -> None:
    """Starting, and comparing clocks, is paid once."""
    first = pool.acquire(["a"], "server")
    assert [asked["op"] for asked in stable.drivers[0].asked] == ["reset"]
    pool.release(first, dirty=False)
    assert pool.acquire(["a"], "server") is first
    assert [asked["op"] for asked in stable.drivers[0].asked] == ["reset"] * 2


def test_a_clock_of_another_machine_is_compared_for_each_case(pool: Pool, stable: Stable) -> None:
    """Two machines' clocks drift apart."""
    stable.ahead = 100.0
    first = pool.acquire(["a"], "server")
    assert len(stable.drivers[0].asked) == EXCHANGES
    pool.release(first, dirty=False)
    assert pool.acquire(["a"], "server") is first
    assert len(stable.drivers[0].asked) == 2 * EXCHANGES + 1


@pytest.mark.parametrize("reset", [never(), dies(3)])
def test_one_that_cannot_reset_is_no_driver(pool: Pool, stable: Stable, reset: Answer) -> None:
    """It is found out before its first case, and not started for each."""
    stable.scripts = [[("reset", None, reset)]]
    for _ in range(2):
        with pytest.raises(NotADriver, match=r"no answer to `reset`|exit status 3"):
            pool.acquire(["a"], "server")
    assert stable.tried == 1
    assert stable.drivers[0].closed


def test_roles_and_commands_have_drivers_of_their_own(pool: Pool) -> None:
    """Both ends of a case may be the same implementation."""
    server, client = pool.acquire(["a"], "server"), pool.acquire(["a"], "client")
    pool.release(server, dirty=False)
    assert pool.acquire(["a"], "client") not in (server, client)
    assert pool.acquire(["b"], "server") is not server
    assert pool.acquire(["a"], "server") is server


def test_a_dirty_driver_is_ended_and_replaced(pool: Pool, stable: Stable) -> None:
    """Its scratch directory goes with it."""
    first = pool.acquire(["a"], "server")
    (stable.scratches[0] / "left.sock").touch()
    pool.release(first, dirty=True)
    assert not first.alive
    assert not stable.scratches[0].exists()
    assert pool.acquire(["a"], "server") is not first


@pytest.mark.parametrize(
    "reset", [ok(stuck=1), never(), dies(3), ok(stuck=0, takes=60.0)], ids=lambda a: str(a)[:50]
)
def test_a_driver_that_does_not_reset_well_is_replaced(
    pool: Pool, stable: Stable, reset: Answer
) -> None:
    """Stuck threads, silence, death and slowness alike."""
    stable.scripts = [[("reset", None, ok(stuck=0)), ("reset", None, reset)]]
    first = pool.acquire(["a"], "server")
    pool.release(first, dirty=False)
    second = pool.acquire(["a"], "server")
    assert second is not first
    assert second.alive
    assert not first.alive or stable.drivers[0].closed


def test_a_driver_that_died_in_its_case_is_replaced(pool: Pool, stable: Stable) -> None:
    """Also when the case did not call it dirty."""
    stable.scripts = [[("recv", None, dies(1))]]
    first = pool.acquire(["a"], "server")
    first.send("recv", "conn", {})
    first.pump(1.0)
    pool.release(first, dirty=False)
    assert pool.acquire(["a"], "server") is not first


def test_replies_of_the_last_case_do_not_reach_the_next(pool: Pool, stable: Stable) -> None:
    """What was begun and never fetched is forgotten."""
    stable.scripts = [[("recv", None, ok())]]
    driver = pool.acquire(["a"], "server")
    old = driver.send("recv", "conn", {})
    pool.release(driver, dirty=False)
    pool.acquire(["a"], "server")
    assert driver.wait(old, driver.clock() + 1) is None


def test_only_so_many_wait_warm(pool: Pool, stable: Stable) -> None:
    """Of three that came back, the one that waited longest is ended."""
    for driver in [pool.acquire([name], "server") for name in "abc"]:
        pool.release(driver, dirty=False)
    assert [driver.alive for driver in stable.drivers] == [False, True, True]
    assert [scratch.exists() for scratch in stable.scratches] == [False, True, True]


def test_a_command_that_failed_fails_again_at_once(pool: Pool, stable: Stable) -> None:
    """A missing interpreter costs its time once, not once a case."""
    stable.protocol = 2
    for _ in range(2):
        with pytest.raises(NotADriver, match="protocol version 2"):
            pool.acquire(["a"], "server")
    for _ in range(2):
        with pytest.raises(NotADriver, match="not there"):
            pool.acquire(["absent"], "server")
    assert stable.tried == 2
    assert stable.drivers[0].closed


def test_prepared_drivers_are_there_when_they_are_wanted(pool: Pool, stable: Stable) -> None:
    """What cannot be prepared stops no other, and is raised by acquire."""
    pool.prepare([(["absent"], "server"), (["a"], "server"), (["a"], "client")])
    assert pool.acquire(["a"], "client") is stable.drivers[1]
    assert pool.acquire(["a"], "server") is stable.drivers[0]
    with pytest.raises(NotADriver, match="not there"):
        pool.acquire(["absent"], "server")


def test_warm_drivers_make_room_when_descriptors_run_out(pool: Pool, stable: Stable) -> None:
    """Only when nobody waits warm is the shortage raised."""
    stable.room = 2
    first = pool.acquire(["a"], "server")
    pool.release(pool.acquire(["b"], "server"), dirty=False)
    second = pool.acquire(["c"], "server")
    assert first.alive
    assert second.alive
    with pytest.raises(OutOfDescriptors):
        pool.acquire(["d"], "server")


def test_a_driver_may_remove_the_directories_itself(pool: Pool, stable: Stable) -> None:
    """Its own and, when that leaves it empty, the one of the run: the next driver finds both."""
    pool.release(pool.acquire(["a"], "server"), dirty=True)
    stable.scratches[0].parent.rmdir()
    pool.acquire(["a"], "server")
    assert stable.scratches[1].is_dir()


def test_close_ends_everybody_and_removes_the_directory(stable: Stable, tmp_path: Path) -> None:
    """Those lent out, those warm, and every scratch directory; and it may be called twice."""
    pool = Pool(stable.start)
    pool.acquire(["a"], "server")
    pool.release(pool.acquire(["b"], "server"), dirty=False)
    assert [path.name[:12] for path in tmp_path.iterdir()] == ["sockharness-"]
    pool.close()
    pool.close()
    assert not any(driver.alive for driver in stable.drivers)
    assert list(tmp_path.iterdir()) == []


def test_paths_of_sockets_stay_short_below_a_long_tmpdir(monkeypatch: pytest.MonkeyPatch) -> None:
    """A unix socket's path has 108 bytes, however long TMPDIR is."""
    monkeypatch.setattr("tempfile.tempdir", "/" + "x" * (LONGEST_BASE - 1))
    assert short_base() == "/" + "x" * (LONGEST_BASE - 1)
    monkeypatch.setattr("tempfile.tempdir", "/" + "é" * (LONGEST_BASE - 1))
    assert short_base() == "/tmp"


@pytest.mark.parametrize("clean", [True, False])
def test_what_was_lent_is_used_again_only_when_it_is_said_to_be_clean(
    pool: Pool, stable: Stable, clean: bool
) -> None:
    """Both drivers of a case go the same way."""
    with pool.lent({"server": ["a"], "client": ["a"]}) as loan:
        loan.clean = clean
    assert [driver.alive for driver in stable.drivers] == [clean, clean]


def test_a_driver_that_is_missing_leaves_the_other_one_unused(pool: Pool, stable: Stable) -> None:
    """Nothing is known of it, so it is not lent again."""
    with (
        pytest.raises(NotADriver),
        pool.lent({"server": ["a"], "client": ["absent"]}),
    ):
        pass
    assert [driver.alive for driver in stable.drivers] == [False]
