"""What a library's driver offers of all that the reference driver can do.

Everything else is taken out of the tables, so that the greeting is true and a request for it is
`unsupported`. Offered is what the library has itself, or what can be asked of the kernel about one
of its sockets without doing the library's work.
"""

from __future__ import annotations

from typing import Any, Callable, Dict, FrozenSet, Iterable, Mapping

import driver  # noqa: F401  (fills the tables)
from registry import OPERATIONS, WORKLOADS, Function, Unsupported, Values, operation

# To look at a socket, through its descriptor.
LOOKING: FrozenSet[str] = frozenset(
    "fileno poll select quiet fionread outq at_mark tcp_info inheritable".split()
)
OPTIONS: FrozenSet[str] = frozenset("setsockopt getsockopt so_error drop_incoming".split())
# Of the scratch folder, where unix sockets have their paths.
PATHS: FrozenSet[str] = frozenset("stat unlink creat mkdir chmod symlink rename".split())
# What every socket with a name and a peer has.
NAMED: FrozenSet[str] = frozenset("getsockname getpeername close abort".split())
READING: FrozenSet[str] = frozenset("recv recv_exactly recv_until_eof".split())
PLACING: FrozenSet[str] = frozenset(["place", "cpu_time"])
# How long, and for how much, a call waits in the kernel.
_OF_BLOCKING_CALLS = ("SO_RCVTIMEO", "SO_SNDTIMEO", "SO_RCVLOWAT")


def offer(names: Iterable[str], workloads: Iterable[str] = ()) -> None:
    """Keep these operations and workloads, and no others."""
    for table, kept in ((OPERATIONS, set(names)), (WORKLOADS, set(workloads))):
        missing = kept - set(table)
        if missing:
            raise ValueError("there is no operation %s" % ", ".join(sorted(missing)))
        for name in set(table) - kept:
            del table[name]


def instead(name: str, workload: bool = False) -> Callable[[Function], Function]:
    """Register the decorated function in place of the reference driver's."""
    (WORKLOADS if workload else OPERATIONS).pop(name, None)
    return operation(name, workload)


def without_blocking_calls() -> None:
    """Refuse the options which speak of calls that wait in the kernel: the library makes none."""
    plain = OPERATIONS["setsockopt"]

    @instead("setsockopt")
    def setsockopt(session: Any, handle: Any, args: Dict[str, Any]) -> Values:
        if args.get("option") in _OF_BLOCKING_CALLS:
            raise Unsupported("the option speaks of blocking calls, and the library makes none")
        return plain(session, handle, args)


WAITALL = {"MSG_WAITALL": "MSG_WAITALL does not wait on a non-blocking socket, as recv(2) says"}
DONTWAIT = {
    "MSG_DONTWAIT": "the library waits whenever the system says EAGAIN, MSG_DONTWAIT or not"
}


def refuse_flags(*kinds: Mapping[str, str]) -> None:
    """Answer `unsupported` to whatever asks for one of these flags, with its sentence."""
    sentences = {flag: sentence for kind in kinds for flag, sentence in kind.items()}
    for name, function in OPERATIONS.items():
        OPERATIONS[name] = _refusing(function, sentences)


def _refusing(function: Function, sentences: Mapping[str, str]) -> Function:
    def operation(session: Any, handle: Any, args: Dict[str, Any]) -> Values:
        asked = args.get("flags") or ()
        for flag in [asked] if isinstance(asked, str) else asked:
            if flag in sentences:
                raise Unsupported(sentences[flag])
        return function(session, handle, args)

    return operation


def version_of(*packages: str) -> str:
    """Return the installed version of the first, and the others' behind it by name."""
    from importlib.metadata import version

    first, *others = packages
    return "; ".join([version(first)] + ["%s %s" % (name, version(name)) for name in others])
