"""The reference driver with a delay in the loop that answers: `planted.py SPINS --scratch DIR`.

After each message it received, the server spins so many times round an empty loop before it sends
the answer. With 0 spins it is the same program, so all that is planted is the delay. How long a
spin takes is measured by those who plant it.
"""

from __future__ import annotations

import os
import sys
from itertools import repeat
from typing import Any, Callable

HERE = os.path.dirname(os.path.abspath(__file__))
REFERENCE = os.path.join(HERE, "..", "..", "harness", "drivers", "python")


def delaying(spins: int) -> Callable[..., Any]:
    """What takes the place of the driver's own way to receive."""

    def receiving(sock: Any, args: Any) -> Callable[[Any], int]:
        receive = sock.recv_into

        def delayed(buffer: Any) -> int:
            got: int = receive(buffer)
            for _ in repeat(None, spins):
                pass
            return got

        return delayed

    return receiving


def main(spins: int, arguments: Any) -> None:
    """Be the reference driver with this delay."""
    sys.path[:0] = [os.path.abspath(REFERENCE)]
    import driver
    import timing_pong

    timing_pong.receiving = delaying(spins)
    driver.main(arguments)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
