"""The rules of the house, read from the imports: who may touch what."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HARNESS = ROOT / "harness"
DRIVER = HARNESS / "drivers" / "python"

# These decide; they must not be able to touch anything.
PURE = [
    "conditions.py",
    "plan.py",
    "protocol.py",
    "coverage.py",
    "coverage_universe.py",
    "verdicts.py",
    "judging",
    "language",
    "engine/any_driver.py",
    "engine/clocks.py",
    "engine/conversation.py",
    "engine/elsewhere.py",
    "engine/patience.py",
    "engine/pcapng.py",
    "engine/settings.py",
    "engine/shown.py",
    "engine/timeline.py",
    "engine/under_way.py",
    "engine/walk.py",
    "measuring/across.py",
    "measuring/comparing.py",
    "measuring/gate.py",
    "measuring/statistics.py",
    "measuring/stopping.py",
    "measuring/tally.py",
    "measuring/turns.py",
    "measuring/warming.py",
    "records/line.py",
    "records/measured.py",
    "report/across.py",
    "report/bench.py",
    "report/strips.py",
    "records/model.py",
    "records/results.py",
    "records/schema.py",
    "records/shape.py",
    "records/whole.py",
    "report/failure.py",
    "report/github.py",
    "report/lanes.py",
    "report/latency.py",
    "report/workloads.py",
    "report/markdown.py",
    "report/progress.py",
    "report/sockets.py",
    "report/worst.py",
    "report/html",
    "report/smoked.py",
    "reproducing/bundle.py",
    "reproducing/steps.py",
    "reproducing/story.py",
    "trial/check.py",
    "trial/findings.py",
    "trial/leniency.py",
    "trial/look.py",
    "trial/look_scripts.py",
    "trial/request.py",
    "trial/scripts.py",
    "trial/sentences.py",
    "trial/target.py",
]
TOUCHING = {
    "socket",
    "subprocess",
    "time",
    "select",
    "selectors",
    "threading",
    "tempfile",
    "psutil",
}
# The one module that opens files for the language.
READS_FILES = {"language/reader.py", "language/deviations.py"}


def modules(*names: str) -> Iterator[Path]:
    """The Python files of these parts of the harness."""
    for name in names:
        path = HARNESS / name
        yield from sorted(path.rglob("*.py")) if path.is_dir() else [path]


def imports(path: Path) -> set[str]:
    """The first names of everything that a file imports at its top level or inside functions."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
    return found


def roots(path: Path) -> set[str]:
    return {name.partition(".")[0] for name in imports(path)}


def named(path: Path) -> str:
    return str(path.relative_to(HARNESS))


@pytest.mark.parametrize("path", list(modules(*PURE)), ids=named)
def test_pure_modules_touch_nothing(path: Path) -> None:
    """A module that decides imports no socket, process, clock or file library."""
    assert not roots(path) & TOUCHING
    if named(path) not in READS_FILES:
        assert not roots(path) & {"os", "shutil"}


def test_one_module_starts_processes() -> None:
    """Only the modules of driver processes, of programs on trial, of git, and of tools (uv, a
    compiler) start anything."""
    starting = {named(path) for path in modules("") if "subprocess" in roots(path)}
    assert starting == {
        "engine/process.py", "records/revision.py", "trial/process.py", "drivers/tools.py",
        # These are copied into scripts, and run nowhere else.
        "trial/alone.py", "reproducing/driving.py", "reproducing/opening.py",
    }  # fmt: skip


def test_engine_knows_no_pytest() -> None:
    """pytest is the runner of the plugin and of nobody else."""
    knowing = {named(path).split("/")[0] for path in modules("") if "pytest" in roots(path)}
    assert knowing <= {"plugin", "commands"}


def test_language_knows_no_engine() -> None:
    """What may be said does not depend on how it is done or shown."""
    for path in modules("language", "judging"):
        above = {name for name in imports(path) if name.startswith("harness.")}
        assert not {name for name in above if name.split(".")[1] in ("engine", "report", "plugin")}


@pytest.mark.parametrize("path", sorted(DRIVER.glob("*.py")), ids=lambda path: path.name)
def test_driver_has_the_standard_library_only(path: Path) -> None:
    """A driver runs inside any interpreter: it imports its own modules and the standard library."""
    own = {module.stem for module in DRIVER.glob("*.py")}
    assert roots(path) <= own | set(sys.stdlib_module_names)
    # Names of the standard library are not hidden by modules of the driver.
    assert not own - {"__main__"} & set(sys.stdlib_module_names)


def test_every_module_says_what_it_is_for() -> None:
    """A file opens with what it is for; packages that only group may stay silent."""
    silent = [
        named(path)
        for path in modules("")
        if path.name != "__init__.py" and ast.get_docstring(ast.parse(path.read_text())) is None
    ]
    assert silent == []
