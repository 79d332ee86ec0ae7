"""The kill matrix, scenario by mutant: `python -m tests.mutants.matrix [--write]`.

Runs two cases of each scenario against each mutant that touches one of its operations, prints the
scenarios that no mutant fails, those that only one fails and the mutants that nobody catches, and
with `--write` keeps the matrix in `kills.json`, from which the test suite takes its proof.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import defaultdict
from pathlib import Path

from tests.mutants.running import MUTATIONS, behaviours, run, some_cases, touched

KILLS = Path(__file__).with_name("kills.json")


def matrix(only: list[str]) -> dict[str, dict[str, str]]:
    """Scenario -> mutant -> the id of the case that caught it."""
    kills: dict[str, dict[str, str]] = {scenario.id: {} for scenario in behaviours()}
    cases = [case for scenario in behaviours() for case in some_cases(scenario)]
    for name, mutation in MUTATIONS.items():
        if only and name not in only:
            continue
        chosen = [case for case in cases if touched(case, mutation.operations)]
        caught = 0
        for outcome in run(chosen, name):
            if outcome.killed:
                kills[outcome.case.scenario.id].setdefault(name, outcome.case.id)
                caught += 1
        print(f"{name:32} {caught:4} of {len(chosen)} cases", flush=True)
    return kills


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("mutants", nargs="*", help="only these mutants")
    parser.add_argument("--write", action="store_true", help="keep the matrix in kills.json")
    options = parser.parse_args()
    kills = matrix(options.mutants)
    by_mutant: dict[str, int] = defaultdict(int)
    for mutants in kills.values():
        for name in mutants:
            by_mutant[name] += 1
    survivors = [name for name, found in kills.items() if not found]
    single = [f"{name} ({next(iter(found))})" for name, found in kills.items() if len(found) == 1]
    print(f"\n{len(kills)} scenarios, {len(MUTATIONS)} mutants")
    print(f"no mutant fails these {len(survivors)}: {', '.join(survivors) or 'none'}")
    print(f"only one mutant fails these {len(single)}: {', '.join(single) or 'none'}")
    idle = [name for name in MUTATIONS if not by_mutant[name]]
    print(f"nobody catches these {len(idle)}: {', '.join(idle) or 'none'}")
    if options.write:
        KILLS.write_text(json.dumps(kills, indent=1, sort_keys=True) + "\n")
    return 1 if survivors or idle else 0


if __name__ == "__main__":
    sys.exit(main())
