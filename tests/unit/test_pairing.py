"""Who plays whom in a run that times."""

from __future__ import annotations

from collections.abc import Sequence

import click
import pytest

from harness.commands.pairing import paired, reference_of, with_someone


def roles(
    impl: Sequence[str] = (), server: Sequence[str] = (), client: Sequence[str] = ()
) -> dict[str, Sequence[str]]:
    """What was named, by role."""
    return {"impl": impl, "server": server, "client": client}


def test_implementations_play_themselves() -> None:
    """Each is both sides; without any there is the reference."""
    assert paired(roles(["socket", "trio"])) == [("socket", "socket"), ("trio", "trio")]
    assert paired(roles()) == [("socket", "socket")]


def test_one_client_plays_with_each_implementation() -> None:
    """They are the servers then, and differ in nothing else."""
    found = paired(roles(["socket", "trio"], client=["c"]))
    assert found == [("socket", "c"), ("trio", "c")]


def test_one_server_answers_each_implementation() -> None:
    """They are the clients then."""
    assert paired(roles(["socket", "trio"], ["c"])) == [("c", "socket"), ("c", "trio")]


def test_an_implementation_takes_either_side_where_both_are_named() -> None:
    """Behind the client and before the server, each pair once."""
    assert paired(roles(["trio"], ["c"], ["c"])) == [("trio", "c"), ("c", "trio")]


def test_servers_and_clients_play_each_with_each() -> None:
    """As in `run`; the reference takes the side of which nobody is named."""
    found = paired(roles(server=["trio", "c"], client=["c", "node"]))
    assert found == [("trio", "c"), ("trio", "node"), ("c", "c"), ("c", "node")]
    assert paired(roles(client=["c"])) == [("socket", "c")]


def test_interpreters_are_for_somebody() -> None:
    """A client in C runs on none: the reference runs on them, behind it."""
    assert with_someone(roles(client=["c"]), ["3.8"])["impl"] == ("socket",)
    assert with_someone(roles(["trio"]), ["3.8"])["impl"] == ["trio"]
    assert with_someone(roles(server=["trio"], client=["c"]), ["3.8"])["impl"] == ()
    assert with_someone(roles(client=["c"]), [])["impl"] == ()


def test_the_reference_is_called_by_what_tells_it_from_the_others() -> None:
    """The server, where all have one client; or by both."""
    pairs = [("socket", "c"), ("trio", "c")]
    assert reference_of(pairs, None) == pairs[0]
    assert reference_of(pairs, "trio") == reference_of(pairs, "trio+c") == pairs[1]
    with pytest.raises(click.UsageError, match="'c' is not on trial; on trial are socket, trio"):
        reference_of(pairs, "c")
    assert reference_of([("socket", "socket"), ("trio", "trio")], "trio") == ("trio", "trio")
