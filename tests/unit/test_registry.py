"""Names of implementations -> commands; interpreters are looked for in an integration test."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from harness import plan
from harness.drivers import interpreters, registry
from harness.drivers.interpreters import Interpreter, NotFound
from harness.drivers.registry import DRIVERS, Unresolved, resolve


@pytest.fixture(autouse=True)
def _forget() -> None:
    """Each test looks anew: what a name stands for is remembered."""
    resolve.cache_clear()


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An executable `driver` in the current folder."""
    path = tmp_path / "my driver"
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    monkeypatch.chdir(tmp_path)
    return path


def refusal(name: str) -> str:
    """What is said of a name which stands for nothing."""
    with pytest.raises(Unresolved) as caught:
        resolve(name)
    return str(caught.value)


def test_the_reference_driver_runs_on_the_base_of_the_running_interpreter() -> None:
    """Without an interpreter the driver gets this one, not its virtual environment."""
    found = resolve("socket")
    python, *options, folder = found.argv
    assert found.name == "socket"
    assert options == ["-I", "-S"]
    assert Path(folder, "__main__.py").is_file()
    assert Path(python).samefile(sys.executable)
    assert not Path(python).is_symlink()


def test_another_interpreter(monkeypatch: pytest.MonkeyPatch) -> None:
    """What follows `@` is looked up as an interpreter, also a path."""
    asked = []

    def find(spec: str) -> Interpreter:
        asked.append(spec)
        return Interpreter("/opt/python", "3.9.1", "CPython")

    monkeypatch.setattr(interpreters, "find", find)
    argv = ("/opt/python", "-I", "-S", str(DRIVERS["socket"].folder))
    for spec in ("three.nine", "/usr/bin/pypy3-of-test", "a@b"):
        assert resolve(f"socket@{spec}").argv == argv
    assert asked == ["three.nine", "/usr/bin/pypy3-of-test", "a@b"]


def test_an_interpreter_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """The sentence names the implementation and what was wrong with its interpreter."""

    def find(spec: str) -> Interpreter:
        raise NotFound(f"there is no interpreter `{spec}`; there are none at all")

    monkeypatch.setattr(interpreters, "find", find)
    assert refusal("socket@9.9") == (
        "`socket@9.9`: there is no interpreter `9.9`; there are none at all"
    )


def test_an_empty_interpreter() -> None:
    """`socket@` is not silently `socket`."""
    assert refusal("socket@") == "`socket@`: the interpreter's name is empty"


def test_an_executable_file(program: Path) -> None:
    """A path is the whole command, and holds wherever the driver is started."""
    assert resolve("./my driver").argv == (str(program),)
    assert resolve(str(program)).argv == (str(program),)


def test_a_file_with_an_at_sign_in_its_path(program: Path) -> None:
    """Only a known name is followed by an interpreter."""
    other = program.rename("b@c")
    assert resolve("./b@c").argv == (str(other.absolute()),)


def test_files_that_cannot_be_started(program: Path) -> None:
    """Missing, a folder, or not executable: each is told."""
    Path("plain").write_text("")
    assert refusal("./none") == "`./none`: there is no such file"
    assert refusal(f".{os.sep}") == "`./` is not an executable file; or say `cmd:INTERPRETER ./`"
    assert "`./plain` is not an executable file" in refusal("./plain")


def test_a_command_line(program: Path) -> None:
    """`cmd:` is split as a shell would, and its program found as a shell would."""
    argv = resolve(f"cmd:{sys.executable} -u 'a b' c@d").argv
    assert argv == (sys.executable, "-u", "a b", "c@d")
    assert resolve("cmd:'./my driver' x").argv == (str(program), "x")
    assert Path(resolve("cmd:sh -c true").argv[0]).is_absolute()


def test_a_command_line_with_a_word_for_it() -> None:
    """Reports and ids have the word, the engine the command."""
    found = resolve("box=cmd:sh -c 'x=cmd:y'")
    assert (Path(found.argv[0]).name, found.argv[1:]) == ("sh", ("-c", "x=cmd:y"))
    assert plan.called("box=cmd:sh -c true") == "box"
    assert plan.called("cmd:sh -c x=y") == "cmd:sh -c x=y"
    assert not registry.ships("socket2=cmd:sh")
    for word in ("socket", "a b", "", "a-"):
        said = f"`{word}` cannot be the name of a command; take a word of your own"
        assert refusal(f"{word}=cmd:sh") == said


def test_command_lines_that_cannot_be() -> None:
    """Nothing to run, an open quote, no such program: each is told."""
    assert refusal("cmd:") == "a command must follow `cmd:`"
    assert refusal("cmd:a 'b") == "`cmd:a 'b` cannot be split into words: No closing quotation"
    assert refusal("cmd:no-such-program x") == (
        "`cmd:no-such-program x`: there is no program `no-such-program`"
    )


@pytest.mark.parametrize("name", ["sokcet", "Socket", "sockets@3.9"])
def test_a_slip_gets_a_suggestion(name: str) -> None:
    """An unknown name is answered with the nearest known one."""
    driver = name.partition("@")[0]
    assert refusal(name) == f"there is no implementation `{driver}`; did you mean `socket`?"


@pytest.mark.parametrize("name", ["", "cobol", "@3.9", "driver.py"])
def test_another_name_gets_all_there_are(name: str) -> None:
    """A name that is like none is answered with what may be said."""
    assert "known are `socket`, `socket-nonblocking`, " in refusal(name)
    assert f", a path (`./{name.partition('@')[0]}`) and `cmd:…`" in refusal(name)


def test_every_known_driver_is_there() -> None:
    """A line in the table is a folder which Python can run."""
    for driver in registry.DRIVERS.values():
        assert (driver.folder / "__main__.py").is_file()
        for module in driver.words[:1]:
            assert (driver.folder / f"{module}.py").is_file()
    assert all(program.source.is_file() for program in registry.COMPILED.values())
    assert registry.NODE.is_file()


def test_what_runs_on_no_interpreter_says_so() -> None:
    """A compiled driver is a program of its own."""
    assert refusal("c@3.9") == "`c@3.9`: `c` runs on no interpreter; say `c`"
    assert refusal("rust@3.9") == "`rust@3.9`: `rust` runs on no interpreter; say `rust`"


def test_node_is_found_or_named(program: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By its name on PATH, or another one by its path."""
    assert resolve("node@./my driver").argv == (str(program), str(registry.NODE))
    monkeypatch.setenv("PATH", str(program.parent))
    assert refusal("node") == "`node`: there is no program `node`"


def test_without_a_compiler_there_is_no_driver(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One sentence, with the way out."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CC", raising=False)
    monkeypatch.delenv("RUSTC", raising=False)
    assert refusal("c") == "`c`: there is no C compiler `cc`; CC names another one"
    said = "`rust`: there is no Rust compiler `rustc`; RUSTC names another one"
    assert refusal("rust") == said


def test_each_implementation_on_each_interpreter() -> None:
    """What runs on no Python, or names its own, stays once; the order is the reader's."""
    names = ["socket", "c", "trio@3.9", "module:some", "./driver", "socket"]
    assert registry.spread(names, ["3.8", "pypy3"]) == (
        "socket@3.8", "socket@pypy3", "c", "trio@3.9", "module:some@3.8", "module:some@pypy3",
        "./driver",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("versions", "names"),
    [
        (["CPython 3.8.18", "CPython 3.11.2", "CPython 3.11.7"], ("3.8", "3.11")),
        (["CPython 3.13.0", "CPython 3.13.0t", "PyPy 3.9.16"], ("3.13", "3.13t", "pypy3")),
        (["PyPy 3.9.16", "PyPy 3.10.14"], ("pypy3.9", "pypy3.10")),
        ([], ()),
    ],
)
def test_names_of_all_interpreters(
    versions: list[str], names: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """One for each minor version, as short as it may be to stand for one of them."""
    there = [
        Interpreter(f"/opt/{number}", version, implementation)
        for number, (implementation, version) in enumerate(map(str.split, versions))
    ]
    monkeypatch.setattr(interpreters, "found", lambda: tuple(there))
    assert interpreters.names() == names


def test_what_ships_is_a_driver() -> None:
    """Anything else may turn out to be none, and has to greet first."""
    assert all(registry.ships(name) for name in ("socket", "trio@3.9", "c", "node@/opt/node"))
    assert not any(registry.ships(name) for name in ("./socket", "cmd:c", "module:trio", "trio2"))
