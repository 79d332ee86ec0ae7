"""The records of what is looked at without a scenario: the sentence takes the scenario's place."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import cast

from harness.language.loader import shown_path
from harness.records.evidence import Data, Side, TimelineEntry
from harness.records.model import CaseRecord, Failure, SocketView
from harness.trial import corpus
from harness.trial.diary import Noted
from harness.trial.look import Finding
from harness.trial.sentences import as_spec
from harness.verdicts import Verdict

_HEAD = 64  # bytes of a payload that a record keeps


def blank(
    case_id: str,
    sentences: tuple[str, ...],
    claim: str,
    transport: str,
    implementations: Mapping[str, str],
    parameters: Mapping[str, str],
) -> CaseRecord:
    """The record of a look that has found nothing."""
    name = case_id.partition("[")[0]
    return CaseRecord(
        id=case_id,
        scenario=name,
        family=name.partition(".")[0],
        claim=claim,
        spec=as_spec(*sentences),
        transport=transport,
        parameters=parameters,
        implementations=implementations,
        verdict="pass",
        data="pass",
        file=shown_path(corpus.PAGE, Path.cwd()),
        line=corpus.contracts()[sentences[0]].line,
        seconds=0.0,
    )


def found(
    record: CaseRecord,
    finding: Finding,
    rerun: str,
    stderr: str = "",
    done: Sequence[Noted] = (),
    sockets: tuple[SocketView, ...] = (),
) -> CaseRecord:
    """The record of a look that found something; `done` is what was done until then."""
    on_the_page = Path(record.file).name == corpus.PAGE.name
    failure = Failure(
        file=record.file,
        line=record.line,
        column=1,
        source=_line(record.line) if on_the_page else "",
        step=record.scenario,
        expected=finding.expected,
        actual=finding.actual,
        expected_data=_data(finding.wanted),
        actual_data=_data(finding.came),
        timeline=timeline(done),
        sockets=sockets,
        stderr=stderr,
        rerun=rerun,
    )
    verdict = cast(Verdict, finding.verdict)
    why = record.why or (finding.actual if verdict == "varies" else None)
    return replace(record, verdict=verdict, data=verdict, why=why, failure=failure)


def timeline(done: Sequence[Noted]) -> tuple[TimelineEntry, ...]:
    """What was done as records have it; what was done last is where it went wrong."""
    begun = min((one.begun for one in done), default=0.0)
    return tuple(
        TimelineEntry(
            side=cast(Side, one.side),
            handle=one.handle,
            op=one.op,
            start_ms=(one.begun - begun) * 1000,
            end_ms=(one.ended - begun) * 1000,
            text=one.text,
            failed=one is done[-1],
        )
        for one in done
    )


def _data(data: bytes | None) -> Data | None:
    if data is None:
        return None
    digest = hashlib.sha256(data).hexdigest() if len(data) > _HEAD else None
    return Data(size=len(data), head=data[:_HEAD].hex(), sha256=digest)


def _line(number: int) -> str:
    return corpus.PAGE.read_text(encoding="utf-8").splitlines()[number - 1]
