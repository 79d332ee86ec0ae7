"""The test of a driver against the protocol: what is wrong, in words its author can act on.

First the conversation (`talk.py`, and with sockets in use `started.py`), then the operations that
it claims, one by one (`work.py`, with the recipes of `happy.py`), then its workloads (`timed.py`).
What operations mean in the finer cases is what scenarios are for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from harness.engine.any_driver import AnyDriver
from harness.engine.selftest import started, talk, timed
from harness.engine.selftest.bench import Bench, Check
from harness.engine.selftest.work import trials

__all__ = ["CHECKS", "Check", "selftest"]

CHECKS: Mapping[str, Callable[[Bench], str | None]] = {**talk.CHECKS, **started.CHECKS}


def selftest(start: Callable[[], AnyDriver]) -> Iterator[Check]:
    """Test drivers which `start` starts, several of them; yield each outcome as it comes.

    Only the greeting when there is none: `start` and the rest may as well be another program's."""
    bench = Bench(start)
    try:
        first = bench.check("it greets", talk.greets)
        yield first
        if first.problem:
            return
        hello = bench.driver.hello
        for name, check in CHECKS.items():
            yield bench.check(name, check)
        yield from trials(bench, hello)
        yield from timed.trials(bench, hello)
    finally:
        bench.drop()
