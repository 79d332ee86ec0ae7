"""How an operation of this driver is written: the convention, and the two tables that it fills.

An operation is a function under a decorator, in any module that `driver.py` imports:

    from registry import operation

    @operation("recv")
    def recv(session, handle, args):
        sock = session.socket(handle)
        size = integer(args, "size")
        return {"data": describe(session.call(sock.recv, size))}

- `session` is what one running request has to itself (`session.py`); requests on threads of their
  own have one each, so nothing here needs a lock. `handle` is the name that the request gave (or
  None), `args` its arguments, a dict. The returned dict is the reply's `values` and must be JSON;
  None stands for no values.
- **The one way to touch what is on trial is `session.call(function, *arguments)`.** It reads
  CLOCK_MONOTONIC directly before and after; these two readings are the reply's `at`. An exception
  raised *inside* `session.call` is the outcome of the operation: reply `error`. One raised outside
  of it is this driver's own fault or the asker's: reply `broken`, with the traceback. So arguments
  are read and payloads are made before the call, and results are described after it.
- An operation of several calls puts them into one local function and hands that to `session.call`;
  when `session.call` is used twice, the last use gives `at`. A workload does the same with its
  whole loop, and reads `time.monotonic_ns` inside the loop for itself.
- `raise Unsupported("a sentence")`, anywhere: reply `unsupported`.
- `raise BadRequest("a sentence")`: reply `broken`. `integer`, `boolean` and `text` below do so
  for an argument that is missing or of a wrong type.

What `session` offers:

    session.call(function, *arguments)   as above
    session.socket(handle)               the socket of that name; BadRequest when there is none
    session.open(handle, args)           the same, but made first from args["transport"] if missing
    session.add(handle, sock)            give a new socket a name
    session.forget(handle)               the name is free again (nothing is closed)
    session.on_stop(handle, stop)        call `stop()` when that handle is closed, and at `reset`
    session.scratch()                    a folder of this driver's own, a str

A workload is registered with `@operation("name", workload=True)`; it is requested like any other
operation but the greeting lists it under `workloads`, not under `operations`.
"""

from __future__ import annotations

from typing import Any, Callable, Dict, Optional

Values = Optional[Dict[str, Any]]
Function = Callable[[Any, Any, Dict[str, Any]], Values]

OPERATIONS: Dict[str, Function] = {}
WORKLOADS: Dict[str, Function] = {}


class Unsupported(Exception):
    """There is no such thing here; the text is a sentence that says what."""


class BadRequest(Exception):
    """The asker's fault: an unknown handle, an argument missing or of a wrong type."""


def operation(name: str, workload: bool = False) -> Callable[[Function], Function]:
    """Register the decorated function as the operation (or the workload) of that name."""

    def register(function: Function) -> Function:
        table = WORKLOADS if workload else OPERATIONS
        if name in OPERATIONS or name in WORKLOADS:
            raise ValueError("two operations are called " + name)
        table[name] = function
        return function

    return register


def integer(args: Dict[str, Any], name: str, default: Optional[int] = None) -> int:
    """Return a whole-number argument; BadRequest when it is none, or missing without default."""
    value = args.get(name, default)
    if type(value) is not int:
        raise _wrong(args, name, "a whole number")
    return value


def boolean(args: Dict[str, Any], name: str) -> bool:
    """Return an argument that must be true or false."""
    value = args.get(name)
    if type(value) is not bool:
        raise _wrong(args, name, "true or false")
    return value


def text(args: Dict[str, Any], name: str) -> str:
    """Return an argument that must be a text."""
    value = args.get(name)
    if type(value) is not str:
        raise _wrong(args, name, "a text")
    return value


def seconds(args: Dict[str, Any], name: str, default: float) -> float:
    """Return a duration: a number of seconds (the wire knows no units)."""
    value = args.get(name, default)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise _wrong(args, name, "a number of seconds")
    return value


def _wrong(args: Dict[str, Any], name: str, kind: str) -> BadRequest:
    if name not in args:
        return BadRequest("the argument %r is missing; it is %s" % (name, kind))
    return BadRequest("the argument %r must be %s, not %r" % (name, kind, args[name]))
