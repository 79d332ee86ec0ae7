"""Real programs tried many times: `python -m tests.real.repeat [NAME]... [--runs N] [--write]`.

Every other run has two busy loops beside it. What is found beyond what the table of programs
knows is a false alarm, or news. `--write` keeps the figures in `figures.json` here, with those of
runs before, and makes the table of `results/programs.md`; `--page` makes the table alone.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field

from harness.records.model import CaseRecord
from harness.trial.sentences import named
from harness.trial.session import Session
from tests.real import page
from tests.real.programs import PROGRAMS, Missing, scratch, version

BUSY_LOOPS = 2
# It ends with whoever started it, however that ends.
BUSY_LOOP = "import os\nparent = os.getppid()\nwhile os.getppid() == parent: pass"


@dataclass
class Figures:
    """What all runs of one program have shown. Sentences by how many runs found them so."""

    version: str = ""
    runs: int = 0
    busy: int = 0
    checks: int = 0
    seconds: list[float] = field(default_factory=list)
    broken: dict[str, int] = field(default_factory=dict)
    varies: dict[str, int] = field(default_factory=dict)
    alarms: list[str] = field(default_factory=list)

    def take(self, name: str, session: Session, busy: bool) -> None:
        """Count one run."""
        self.runs += 1
        self.busy += busy
        self.checks = len(session.records)
        if session.footer is not None:
            self.seconds.append(round(session.footer.seconds, 1))
        found = [one for one in session.records if one.verdict not in ("pass", "unsupported")]
        for one in found:
            self.alarms += [] if set(named(one.spec)) & PROGRAMS[name].known() else [told(one)]
        varies = {id_ for one in found if one.verdict == "varies" for id_ in named(one.spec)}
        broken = {id_ for one in found if one.verdict != "varies" for id_ in named(one.spec)}
        for counts, ids in ((self.broken, broken), (self.varies, varies - broken)):
            for one_id in ids:
                counts[one_id] = counts.get(one_id, 0) + 1


def told(record: CaseRecord) -> str:
    """One finding in a line."""
    failure = record.failure
    what = f"{failure.expected[:80]} | {failure.actual[:160]}" if failure else record.why
    return f"{record.verdict} {record.id}: {what}"


def tried(name: str) -> Session:
    """Make every check of a program once. Raise Missing."""
    session = Session(name, PROGRAMS[name].request())
    session.go(lambda record: None)
    return session


@contextmanager
def busy_loops(count: int) -> Iterator[None]:
    """So many processes which take all the time that they get."""
    with ExitStack() as stack:
        for _ in range(count):
            loop = subprocess.Popen([sys.executable, "-c", BUSY_LOOP])
            stack.callback(loop.wait)
            stack.callback(loop.kill)
        yield


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help="only these programs")
    parser.add_argument("--runs", type=int, default=20, help="of each program (20)")
    parser.add_argument("--jobs", type=int, default=3, help="programs at the same time (3)")
    parser.add_argument("--write", action="store_true", help="keep the figures, make the page")
    parser.add_argument("--page", action="store_true", help="make the page, try nothing")
    options = parser.parse_args()
    if options.page:
        page.write(page.figures())
        return 0
    kept = page.figures() if options.write else {}
    known = {name: Figures(**kept.get(name, {})) for name in options.names or PROGRAMS}
    for _ in range(options.runs):
        busy = min(one.runs for one in known.values()) % 2 == 1
        loops = BUSY_LOOPS if busy else 0
        with scratch(), busy_loops(loops), ThreadPoolExecutor(options.jobs) as pool:
            once = [pool.submit(_once, name, figures, busy) for name, figures in known.items()]
        for one in once:
            one.result()
        if options.write:  # after each round: a long run may be stopped
            ran = {name: asdict(one) for name, one in known.items() if one.runs}
            page.write({**page.figures(), **ran})
    return 1 if any(one.alarms for one in known.values()) else 0


def _once(name: str, figures: Figures, busy: bool) -> None:
    try:
        session = tried(name)
        figures.version = figures.version or version(PROGRAMS[name])
    except Missing as what:
        print(f"{name:24} SKIPPED: there is no {what}", flush=True)
        return
    before = len(figures.alarms)
    figures.take(name, session, busy)
    beside = "busy" if busy else ""
    print(f"{name:24} {figures.seconds[-1]:6.1f} s {beside}", flush=True)
    for alarm in figures.alarms[before:]:
        print(f"    {alarm}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
