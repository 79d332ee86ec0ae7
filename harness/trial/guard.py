"""A guard beside a client: it ends one that is flooded, before the machine has no memory left.

A client that reads until EOF keeps what it reads, and a hostile program sends without end.
"""

from __future__ import annotations

import contextlib
import threading
from types import TracebackType

import psutil

MOST = 512 << 20  # bytes; an honest case of the corpus needs a tenth
_LOOKS = 0.05  # seconds; a flood over loopback brings some 100 MB in that time


class Guard:
    """Looks at the memory of one process while a block runs; `fired` says that it ended it."""

    def __init__(self, pid: int | None, most: int = MOST) -> None:
        self._pid = pid
        self._most = most
        self._over = threading.Event()
        self.fired = False
        self._watch = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> Guard:
        self._watch.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._over.set()
        self._watch.join()

    def _look(self) -> None:
        with contextlib.suppress(psutil.Error):
            process = psutil.Process(self._pid) if self._pid is not None else None
            while process is not None and not self._over.wait(_LOOKS):
                if process.memory_info().rss > self._most:
                    self.fired = True
                    process.kill()
                    return
