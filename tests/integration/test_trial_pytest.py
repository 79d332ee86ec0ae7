"""Programs on trial through pytest: a file that lists them is a test file."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

WRONG = Path(__file__).parents[1] / "mutants" / "programs" / "server.py"


def run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run pytest in a folder, with our plugin."""
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--results=none", *words],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


def listed(folder: Path, bug: str) -> None:
    """Write a file that lists the program with this bug."""
    command = f"{sys.executable} {WRONG} {bug} greet tcp4 {{host}} {{port}}"
    (folder / "sockharness.yaml").write_text(
        f"programs:\n  mine: {{server: '{command}', service: greet}}\n"
    )


def test_checks_are_items(tmp_path: Path) -> None:
    """Each check is an item that can be selected; a right program passes."""
    listed(tmp_path, "none")
    done = run(tmp_path, "sockharness.yaml", "-k", "greet-early or stops", "-q")
    assert "2 passed" in done.stdout, done.stdout + done.stderr
    assert done.returncode == 0


def test_a_broken_sentence_is_a_failure(tmp_path: Path) -> None:
    """The failure is told as a scenario's is, with the command to see it again, and a script."""
    listed(tmp_path, "greet-empty")
    done = run(tmp_path, "sockharness.yaml", "-k", "greet-early", "--scripts", "found")
    assert done.returncode == 1
    assert "service.greet-early-talker[tcp4-server=program]" in done.stdout
    assert "sockharness check --config" in done.stdout
    (script,) = (tmp_path / "found").iterdir()
    assert f"  found/{script.name}\n" in done.stdout


def test_only_when_named(tmp_path: Path) -> None:
    """A project's pytest run does not try its programs unless it is told to."""
    listed(tmp_path, "none")
    assert run(tmp_path).returncode == 5


def test_a_wrong_file_is_an_error_of_collection(tmp_path: Path) -> None:
    """What is wrong in the file is said in one sentence."""
    (tmp_path / "sockharness.yaml").write_text("programs: {mine: {servr: x}}\n")
    done = run(tmp_path, "sockharness.yaml")
    assert "there is no key `servr`" in done.stdout
    assert done.returncode == 2
