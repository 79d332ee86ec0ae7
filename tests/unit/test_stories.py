"""The script of a case: its steps as Python that people read, and what stands behind them."""

from __future__ import annotations

import ast
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from harness import plan
from harness.engine.case import blank_record
from harness.engine.settings import Settings
from harness.language.loader import loads
from harness.plan import Case
from harness.reproducing import whole
from harness.trial import corpus
from tests.unit.failed_case import facts, failure_of, told

STEPS = """
  - server: listen
  - together:
    - server: accept
      as: conn
    - client-a: connect
  - conn: fill
    save: count
  - conn: recv
    start: reading
    provided: {data: {size: {min: 1}}}
  - blocked: reading
    for: 50ms
  - client-a: send
    data: hello
    within: 500ms
  - finish: reading
    expect:
      strict: {whole: {data: hello}, cut: {error: [EPIPE, ECONNRESET]}}
      also: {over: eof}
  - conn: shutdown
    how: write
    only: unix
  - conn: poll
    events: [IN]
    expect: {when: {tcp: {events: []}, else: ok}}
    eventually: 2s
  - client-a: quiet
    for: 100ms
  - client-a: recv_exactly
    size: $count
    expect: {data: hello}
  - kernel: tcp_table
    local: $server.name
    expect: {states: {includes: LISTEN}}
"""
TOLD = """\
def steps(case):
    [server, conn] = case.server("server", "conn")
    [client_a] = case.client("client-a")
    [kernel] = [case.kernel()]
    server.listen(transport="tcp4")
    with case.together():
        server.accept(as_="conn")
        client_a.connect(transport="tcp4", to=server.name)
    conn.fill(save={"count": "count"})
    reading = conn.recv(size=65536, provided={"data": {"size": {"min": 1}}}, start=True)
    case.blocked(reading, seconds=0.05)
    client_a.send(data="hello", expect={"count": 5}, within=0.5)
    case.finish(  # <-- the fault
        reading,
        expect=[{"data": "hello"}, {"error": ["EPIPE", "ECONNRESET"]}, "eof"],
    )
    conn.poll(events=["IN"], eventually=2.0, expect={"events": []})
    client_a.quiet(for_=0.1, expect={"events": []})
    client_a.recv_exactly(size=case.saved("count"), expect={"data": "hello"})
    kernel.tcp_table(local=server.name, expect={"states": {"includes": "LISTEN"}})
"""


def case_of(steps: str, pair: plan.Pair = plan.DEFAULT_PAIR) -> Case:
    """A case of a scenario of these steps."""
    text = f"scenarios:\n- id: a.b\n  claim: So.\n  transports: [tcp4]\n  steps:{steps}"
    loaded = loads(text, "x.yaml")
    assert not loaded.problems, loaded.explain()
    (case,) = plan.cases(loaded.scenarios, [pair])
    return case


def test_steps_are_lines_of_python() -> None:
    """Handles have names, what was not done is left out, and the fault is marked."""
    case = case_of(STEPS)
    finish = case.steps[6]
    place = {"line": finish.place.line, "column": finish.place.column, "step": str(finish)}
    script = failure_of(told(case, **place)).script
    begin = script.index("def steps")
    assert script[begin:] == TOLD


def test_every_case_of_the_corpus_has_a_script() -> None:
    """All but those that ask for a table which a script does not read; Python compiles them."""
    lacking, count = [], 0
    for case in plan.cases(corpus.behaviours()):
        failure = failure_of(told(case))
        count += 1
        compile(failure.script, case.id, "exec")
        if not failure.script:
            lacking.append(case.scenario.id)
            assert failure.script_note.startswith("a script cannot do `kernel: sockets`")
    assert count > 4000
    assert len(lacking) < count / 100
    assert {name.partition(".")[0] for name in lacking} == {"binding"}


@pytest.mark.parametrize(
    "name", ["socket", "socketserver", "node", "module:some.package", "box=cmd:env x"]
)
def test_a_script_stands_alone(name: str) -> None:
    """It imports the standard library and nothing else."""
    script = whole.script(told(case_of(STEPS, (name, "socket"))).failure)
    imported = {
        (node.module if isinstance(node, ast.ImportFrom) else node.names[0].name) or ""
        for node in ast.walk(ast.parse(script))
        if isinstance(node, (ast.Import, ast.ImportFrom))
    }
    assert {one.partition(".")[0] for one in imported} <= set(sys.stdlib_module_names)
    assert script.endswith("PACKED))\n")


def test_what_a_driver_said_stays_text() -> None:
    """Quotes, backslashes and bytes that are none of text end no docstring."""
    actual = 'a """ \\ \x00 \udc80 \n end'
    script = failure_of(told(case_of(STEPS), actual=actual)).script
    said = ast.get_docstring(ast.parse(script))
    assert said is not None
    assert 'a """ \\ \x00 \udc80' in said
    assert script.encode()


def test_only_what_fails_has_a_script() -> None:
    """What was not shown, or not to be seen, is nothing to reproduce."""
    case = case_of(STEPS)
    record = replace(told(case), verdict="inconclusive")
    bare = replace(record, failure=replace(failure_of(record), script=""))
    assert whole.told(bare, case, facts("tcp4"), Settings()) == bare


def test_two_hosts_are_said_to_be_too_many() -> None:
    """A script is run in one place."""
    case = case_of(STEPS)
    settings = Settings(hosts={"server": ("192.0.2.1",)})
    record = replace(blank_record(case, "fail"), failure=failure_of(told(case)))
    again = failure_of(whole.told(record, case, facts("tcp4"), settings))
    assert again.script_note == "a script cannot do what is done between two hosts"


def test_a_record_names_no_file_of_ours() -> None:
    """What stands behind a beginning is one of few parts, whatever a record says."""
    with pytest.raises(AssertionError, match="no part"):
        whole.part("../../pyproject.toml")


def test_a_script_is_named_by_its_case_and_no_other(tmp_path: Path) -> None:
    """Ids that begin alike for very long have files of their own."""
    record = told(case_of(STEPS))
    assert whole.kept(record, "x", tmp_path).failure == replace(
        failure_of(record), script_file=str(tmp_path / "a-b-tcp4.py")
    )
    for end in ("one", "two"):
        whole.kept(replace(record, id=f"a.b[{'long' * 50}-{end}]"), end, tmp_path)
    assert sorted(path.read_text() for path in tmp_path.iterdir()) == ["one", "two", "x"]


def test_a_folder_that_cannot_be_is_said_in_the_report(tmp_path: Path) -> None:
    """A run does not end for it."""
    (tmp_path / "found").touch()
    record = whole.kept(told(case_of(STEPS)), "x", tmp_path / "found")
    assert failure_of(record).script_note.endswith("a-b-tcp4.py: file exists")
    assert failure_of(record).script_file is None
