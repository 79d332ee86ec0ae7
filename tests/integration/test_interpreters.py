"""Interpreters on this machine: found by version, name and path, and what is said of others."""

from __future__ import annotations

import platform
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from harness.drivers import interpreters
from harness.drivers.interpreters import Interpreter, NotFound, TooOld, find, found

THIS = "{}.{}".format(*sys.version_info)


@pytest.fixture(autouse=True)
def _forget() -> Iterator[None]:
    """Each test looks anew."""
    find.cache_clear()
    found.cache_clear()
    yield
    find.cache_clear()
    found.cache_clear()


@pytest.fixture
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine with no interpreter but the running one: empty PATH, empty home."""
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("PATH", str(home))
    for variable in ("XDG_CACHE_HOME", "XDG_DATA_HOME", "UV_PYTHON_INSTALL_DIR"):
        monkeypatch.delenv(variable, raising=False)
    for variable, _, _ in interpreters._MANAGERS:
        monkeypatch.delenv(variable, raising=False)
    return home


def answering(path: Path, text: str) -> Path:
    """An executable script."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


def version_of(interpreter: Interpreter) -> str:
    """What the interpreter itself says."""
    code = "import platform; print(platform.python_implementation(), platform.python_version())"
    done = subprocess.run([interpreter.path, "-c", code], stdout=subprocess.PIPE, check=True)
    return done.stdout.decode().strip()


@pytest.mark.skipif(platform.python_implementation() != "CPython", reason="a version means CPython")
def test_the_running_version() -> None:
    """The version that runs this is found, as its base and not as a virtual environment."""
    interpreter = find(THIS)
    assert interpreter.implementation == "CPython"
    assert interpreter.version.startswith(f"{THIS}.")
    assert Path(interpreter.path).resolve() == Path(interpreter.path)


def test_every_interpreter_is_what_it_is_said_to_be() -> None:
    """Each one found runs, has the version told, is recent enough and there once."""
    listed = found()
    assert listed
    assert [version_of(each) for each in listed] == [str(each).rstrip("t") for each in listed]
    assert len({each.path for each in listed}) == len(listed)
    assert all(tuple(map(int, i.version.split(".")[:2])) >= (3, 8) for i in listed)


def test_each_found_interpreter_can_be_named_by_version() -> None:
    """`doctor` lists what `socket@VERSION` then finds."""
    for each in found():
        if each.implementation == "CPython":
            assert find(each.version).version == each.version


def test_a_path_is_taken_as_it_is() -> None:
    """The interpreter of a virtual environment stays the one of the environment."""
    assert find(sys.executable).path == sys.executable


def test_a_version_manager_is_looked_through(alone: Path) -> None:
    """What pyenv installed is found, though none of it is on PATH."""
    link = alone / ".pyenv/versions/of-test/bin/python-of-test"
    link.parent.mkdir(parents=True)
    link.symlink_to(Path(sys.executable).resolve())
    assert find("python-of-test").version == platform.python_version()


def test_shims_are_not_asked(alone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A version manager's shims are passed over: they stand for any version."""
    asked = alone / "asked"
    answering(alone / "shims" / "python9", f"echo > {asked}")
    monkeypatch.setenv("PATH", str(alone / "shims"))
    with pytest.raises(NotFound):
        find("python9")
    assert not asked.exists()


def test_a_missing_version_names_those_there_are(alone: Path) -> None:
    """The sentence tells what could be asked for instead."""
    with pytest.raises(NotFound, match=r"no interpreter `3\.99`; there are \w+Py\w* 3\.\d+"):
        find("3.99")


@pytest.mark.parametrize("spec", ["2.7", "3.7", "python3.6", "pypy2"])
def test_a_version_too_old_for_the_drivers(spec: str, alone: Path) -> None:
    """An old version is refused by its number, whether it is installed or not."""
    with pytest.raises(TooOld, match=r"too old: drivers run on Python 3\.8 and later"):
        find(spec)


def info(implementation: str, *version: int) -> SimpleNamespace:
    """An interpreter as the library tells of it."""
    return SimpleNamespace(
        implementation=implementation,
        version_info=version,
        version_str=".".join(map(str, version)),
        free_threaded=False,
        executable="/opt/python",
        system_executable=None,
    )


def test_an_old_interpreter_given_by_its_path(monkeypatch: pytest.MonkeyPatch) -> None:
    """The path says nothing of the version; the interpreter does."""
    old = info("CPython", 3, 7, 1)
    monkeypatch.setattr(interpreters, "get_interpreter", lambda *args, **others: old)
    with pytest.raises(TooOld, match=r"is Python 3\.7\.1, too old"):
        find(sys.executable)


@pytest.mark.parametrize(("spec", "pypy"), [("3.9", False), ("pypy", True), ("python3.9", False)])
def test_a_version_means_cpython(spec: str, pypy: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """PyPy 3.9 must be named; a version that drivers cannot run on is never taken."""
    taken = []

    def get_interpreter(spec: str, predicate: Any, **others: Any) -> SimpleNamespace:
        for candidate in (info("PyPy", 3, 9, 1), info("CPython", 3, 9, 2), info("PyPy", 3, 6, 1)):
            if predicate(candidate):
                taken.append(candidate.version_info)
        return candidate

    monkeypatch.setattr(interpreters, "get_interpreter", get_interpreter)
    find(spec)
    assert taken == ([(3, 9, 1)] if pypy else []) + [(3, 9, 2)]


def test_files_that_are_no_interpreters(alone: Path) -> None:
    """Missing, a folder, another program: each is told in one sentence."""
    other = answering(alone / "other", "exit 3")
    with pytest.raises(NotFound, match="not an executable file"):
        find(str(alone / "none"))
    with pytest.raises(NotFound, match="not an executable file"):
        find(f"{alone}/")
    with pytest.raises(NotFound, match="does not answer as a Python interpreter does"):
        find(str(other))


@pytest.mark.parametrize("spec", ["", "<<", "no such"])
def test_names_of_nothing(spec: str, alone: Path) -> None:
    """Whatever is written behind the `@`, it is answered with `NotFound`."""
    with pytest.raises(NotFound):
        find(spec)


def test_what_was_asked_is_remembered(alone: Path) -> None:
    """In another run an interpreter is not started again to learn what it is."""
    (alone / "python").symlink_to(Path(sys.executable).resolve())
    program = "import sys; from harness.drivers.interpreters import find; find(sys.argv[1])"
    told = []
    for _ in range(2):
        subprocess.run([sys.executable, "-c", program, str(alone / "python")], check=True)
        answers = (alone / ".cache/sockharness").rglob("*.json")
        told.append({path: path.stat().st_mtime_ns for path in answers})
    assert told[0]
    assert told[0] == told[1]


def test_the_running_interpreter_costs_no_search() -> None:
    """The library that looks for interpreters is not even imported."""
    program = "import sys; from harness.drivers.registry import resolve; resolve('socket');"
    program += "print('python_discovery' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], stdout=subprocess.PIPE, check=True)
    assert done.stdout.split() == [b"False"]
