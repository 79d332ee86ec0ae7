"""What a trial found, for machines and for the exit status. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from harness.records.model import CaseRecord
from harness.trial.sentences import Sentence, named

KEPT, BROKEN, FAULT, VARIES = 0, 1, 3, 6
_WORDS = {KEPT: "kept", BROKEN: "broken", FAULT: "not known", VARIES: "kept, with variations"}
_FOUND = ("fail", "inconclusive", "varies", "broken")


def status(records: Iterable[CaseRecord]) -> int:
    """The exit status: 0 every sentence kept, 1 one broken, 6 only variations, 3 our own fault."""
    verdicts = {record.verdict for record in records if not record.foretold}
    if verdicts & {"fail", "inconclusive"}:
        return BROKEN
    if "broken" in verdicts:
        return FAULT
    return VARIES if "varies" in verdicts else KEPT


def as_json(
    program: str,
    records: Sequence[CaseRecord],
    sentences: Mapping[str, Sentence],
    not_made: Sequence[str] = (),
    complete: bool = True,
) -> dict[str, Any]:
    """One program: its verdict, and each finding with the sentences that it is about."""
    return {
        "program": program,
        "verdict": _word(records, complete),
        "complete": complete,
        "checks": len(records),
        "seconds": round(sum(record.seconds for record in records), 3),
        "findings": [_finding(one, sentences) for one in records if _is_found(one)],
        "not-made": list(not_made),
    }


def _finding(record: CaseRecord, sentences: Mapping[str, Sentence]) -> dict[str, Any]:
    failure = record.failure
    told = {key: value for key, value in _told(record).items() if value}
    return {
        "verdict": record.verdict,
        "case": record.id,
        "claim": record.claim,
        "sentences": [
            {"id": one, "text": sentences[one].text if one in sentences else ""}
            for one in named(record.spec)
        ],
        **told,
        **({"failure": failure_as_json(record)} if failure is not None else {}),
    }


def _told(record: CaseRecord) -> dict[str, Any]:
    failure = record.failure
    return {
        "why": record.why,
        "expected": failure.expected if failure else None,
        "actual": failure.actual if failure else None,
        "branches": dict(record.branches),
    }


def failure_as_json(record: CaseRecord) -> Any:
    """The evidence as a results file has it."""
    return record.as_json()["failure"]


def _word(records: Sequence[CaseRecord], complete: bool) -> str:
    """What a trial that was stopped early has not seen may be broken."""
    found = status(records)
    return _WORDS[found if complete or found == BROKEN else FAULT]


def _is_found(record: CaseRecord) -> bool:
    return record.verdict in _FOUND and not record.foretold


def in_words(
    program: str,
    records: Sequence[CaseRecord],
    sentences: Mapping[str, Sentence],
    complete: bool = True,
) -> list[str]:
    """The last lines of a report: what the program does with its contract, sentence by sentence."""
    found = [one for one in records if _is_found(one)]
    lines = [f"{program}: the contract is {_word(records, complete)}"]
    for verdict in ("fail", "inconclusive", "broken", "varies"):
        ids = {one for record in found if record.verdict == verdict for one in named(record.spec)}
        for one in sorted(ids, key=list(sentences).index):
            lines.append(f"  {verdict:12} {one:10} {sentences[one].text}")
    return lines
