"""The messages between the engine and a driver: JSON lines, version 1. Pure.

A driver is a small process which performs operations on sockets that it holds under names
("handles"). It knows no roles, no scenarios, no expectations. `harness/drivers/PROTOCOL.md` is the
same contract in prose, for those who write a driver in another language.

Of a request exactly one reply comes back, of one of four kinds:

- `ok`: the operation did what it is for; `values` has the fields of the operations table;
- `error`: the operation failed as sockets fail; `error` is a name (ECONNREFUSED, EAI_NONAME,
  `timeout`, or the exception's class for an argument that the library itself refuses);
- `unsupported`: the driver says that it has no such thing; never inferred;
- `broken`: the driver's own fault, with a traceback.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

VERSION = 1

_encode = json.JSONEncoder(separators=(",", ":")).encode


class Malformed(ValueError):
    """A line that is not a message of this protocol; the text says why."""


@dataclass(frozen=True)
class Hello:
    """What a driver says of itself, unasked, as its first line."""

    implementation: str
    version: str
    runtime: str
    os: str
    pid: int
    operations: frozenset[str]
    transports: frozenset[str]
    services: frozenset[str] = frozenset()
    workloads: frozenset[str] = frozenset()

    def as_json(self) -> dict[str, Any]:
        """The greeting as records keep it: who it was, without the lists of abilities."""
        return {
            "implementation": self.implementation,
            "version": self.version,
            "runtime": self.runtime,
            "os": self.os,
        }


@dataclass(frozen=True)
class Started:
    """A request that was asked to `start` now runs, on this native thread (0: not known)."""

    id: int
    thread: int


@dataclass(frozen=True)
class Reply:
    """The end of a request. `begin` and `end` are CLOCK_MONOTONIC in ns, around the call."""

    id: int
    kind: str
    begin: int
    end: int
    values: Mapping[str, Any] = field(default_factory=dict)
    error: str = ""
    text: str = ""


def request(
    number: int, operation: str, handle: str | None, args: Mapping[str, Any], start: bool = False
) -> bytes:
    """Return the line which asks a driver for one operation."""
    message: dict[str, Any] = {"id": number, "op": operation}
    if handle is not None:
        message["handle"] = handle
    if args:
        message["args"] = args
    if start:
        message["start"] = True
    return _encode(message).encode() + b"\n"


def parse(line: bytes) -> Hello | Started | Reply:
    """Read one line of a driver. Raise Malformed with a sentence about what is wrong with it."""
    try:
        message = json.loads(line)
    except ValueError:
        raise Malformed(f"not JSON: {_excerpt(line)}") from None
    if not isinstance(message, dict):
        raise Malformed(f"not a JSON object: {_excerpt(line)}")
    try:
        if "hello" in message:
            return _hello(message["hello"])
        if message.get("event") == "started":
            return Started(int(message["id"]), int(message.get("thread", 0)))
        return _reply(message)
    except (KeyError, TypeError, ValueError, AttributeError) as problem:
        if isinstance(problem, Malformed):
            raise
        raise Malformed(
            f"a message with a wrong or missing field ({problem}): {_excerpt(line)}"
        ) from None


def _hello(said: dict[str, Any]) -> Hello:
    if said.get("protocol") != VERSION:
        raise Malformed(
            f"speaks protocol version {said.get('protocol')!r}; this harness speaks {VERSION}"
        )
    return Hello(
        implementation=str(said["implementation"]),
        version=str(said.get("version", "")),
        runtime=str(said["runtime"]),
        os=str(said["os"]),
        pid=int(said["pid"]),
        operations=frozenset(said["operations"]),
        transports=frozenset(said["transports"]),
        services=frozenset(said.get("services", ())),
        workloads=frozenset(said.get("workloads", ())),
    )


def _reply(message: dict[str, Any]) -> Reply:
    kind = message["reply"]
    begin, end = message.get("at") or (0, 0)
    if kind == "ok":
        return Reply(int(message["id"]), kind, begin, end, values=dict(message.get("values") or {}))
    if kind == "error":
        return Reply(
            int(message["id"]),
            kind,
            begin,
            end,
            error=str(message["error"]),
            text=str(message.get("message", "")),
        )
    if kind == "unsupported":
        return Reply(int(message["id"]), kind, begin, end, text=str(message["what"]))
    if kind == "broken":
        return Reply(int(message["id"]), kind, begin, end, text=str(message["traceback"]))
    raise Malformed(f"unknown kind of reply {kind!r}: ok, error, unsupported and broken exist")


def _excerpt(line: bytes) -> str:
    text = line[:80].decode("utf-8", "backslashreplace").rstrip("\n")
    return repr(text) + (" …" if len(line) > 80 else "")
