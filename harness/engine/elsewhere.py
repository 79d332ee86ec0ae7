"""Sides on different hosts: where their sockets are bound, and what cannot be asked there. Pure.

A step that names no address binds to loopback, which nobody on another host reaches. With addresses
given for a side, its sockets are bound to these instead. A scenario that itself names a loopback
address is about one host, and so is a look into this kernel's tables for sockets of another one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from harness.language.model import Actor, Call, calls
from harness.language.steps import KERNEL
from harness.plan import Case

Hosts = Mapping[Actor, Sequence[str]]  # the addresses of a side, at most one of each family

# What binds; a socket that has its name already is not bound again by the last two.
_BINDING = ("bind", "create_server", "listen", "serve")
_ONCE = ("listen", "serve")
_LOOPBACK = re.compile(r"(?<![\w.:])(127\.\d+\.\d+\.\d+|::1\b|localhost)")


def bound(
    call: Call, args: Mapping[str, Any], hosts: Sequence[str], transport: str, named: bool
) -> dict[str, Any]:
    """The arguments of a call, with the side's own address where the step gives none."""
    binding = call.operation in _BINDING and not (named and call.operation in _ONCE)
    host = of_family(hosts, str(args.get("transport") or transport))
    if not binding or args.get("address") is not None or host is None:
        return dict(args)
    return {**args, "address": {"host": host, "port": 0}}


def of_family(hosts: Sequence[str], transport: str) -> str | None:
    """The address among these that a socket of this transport can have."""
    if transport.startswith("unix"):
        return None
    wanted = transport.endswith("6")
    return next((host for host in hosts if (":" in host) == wanted), None)


def why_not(case: Case, hosts: Hosts, foreign: Sequence[Actor]) -> str | None:
    """Why a case cannot be run on these hosts. The system of the sides in `foreign` is not ours."""
    steps = (*case.steps, *case.closing)
    for call in calls(steps):
        if foreign and call.handle == KERNEL:
            return f"the tables of the kernel that holds the {foreign[0]}'s sockets are not ours"
    for actor, addresses in hosts.items():
        if addresses and of_family(addresses, case.transport) is None:
            return f"the {actor} is elsewhere, and has no address there for {case.transport}"
    named = _LOOPBACK.search(repr(steps)) if any(hosts.values()) else None
    return f"it names {named[1]}, which is one host's own" if named else None
