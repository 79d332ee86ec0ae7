"""A scenario as its file has it: where it begins, where it ends, and that a record keeps it."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from harness.engine.case import scenario_record
from harness.language.loader import load, loads

FILE = """\
defaults: {tags: [slow]}
scenarios:
# About the first.
- id: a.one
  claim: One.
  transports: [tcp4]
  steps:
# a remark that stands too far left
  - server: listen

# About the second.
- id: a.two
  claim: Two.
  transports: [tcp4]
  steps:
  - server: listen
"""
ONE = """\
- id: a.one
  claim: One.
  transports: [tcp4]
  steps:
# a remark that stands too far left
  - server: listen"""


def test_the_text_of_a_scenario_ends_where_the_next_begins() -> None:
    """Remarks within belong to it, those before the next do not."""
    one, two = loads(FILE).scenarios
    assert one.source == ONE
    assert two.source.startswith("- id: a.two\n")
    assert two.source.endswith("- server: listen")


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_an_indented_list_keeps_its_indent(end: str) -> None:
    """The lines are those of the file, without their ends."""
    indented = FILE.replace("- id", "@- id").partition("@")
    text = indented[0] + textwrap.indent("".join(indented[2].split("@")), "  ")
    scenario = loads(text.replace("\n", end)).scenarios[0]
    assert scenario.source == textwrap.indent(ONE, "  ")


def test_the_record_of_a_scenario_says_where_it_stands_and_how_it_is_tagged() -> None:
    """Tags of the file's defaults count."""
    record = scenario_record(loads(FILE, "a.yaml").scenarios[0])
    assert (record.id, record.file, record.line, record.text) == ("a.one", "a.yaml", 4, ONE)
    assert (record.tags, record.contract) == (("slow",), "posix")


@pytest.mark.parametrize("name", ["echo.yaml", "close.yaml", "latency.yaml"])
def test_every_text_of_the_corpus_is_of_one_scenario(name: str) -> None:
    """The text begins with the id and nothing of the neighbours is kept."""
    for scenario in load(Path(__file__).parents[2] / "scenarios" / name).scenarios:
        assert scenario.source.startswith(f"- id: {scenario.id}\n")
        assert scenario.source.count("\n- id: ") == 0
        assert scenario.source.rstrip() == scenario.source
