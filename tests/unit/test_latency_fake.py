"""Whole latency runs over scripted drivers and a synthetic clock: no process, no port."""

from __future__ import annotations

import base64
import random
from array import array
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from statistics import fmean
from typing import Any

import pytest

from harness.engine.conversation import DriverDied, NotADriver
from harness.measuring import launches as course
from harness.measuring.disturbance import Disturbance
from harness.measuring.lanes import LaneFailure, Pair, Variant, Workload, check_place
from harness.measuring.latency import LatencyResult, measure
from harness.measuring.launches import Turns
from harness.measuring.placement import Placement
from harness.measuring.statistics import compare
from harness.protocol import Reply

Fault = Callable[["World", str, str | None, Mapping[str, Any]], Reply | None]

TURNS = Turns(trips=20, drop=2, warm_up=50)


class World:
    """A synthetic machine: trips take the time of their handle's size, and the machine drifts."""

    def __init__(self, nanoseconds: Callable[[str, int], float], fault: Fault | None = None):
        self.now = 0.0
        self.nanoseconds = nanoseconds
        self.fault = fault
        self.draw = random.Random(1)
        self.opened: list[str] = []
        self.log: list[tuple[str, str, str | None, Mapping[str, Any]]] = []

    def clock(self) -> float:
        return self.now

    @contextmanager
    def open_pair(self, name: str) -> Iterator[Pair]:
        self.opened.append(name)
        yield Pair(Scripted(self, name, "server"), Scripted(self, name, "client"))

    def trip(self, pair: str, size: int) -> int:
        drift = 1 + 0.5 * (self.now % 7) / 7  # slower and slower, then fast again
        took = int(self.nanoseconds(pair, size) * drift * self.draw.gauss(1, 0.02))
        self.now += took / 1e9
        return took


class Scripted:
    """A driver that plays round trips in synthetic time."""

    def __init__(self, world: World, pair: str, side: str) -> None:
        self.world, self.pair, self.side = world, pair, side
        self.sizes: dict[str | None, int] = {}
        self.samples: dict[str | None, array[int]] = {}
        self.replies: dict[int, Reply | None] = {}

    def clock(self) -> float:
        return self.world.now

    def send(
        self, op: str, handle: str | None, args: Mapping[str, Any], start: bool = False
    ) -> int:
        number = len(self.replies) + 1
        self.world.log.append((self.side, op, handle, args))
        self.world.now += 1e-4
        wrong = self.world.fault and self.world.fault(self.world, op, handle, args)
        values = {} if wrong else self._do(op, handle, args)
        self.replies[number] = wrong or Reply(number, "ok", 0, 0, values=values)
        return number

    def wait(self, number: int, deadline: float) -> Reply | None:
        reply = self.replies[number]
        return None if reply is not None and reply.kind == "silent" else reply

    def _do(self, op: str, handle: str | None, args: Mapping[str, Any]) -> dict[str, Any]:
        if op == "place":
            return dict(args)
        if op == "ping_open":
            self.sizes[handle], self.samples[handle] = args["size"], array("I")
        if op == "turn":
            taken = [self.world.trip(self.pair, self.sizes[handle]) for _ in range(args["trips"])]
            self.samples[handle].extend(taken[args["drop"] :])
        if op == "fetch":
            packed = base64.b64encode(self.samples[handle].tobytes()).decode()
            self.samples[handle] = array("I")
            return {"samples": packed}
        return {"name": {"host": "127.0.0.1", "port": 1}}


def run(
    world: World, variants: list[Variant], launches: int = 5, spare: int = 0
) -> list[LatencyResult]:
    """Measure in synthetic time, 0.3 s a launch."""
    return measure(
        variants,
        world.open_pair,
        0.3,
        launches,
        Placement("free"),
        "seed",
        turns=TURNS,
        spare=spare,
        clock=world.clock,
    )


def table(sizes: tuple[int, ...] = (1, 64, 1024)) -> list[Variant]:
    """Variants of one pair, told apart by size."""
    return [Variant(f"v{size}", "tcp4", size) for size in sizes]


def twins() -> list[Variant]:
    """The same thing played by three pairs of processes."""
    return [Variant(name, "tcp4", 64, pair=name) for name in ("reference", "twin", "planted")]


def error(text: str) -> Reply:
    """An `error` reply as a driver gives it for wrong bytes."""
    return Reply(0, "error", 0, 0, error="WrongBytes", text=text)


def test_a_planted_five_percent_is_named_and_the_twin_is_not() -> None:
    """On a machine that drifts by half, +5 % reads slower and an identical twin does not."""
    world = World(lambda pair, size: 12_600 if pair == "planted" else 12_000)
    reference, twin, planted = run(world, twins())
    found = compare(reference.centres, planted.centres)
    assert found.word == "slower"
    assert 1.04 < found.low < found.high < 1.06
    assert compare(reference.centres, twin.centres).word == "no difference seen"


def test_a_planted_five_percent_gain_is_named_faster() -> None:
    """The other direction has its own word."""
    world = World(lambda pair, size: 11_400 if pair == "planted" else 12_000)
    reference, _, planted = run(world, twins())
    assert compare(reference.centres, planted.centres).word == "faster"


def test_figures_are_those_of_the_synthetic_machine() -> None:
    """Medians, launches, trips and rate come out as they were put in."""
    world = World(lambda pair, size: 10_000 + size)
    results = run(world, table())
    for result in results:
        assert result.verdict == "pass"
        assert result.launches == 5
        assert result.summary is not None
        assert result.summary.trips >= len(result.samples) > 0
        assert result.summary.rate == pytest.approx(1e9 / fmean(result.samples), rel=0.02)
        middle = (10.0 + result.variant.size / 1000) * 1.0
        assert middle < result.summary.p50 < 1.6 * middle
    assert [result.variant.size for result in results] == [1, 64, 1024]


def test_all_variants_of_a_launch_live_in_one_pair_of_processes() -> None:
    """Processes are fresh for each launch and shared by the variants of a pair."""
    world = World(lambda pair, size: 10_000)
    run(world, table(), launches=3)
    assert world.opened == ["", "", ""]


def test_every_variant_gets_the_same_number_of_turns() -> None:
    """A launch ends between cycles, never within one."""
    world = World(lambda pair, size: 10_000 * size)
    results = run(world, table((1, 2, 3)), launches=2)
    assert len({len(result.samples) for result in results}) == 1


def test_first_trips_of_a_turn_are_dropped() -> None:
    """A turn of 20 with 2 dropped leaves 18 samples."""
    world = World(lambda pair, size: 10_000)
    (result,) = run(world, table((64,)), launches=1)
    turns = [args for _, op, _, args in world.log if op == "turn" and args["trips"] == 20]
    assert len(result.samples) == 18 * len(turns)


def test_the_warm_up_goes_on_while_it_gets_faster() -> None:
    """A machine that compiles for its first 400 trips is warmed up longer than one that does not,
    and the slow trips are in no figure."""
    played: Counter[str] = Counter()

    def compiling(pair: str, size: int) -> float:
        played[pair] += 1
        return 50_000 - 100 * played[pair] if played[pair] < 400 else 10_000

    (cold,) = run(World(compiling), table((64,)), launches=1)
    (steady,) = run(World(lambda pair, size: 10_000), table((64,)), launches=1)
    assert steady.warm_up < cold.warm_up
    assert cold.warm_up > (400,)
    assert max(cold.samples) < 20_000


def test_later_launches_are_warmed_up_as_long_as_the_first_one_showed() -> None:
    """A program that compiles for 200 trips in each launch never shows it in its figures."""
    played: Counter[int] = Counter()

    def compiling(pair: str, size: int) -> float:
        launch = len(world.opened)
        played[launch] += 1
        return 50_000 if played[launch] < 200 else 10_000

    world = World(compiling)
    (result,) = run(world, table((64,)), launches=4)
    assert all(trips > 200 for trips in result.warm_up)
    assert len(set(result.warm_up[1:])) == 1
    assert result.warm_up[1] < result.warm_up[0]
    assert max(result.samples) < 20_000


def test_a_warm_up_that_never_settles_is_said() -> None:
    """The warm-up has an end, and the figures then carry a warning."""
    played: Counter[str] = Counter()

    def endless(pair: str, size: int) -> float:
        played[pair] += 1
        return 600_000 * 0.999 ** played[pair]

    (result,) = run(World(endless), table((64,)), launches=1)
    assert "the warm-up ended before the times had settled" in result.notes


def test_samples_are_fetched_before_the_driver_runs_full() -> None:
    """A lane with more trips than a driver keeps loses none of them."""
    world = World(lambda pair, size: 500)
    turns = Turns(trips=5000, drop=0, warm_up=50)
    (result,) = measure(
        table((64,)), world.open_pair, 0.2, 1, Placement("free"), "s", turns, clock=world.clock
    )
    played = [args["trips"] for _, op, _, args in world.log if op == "turn"]
    assert result.summary is not None
    before = result.warm_up[0] + course.FIRST
    assert result.summary.trips == sum(played) - before > 32_768
    assert len(result.samples) <= 20_000
    assert len([1 for _, op, _, _ in world.log if op == "fetch"]) > 3


def test_a_wrong_byte_fails_the_variant_and_spares_the_others() -> None:
    """The sentence of the driver is the reason; the others are measured over all launches."""

    def lying(world: World, op: str, handle: str | None, args: Mapping[str, Any]) -> Reply | None:
        sizes = {h: a["size"] for _, o, h, a in world.log if o == "ping_open"}
        wrong = op == "turn" and sizes[handle] == 64
        return error("wrong bytes at trip 37") if wrong else None

    world = World(lambda pair, size: 10_000, lying)
    good, bad, other = run(world, table((1, 64, 1024)), launches=3)
    assert (bad.verdict, bad.why) == ("fail", "turn: wrong bytes at trip 37 (WrongBytes)")
    assert bad.summary is None
    assert good.verdict == other.verdict == "pass"
    assert good.launches == other.launches == 3
    assert world.opened == [""] * 4


def test_what_a_driver_lacks_is_unsupported_and_costs_no_launch() -> None:
    """The driver's sentence is kept; no processes are started anew for it."""

    def poor(world: World, op: str, handle: str | None, args: Mapping[str, Any]) -> Reply | None:
        if args.get("transport") == "unix-stream":
            return Reply(0, "unsupported", 0, 0, text="no unix sockets here")
        return None

    world = World(lambda pair, size: 10_000, poor)
    tcp, unix = run(world, [*table((64,)), Variant("u", "unix-stream", 64)], launches=2)
    assert (unix.verdict, unix.why) == ("unsupported", "no unix sockets here")
    assert tcp.launches == 2
    assert world.opened == ["", ""]


def test_a_driver_that_answers_no_more_fails_its_variant() -> None:
    """Silence up to the deadline is a failure with a sentence, not an endless wait."""

    def silent(world: World, op: str, handle: str | None, args: Mapping[str, Any]) -> Reply | None:
        return Reply(0, "silent", 0, 0) if op == "turn" else None

    (result,) = run(World(lambda pair, size: 10_000, silent), table((64,)))
    assert (result.verdict, result.why) == ("fail", "no reply to `turn` within 10 s")


def test_a_driver_that_dies_breaks_its_variant() -> None:
    """The engine's exception about a dead driver becomes the variant's reason."""

    def dying(world: World, op: str, handle: str | None, args: Mapping[str, Any]) -> Reply | None:
        if op == "turn":
            raise DriverDied("socket", "talking", -9)
        return None

    (result,) = run(World(lambda pair, size: 10_000, dying), table((64,)))
    assert result.verdict == "broken"
    assert result.why is not None
    assert "killed by SIGKILL" in result.why


def test_a_pair_that_does_not_start_breaks_only_its_own_variants() -> None:
    """A missing interpreter leaves the rest of the comparison standing."""
    world = World(lambda pair, size: 10_000)

    @contextmanager
    def open_pair(name: str) -> Iterator[Pair]:
        if name == "twin":
            raise NotADriver("twin", "starting", "no such program")
        with world.open_pair(name) as pair:
            yield pair

    results = measure(
        twins(), open_pair, 0.2, 2, Placement("free"), "s", turns=TURNS, clock=world.clock
    )
    assert [result.verdict for result in results] == ["pass", "broken", "pass"]


def test_tcp_sends_without_delay_and_datagrams_are_connected_both_ways() -> None:
    """Set-up: TCP_NODELAY on both ends; a datagram server knows its one client."""
    world = World(lambda pair, size: 10_000)
    run(world, [Variant("t", "tcp4", 1), Variant("u", "udp4", 1)], launches=1)
    sides = [side for side, _, _, args in world.log if args.get("nodelay")]
    assert sorted(sides) == ["client", "server"]
    connects = Counter((side, (h or "")[:6]) for side, op, h, _ in world.log if op == "connect")
    assert connects == {("client", "client"): 2, ("server", "server"): 1}


def test_busy_polling_needs_a_cpu_for_each_end() -> None:
    """Two ends that never sleep would take turns of milliseconds on one CPU; that is refused."""
    busy = Variant("b", "tcp4", 64, workload=Workload.of("ping-pong", {"busy": True}))
    check_place(busy, Placement("two-cpus", 1, 0))
    check_place(busy, Placement("free"))
    check_place(table((64,))[0], Placement("one-cpu", 1, 1))
    with pytest.raises(LaneFailure, match="one CPU for each end") as caught:
        check_place(busy, Placement("one-cpu", 1, 1))
    assert caught.value.verdict == "unsupported"


def test_too_few_samples_for_the_tail_are_said() -> None:
    """A short run prints no p99.9 and says why."""
    (result,) = run(World(lambda pair, size: 100_000), table((64,)), launches=1)
    assert result.summary is not None
    assert result.summary.p999 is None
    assert any(note.startswith("no p99.9 from ") for note in result.notes)


class Watched:
    """A watch on a machine where others have the CPUs as a test says."""

    def __init__(self, shares: list[float]) -> None:
        self.shares = shares

    def seen(self) -> Disturbance:
        return Disturbance(others=self.shares.pop(0))


@pytest.fixture
def load(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The share of others in each launch, in order; filled by the test."""
    shares: list[float] = []
    monkeypatch.setattr(course, "Watch", lambda *_: Watched(shares))
    return shares


def test_a_disturbed_launch_is_repeated_while_there_are_spare_ones(load: list[float]) -> None:
    """Launches in which others had the CPU do not count, up to the number that may be repeated."""
    load += [0.01, 0.30, 0.02, 0.40, 0.03]
    world = World(lambda pair, size: 10_000)
    (result,) = run(world, table((64,)), launches=3, spare=2)
    assert result.launches == 3
    assert len(world.opened) == 5
    assert not [note for note in result.notes if "others had" in note]


def test_spare_launches_have_an_end(load: list[float]) -> None:
    """On a machine that is never quiet the run ends all the same, with a word about it."""
    load += [0.3] * 4
    world = World(lambda pair, size: 10_000)
    (result,) = run(world, table((64,)), launches=2, spare=2)
    assert len(world.opened) == 4
    assert "others had up to 30% of the measured CPUs in 2 of 2 launches" in result.notes


def test_a_disturbed_launch_that_counts_is_said(load: list[float]) -> None:
    """With none to spare, the figures carry the share of others."""
    load += [0.01, 0.30]
    (result,) = run(World(lambda pair, size: 10_000), table((64,)), launches=2)
    assert "others had up to 30% of the measured CPUs in 1 of 2 launches" in result.notes


def test_launches_that_disagree_are_said() -> None:
    """Medians a third apart do not go into one figure without a word."""
    world = World(lambda pair, size: 10_000 if len(world.opened) % 2 else 15_000)
    (result,) = run(world, table((64,)), launches=2)
    assert any(note.startswith("launches disagree: p50 from ") for note in result.notes)


def test_a_result_is_json_with_the_fields_of_the_record() -> None:
    """The record's fields are all there, in microseconds."""
    (result,) = run(World(lambda pair, size: 10_000), table((64,)), launches=2)
    made = result.as_json()
    assert made["transport"] == "tcp4"
    assert made["launches"] == 2
    assert made["placement"] == "free"
    assert 8 < made["p50"] < 20
    assert set(made) >= {"size", "trips", "p90", "p99", "p999", "max", "rate", "histogram"}
