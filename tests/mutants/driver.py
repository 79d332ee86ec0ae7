"""The reference driver with one bug: `python -I -S tests/mutants/driver.py MUTATION --scratch DIR`.

The folder of the reference driver comes first on the path, so `import driver` is the right one.
"""

from __future__ import annotations

import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
REFERENCE = os.path.join(HERE, "..", "..", "harness", "drivers", "python")


def main(name: str, arguments: list) -> None:
    """Be the reference driver with the mutation of this name."""
    sys.path[:0] = [os.path.abspath(REFERENCE), HERE]
    import driver  # type: ignore[import-not-found]
    import mutations  # type: ignore[import-not-found]

    mutations.load()
    mutations.MUTATIONS[name].apply()
    driver.main(arguments)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
