"""The kill matrix of programs: `python -m tests.mutants.programs.matrix [BUG...] [--write]`.

Tries each wrong server by the checks of the sentence that it breaks, prints the first that caught
it, and with `--write` keeps that in `kills.json`, from which the test suite takes its proof.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from tests.mutants.programs.running import BUGS, caught, tried

KILLS = Path(__file__).with_name("kills.json")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("bugs", nargs="*", help="only these")
    parser.add_argument("--write", action="store_true", help="keep the matrix in kills.json")
    options = parser.parse_args()
    kills: dict[str, str | None] = json.loads(KILLS.read_text()) if KILLS.exists() else {}
    kills = {name: found for name, found in kills.items() if name in BUGS}
    for name in options.bugs or BUGS:
        kills[name] = next((one.id for one in tried(name) if caught(name, one)), None)
        print(f"{name:32} {BUGS[name].sentence:10} {kills[name] or 'MISSED'}", flush=True)
        if options.write:
            KILLS.write_text(json.dumps(kills, indent=1, sort_keys=True) + "\n")
    missed = [name for name in BUGS if not kills.get(name)]
    print(f"\n{len(BUGS)} wrong servers; nobody catches these {len(missed)}: {missed or 'none'}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
