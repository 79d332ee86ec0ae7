"""Bugs in epoll, and in signals that tell of sockets or interrupt calls."""

from __future__ import annotations

import signal
from typing import Any

from mutations import change, mutation, skip, wrap


def _deaf_to(argument: str) -> None:
    """Let epoll_ctl not see one of its arguments."""

    def without(original: Any, session: Any, handle: Any, args: Any) -> Any:
        return original(session, handle, {k: v for k, v in args.items() if k != argument})

    wrap("epoll_ctl", without)


@mutation("epoll-knows-no-edges", "EPOLLET is dropped: all is level-triggered", "epoll_ctl")
def _no_edges() -> None:
    _deaf_to("edge")


@mutation("epoll-reports-again", "EPOLLONESHOT is dropped", "epoll_ctl")
def _reports_again() -> None:
    _deaf_to("oneshot")


@mutation("epoll-wakes-all", "EPOLLEXCLUSIVE is dropped", "epoll_ctl")
def _wakes_all() -> None:
    _deaf_to("exclusive")


@mutation("epoll-asks-for-input-only", "the events asked for are not looked at", "epoll_ctl")
def _input_only() -> None:
    _deaf_to("events")


@mutation("epoll-swallows-errors", "what the kernel refuses seems done", "epoll_ctl")
def _swallows_errors() -> None:
    def calm(original: Any, session: Any, handle: Any, args: Any) -> Any:
        try:
            return original(session, handle, args)
        except OSError:
            return {}

    wrap("epoll_ctl", calm)


@mutation("epoll-tells-one", "of several that are ready the first is told", "epoll_wait")
def _tells_one() -> None:
    change("epoll_wait", ready=lambda ready: ready[:1], count=lambda count: min(count, 1))


@mutation("epoll-does-not-wait", "its time is taken for zero", "epoll_wait")
def _does_not_wait() -> None:
    def at_once(original: Any, session: Any, handle: Any, args: Any) -> Any:
        return original(session, handle, {**args, "timeout": 0})

    wrap("epoll_wait", at_once)


@mutation("async-is-ignored", "O_ASYNC is noted and nothing else", "set_async")
def _async_is_ignored() -> None:
    skip("set_async")


@mutation("async-owns-itself", "who sets O_ASYNC becomes the owner, and cannot end it", "set_async")
def _async_owns_itself() -> None:
    def owning(original: Any, session: Any, handle: Any, args: Any) -> Any:
        import registry

        registry.OPERATIONS["f_setown"](session, handle, {})
        return original(session, handle, {"on": True})

    wrap("set_async", owning)


@mutation("signals-restart-everything", "SA_RESTART is always set", "raw", "send", "sendmsg")
def _restart_everything() -> None:
    """Whoever sets a handler, be it a step or the `interrupt` of the engine."""
    original = signal.signal

    def restarting(number: int, handler: Any) -> Any:
        before = original(number, handler)
        signal.siginterrupt(number, False)
        return before

    signal.signal = restarting  # type: ignore[assignment]


@mutation("signals-restart-nothing", "SA_RESTART is never set", "signal")
def _restart_nothing() -> None:
    signal.siginterrupt = lambda number, flag: None  # type: ignore[assignment]


@mutation("tcp-info-of-anything", "an error is taken for a fresh socket", "tcp_info")
def _tcp_info_of_anything() -> None:
    def lenient(original: Any, session: Any, handle: Any, args: Any) -> Any:
        try:
            return original(session, handle, args)
        except OSError:
            return {"state": "CLOSE"}

    wrap("tcp_info", lenient)
