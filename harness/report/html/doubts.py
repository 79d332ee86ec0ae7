"""What weakens the findings and the figures of some records, as sentences. Pure.

The rules about machines are the doctor's; here they are asked about the machine of a record, of
which less is known.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from harness.doctor import pace, settings
from harness.doctor.facts import Facts
from harness.doctor.finding import Finding
from harness.measuring.across import DECISIVE, TELLING, differing
from harness.records.model import MUST_AGREE, Header
from harness.records.results import Results, difference
from harness.report.html.timing import telling

Doubt = dict[str, Any]


def doubts(several: Sequence[Results], names: Sequence[str]) -> list[Doubt]:
    """Return what is to be doubted: `record` (None: all), `about` (verdicts, latency), `text`."""
    found = [one for at, each in enumerate(several) for one in _of_one(at, each)]
    return [*_of_all(several), *found]


def _doubt(record: int | None, about: str, text: str, level: str = "warn") -> Doubt:
    return {"record": record, "about": about, "level": level, "text": text}


def _of_all(several: Sequence[Results]) -> Iterator[Doubt]:
    if len(several) < 2:
        return
    text = difference(MUST_AGREE, several)
    if text:
        yield _doubt(None, "verdicts", f"not of the same state of the scenarios: {text}")
    first, *others = [one for one in several if one.latencies] or several[:1]
    for text in dict.fromkeys(text for one in others for text in differing(DECISIVE, first, one)):
        yield _doubt(None, "latency", f"figures of different machines are not compared: {text}")
    for text in dict.fromkeys(text for one in others for text in differing(TELLING, first, one)):
        yield _doubt(None, "latency", text, "note")


def _of_one(at: int, one: Results) -> Iterator[Doubt]:
    if one.stopped:
        yield _doubt(at, "verdicts", one.stopped)
    for text in one.warnings:
        yield _doubt(at, "verdicts", text)
    if one.footer is not None and one.footer.lost:
        yield _doubt(at, "verdicts", f"{one.footer.lost} records could not be written")
    if (one.header.revision or "").endswith("-dirty"):
        text = "made from a changed tree: the revision does not say what was run"
        yield _doubt(at, "verdicts", text, "note")
    yield from _of_machine(at, one)
    notes = dict.fromkeys(note for line in one.latencies for note in telling(line))
    for note in notes:
        yield _doubt(at, "latency", note)


def _of_machine(at: int, one: Results) -> Iterator[Doubt]:
    for finding in _findings(one.header):
        timing = "latency" in finding.whom
        if finding.level != "ok" and (one.latencies or not timing):
            text = f"{finding.about}: {finding.seen}; {finding.means}"
            yield _doubt(at, "latency" if timing else "verdicts", text, finding.level)
    container = one.header.environment.get("container")
    if container and one.latencies:
        text = f"container: {container}; kernel and neighbours are the host's"
        yield _doubt(at, "latency", text, "note")


def _findings(header: Header) -> list[Finding]:
    facts = _facts(header.environment)
    asked = (rule(facts) for rule in pace.RULES)
    return [*settings.findings(facts.sysctls), *filter(None, asked)]


def _facts(environment: Mapping[str, Any]) -> Facts:
    """What a header says of the machine; what is not of its kind is not said."""

    def said(name: str, kind: type | tuple[type, ...]) -> Any:
        value = environment.get(name)
        return value if isinstance(value, kind) and not isinstance(value, bool) else None

    sysctls = said("sysctls", dict) or {}
    return Facts(
        clock_resolution=said("clock_resolution_ns", (int, float)),
        clock_cost=0.0,  # not recorded: the rule is about the resolution then
        cpus=said("cpus", int),
        usable=_whole(environment.get("affinity")),
        governor=said("governor", str),
        quota=said("cpu_quota", (int, float)),
        sysctls={name: _whole(value) for name, value in sysctls.items()},
    )


def _whole(value: Any) -> tuple[int, ...]:
    listed = value if isinstance(value, (list, tuple)) else [value]
    return tuple(one for one in listed if isinstance(one, int) and not isinstance(one, bool))
