"""The options that pytest gets from us, and what they say once they are read."""

from __future__ import annotations

import ipaddress
import itertools
from dataclasses import dataclass
from pathlib import Path

import pytest

from harness.drivers import registry
from harness.engine.settings import STEP_DEADLINE, Settings
from harness.language.model import ACTORS
from harness.language.operations import TRANSPORTS
from harness.measuring.placement import NAMES, Name
from harness.plan import DEFAULT_IMPLEMENTATION, DEFAULT_PAIR, Pair


@dataclass(frozen=True)
class Options:
    """What a run was asked for."""

    pairs: tuple[Pair, ...]
    transports: frozenset[str] | None
    settings: Settings
    results: Path | None
    placement: Name
    latency_seconds: float
    capture: bool = False
    scripts: Path | None = None
    deviations: bool = False


def add_options(parser: pytest.Parser) -> None:
    """Declare the options of the plugin."""
    group = parser.getgroup("sockharness", "sockets: scenarios in YAML")
    group.addoption(
        "--impl",
        action="append",
        default=[],
        metavar="NAME[@INTERPRETER]",
        help="implementation on trial as both sides, such as socket@3.9, or `all` that ship;"
        " may be given again",
    )
    group.addoption(
        "--roles",
        action="store_true",
        help="try each --impl also as the server and as the client alone, against the reference",
    )
    for role in ("server", "client"):
        group.addoption(
            f"--{role}",
            action="append",
            default=[],
            metavar="NAME",
            help=f"implementation on trial as the {role} only; may be given again",
        )
    group.addoption(
        "--cross",
        action="append",
        default=[],
        metavar="NAME",
        help="implementation to try with each other one given so, in both roles; give several",
    )
    for side in ACTORS:
        group.addoption(
            f"--{side}-host",
            action="append",
            default=[],
            metavar="ADDRESS",
            help=f"where the {side} binds instead of to loopback, when the sides are on different"
            " hosts; one for IPv4, one for IPv6",
        )
    group.addoption(
        "--transport",
        action="append",
        default=[],
        choices=TRANSPORTS,
        help="only cases on this transport; may be given again",
    )
    group.addoption(
        "--results",
        metavar="FOLDER",
        default="results",
        help="where the record of the run is written (default: %(default)s); `none` for no record",
    )
    group.addoption(
        "--capture-packets",
        action="store_true",
        help="keep the packets of each case that fails, in the folder `packets` beside the record",
    )
    group.addoption(
        "--scripts",
        metavar="FOLDER",
        help="write a stand-alone script there for each case that fails, which shows it without us",
    )
    group.addoption(
        "--deviations",
        action="store_true",
        help="with --scripts: for known deviations too",
    )
    group.addoption(
        "--slow-factor",
        type=_positive,
        default=1.0,
        metavar="X",
        help="multiply every patience by X on a slow machine (default: %(default)s)",
    )
    group.addoption(
        "--step-deadline",
        type=_positive,
        default=STEP_DEADLINE,
        metavar="SECONDS",
        help="a call that takes longer hangs (default: %(default)s)",
    )
    group.addoption(
        "--placement",
        choices=NAMES,
        default=NAMES[0],
        help="where the processes of a timed workload run (default: %(default)s)",
    )
    group.addoption(
        "--latency-seconds",
        type=_positive,
        default=6.0,
        metavar="SECONDS",
        help="time for a group of workloads that are measured in turns (default: %(default)s)",
    )


def _positive(text: str) -> float:
    value = float(text)
    if not 0 < value < 1e6:
        raise ValueError(f"{text} is not a positive number")
    return value


def options_of(config: pytest.Config) -> Options:
    """Return what the command line said."""
    get = config.getoption
    if get("--deviations") and not get("--scripts"):
        raise pytest.UsageError("--deviations says of which cases --scripts FOLDER writes scripts")
    return Options(
        pairs=_pairs(
            get("--impl"), get("--server"), get("--client"), get("--cross"), get("--roles")
        ),
        transports=frozenset(get("--transport")) or None,
        settings=Settings(
            deadline=get("--step-deadline"),
            factor=get("--slow-factor"),
            hosts={"server": _hosts(get("--server-host")), "client": _hosts(get("--client-host"))},
        ),
        results=None if get("--results") == "none" else Path(get("--results")),
        placement=get("--placement"),
        latency_seconds=get("--latency-seconds"),
        capture=get("--capture-packets"),
        scripts=Path(get("--scripts")) if get("--scripts") else None,
        deviations=get("--deviations"),
    )


def _hosts(given: list[str]) -> tuple[str, ...]:
    """The addresses of a side; names are nothing that a socket can be bound to by all libraries."""
    for host in given:
        try:
            ipaddress.ip_address(host)
        except ValueError:
            raise pytest.UsageError(f"{host!r} is no IP address to bind a socket to") from None
    if len({":" in host for host in given}) < len(given):
        raise pytest.UsageError(f"{' and '.join(given)}: one address for IPv4, one for IPv6")
    return tuple(given)


def _pairs(
    both: list[str], servers: list[str], clients: list[str], cross: list[str], roles: bool = False
) -> tuple[Pair, ...]:
    """The pairs (server, client) to try, each once: every `--impl` with itself, and with `--roles`
    against the reference; each server with each client; all ordered pairs of those to cross."""
    pairs: list[Pair] = []
    for name in [one for said in both for one in (registry.known() if said == "all" else [said])]:
        pairs.append((name, name))
        if roles:
            pairs += [(name, DEFAULT_IMPLEMENTATION), (DEFAULT_IMPLEMENTATION, name)]
    if servers or clients:
        reference = [DEFAULT_IMPLEMENTATION]
        pairs += itertools.product(servers or reference, clients or reference)
    pairs += itertools.product(cross, cross)
    pairs = list(dict.fromkeys(pairs))
    for name in {name for pair in pairs for name in pair}:
        try:
            registry.resolve(name)
        except registry.Unresolved as problem:
            raise pytest.UsageError(str(problem)) from None
    return tuple(pairs) or (DEFAULT_PAIR,)
