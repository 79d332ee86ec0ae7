"""The trials that a request asks for, one after another: each service on each transport, ready to
be gone through. What a trial must be able to do is all that a command or a plugin knows of it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from types import TracebackType
from typing import Protocol

from harness.engine.settings import Settings
from harness.trial.check import Check, Pointless
from harness.trial.client_trial import ClientTrial
from harness.trial.module import ModuleTrial
from harness.trial.request import Request
from harness.trial.target import Target, WrongUse
from harness.trial.trial import PATIENCE
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
    if request.module is not None:
        where = request.interpreter
        yield ModuleTrial(request.module, request.transport, patience, where, rerun)
        return
    if request.client is not None:
        for target in request.clients():
            _must_exist(target)
            yield ClientTrial(target, request.promises_within, rerun)
        return
    for target in request.targets():
        _must_exist(target)
        yield ServerTrial(target, patience, request.ready_within, rerun)


def _must_exist(target: Target) -> None:
    if target.words and shutil.which(target.words[0]) is None:
        raise WrongUse(f"there is no program {target.words[0]!r}")
