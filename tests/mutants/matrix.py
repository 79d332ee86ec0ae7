"""The kill matrix, scenario by mutant: `python -m tests.mutants.matrix [--write]`.

Tries scenarios that have not enough killers yet against the mutants that touch one of their
operations, adds what is found to what `kills.json` knows, and prints the scenarios that no mutant
fails, those that only one fails and the mutants that nobody catches. Only what fails each time
counts. With `--write` it is kept in `kills.json`, from which the test suite takes its proof.

Two cases of a scenario are tried, the first and the last, and a mutant that hangs often is stopped
early (the output says so), as each hang costs the engine's whole deadline. With `--thorough` every
case is tried on every mutant, and to the end: what has one killer then has no other.
`--check` runs what is known and nothing else, `--proofs` what the test suite repeats, and the
reference driver on it; what did not fail each time is forgotten. `--table` prints the matrix.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Callable, Iterator

from tests.mutants import kills as matrix
from tests.mutants import proofs
from tests.mutants.kills import Kills
from tests.mutants.running import MUTATIONS, operations
from tests.mutants.search import Search
from tests.mutants.trials import CASES, Task, never_passed


def by_reach() -> list[str]:
    """The mutants, those first that touch few cases: they are quick to try, and what they fail
    need not be tried on those that break everything."""
    asked = Counter(operation for case in CASES.values() for operation in operations(case))
    return sorted(MUTATIONS, key=lambda name: sum(asked[one] for one in MUTATIONS[name].operations))


def table(kills: Kills) -> Iterator[str]:
    """The whole matrix: who fails a scenario, and how many scenarios each mutant fails."""
    for scenario, found in sorted(kills.items()):
        yield f"{scenario:58} {len(found):3}  {' '.join(sorted(found))}"
    by_mutant = Counter(name for found in kills.values() for name in found)
    yield ""
    for name, mutation in MUTATIONS.items():
        yield f"{name:34} {by_mutant[name]:3}  {mutation.bug}"


def summary(kills: Kills) -> Iterator[str]:
    """What is left to do."""
    by_mutant = Counter(name for found in kills.values() for name in found)
    single = [f"{name} ({next(iter(found))})" for name, found in kills.items() if len(found) == 1]
    yield f"{len(kills)} scenarios, {len(MUTATIONS)} mutants, {by_mutant.total()} kills"
    yield f"only one mutant fails these {len(single)}: {', '.join(single) or 'none'}"
    for what, names in _left(kills):
        yield f"{what} these {len(names)}: {', '.join(names) or 'none'}"


def _left(kills: Kills) -> Iterator[tuple[str, list[str]]]:
    yield "no mutant fails", [name for name, found in kills.items() if not found]
    caught = {name for found in kills.values() for name in found}
    yield "nobody catches", [name for name in MUTATIONS if name not in caught]


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("mutants", nargs="*", help="only these mutants")
    parser.add_argument(
        "-k", action="append", default=[], metavar="TEXT", help="only scenarios so called"
    )
    parser.add_argument("--enough", type=int, default=2, metavar="N", help="killers (default: 2)")
    parser.add_argument("--all", action="store_true", help="no number of killers is enough")
    parser.add_argument("--thorough", action="store_true", help="every case on every mutant")
    parser.add_argument("--check", action="store_true", help="only what is known, once more")
    parser.add_argument("--proofs", action="store_true", help="only what the test suite repeats")
    parser.add_argument("--report", action="store_true", help="run nothing, print what is known")
    parser.add_argument("--table", action="store_true", help="print the whole matrix, run nothing")
    parser.add_argument("--times", type=int, default=3, metavar="N", help="tries (default: 3)")
    parser.add_argument("--write", action="store_true", help="keep the matrix in kills.json")
    parser.add_argument("-j", type=int, default=1, metavar="N", help="mutants tried at a time")
    return parser.parse_args()


def _search(kills: Kills, options: argparse.Namespace) -> None:
    enough = None if options.all else options.enough
    search = Search(
        kills, enough, options.times, options.thorough, keep=options.write, names=options.k
    )
    task: Callable[[str], Task] = search.forget if options.check else search.task
    if options.proofs:
        repeated = proofs.chosen(kills, CASES, MUTATIONS)
        task = search.repeat(repeated)
        cases = [case for found in repeated.values() for case in found]
        bad = never_passed(cases, options.times)
        print(f"the driver without a bug does not always pass: {', '.join(bad) or 'none'}")
    search.go(options.mutants or by_reach(), options.j, task)


def main() -> int:
    options = _arguments()
    kills = matrix.read(CASES.values(), MUTATIONS)
    if options.table:
        print("\n".join(table(kills)))
    elif not options.report:
        _search(kills, options)
    if options.write:
        matrix.write(kills)
    print("\n" + "\n".join(summary(kills)))
    return 1 if any(names for _, names in _left(kills)) else 0


if __name__ == "__main__":
    sys.exit(main())
