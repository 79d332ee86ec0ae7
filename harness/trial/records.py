"""The records of what is looked at without a scenario: the sentence takes the scenario's place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import cast

from harness.language.loader import shown_path
from harness.records.model import CaseRecord, Failure, SocketView
from harness.trial import corpus
from harness.trial.look import Finding
from harness.trial.sentences import as_spec
from harness.verdicts import Verdict


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
    sockets: tuple[SocketView, ...] = (),
) -> CaseRecord:
    """The record of a look that found something."""
    on_the_page = Path(record.file).name == corpus.PAGE.name
    failure = Failure(
        file=record.file,
        line=record.line,
        column=1,
        source=_line(record.line) if on_the_page else "",
        step=record.scenario,
        expected=finding.expected,
        actual=finding.actual,
        sockets=sockets,
        stderr=stderr,
        rerun=rerun,
    )
    verdict = cast(Verdict, finding.verdict)
    return replace(record, verdict=verdict, data=verdict, failure=failure)


def _line(number: int) -> str:
    return corpus.PAGE.read_text(encoding="utf-8").splitlines()[number - 1]
