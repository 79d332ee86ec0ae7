"""`eventlet`: blocking code on its sockets, after `monkey_patch()`.

It takes `select.poll` away, on which the services are built: they are not offered. Its sockets have
no messages with ancillary data: what is called there is the system's, and does not wait.
"""

from __future__ import annotations

from typing import Any, List

import eventlet

eventlet.monkey_patch()


def main(words: List[str], arguments: List[str]) -> None:
    """Be the driver."""
    import green
    from eventlet import hubs, patcher, tpool

    def original(module: str, name: str) -> Any:
        return getattr(patcher.original(module), name)

    def wait_readable(fd: int) -> None:
        hubs.trampoline(fd, read=True)

    tpool.execute(int)  # its pool opens sockets: now, and not when a scenario has none left
    lacks = "serve recvmsg recvmsg_into sendmsg socket_sendfile"
    green.run(
        arguments, "eventlet", "eventlet", original, wait_readable, tpool.execute, lacks=lacks
    )
