"""Make the record that is kept: `python -m tests.reference RECORD... KEPT.jsonl.xz`.

Several records, the parts of one run, become one; a case that was run again counts as it was last.
What each case showed stays, and why; times, evidence and the text of scenarios go, and with them
all that would change from run to run. Which deviations are listed is looked up anew: the list may
have been written from these very records.
"""

from __future__ import annotations

import lzma
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from harness import conditions
from harness.language import deviations
from harness.language.model import ACTORS, Actor
from harness.records.lines import encode
from harness.records.model import CaseRecord, Footer, Header
from harness.records.results import Results, merge
from harness.records.store import read

# Of the machine: what verdicts may depend on, and no names.
_ENVIRONMENT = ("harness", "python", "os", "kernel", "machine", "cpus", "sysctls")


def main(words: Sequence[str]) -> None:
    """Read the records, write the one that is kept."""
    *parts, kept = map(Path, words)
    results = merge([read(part) for part in parts])
    data = b"".join(_lines(results, parts))
    kept.write_bytes(lzma.compress(data, preset=9 | lzma.PRESET_EXTREME))


def _lines(results: Results, parts: Sequence[Path]) -> Iterator[bytes]:
    header = results.header
    environment = {name: header.environment.get(name) for name in _ENVIRONMENT}
    command = _command(header, len(parts))
    yield encode(replace(header, command=command, environment=environment, runs={}))
    known = deviations.load(Path("scenarios") / deviations.FILE_NAME)
    cases = {case.id: case for case in results.cases}.values()
    for case in cases:
        expectation = known.of(case.id, _facts(case, header))
        yield encode(replace(_condensed(case), expectation=expectation))
    counts: Counter[str] = Counter(case.verdict for case in cases)
    yield encode(Footer(complete=not results.stopped, counts=dict(counts), seconds=0.0))


def _command(header: Header, parts: int) -> tuple[str, ...]:
    """What was typed, without the folder for results, which is nobody's business."""
    words = list(next(iter(header.runs.values()), header).command)
    if "--results" in words:
        at = words.index("--results")
        del words[at : at + 2]
    return (*words, *(["(in", str(parts), "parts)"] if parts > 1 else []))


def _facts(case: CaseRecord, header: Header) -> deviations.Facts:
    kernel = conditions.version_of(str(header.environment.get("kernel")))
    facts: dict[Actor, conditions.Facts] = {}
    for actor in ACTORS:
        name = case.implementations[actor]
        hello = header.drivers.get(name, {})
        runtime, system = str(hello.get("runtime", "")), str(hello.get("os", ""))
        facts[actor] = conditions.Facts(case.transport, system, kernel, runtime, name)
    return facts


def _condensed(case: CaseRecord) -> CaseRecord:
    why = case.why.splitlines()[0] if case.why else None
    if case.failure is not None:
        why = f"{case.failure.step}: {case.failure.expected} expected, {case.failure.actual}"
    bare = replace(case, why=why, failure=None, branches={}, run=None, spec=(), observed={})
    return replace(bare, seconds=0.0, waiting=0.0, calling=0.0)


if __name__ == "__main__":
    main(sys.argv[1:])
