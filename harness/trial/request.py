"""What was asked for, on the command line or in a file, made into targets. Pure.

Both ways say the same words (`server`, `connect`, `service`, `transport` …), so there is one table
of them here, and one place that says what makes no sense together.
"""

from __future__ import annotations

import ipaddress
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from harness.language.operations import SERVICES
from harness.language.operations import TRANSPORTS as ALL
from harness.language.problems import suggest
from harness.trial.target import Target, WrongUse, address_of, words_of

TRANSPORTS = ("tcp4", "tcp6", "udp4", "udp6", "unix-stream", "unix-dgram")
_STREAMS = ("tcp4", "tcp6", "unix-stream")
# Who says something of itself needs a connection, or at least a question to be answered.
_POSSIBLE: Mapping[str, tuple[str, ...]] = {
    "echo": TRANSPORTS,
    "discard": (*_STREAMS, "udp4", "udp6"),
    "chargen": (*_STREAMS, "udp4", "udp6"),
    "daytime": (*_STREAMS, "udp4", "udp6"),
    "greet": _STREAMS,
}
_WHO = ("server", "connect", "client", "module")


@dataclass(frozen=True, kw_only=True)
class Request:
    """One program and what it is to be tried for. Exactly one of the first four is given."""

    server: str | None = None
    connect: str | None = None
    client: str | None = None
    module: str | None = None
    service: tuple[str, ...] = ()
    transport: tuple[str, ...] = ()
    allow_remote: bool = False
    one_by_one: bool = False
    path_mode: int | None = None
    ready_within: float = 15.0
    slow_factor: float = 1.0
    promises_within: float = 10.0
    interpreter: str | None = None

    def __post_init__(self) -> None:
        given = [name for name in _WHO if getattr(self, name) is not None]
        if len(given) != 1:
            said = " and ".join(f"--{name}" for name in given) or "nothing"
            raise WrongUse(f"say one of {', '.join('--' + name for name in _WHO)}; given: {said}")
        for word in self.transport:
            _known("transport", word, ALL if self.module is not None else TRANSPORTS)
        for word in self.service:
            _known("service", word, SERVICES)
        for name in ("ready_within", "slow_factor", "promises_within"):
            if getattr(self, name) <= 0:
                raise WrongUse(f"--{name.replace('_', '-')} must be more than 0")

    @property
    def kind(self) -> str:
        """Which of the four it is."""
        return next(name for name in _WHO if getattr(self, name) is not None)

    def command(self) -> str:
        """The command line that tries this program."""
        words = ["sockharness", "check"]
        for key, field in Request.__dataclass_fields__.items():
            value = getattr(self, key)
            flag = f"--{key.replace('_', '-')}"
            if value == field.default or value in (None, False):
                continue
            if key == "path_mode":
                words += [flag, f"{value:o}"]
            elif value is True:
                words.append(flag)
            else:
                for one in value if isinstance(value, tuple) else (value,):
                    words += [flag, str(one)]
        return shlex.join(words)

    def targets(self) -> list[Target]:
        """The targets of a server: each service on each transport that its contract knows."""
        if not self.service:
            raise WrongUse(f"say what it promises: --service {', '.join(SERVICES)}")
        pairs = [
            (s, t) for s in self.service for t in self.transport or ("tcp4",) if t in _POSSIBLE[s]
        ]
        if not pairs:
            said = ", ".join(_POSSIBLE[self.service[0]])
            raise WrongUse(f"the contract of {self.service[0]} is about {said}")
        return [self._target(service, transport) for service, transport in pairs]

    def clients(self) -> list[Target]:
        """The targets of a client: one for each transport."""
        wanted = self.transport or ("tcp4",)
        if not set(wanted) <= set(_STREAMS):
            raise WrongUse(f"the contract of clients is about {', '.join(_STREAMS)}")
        return [Target("client", t, words_of(self.client or "", t)) for t in wanted]

    def _target(self, service: str, transport: str) -> Target:
        words = words_of(self.server, transport) if self.server is not None else ()
        address = address_of(self.connect, transport) if self.connect is not None else None
        if address is not None and not self.allow_remote:
            _must_be_near(str(address.get("host", "127.0.0.1")))
        return Target(service, transport, words, address, self.one_by_one, self.path_mode)


def _known(what: str, word: str, known: tuple[str, ...]) -> None:
    if word not in known:
        hint = suggest(word, known) or f"known are {', '.join(known)}"
        raise WrongUse(f"there is no {what} `{word}`; {hint}")


def _must_be_near(host: str) -> None:
    """Hundreds of connections, some of them rude, are not for strangers' machines."""
    try:
        near = ipaddress.ip_address(host).is_loopback
    except ValueError:
        near = host == "localhost"
    if not near:
        raise WrongUse(
            f"{host} is another machine: the trial opens hundreds of connections and breaks some "
            f"of them on purpose; say --allow-remote when it is yours"
        )


# --- from a file ----------------------------------------------------------------------------------

_LISTS = ("service", "transport")
_KINDS: Mapping[str, Any] = {
    "allow_remote": bool,
    "one_by_one": bool,
    "ready_within": (int, float),
    "slow_factor": (int, float),
    "promises_within": (int, float),
}
_KEYS = tuple(Request.__dataclass_fields__)


def requests_of(tables: Mapping[str, Any], where: str) -> dict[str, Request]:
    """Read programs by name from the tables of a file. Raise WrongUse."""
    return {name: _request(f"{where}: {name}", table) for name, table in tables.items()}


def _request(where: str, table: Any) -> Request:
    if not isinstance(table, Mapping):
        raise WrongUse(f"{where}: a program is a table with `server` and `service`")
    given: dict[str, Any] = {}
    for key, value in table.items():
        name = str(key).replace("-", "_")
        if name not in _KEYS:
            hint = suggest(str(key), [one.replace("_", "-") for one in _KEYS])
            raise WrongUse(f"{where}: there is no key `{key}`" + (f"; {hint}" if hint else ""))
        given[name] = _value(where, name, value)
    try:
        return Request(**given)
    except WrongUse as problem:
        raise WrongUse(f"{where}: {problem}") from None


def _value(where: str, name: str, value: Any) -> Any:
    if name in _LISTS:
        words = value if isinstance(value, (list, tuple)) else [value]
        return tuple(str(word) for word in words)
    if name == "path_mode" and not isinstance(value, str):
        # YAML takes 0600 for 384, TOML takes 600 for what it is.
        raise WrongUse(f'{where}: `path-mode` stands in quotes, as in "600"')
    if name == "path_mode":
        return mode_of(value)
    if not isinstance(value, _KINDS.get(name, str)):
        raise WrongUse(f"{where}: `{name.replace('_', '-')}` cannot be {value!r}")
    return value


def mode_of(text: str) -> int:
    """Read permissions as `chmod` does. Raise WrongUse."""
    try:
        return int(text, 8)
    except ValueError:
        raise WrongUse(f"{text!r} are no permissions, such as 600") from None
