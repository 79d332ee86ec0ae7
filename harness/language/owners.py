"""In which process each handle lives: by its name, or where it is made. Pure."""

from __future__ import annotations

from harness.language.model import ACTORS, Actor, Call, Step, calls


def actor_by_name(handle: str) -> Actor | None:
    """`server2` lives at the server, `client3` at the client, others where they are made."""
    return next((actor for actor in ACTORS if handle.startswith(actor)), None)


def owners(steps: tuple[Step, ...]) -> dict[str, Actor]:
    """Which actor's process holds each handle."""
    found: dict[str, Actor] = {}
    for call in calls(steps):
        _own(call, found)
    return found


def _own(call: Call, found: dict[str, Actor]) -> None:
    owner = found.get(call.handle) or call.at or actor_by_name(call.handle)
    owner = owner or found.get(first_of(call.handle))
    if owner is not None:
        found.setdefault(call.handle, owner)
        if call.makes:
            found[call.makes] = owner


def first_of(handle: str) -> str:
    """Of descriptors that arrive in one message the first is `got`, the others got2, got3 ..."""
    return handle.rstrip("0123456789")
