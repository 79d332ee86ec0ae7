"""Environments for libraries on trial; uv itself is not run here."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from harness.drivers import environments, registry, tools
from harness.drivers.registry import Unresolved, resolve
from harness.plugin.bench import _installed


class FakeUv:
    """Stands for tools.run: notes what it was asked, and makes what uv would make."""

    def __init__(self, failing: str = "") -> None:
        self.asked: list[list[str]] = []
        self.failing = failing
        self.said = "error: no space left"

    def __call__(self, argv: Sequence[str]) -> str:
        self.asked.append(list(argv))
        if self.failing and self.failing in argv:
            raise tools.Failed(self.said.splitlines()[0], self.said)
        if "venv" in argv:
            Path(argv[-1], "bin").mkdir(parents=True)
        return "trio==0.35.0\n"


@pytest.fixture
def uv(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeUv:
    """An empty cache, and a uv that does nothing."""
    resolve.cache_clear()
    fake = FakeUv()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(tools, "run", fake)
    monkeypatch.setattr(environments, "_uv", lambda: "uv")
    return fake


def test_an_environment_is_made_once(uv: FakeUv, tmp_path: Path) -> None:
    """The second time uv is not asked; the versions are kept beside it."""
    first = environments.python_with(sys.executable, ("trio",))
    asked = len(uv.asked)
    assert environments.python_with(sys.executable, ("trio",)) == first
    assert len(uv.asked) == asked == 3
    assert Path(first.python).is_relative_to(tmp_path / "sockharness" / "environments")
    assert first.packages == ("trio==0.35.0",)
    assert resolve("trio").packages == first.packages


def test_other_packages_are_another_environment(uv: FakeUv) -> None:
    """And so is another interpreter."""
    one = environments.python_with(sys.executable, ("trio",))
    assert environments.python_with(sys.executable, ("anyio",)) != one
    assert environments.python_with("/bin/sh", ("trio",)) != one


def test_packages_that_cannot_be_had_are_one_sentence(uv: FakeUv, tmp_path: Path) -> None:
    """It names the implementation, the package and what uv said; nothing half-made stays."""
    uv.failing = "install"
    with pytest.raises(Unresolved) as caught:
        resolve("trio")
    said = str(caught.value)
    assert said.startswith("`trio`: uv could not put trio into an environment of /")
    assert said.endswith(": error: no space left")
    assert "\n" not in said
    kept = tmp_path / "sockharness" / "environments"
    assert not [path for path in kept.iterdir() if path.is_dir()]


NO_WHEEL = """\
error: No solution found when resolving dependencies
  cause: Because uvloop==0.6.1 has no wheels with a matching Python implementation tag, we can
         conclude that your requirements are unsatisfiable.

hint: Wheels are required for `uvloop` because building from source is disabled
"""
OFFLINE = """\
error: Request failed after 3 retries in 6.6s
  cause: Failed to fetch: https://pypi.org/simple/uvloop/
"""
CACHE_ONLY = """\
error: No solution found when resolving dependencies
hint: Packages were unavailable because the network was disabled.
"""


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        (NO_WHEEL, "PyPI has no wheel of uvloop for this interpreter"),
        (
            OFFLINE,
            "PyPI, which has uvloop, cannot be reached: error: Request failed after 3 retries in"
            " 6.6s",
        ),
        (
            CACHE_ONLY,
            "PyPI, which has uvloop, cannot be reached: error: No solution found when resolving"
            " dependencies",
        ),
    ],
    ids=["no wheel", "no network", "cache only"],
)
def test_the_one_fact_of_what_uv_said(uv: FakeUv, said: str, sentence: str) -> None:
    """Of its many lines the sentence has that which tells what to do."""
    uv.failing, uv.said = "install", said
    with pytest.raises(Unresolved) as caught:
        resolve("uvloop-sock")
    assert str(caught.value) == f"`uvloop-sock`: {sentence}"


def test_without_uv(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Neither the package nor a program of that name: the sentence has the way out."""
    resolve.cache_clear()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setitem(sys.modules, "uv", None)
    with pytest.raises(Unresolved) as caught:
        resolve("trio")
    sentence = "packages are installed by uv, which is not here: `pip install uv`"
    assert str(caught.value) == f"`trio`: {sentence}"


def test_a_driver_without_packages_needs_no_uv(uv: FakeUv) -> None:
    """It runs on nothing but the standard library."""
    assert resolve("asyncio-streams").argv[1:] == (
        "-I", "-S", str(registry.DRIVERS["asyncio-streams"].folder), "on_asyncio_streams"
    )  # fmt: skip
    assert uv.asked == []


def test_an_interpreter_given_by_its_path_keeps_its_own_packages(uv: FakeUv) -> None:
    """A library under development is tried in its own environment."""
    found = resolve(f"trio@{sys.executable}")
    assert (found.argv[0], found.packages) == (sys.executable, ("trio==0.35.0",))
    assert [argv[-1] for argv in uv.asked if argv[0] == sys.executable] == ["trio"]
    assert not [argv for argv in uv.asked if argv[0] == "uv"]


def test_an_interpreter_without_the_package_gets_an_environment(uv: FakeUv) -> None:
    """A path alone promises nothing."""
    uv.failing = "-I"
    found = resolve(f"trio@{sys.executable}")
    assert found.argv[0] != sys.executable
    assert [argv[0] for argv in uv.asked] == [sys.executable, "uv", "uv", "uv"]


def test_the_record_has_the_versions(uv: FakeUv) -> None:
    """Of what was installed for an implementation; nothing is said of one that needed nothing."""
    assert _installed("trio") == {"packages": ["trio==0.35.0"]}
    assert _installed("asyncio-streams") == {}
