"""Once for many: defaults, the variants of a matrix, the rounds of a repeat."""

from __future__ import annotations

from harness.language.loader import loads
from harness.language.model import Call, Together
from tests.unit.scenario_texts import GOOD, MATRIX, only_message, with_steps


def test_defaults_hold_for_every_scenario() -> None:
    """`defaults` gives what a scenario does not say, and the scenario's own word wins."""
    text = "defaults: {transports: [udp4], contract: linux}\n" + GOOD
    (scenario,) = loads(text).scenarios
    assert scenario.transports == ("tcp4",)
    assert scenario.contract == "linux"


def test_matrix_makes_variants() -> None:
    """A matrix gives one variant for each combination, with the variable filled in."""
    (scenario,) = loads(MATRIX).scenarios
    assert [dict(v.parameters) for v in scenario.variants] == [{"n": 0}, {"n": 5}]
    backlogs = [
        step.args["backlog"]
        for v in scenario.variants
        for step in v.steps
        if isinstance(step, Call)
    ]
    assert backlogs == [0, 5]


def test_matrix_of_mappings() -> None:
    """A value of an axis may be a mapping; `${axis.key}` names a part, null leaves its key out."""
    text = with_steps(
        "- server: listen\n  backlog: ${n.value}\n",
        "matrix: {n: [{name: some, value: 3}, {name: none, value: null}]}\n",
    )
    (scenario,) = loads(text).scenarios
    steps = [variant.steps[0] for variant in scenario.variants]
    assert [step.args for step in steps if isinstance(step, Call)] == [{"backlog": 3}, {}]
    assert [dict(v.parameters) for v in scenario.variants] == [{"n": "some"}, {"n": "none"}]


def test_matrix_variable_nobody_uses() -> None:
    """An axis that no step mentions would run the same case twice: an error."""
    text = MATRIX.replace("[0, 5]}", "[0, 5], m: [1]}")
    assert "nobody uses the matrix variable `m`" in only_message(loads(text))


def test_unknown_matrix_variable() -> None:
    """A variable that is no axis is an error, with the nearest axis as a hint."""
    text = MATRIX.replace("${n}", "${m}").replace("{n:", "{num:")
    assert "unknown matrix variable `m`" in loads(text).explain()


def test_variable_inside_a_text() -> None:
    """Only whole scalars are replaced: there are no expressions."""
    text = MATRIX.replace("backlog: ${n}", "backlog: 1${n}")
    assert "mixes text and a variable" in loads(text).explain()


def test_repeat_numbers_handles() -> None:
    """`#` becomes the number of the round in handles and in data; `##` is one `#`."""
    text = with_steps(
        """\
        - server: listen
        - repeat: 2
          steps:
          - client#: connect
          - client#: send
            data: "from # in ##"
        - client2: close
        """
    )
    (scenario,) = loads(text).scenarios
    calls = [step for step in scenario.variants[0].steps if isinstance(step, Call)]
    assert [call.handle for call in calls][1:] == [
        "client1",
        "client1",
        "client2",
        "client2",
        "client2",
    ]
    assert [c.args["data"] for c in calls if c.operation == "send"] == [
        "from 1 in #",
        "from 2 in #",
    ]


def test_repeat_all_at_once() -> None:
    """`repeat` with `together` begins every round before any is awaited."""
    text = with_steps("- server: listen\n- repeat: 3\n  together: [{client#: connect}]\n")
    together = loads(text).scenarios[0].variants[0].steps[1]
    assert isinstance(together, Together)
    assert [call.handle for call in together.calls] == ["client1", "client2", "client3"]


def test_too_many_combinations() -> None:
    """A matrix beyond reason is refused before it is written out."""
    values = ", ".join(map(str, range(30)))
    text = MATRIX.replace("{n: [0, 5]}", f"{{n: [{values}], m: [{values}]}}")
    assert "900 combinations are more than 200" in loads(text).explain()
