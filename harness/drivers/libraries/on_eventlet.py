"""`eventlet`: blocking code on its sockets, after `monkey_patch()`.

It takes `select.poll` away, on which the operations that look and the services are built. To look,
the system's own is asked on a true thread, as eventlet's documentation says of calls that block;
the services are not offered.
"""

from __future__ import annotations

from typing import Any, List

import eventlet

eventlet.monkey_patch()


def main(words: List[str], arguments: List[str]) -> None:
    """Be the driver."""
    import select

    import green
    from eventlet import hubs, patcher, tpool

    def original(module: str, name: str) -> Any:
        return getattr(patcher.original(module), name)

    class Poll:
        """The system's poll, on a true thread."""

        def __init__(self) -> None:
            self._poll = original("select", "poll")()
            self.register = self._poll.register

        def poll(self, timeout: Any = None) -> Any:
            return tpool.execute(self._poll.poll, timeout)

    def wait_readable(fd: int) -> None:
        hubs.trampoline(fd, read=True)

    select.poll = Poll  # type: ignore[misc,assignment]
    green.run(arguments, "eventlet", "eventlet", original, wait_readable, lacks="serve")
