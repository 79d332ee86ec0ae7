"""Results to make pages of: a large matrix, a bench, and the texts of a hostile program."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import PurePath
from typing import Any

from harness.measuring.statistics import encoded, histogram
from harness.records.measured import ComparisonRecord, LatencyRecord, MeasurementRecord
from harness.records.model import CaseRecord, Expectation, Footer, Header, ScenarioRecord
from harness.records.results import Results
from harness.verdicts import Verdict
from tests.unit.record_samples import FAILED, FAILURE, HEADER, LATENCY

# What a program may send that was written to break out of a page.
HOSTILE = (
    "</script><script>window.broken=1</script><img src=x onerror=window.broken=1>"
    "<!-- <![CDATA[ \u2028\u2029 ' \" ` ${window.broken=1} &lt; \u202egnirts\u202c "
    "\x00\x1b[31m \ud800"
)
VERDICTS: Sequence[Verdict] = ("pass",) * 40 + (
    *("unsupported",) * 6,
    *("varies", "varies", "inconclusive", "broken", "fail", "fail"),
)


def case(scenario: str, implementation: str = "socket", **changes: Any) -> CaseRecord:
    """A case that passed, unless the changes say otherwise."""
    known = {"data": changes.get("verdict", "pass"), "verdict": "pass", "failure": None}
    suffix = "" if implementation == "socket" else f"-impl={implementation}"
    transport = changes.get("transport", "tcp4")
    return replace(
        FAILED,
        id=f"{scenario}[{transport}{suffix}]",
        scenario=scenario,
        family=scenario.partition(".")[0],
        implementations={"server": implementation, "client": implementation},
        **{**known, **changes},
    )


def results(cases: Sequence[CaseRecord], name: str = "run-a", **changes: Any) -> Results:
    """One file of results, whole."""
    header: Header = changes.pop("header", HEADER)
    footer = Footer(complete=True, seconds=12.5)
    return Results(
        header=header, cases=tuple(cases), footer=footer, path=PurePath(f"{name}.jsonl"), **changes
    )


def on(runtime: str = "CPython 3.11.7", **facts: Any) -> Header:
    """The header of a run on a machine of its own."""
    return replace(
        HEADER,
        environment={**HEADER.environment, **facts},
        drivers={"socket": {"implementation": "socket", "runtime": runtime}},
    )


def matrix(
    claims: int, columns: int, transports: Sequence[str] = ("tcp4", "unix-stream")
) -> Results:
    """A record of so many claims, tried with so many implementations: a tenth is no pass."""
    draw = random.Random(f"{claims} {columns}")
    names = ["socket", *(f"library-{number}@3.{8 + number % 6}" for number in range(1, columns))]
    return results(
        [
            _drawn(draw, f"family-{claim % 25:02}.claim-{claim:04}", name, transport)
            for claim in range(claims)
            for transport in transports
            for name in names
        ],
        scenarios=tuple(scenarios(claims)),
    )


def _drawn(draw: random.Random, scenario: str, name: str, transport: str) -> CaseRecord:
    verdict = draw.choice(VERDICTS)
    wrong = verdict in ("fail", "inconclusive", "broken")
    known = (
        Expectation(kind="known", reason=f"{name} is like that.") if draw.random() < 0.5 else None
    )
    return case(
        scenario,
        name,
        transport=transport,
        verdict=verdict,
        claim=f"What is claimed by number {scenario[-4:]}, in about as many words as claims have.",
        failure=replace(FAILURE, stderr=f"at {draw.random()}\n") if wrong else None,
        why=f"{name} has no such thing" if verdict == "unsupported" else None,
        expectation=known if wrong else None,
    )


def scenarios(claims: int) -> Iterator[ScenarioRecord]:
    """The texts of the claims of a matrix."""
    steps = "".join(f"  - client: send\n    data: line {number}\n" for number in range(8))
    for claim in range(claims):
        name = f"family-{claim % 25:02}.claim-{claim:04}"
        yield ScenarioRecord(
            id=name,
            file=f"scenarios/family-{claim % 25:02}.yaml",
            line=12,
            text=f"- id: {name}\n  claim: Number {claim}.\n  steps:\n{steps}  - conn: recv",
            tags=("slow",) if claim % 10 == 0 else (),
            contract="posix" if claim % 2 else "linux",
        )


def hostile() -> Results:
    """A record in which every text was written by an enemy."""
    calls = tuple(
        replace(entry, handle=HOSTILE, text=f"recv {HOSTILE} -> {HOSTILE}")
        for entry in FAILURE.timeline
    )
    views = tuple(
        replace(view, handle=HOSTILE, state=HOSTILE, local=HOSTILE) for view in FAILURE.sockets
    )
    failure = replace(
        FAILURE,
        file=HOSTILE,
        source=HOSTILE,
        step=HOSTILE,
        expected=HOSTILE,
        actual=HOSTILE * 500,
        timeline=calls,
        sockets=views,
        stderr=HOSTILE,
        rerun=HOSTILE,
        script=HOSTILE,
    )
    name = f"a.{HOSTILE}"
    listed = Expectation(kind="flaky", reason=HOSTILE, link="javascript:window.broken=1")
    wrong = case(
        name, HOSTILE, claim=HOSTILE, spec=(HOSTILE,), verdict="fail", failure=failure, why=HOSTILE
    )
    varies = case(
        f"b.{HOSTILE}", HOSTILE, verdict="varies", branches={"1:1": HOSTILE}, expectation=listed
    )
    odd = replace(varies, id=HOSTILE, scenario="c.odd", observed={HOSTILE: [HOSTILE, 1e300, 2**70]})
    text = ScenarioRecord(id=name, file=HOSTILE, line=1, text=HOSTILE, tags=(HOSTILE,))
    header = replace(
        HEADER,
        command=(HOSTILE,),
        revision=HOSTILE,
        environment={**HEADER.environment, HOSTILE: HOSTILE, "affinity": HOSTILE, "sysctls": [1]},
        drivers={HOSTILE: {"runtime": HOSTILE}},
    )
    slow = replace(
        LATENCY, scenario=HOSTILE, transport=HOSTILE, placement=HOSTILE, notes=(HOSTILE,)
    )
    return results(
        [wrong, varies, odd],
        HOSTILE.replace("/", "∕").replace("\x00", ""),
        header=header,
        scenarios=(text,),
        latencies=(slow,),
        warnings=(HOSTILE,),
    )


def timed(name: str, median: float, seed: str, **changes: Any) -> LatencyRecord:
    """A measurement of a thousand and more round trips around a median in µs."""
    draw = random.Random(seed)
    parts = [
        [int(1000 * median * draw.lognormvariate(0, 0.06) * launch) for _ in range(2500)]
        for launch in (0.99, 1.0, 1.012, 1.004)
    ]
    samples = [one * (30 if draw.random() < 0.0006 else 1) for part in parts for one in part]
    transport, size = changes.get("transport", "tcp4"), changes.get("size", 64)
    ranked = sorted(samples)
    figures: dict[str, Any] = {
        key: ranked[int(len(ranked) * part)] / 1000
        for key, part in (("p50", 0.5), ("p90", 0.9), ("p99", 0.99), ("p999", 0.999))
    }
    base = replace(
        LATENCY,
        id=f"latency.round-trip[{transport}-size={size}-impl={name}-{changes.get('role', '')}]",
        scenario="latency.round-trip",
        implementations={"server": name, "client": name},
        launches=4,
        trips=len(samples),
        **figures,
        max=ranked[-1] / 1000,
        rate=1e6 / median,
        histogram=encoded(histogram(samples)),
        centres=tuple(sorted(part)[len(part) // 2] / 1000 for part in parts),
        notes=(),
    )
    return replace(base, **changes)


def bench(name: str = "bench", shift: float = 1.0) -> Results:
    """A bench of three implementations, with a twin and a floor beside the reference."""
    lines = []
    for transport, size, base in (
        ("tcp4", 64, 12.0),
        ("tcp4", 1024, 13.5),
        ("unix-stream", 64, 8.0),
    ):
        for who, factor, role in _ENTRANTS:
            median = base * factor * shift
            seed = f"{who} {transport} {size} {role} {shift}"
            lines.append(timed(who, median, seed, transport=transport, size=size, role=role))
    reference, twin, floor, other, same = lines[:5]
    compared = ComparisonRecord(
        id=other.id, reference=reference.id, ratio=2.41, low=2.38, high=2.44, launches=4,
        smallest=0.03, word="slower",
    )  # fmt: skip
    equal = replace(compared, id=same.id, ratio=1.003, low=0.99, high=1.016, smallest=0.013,
                    word="no difference seen")  # fmt: skip
    measured = MeasurementRecord(
        scenario=reference.scenario, placement=reference.placement, references=(reference.id,),
        confidence=0.99, stopped="budget", widest=0.03, seconds=20.0, launches=4, noise=0.0021,
        harness=0.004,
    )  # fmt: skip
    assert twin.role == "twin"
    assert floor.role == "floor"
    tried = [
        case("latency.round-trip", who) for who in ("socket", "asyncio-streams", "socket@3.13")
    ]
    return results(
        tried, name, latencies=tuple(lines), comparisons=(compared, equal), measurements=(measured,)
    )


_ENTRANTS: Sequence[tuple[str, float, Any]] = (
    ("socket", 1.0, "trial"),
    ("socket", 1.001, "twin"),
    ("c", 0.6, "floor"),
    ("asyncio-streams", 2.4, "trial"),
    ("socket@3.13", 1.004, "trial"),
)
