"""`gevent`: blocking code on its sockets, after `monkey.patch_all()`."""

from __future__ import annotations

from typing import Any, List

from gevent import monkey

monkey.patch_all()


def main(words: List[str], arguments: List[str]) -> None:
    """Be the driver."""
    import gevent.socket
    import green

    def original(module: str, name: str) -> Any:
        return monkey.get_original(module, name)

    def on_a_thread(function: Any, *given: Any) -> Any:
        return gevent.get_hub().threadpool.apply(function, given)

    green.run(arguments, "gevent", "gevent", original, gevent.socket.wait_read, on_a_thread)
