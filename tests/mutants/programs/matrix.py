"""The kill matrix of programs: `python -m tests.mutants.programs.matrix [BUG...] [--write]`.

Tries each wrong server, client and module by the checks of the sentence that it breaks, or with
`--whole` by everything that its trial has, and prints which caught it; then the checks that one bug
alone fails, and those that none fails. `--write` keeps that in `kills.json`, with what was kept
before; the test suite reads it. `--show` prints what is kept and tries nothing.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from itertools import islice
from pathlib import Path

from harness.trial import clients, corpus
from harness.trial import trial as _fills_the_table  # noqa: F401
from harness.trial.look import LOOKS
from tests.mutants.programs.running import BUGS, CAUGHT, CLIENTS, WRONG_MODULES, sentence, tried

KILLS = Path(__file__).with_name("kills.json")
ALL = (*BUGS, *CLIENTS, *WRONG_MODULES)
Kills = Mapping[str, list[str]]


def kept() -> dict[str, list[str]]:
    """The matrix as it was written: by bug the checks that caught it."""
    kills: dict[str, list[str]] = json.loads(KILLS.read_text()) if KILLS.exists() else {}
    return {name: found for name, found in kills.items() if name in ALL}


def claims() -> list[str]:
    """Every check of programs there is, without its parameters."""
    cases = [one.id for one in corpus.service_scenarios()]
    return [*cases, *LOOKS, *(f"client.{act.name}" for act in clients.ACTS)]


def of(kills: Kills) -> dict[str, set[str]]:
    """By check, without its parameters, the bugs that fail it."""
    found: dict[str, set[str]] = {}
    for bug, checks in kills.items():
        for check in checks:
            found.setdefault(check.partition("[")[0], set()).add(bug)
    return found


def failed(bug: str, whole: bool) -> list[str]:
    """The checks that a bug fails; of a module the first of its scenarios, unless all are asked."""
    found = (one.id for one in tried(bug, whole) if one.verdict in CAUGHT and not one.foretold)
    return list(found if whole or bug not in WRONG_MODULES else islice(found, 1))


def apart(bug: str, whole: bool) -> tuple[str, list[str]]:
    """The same in a process of its own: a module is found by the current folder."""
    words = [sys.executable, "-m", "tests.mutants.programs.matrix", "--one", bug]
    words += ["--whole"] if whole else []
    done = subprocess.run(words, stdout=subprocess.PIPE, text=True, check=True)
    found: list[str] = json.loads(done.stdout)
    return bug, found


def tell(kills: Kills) -> Iterable[str]:
    """The matrix in words."""
    by_check = of(kills)
    for bug in (one for one in ALL if one in kills):
        found = [one.partition("[")[0] for one in kills[bug]]
        counted = ", ".join(f"{one} ({found.count(one)})" for one in dict.fromkeys(found))
        yield f"{bug:32} {sentence(bug):10} {counted or 'MISSED'}"
    programs = [one for one in claims() if one in by_check]
    yield "\nfailed by one bug alone:"
    for claim in programs:
        if len(by_check[claim]) == 1:
            yield f"  {claim:48} {', '.join(by_check[claim])}"
    yield f"failed by none: {', '.join(sorted(set(claims()) - set(by_check))) or 'no check'}"
    sorts = (("servers", BUGS), ("clients", CLIENTS), ("modules", WRONG_MODULES))
    counts = [f"{len([one for one in sort if kills.get(one)])} {word}" for word, sort in sorts]
    missed = [one for one in ALL if not kills.get(one)]
    yield f"caught: {', '.join(counts)}; nobody catches {len(missed)}: {missed or 'none'}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("bugs", nargs="*", help="only these")
    parser.add_argument("--write", action="store_true", help="keep the matrix in kills.json")
    parser.add_argument("--whole", action="store_true", help="every check, not its sentence's only")
    parser.add_argument("--show", action="store_true", help="print what is kept")
    parser.add_argument("--jobs", type=int, default=4, help="programs at the same time (4)")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        print(json.dumps(failed(options.one, options.whole)))
        return 0
    kills = kept() if options.write or options.show else {}
    with ThreadPoolExecutor(options.jobs) as pool:
        bugs = [] if options.show else options.bugs or ALL
        for one in as_completed([pool.submit(apart, bug, options.whole) for bug in bugs]):
            bug, found = one.result()
            kills[bug] = sorted({*found, *kills.get(bug, [])})
            print(f"{bug:32} {len(found)} checks", flush=True)
            if options.write:
                KILLS.write_text(json.dumps(kills, indent=1, sort_keys=True) + "\n")
    print("\n".join(tell(kills)))
    return 0 if all(kills.get(bug) for bug in (options.bugs or ALL)) else 1


if __name__ == "__main__":
    sys.exit(main())
