"""Sides on different hosts: where sockets are bound then, and what is not asked of them."""

from __future__ import annotations

from typing import Any

import pytest

from harness import plan
from harness.engine.case import run_case
from harness.engine.elsewhere import Hosts, why_not
from harness.engine.fake import FakeDriver, Stage, ok
from harness.engine.settings import Settings
from harness.language.loader import loads
from harness.plan import Case
from harness.plugin.options import _hosts

THERE = ("192.0.2.7", "2001:db8::7")
SCENARIO = "scenarios:\n- id: a.b\n  claim: So.\n  transports: [{}]\n  steps:\n{}"


def case(steps: str, transport: str = "tcp4") -> Case:
    """The only case of a scenario of these steps."""
    loaded = loads(SCENARIO.format(transport, steps), "x.yaml")
    assert not loaded.problems, loaded.explain()
    (one,) = plan.cases(loaded.scenarios)
    return one


def asked(steps: str, transport: str, hosts: Hosts) -> list[tuple[str, Any]]:
    """The operations of the server, each with the address that its driver was sent."""

    def play(op: str, handle: str | None, args: Any) -> Any:
        return ok(name={"host": "192.0.2.7", "port": 9})

    stage = Stage()
    drivers = {side: FakeDriver(play, stage, side) for side in ("server", "client")}
    for driver in drivers.values():
        driver.greet(stage.now)
    run_case(case(steps, transport), drivers, Settings(hosts=hosts))  # type: ignore[arg-type]
    return [(one["op"], one["args"].get("address")) for one in drivers["server"].asked]


@pytest.mark.parametrize(("transport", "host"), [("tcp4", THERE[0]), ("tcp6", THERE[1])])
def test_a_socket_without_an_address_is_bound_where_its_side_is(transport: str, host: str) -> None:
    """Of the family that the transport has; nothing is sent without hosts."""
    steps = "  - server: listen\n"
    assert asked(steps, transport, {"server": THERE}) == [("listen", {"host": host, "port": 0})]
    assert asked(steps, transport, {"client": THERE}) == [("listen", None)]
    assert asked(steps, transport, {}) == [("listen", None)]


def test_what_has_a_name_is_not_bound_again() -> None:
    """bind, then listen: the second would be an error."""
    steps = "  - server: bind\n  - server: listen\n"
    ours = {"host": THERE[0], "port": 0}
    assert asked(steps, "tcp4", {"server": THERE}) == [("bind", ours), ("listen", None)]


def test_an_address_of_the_scenario_stays() -> None:
    """It may be what the scenario is about."""
    steps = "  - server: listen\n    address: {host: 0.0.0.0, port: 0}\n"
    wanted = [("listen", {"host": "0.0.0.0", "port": 0})]
    assert asked(steps, "tcp4", {"server": THERE}) == wanted


@pytest.mark.parametrize(
    ("steps", "transport", "foreign", "reason"),
    [
        ("  - server: listen\n", "tcp4", (), None),
        ("  - server: listen\n", "unix-stream", (), "no address there for unix-stream"),
        ("  - server: bind\n", "udp6", (), "has no address there for udp6"),
        (
            "  - server: listen\n    address: {host: 127.1.2.3, port: 0}\n",
            "tcp4",
            (),
            "it names 127.1.2.3, which is one host's own",
        ),
        (
            "  - server: listen\n  - kernel: sockets\n    of: server\n    observe: x\n",
            "tcp4",
            ("server",),
            "the tables of the kernel that holds the server's sockets are not ours",
        ),
    ],
)
def test_what_cannot_be_asked_has_its_reason(
    steps: str, transport: str, foreign: Any, reason: str | None
) -> None:
    """Loopback addresses, unix sockets and the kernel's tables belong to one host."""
    told = why_not(case(steps, transport), {"server": THERE[:1]}, foreign)
    assert told == reason or (told is not None and reason is not None and reason in told)


def test_of_one_host_everything_is_asked() -> None:
    """Whatever it names."""
    named = case("  - server: listen\n    address: {host: 127.1.2.3, port: 0}\n")
    assert why_not(named, {"server": (), "client": ()}, ()) is None


def test_hosts_are_addresses() -> None:
    """One of each family: a name would be looked up by each library in its own way."""
    assert _hosts(list(THERE)) == THERE
    with pytest.raises(pytest.UsageError, match="'box' is no IP address"):
        _hosts(["box"])
    with pytest.raises(pytest.UsageError, match="one address for IPv4, one for IPv6"):
        _hosts(["192.0.2.7", "192.0.2.8"])
