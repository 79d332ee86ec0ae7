"""What is on trial: a command or an address, the service that it promises, the transport. Pure.

A command is a line with placeholders, split as a shell would split it, each word filled in on its
own: `{host}`, `{port}`, `{path}`, and `{service}` and `{transport}` for a program that plays many
parts. Other braces are left alone.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

PROGRAM = "program"
"""The name under which a program stands in a case's implementations."""

Address = Mapping[str, Any]
"""A name as drivers give it: {host, port} or {path}."""

_PLACE = re.compile(r"\{(host|port|path|service|transport)\}")


class WrongUse(Exception):
    """What was asked for makes no sense; the text is one sentence for the user."""


@dataclass(frozen=True)
class Target:
    """One program, one service, one transport.

    `words` is the command, empty for a program that runs already at `address`. `one_by_one`: the
    program says that it serves one client after another. `path_mode`: the permissions that were
    asked for the unix path.
    """

    service: str
    transport: str
    words: tuple[str, ...] = ()
    address: Address | None = None
    one_by_one: bool = False
    path_mode: int | None = None

    @property
    def kind(self) -> str:
        """`stream` or `dgram`."""
        return "stream" if self.transport in ("tcp4", "tcp6", "unix-stream") else "dgram"

    @property
    def unix(self) -> bool:
        """Whether the address is a path."""
        return self.transport.startswith("unix")

    def argv(self, address: Address) -> list[str]:
        """The command with the address filled in."""
        known = {**address, "service": self.service, "transport": self.transport}
        return [_PLACE.sub(lambda m: str(known.get(m[1], m[0])), word) for word in self.words]

    @property
    def shown(self) -> str:
        """How reports name it."""
        return shlex.join(self.words) if self.words else text_of(self.address or {})


def words_of(command: str, transport: str) -> tuple[str, ...]:
    """Split a command and see that it takes an address. Raise WrongUse."""
    try:
        words = tuple(shlex.split(command))
    except ValueError as problem:
        raise WrongUse(f"{command!r} cannot be split into words: {problem}") from None
    if not words:
        raise WrongUse("the command is empty")
    needed = "path" if transport.startswith("unix") else "port"
    if needed not in {match[1] for word in words for match in _PLACE.finditer(word)}:
        raise WrongUse(
            f"the command does not say {{{needed}}}: where a program on {transport} is to listen "
            f"is filled in there"
        )
    return words


def address_of(text: str, transport: str) -> Address:
    """Read HOST:PORT, [HOST]:PORT or a path. Raise WrongUse."""
    if transport.startswith("unix"):
        return {"path": text}
    host, colon, port = text.rpartition(":")
    if not colon or not port.isdigit() or not 0 < int(port) < 65536:
        raise WrongUse(f"{text!r} is no HOST:PORT")
    return {"host": host.removeprefix("[").removesuffix("]"), "port": int(port)}


def text_of(address: Address) -> str:
    """An address for people."""
    if "path" in address:
        return str(address["path"])
    host = str(address.get("host", ""))
    return f"[{host}]:{address.get('port')}" if ":" in host else f"{host}:{address.get('port')}"
