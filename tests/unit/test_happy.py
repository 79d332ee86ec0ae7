"""The recipes of the self-test, against the table of operations."""

from __future__ import annotations

import pytest

from harness.engine.selftest.happy import CONNECTED, RECIPES, SOMETIMES, recipe, requests
from harness.language.operations import OPERATIONS, TRANSPORTS


def test_every_recipe_is_of_an_operation() -> None:
    """A name that the table has no more would never be tried."""
    assert set(RECIPES) <= set(OPERATIONS)
    for name, fields in SOMETIMES.items():
        assert set(fields) <= set(OPERATIONS[name].reply)


def test_all_operations_but_one_are_tried() -> None:
    """Becoming another user needs rights, and cannot be undone by everybody."""
    assert [name for name in OPERATIONS if not recipe(name).on] == ["seteuid"]


@pytest.mark.parametrize("name", OPERATIONS)
def test_an_operation_is_tried_with_all_that_it_requires(name: str) -> None:
    """A new one by itself; this fails when it needs a recipe."""
    for transport in recipe(name).on:
        *scene, trial = requests(name, transport)
        assert trial.op == name
        for request in (*scene, trial):
            entry = OPERATIONS[request.op]
            required = {key for key, argument in entry.arguments.items() if argument.required}
            assert required <= set(request.args)
            assert ("as" in request.args) == entry.makes
            assert not entry.opens or request.args["transport"] in TRANSPORTS


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_the_receiving_end_is_the_accepted_one_where_there_is_one(transport: str) -> None:
    """Of datagram sockets it is the server itself."""
    *scene, trial = requests("recv", transport)
    assert trial.handle == ("conn" if transport in CONNECTED else "server")
    made = {request.args.get("as", request.handle) for request in scene}
    assert {trial.handle, "client"} <= made
