"""`--capture`: the file, read by somebody who is not us."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.integration.commands import WRONG, records, sockharness
from tests.mutants.programs.running import target

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or os.geteuid() != 0, reason="reading packets needs root on Linux"
)
UDP = """\
- id: echo.nobody
  claim: Somebody is there.
  transports: [udp4]
  steps:
  - server: bind
  - client: sendto
    data: hello
  - server: close
  - client: sendto
    data: world
  - client: recv
    expect: {data: world}
"""


def captured(folder: Path) -> dict[str, Path | str]:
    """The file of each case, or the sentence in its place."""
    cases = [line for line in records(folder) if line["kind"] == "case"]
    found = {}
    for case in cases:
        failure = case["failure"]
        assert isinstance(failure, dict)
        file = failure["capture"]
        found[str(case["id"])] = folder / file if file else str(failure["capture_note"])
    return found


def tshark(file: Path, *fields: str) -> list[list[str]]:
    """These fields of each packet, as tshark reads them."""
    if shutil.which("tshark") is None:
        pytest.skip("needs tshark")
    words = [word for field in fields for word in ("-e", field)]
    done = subprocess.run(
        ["tshark", "-n", "-r", str(file), "-T", "fields", *words],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return [line.split("\t") for line in done.stdout.splitlines()]


def test_a_failed_case_leaves_its_packets(tmp_path: Path) -> None:
    """Of TCP from the first SYN, of UDP with the error that came; unix sockets have none."""
    (tmp_path / "scenarios").mkdir()
    text = WRONG.replace("[tcp4, tcp6]", "[tcp4, unix-stream]") + UDP
    (tmp_path / "scenarios" / "echo.yaml").write_text(text)
    done = sockharness(tmp_path, "run", "--capture")
    assert done.returncode == 1
    found = captured(tmp_path)
    assert found["echo.one[unix-stream]"] == "a unix socket has no packets"
    assert "results/packets/" in done.stdout

    file = found["echo.one[tcp4]"]
    assert isinstance(file, Path)
    rows = tshark(file, "tcp.flags.str", "tcp.stream", "tcp.len")
    assert rows[0] == ["··········S·", "0", "0"]
    assert {stream for _, stream, _ in rows} == {"0"}
    assert sum(int(size) for _, _, size in rows) == 5

    file = found["echo.nobody[udp4]"]
    assert isinstance(file, Path)
    first, second, error = (protocols for (protocols,) in tshark(file, "frame.protocols"))
    assert first.startswith("eth:ethertype:ip:udp")
    assert second == first
    assert error.startswith("eth:ethertype:ip:icmp:ip:udp")


def test_a_finding_of_check_leaves_its_packets(tmp_path: Path) -> None:
    """Those of the connections to the program, and not of the checks before."""
    words = shlex.join(target("strips").words)
    chosen = ("--service", "echo", "--transport", "tcp4", "-k", "white-space")
    done = sockharness(
        tmp_path, "check", "--server", words, *chosen, "--capture", "--results", "results"
    )
    assert done.returncode == 1, done.stdout
    cases = [line for line in records(tmp_path) if line["kind"] == "case"]
    files = [case["failure"]["capture"] for case in cases if case["failure"]]  # type: ignore[index]
    assert files
    rows = tshark(tmp_path / files[0], "tcp.stream", "tcp.len")
    assert any(int(size) for _, size in rows)
    assert len({stream for stream, _ in rows}) <= 2
