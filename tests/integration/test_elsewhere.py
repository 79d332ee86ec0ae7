"""A driver on another host: behind ssh, with an address and a clock of its own."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from harness.drivers import registry
from tests.integration.another_host import Host, another_host
from tests.integration.commands import records, sockharness

CORPUS = Path(__file__).parents[2] / "scenarios"
TWO_WAYS = """\
scenarios:
- id: ways.question-and-answer
  claim: What one side sends the other receives, there and back.
  transports: [tcp4, tcp6]
  steps:
  - server: listen
  - together:
    - server: accept
      as: conn
    - client: connect
  - client: send
    data: question
  - conn: recv
    expect: {data: question}
  - conn: recv
    start: waiting
  - blocked: waiting
  - client: send
    data: more
  - finish: waiting
    expect: {data: more}
  - conn: send
    data: answer
  - client: recv
    expect: {data: answer}
- id: ways.datagrams
  claim: Datagrams find their way there and back.
  transports: [udp4, udp6]
  steps:
  - server: bind
  - client: bind
  - client: sendto
    data: question
  - server: recvfrom
    expect: {data: question}
    save: {who: peer}
  - server: sendto
    to: $who
    data: answer
  - client: recvfrom
    expect: {data: answer}
- id: ways.of-one-host
  claim: What is about one host is not asked of two.
  transports: [tcp4]
  steps:
  - server: listen
    address: {host: 127.0.0.1, port: 0}
- id: ways.of-one-kernel
  claim: Its tables are not ours.
  transports: [tcp4]
  steps:
  - server: listen
  - kernel: sockets
    of: server
    expect: {state: LISTEN}
"""

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or os.geteuid() != 0, reason="namespaces need root on Linux"
)


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    """Another host, for all tests of this file."""
    with another_host(tmp_path_factory.mktemp("host")) as made:
        yield made


def run(host: Host, folder: Path, text: str, *words: str) -> tuple[int, dict[str, Any], str]:
    """Run scenarios with the server there and the client here; exit code, cases, and report."""
    (folder / "ways.yaml").write_text(text)
    server = host.driver(*registry.resolve("socket").argv)
    sides = [
        *(word for address in host.theirs for word in ("--server-host", address)),
        *(word for address in host.ours for word in ("--client-host", address)),
    ]
    done = sockharness(folder, "run", "ways.yaml", "--server", server, *sides, *words)
    cases = {str(line["id"]): line for line in records(folder) if line["kind"] == "case"}
    return done.returncode, cases, done.stdout + done.stderr


def test_a_server_behind_ssh(host: Host, tmp_path: Path) -> None:
    """Both directions, streams and datagrams, calls that block; what is about one host or its
    kernel is not asked, and says why."""
    code, cases, report = run(host, tmp_path, TWO_WAYS)
    assert code == 0, report
    assert {name: case["verdict"] for name, case in cases.items()} == {
        "ways.question-and-answer[tcp4-server=there]": "pass",
        "ways.question-and-answer[tcp6-server=there]": "pass",
        "ways.datagrams[udp4-server=there]": "pass",
        "ways.datagrams[udp6-server=there]": "pass",
        "ways.of-one-host[tcp4-server=there]": "unsupported",
        "ways.of-one-kernel[tcp4-server=there]": "unsupported",
    }
    assert (
        "it names 127.0.0.1, which is one host's own"
        in cases["ways.of-one-host[tcp4-server=there]"]["why"]
    )
    assert "are not ours" in cases["ways.of-one-kernel[tcp4-server=there]"]["why"]


def test_its_clock_is_told_with_a_bound(host: Host, tmp_path: Path) -> None:
    """Of a failed case: times of both sides in one time, how wrong the other side's may be, and
    the command to run it again with the addresses."""
    wrong = TWO_WAYS.replace("expect: {data: answer}", "expect: {data: nothing}")
    code, cases, report = run(host, tmp_path, wrong, "-k", "question and tcp4")
    assert code == 1
    (case,) = cases.values()
    failure = case["failure"]
    error = failure["clocks"]["server"]
    assert list(failure["clocks"]) == ["server"]
    assert f"server: by another clock than ours, ±{error:.2f} ms" in report
    # Bounds that hold however slow the machine: a day of difference is gone, and no call of the
    # server ends before it was asked, or after the case, by more than the bound.
    assert 0 < error < 1000 * case["seconds"] + 30_000
    for call in failure["timeline"]:
        assert -error <= call["start_ms"] <= call["end_ms"] <= 1000 * case["seconds"] + error
    assert f"--server-host {host.theirs[0]}" in failure["rerun"]
    assert f"--client-host {host.ours[0]}" in failure["rerun"]
    asked = {call["op"]: call["start_ms"] for call in failure["timeline"]}
    assert asked["listen"] <= asked["connect"] + error


def test_real_scenarios_there(host: Host, tmp_path: Path) -> None:
    """A family of the corpus, whose sockets are bound where the sides are."""
    text = (CORPUS / "echo.yaml").read_text()
    code, cases, report = run(host, tmp_path, text, "-k", "tcp4")
    assert code == 0, report
    verdicts = [case["verdict"] for case in cases.values()]
    assert set(verdicts) <= {"pass", "unsupported"}
    assert verdicts.count("pass") > len(verdicts) / 2
