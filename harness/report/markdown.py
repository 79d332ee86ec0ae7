"""A report in Markdown for a CI job's summary: verdicts, failures, latencies, comparison. Pure.

GitHub drops a summary of more than a mebibyte whole. So the page is cut to fit: the failures stand
worst first, each whole as long as there is room, then a line each, then a number. Every text is
data: it may come from a hostile program, and must not become markup.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import takewhile

from harness.records.model import CaseRecord
from harness.records.results import Results
from harness.report.bench import bench_lines
from harness.report.explain import case_name
from harness.report.failure import failure_text
from harness.report.latency import latency_lines
from harness.report.matrix import differ, matrix_rows
from harness.report.readable import escape, shorten
from harness.report.worst import in_one_line, worst_first
from harness.verdicts import VERDICTS

LIMIT = 1 << 20  # bytes
_WIDTH = 100  # columns of the texts in details
_CELL = 200  # characters of an id or a sentence
_LISTED = 200  # failures that get a line when there is no room for their story
_TABLES = 4  # latencies and comparison together may take this part of the page
_MORE = 100  # bytes: room for the line that says how much was left out
_MARKUP = r"[^\w .,;=/()'\"·µ→…-]|_|(?<=www)\."


def markdown(reports: Sequence[Results], limit: int = LIMIT) -> str:
    """Return the whole page, of at most `limit` bytes."""
    share = limit // max(len(reports), 1)
    return "".join(_page(one, share) for one in reports)


class _Room:
    """What is left of a page, in bytes."""

    def __init__(self, size: int) -> None:
        self.left = size

    def take(self, text: str) -> bool:
        """Take the room that a text needs; false when there is too little of it."""
        size = len(text.encode())
        if size > self.left:
            return False
        self.left -= size
        return True


def _page(results: Results, limit: int) -> str:
    room = _Room(limit)
    tables = "".join(_tables(results, _Room(limit // _TABLES)))
    room.take(tables)
    head = _cut(_head(results), room)
    return head + _failures(worst_first(results.cases), room) + tables


def _cut(blocks: Iterable[str], room: _Room) -> str:
    """The first blocks that there is room for, and a line that says how many there were beside."""
    blocks, kept = list(blocks), 0
    if sum(len(block.encode()) for block in blocks) > room.left:
        room.left -= _MORE
    while kept < len(blocks) and room.take(blocks[kept]):
        kept += 1
    left_out = len(blocks) - kept
    return "".join(blocks[:kept]) + (f"… {left_out} more lines in the record\n" if left_out else "")


# --- the head ------------------------------------------------------------------------------------


def _head(results: Results) -> Iterator[str]:
    yield f"## sockharness: {_outcome(results)}\n\n"
    for doubt in filter(None, (*results.warnings, results.stopped)):
        yield f"> **warning:** {_inline(doubt)}\n\n"
    yield from _verdicts(results.cases)


def _outcome(results: Results) -> str:
    cases = results.cases
    text = "1 case" if len(cases) == 1 else f"{len(cases)} cases"
    if results.footer is not None:
        text += f" in {results.footer.seconds:.1f} s"
    unexpected = sum(case.unexpected for case in cases)
    if unexpected:
        return f"{unexpected} unexpected of {text}"
    return f"{text}, all as expected"


def _verdicts(cases: Sequence[CaseRecord]) -> Iterator[str]:
    """The table by family; a column for each verdict that there is."""
    present = [verdict for verdict in VERDICTS if any(case.verdict == verdict for case in cases)]
    if not cases:
        return
    yield f"| family | {' | '.join(present)} | seconds |\n|---|{'--:|' * (len(present) + 1)}\n"
    families: dict[str, list[CaseRecord]] = {}
    for case in cases:
        families.setdefault(case.family, []).append(case)
    rows = sorted(families.items())
    for name, own in [*([("all", list(cases))] if len(rows) > 1 else []), *rows]:
        counts = Counter(case.verdict for case in own)
        cells = [str(counts[verdict] or "·") for verdict in present]
        seconds = sum(case.seconds for case in own)
        yield f"| {_inline(name)} | {' | '.join(cells)} | {seconds:.2f} |\n"
    yield "\n"


# --- failures ------------------------------------------------------------------------------------


def _failures(cases: Sequence[CaseRecord], room: _Room) -> str:
    """Stories as long as they fit, then lines, then a number. A quarter is kept for the lines."""
    if not cases:
        return ""
    room.left -= _MORE  # for the title and the number
    lines = _Room(room.left // 4)
    stories = _Room(room.left - lines.left)
    told = list(takewhile(stories.take, map(_story, cases)))
    left = cases[len(told) :][:_LISTED]
    listed = list(takewhile(lines.take, (f"- {_title(case)}\n" for case in left)))
    rest = len(cases) - len(told) - len(listed)
    last = f"\nand {rest} more: the record has them all\n" if rest else ""
    return "".join([f"### Unexpected: {len(cases)}\n\n", *told, *listed, last, "\n"])


def _title(case: CaseRecord) -> str:
    return f"**{case.verdict}** {_inline(case_name(case))}: {_inline(in_one_line(case))}"


def _story(case: CaseRecord) -> str:
    summary = f"<b>{case.verdict}</b> {_inline(case_name(case))}: {_inline(in_one_line(case))}"
    text = failure_text(case, _WIDTH)
    return f"<details><summary>{summary}</summary>\n\n{_fenced(text)}</details>\n\n"


# --- tables --------------------------------------------------------------------------------------


def _tables(results: Results, room: _Room) -> Iterator[str]:
    measured = {(one.scenario, one.run) for one in results.measurements}
    if measured:
        yield _block("Bench", [line.text for line in bench_lines(results, _WIDTH)], room)
    alone = [one for one in results.latencies if (one.scenario, one.run) not in measured]
    if alone:
        yield _block("Latency", latency_lines(alone, _WIDTH), room)
    if differ(results.cases):
        rows = ["".join(part.text for part in row) for row in matrix_rows(results.cases)]
        yield _block("Claims on which not all agree", rows, room)


def _block(title: str, lines: Sequence[str], room: _Room) -> str:
    head = f"### {title}\n\n"
    if not room.take(head + _fenced("")):
        return ""
    return head + _fenced(_cut([f"{line}\n" for line in lines], room).rstrip("\n"))


# --- what makes data of a text -------------------------------------------------------------------


def _fenced(text: str) -> str:
    """A block that no row of backticks inside can end."""
    longest = max((len(row) for row in re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}text\n{text}\n{fence}\n\n"


def _inline(text: str) -> str:
    """A text on one line in which nothing is markup: Markdown's, HTML's, a link, a mention."""
    short = shorten(escape(text), _CELL)
    return re.sub(_MARKUP, lambda sign: f"&#{ord(sign[0])};", short)
