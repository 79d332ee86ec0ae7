"""Bugs in options, modes and timeouts."""

from __future__ import annotations

import errno
import socket
from typing import Any, List

from mutations import change, mutation, skip, wrap

Socket = socket.socket


@mutation("setsockopt-does-nothing", "options are accepted and not set", "setsockopt")
def _setsockopt_does_nothing() -> None:
    skip("setsockopt")


@mutation("setsockopt-swallows-errors", "options that the kernel refuses seem set", "setsockopt")
class _SwallowsErrors(Socket):
    def setsockopt(self, *args: Any) -> None:
        try:
            super().setsockopt(*args)
        except OSError:
            pass


@mutation("setrlimit-does-nothing", "there is always one more descriptor", "setrlimit")
def _setrlimit_does_nothing() -> None:
    skip("setrlimit", limit=1024)


@mutation("getsockopt-says-zero", "options are not read from the kernel", "getsockopt")
def _says_zero() -> None:
    change("getsockopt", value=lambda value: 0 if isinstance(value, (int, bool)) else value)


@mutation("getsockopt-says-one-more", "a value comes back changed", "getsockopt")
def _says_one_more() -> None:
    def more(value: Any) -> Any:
        if isinstance(value, list):
            return [value[0], value[1] + 1]
        if isinstance(value, dict):
            return {key: part + 1 if key == "time" else part + "00" for key, part in value.items()}
        return value + 1

    change("getsockopt", value=more)


@mutation("so-error-is-kept", "reading SO_ERROR does not clear it", "so_error")
def _so_error_is_lost() -> None:
    change("so_error", value=lambda value: "EIO")


@mutation("setblocking-is-ignored", "the mode is noted and nothing else", "setblocking")
def _setblocking_is_ignored() -> None:
    skip("setblocking")


@mutation("getblocking-says-true", "every socket calls itself blocking", "getblocking")
def _getblocking_says_true() -> None:
    change("getblocking", value=lambda value: not value)


@mutation("settimeout-is-ignored", "a timeout is noted and nothing else", "settimeout")
def _settimeout_is_ignored() -> None:
    skip("settimeout")


@mutation("gettimeout-forgets", "no timeout is reported, whatever was set", "gettimeout")
def _gettimeout_forgets() -> None:
    change("gettimeout", value=lambda value: 99.0)


@mutation("timeouts-are-doubled", "milliseconds counted twice", "settimeout", "setsockopt")
class _TimeoutsAreDoubled(Socket):
    def settimeout(self, seconds: Any) -> None:
        super().settimeout(seconds * 4 if seconds else seconds)


@mutation("nodelay-by-default", "TCP_NODELAY is set for everybody", "getsockopt")
class _NodelayByDefault(Socket):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.type == socket.SOCK_STREAM and self.family != socket.AF_UNIX:
            self.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


@mutation("getsockopt-knows-what-was-set", "options are remembered, not asked for", "getsockopt")
def _knows_what_was_set() -> None:
    def remembered(original: Any, session: Any, handle: Any, args: Any) -> Any:
        return {**original(session, handle, args), "value": None}

    wrap("getsockopt", remembered)


@mutation("leaving-a-group-does-nothing", "a membership ends with the socket only", "setsockopt")
def _leaving_does_nothing() -> None:
    def staying(original: Any, session: Any, handle: Any, args: Any) -> Any:
        if "_DROP_" in str(args.get("option")) or "_LEAVE_" in str(args.get("option")):
            return {}
        return original(session, handle, args)

    wrap("setsockopt", staying)


@mutation("ipv6-options-are-unknown", "the level of IPv6 is not known", "getsockopt", "setsockopt")
class _Ipv6OptionsAreUnknown(Socket):
    @staticmethod
    def _look(level: int) -> None:
        if level == socket.IPPROTO_IPV6:
            raise OSError(errno.ENOPROTOOPT, "Protocol not available")

    def getsockopt(self, level: int, *rest: int) -> Any:
        self._look(level)
        return super().getsockopt(level, *rest)

    def setsockopt(self, level: int, *rest: Any) -> None:
        self._look(level)
        super().setsockopt(level, *rest)


@mutation("groups-are-joined-once", "a membership is taken for the whole process's", "setsockopt")
def _joined_once() -> None:
    joined: List[Any] = []

    def refuse() -> None:
        raise OSError(errno.EINVAL, "Invalid argument")

    def once(original: Any, session: Any, handle: Any, args: Any) -> Any:
        if "ADD_MEMBERSHIP" in args["option"]:
            if args["value"] in joined:
                session.call(refuse)
            joined.append(args["value"])
        return original(session, handle, args)

    wrap("setsockopt", once)
