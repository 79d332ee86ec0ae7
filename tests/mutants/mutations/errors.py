"""Bugs in what errors are called, and in whether they are told at all."""

from __future__ import annotations

import errno
from typing import Any, Callable, Optional, Sequence

from mutations import mutation, wrap

CALLS = [
    *("socket", "socketpair", "bind", "listen", "accept", "connect", "shutdown"),
    *("send", "sendall", "sendmsg", "sendto", "recv", "recvfrom", "recvmsg", "recv_into"),
    *("getpeername", "getsockname", "getsockopt", "setsockopt"),
]
# What is done by system calls past the library's own functions.
PLAIN_CALLS = [
    *("raw", "epoll_ctl", "epoll_wait", "close_fd", "tcp_info", "sendfile", "socket_sendfile"),
    *("open", "unlink", "stat", "poll", "select", "readv", "writev", "file_read", "file_write"),
]


def _translate(
    renamed: Callable[[Exception], Optional[Exception]], calls: Sequence[str] = CALLS
) -> None:
    """Let `renamed` say which error is told instead of the one that was raised; None: the same."""

    def around(original: Any, session: Any, handle: Any, args: Any) -> Any:
        try:
            return original(session, handle, args)
        except Exception as failure:
            other = renamed(failure)
            if other is None or failure is not session.failure:
                raise
            session.failure = other
            raise other from None

    for operation in calls:
        wrap(operation, around)


def _swallow(operation: str, **values: Any) -> None:
    """Let an operation log its errors and go on."""

    def calm(original: Any, session: Any, handle: Any, args: Any) -> Any:
        try:
            return original(session, handle, args)
        except OSError:
            return dict(values)

    wrap(operation, calm)


@mutation("errors-lose-their-number", "all errors become the library's own", *CALLS)
def _lose_their_number() -> None:
    _translate(lambda failure: OSError(errno.EIO, "socket error"))


@mutation("wrong-arguments-reach-the-kernel", "a wrong type is told as EINVAL", *CALLS)
def _wrong_arguments() -> None:
    _translate(
        lambda failure: (
            None if isinstance(failure, OSError) else OSError(errno.EINVAL, "invalid argument")
        )
    )


@mutation("timeouts-look-like-would-block", "a wait that ran out is told as EAGAIN", "settimeout")
def _timeouts_would_block() -> None:
    _translate(
        lambda failure: (
            BlockingIOError(errno.EAGAIN, "try again")
            if isinstance(failure, TimeoutError) and failure.errno is None
            else None
        )
    )


@mutation("would-block-looks-like-a-timeout", "EAGAIN is told as a wait that ran out",
          "setblocking")  # fmt: skip
def _would_block_times_out() -> None:
    _translate(
        lambda failure: TimeoutError("timed out") if isinstance(failure, BlockingIOError) else None
    )


@mutation("broken-pipe-is-a-reset", "whatever ends a connection is called a reset",
          "send", "sendall", "sendmsg")  # fmt: skip
def _broken_pipe_is_a_reset() -> None:
    _translate(
        lambda failure: (
            ConnectionResetError(errno.ECONNRESET, "reset")
            if isinstance(failure, BrokenPipeError)
            else None
        )
    )


@mutation("bind-swallows-errors", "a bind that failed is logged, and the server goes on", "bind")
def _bind_swallows() -> None:
    _swallow("bind")


@mutation("listen-swallows-errors", "a listen that failed is logged, and the server goes on",
          "listen")  # fmt: skip
def _listen_swallows() -> None:
    _swallow("listen")


@mutation("socket-swallows-errors", "a socket that cannot be had is replaced by a TCP socket",
          "socket", "socketpair")  # fmt: skip
def _socket_swallows() -> None:
    for operation in ("socket", "socketpair"):
        _swallow(operation)


@mutation("names-swallow-errors", "a name that cannot be had is told as none",
          "getpeername", "getsockname", "getsockopt")  # fmt: skip
def _names_swallow() -> None:
    for operation in ("getpeername", "getsockname"):
        _swallow(operation, name=None)
    _swallow("getsockopt", value=0)


@mutation("sendmsg-swallows-errors", "errors of gathered writes are ignored", "sendmsg")
def _sendmsg_swallows() -> None:
    _swallow("sendmsg", count=0)


@mutation("unsupported-is-invalid", "EOPNOTSUPP is told as EINVAL", *CALLS)
def _unsupported_is_invalid() -> None:
    _translate(
        lambda failure: (
            OSError(errno.EINVAL, "invalid argument")
            if isinstance(failure, OSError) and failure.errno == errno.EOPNOTSUPP
            else None
        )
    )


@mutation("errno-is-read-too-late", "another call has changed it by then", *PLAIN_CALLS)
def _errno_is_read_too_late() -> None:
    _translate(
        lambda failure: OSError(errno.EIO, "?") if isinstance(failure, OSError) else None,
        PLAIN_CALLS,
    )
