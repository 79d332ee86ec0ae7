"""Which kills the test suite repeats: one for each scenario, one at least for each mutant.

Chosen from what `kills.json` knows, the quick ones first, spread over the mutants. Where there is
another, not one that asks something of the machine (root, multicast) or needs a race to be won.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from harness.plan import Case
from tests.mutants.kills import Kill, Kills

# These show only when one side happens to be slower than the other.
RACES = ("accept-inherits-nonblocking", "send-twice", "epoll-wakes-all", "datagrams-are-joined")
# What one more proof of the same mutant is worth in seconds, so that they are spread.
SPREAD = 0.002

Proofs = dict[str, list[Case]]


def chosen(kills: Kills, cases: Mapping[str, Case], mutants: Iterable[str]) -> Proofs:
    """Mutant -> the cases that have to fail it."""
    proofs: Proofs = defaultdict(list)

    def cost(mutant: str, kill: Kill) -> tuple[bool, bool, float]:
        asks = bool(cases[kill.case].scenario.requires)
        return mutant in RACES, asks, kill.seconds + SPREAD * len(proofs[mutant])

    for found in sorted(kills.values(), key=len):
        if found:
            mutant, kill = min(found.items(), key=lambda one: cost(*one))
            proofs[mutant].append(cases[kill.case])
    for mutant in mutants:
        able = [found[mutant] for found in kills.values() if mutant in found]
        if able and not proofs[mutant]:
            proofs[mutant].append(cases[min(able, key=lambda kill: kill.seconds).case])
    return proofs
