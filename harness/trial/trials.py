"""The trials that a request asks for, one after another: each service on each transport, ready to
be gone through. What a trial must be able to do is all that a command or a plugin knows of it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from types import TracebackType
from typing import Protocol

from harness.engine.walk import Settings
from harness.trial.request import Request
from harness.trial.target import WrongUse
from harness.trial.trial import PATIENCE, Check, Pointless
from harness.trial.trial import Trial as ServerTrial

__all__ = ["Check", "Pointless", "Trial", "trials"]


class Trial(Protocol):
    """Checks of one program. A context manager that leaves nothing running, as does `close`."""

    def __enter__(self) -> Trial: ...
    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        traceback: TracebackType | None,
    ) -> None: ...
    def close(self) -> None: ...
    def checks(self) -> Iterator[Check]:
        """Every check, to be made in this order; making one may raise Pointless."""
        ...


def trials(request: Request, rerun: str = "") -> Iterator[Trial]:
    """Every trial of a request. Raise WrongUse."""
    patience = Settings(PATIENCE.deadline, request.slow_factor)
    for target in request.targets():
        if target.words and shutil.which(target.words[0]) is None:
            raise WrongUse(f"there is no program {target.words[0]!r}")
        yield ServerTrial(target, patience, request.ready_within, rerun)
