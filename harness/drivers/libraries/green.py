"""What the drivers on gevent and eventlet share: the reference driver on replaced modules.

Both libraries put cooperative versions in the place of the standard library's, so a program written
for blocking sockets runs as it is: here the reference driver itself. Its threads become green
threads, of which the kernel knows nothing; so no thread is named. Two things stay the system's own:
reading from the engine must let the others run, and the end of the engine is noticed on a true
thread, whatever the green ones do.
"""

from __future__ import annotations

from typing import Any, Callable, List

# A child would be forked with the library's loop in it; a signal interrupts no green thread; both
# libraries take epoll away; `fill` and `drain` live by MSG_DONTWAIT, which both overrule: they try
# again until the call succeeds.
_NOT_THEIRS = (
    "raw fork child_exit interrupt epoll_create epoll_ctl epoll_wait fill drain recvmmsg sendmmsg"
)


def run(
    arguments: List[str],
    name: str,
    package: str,
    original: Callable[[str, str], Any],
    wait_readable: Callable[[int], Any],
    on_a_thread: Callable[..., Any],
    lacks: str = "",
) -> None:
    """Be the driver. To be called after patching, before anything else is imported.

    `original` returns what a module had under a name; `wait_readable` waits for a descriptor;
    `on_a_thread` has a blocking function called on a true thread; `lacks` names what else is not
    offered."""
    import os

    import calls_looking
    import timing_pong
    import wire
    from driver import Nature
    from driver import main as be_a_driver
    from offering import DONTWAIT, WAITALL, offer, refuse_flags, version_of, without_blocking_calls
    from registry import OPERATIONS, WORKLOADS

    def read(self: Any, size: int) -> bytes:
        wait_readable(self.source)
        return os.read(self.source, size)

    timing_pong.GREEN = True
    wire.Wire.read = read  # type: ignore[method-assign]
    calls_looking.select = _Looking(original, on_a_thread)  # type: ignore[assignment,attr-defined]
    offer(set(OPERATIONS) - set((_NOT_THEIRS + " " + lacks).split()), WORKLOADS)
    without_blocking_calls()
    refuse_flags(DONTWAIT, WAITALL)
    nature = Nature(
        name,
        version_of(package, "greenlet"),
        thread_id=lambda: 0,
        watch=_watch(original),
    )
    be_a_driver(arguments, nature)


class _Looking:
    """The system's select module, for looking at sockets: what the libraries have in its place
    knows fewer events or is not there. It waits on a true thread, as they say of blocking calls."""

    def __init__(
        self, original: Callable[[str, str], Any], on_a_thread: Callable[..., Any]
    ) -> None:
        self._original = original
        self._on_a_thread = on_a_thread

    def __getattr__(self, name: str) -> Any:
        return self._original("select", name)

    def select(self, *arguments: Any) -> Any:
        return self._on_a_thread(self._original("select", "select"), *arguments)

    def poll(self) -> _Poll:
        return _Poll(self._original("select", "poll")(), self._on_a_thread)


class _Poll:
    """One poll object of the system's."""

    def __init__(self, poll: Any, on_a_thread: Callable[..., Any]) -> None:
        self._poll = poll
        self._on_a_thread = on_a_thread
        self.register = poll.register

    def poll(self, timeout: Any = None) -> Any:
        return self._on_a_thread(self._poll.poll, timeout)


def _watch(original: Callable[[str, str], Any]) -> Callable[[int, Any], None]:
    from leaving import leave

    def watch(source: int, scratch: Any) -> None:
        def wait() -> None:
            poll = original("select", "poll")()
            poll.register(source, 0)
            while not poll.poll():
                pass
            leave(scratch)

        original("_thread", "start_new_thread")(wait, ())

    return watch
