"""The generated schema and reference page: current, valid, and of one mind with the loader."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from harness.commands import schema as command
from harness.language import reference, schema
from harness.language.loader import loads
from harness.language.nodes import Mapping, Node, Scalar
from harness.language.operations import OPERATIONS
from harness.language.reader import read_file

SCENARIOS = Path(__file__).parents[2] / "scenarios"
FILES = sorted(path for path in SCENARIOS.glob("*.yaml") if path.name != "expectations.yaml")
VALIDATOR = jsonschema.Draft7Validator(schema.schema())


def test_schema_is_valid() -> None:
    """What is generated is a draft-07 schema."""
    jsonschema.Draft7Validator.check_schema(schema.schema())


def test_committed_schema_is_current() -> None:
    """The schema beside the scenarios is what the table gives: `sockharness schema` renews it."""
    committed = (SCENARIOS / schema.FILE_NAME).read_text()
    assert json.loads(committed) == json.loads(command.text())


def test_committed_reference_is_current() -> None:
    """The reference page is what the table gives: `sockharness schema --reference` renews it."""
    assert (SCENARIOS / reference.FILE_NAME).read_text() == reference.reference()


def test_reference_names_every_operation() -> None:
    """No operation is missing from the reference page."""
    page = reference.reference()
    assert [name for name in OPERATIONS if f"### {name}\n" not in page] == []


def shapes() -> Iterator[dict[str, Any]]:
    """Every scenario of the corpus without its steps, and every kind of step once: a step of the
    same operation with the same keys says nothing new to a schema."""
    seen = set()
    for path in FILES:
        file = plain(read_file(path).root)
        for scenario in file["scenarios"]:
            yield {**file, "scenarios": [{**scenario, "steps": [], "closing": []}]}
            for one in flat([*scenario.get("steps", ()), *scenario.get("closing", ())]):
                shape = (str(next(iter(one.values()))), *one)
                if shape not in seen:
                    seen.add(shape)
                    yield step(**one)


def flat(steps: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for one in steps:
        inside = [*(one.get("together") or ()), *(one.get("steps") or ())]
        yield {key: value for key, value in one.items() if key not in ("together", "steps")} or one
        yield from flat(inside)


def test_corpus_satisfies_the_schema() -> None:
    """What the loader takes an editor takes too."""
    problems = [
        f"{one.message[:300]} in {shape}"[:600]
        for shape in shapes()
        if "workload" not in shape["scenarios"][0]
        for one in VALIDATOR.iter_errors(shape)
    ]
    assert problems == []


@pytest.mark.parametrize(
    ("workload", "right"),
    [
        ("connect", True),
        ({"kind": "paced", "rate": 5}, True),
        ({"kind": "fan-in", "connections": "${n}"}, True),
        ({"kind": "paced", "rate": 0}, False),
        ({"kind": "connect", "size": 3}, False),
        ({"size": 3}, False),
    ],
)
def test_workloads_are_in_the_schema(workload: Any, right: bool) -> None:
    """Each kind with its own options."""
    file = {"id": "a.b", "claim": "So.", "transports": ["tcp4"], "workload": workload}
    assert VALIDATOR.is_valid({"scenarios": [file]}) is right


def plain(node: Node | None) -> Any:
    """A tree of nodes as an editor sees it: values without places."""
    if isinstance(node, Scalar):
        return node.value
    if isinstance(node, Mapping):
        return {key.text: plain(value) for key, value in node.entries}
    return [plain(item) for item in node.items] if node is not None else None


def step(**keys: Any) -> dict[str, Any]:
    """A file with one step."""
    return {"scenarios": [{"id": "a.b", "claim": "So.", "transports": ["tcp4"], "steps": [keys]}]}


@pytest.mark.parametrize(
    "wrong",
    [
        {"server": "lisen"},
        {"server": "listen", "size": 3},
        {"server": "listen", "backlog": "many"},
        {"client": "shutdown"},
        {"client": "shutdown", "how": "sideways"},
        {"server": "accept"},
        {"client": "socket", "within": "5"},
        {"client": "socket", "expect": "fine"},
        {"client": "socket", "expect": {"error": "ECONREFUSED"}},
        {"client": "recv", "flags": "PEEK"},
    ],
    ids=str,
)
def test_schema_and_loader_refuse_the_same(wrong: dict[str, Any]) -> None:
    """An editor marks what the loader will refuse."""
    assert not VALIDATOR.is_valid(step(**wrong))
    assert loads(json.dumps(step(**wrong))).problems
