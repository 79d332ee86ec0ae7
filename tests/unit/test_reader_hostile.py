"""Whatever a text or a file holds: reading has a bounded cost, and ends in a tree or problems."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from harness.language import composer, reader, scalars
from harness.language.problems import Place, lines_of, render_all
from harness.language.reader import Mapping, read, read_file
from tests.unit.reading import plain, said, value

# --- bounds -------------------------------------------------------------------------------------


def test_depth_is_bounded() -> None:
    """Thirty levels are read, one more is refused; the level of a scalar counts."""
    deep = composer.DEPTH
    assert value("[" * (deep - 1) + "x" + "]" * (deep - 1))
    assert said(read("[" * deep + "x" + "]" * deep)) == [
        f"1:{deep + 1}: lists and mappings may lie {deep} deep in each other"
    ]
    assert said(read("- " * 1000))[0].endswith("deep in each other")
    assert read("[" * deep + "]" * deep).problems == []


def test_depth_through_aliases_is_bounded() -> None:
    """An alias counts with the depth of what it stands for."""
    half = composer.DEPTH // 2
    nest = "[" * half + "x" + "]" * half
    assert said(read(f"- &x {nest}\n- {'[' * half}*x{']' * half}\n"))[0].endswith("in each other")
    assert read(f"- &x {nest}\n- {'[' * (half - 3)}*x{']' * (half - 3)}\n").problems == []


def test_the_depth_of_an_anchor_is_its_own() -> None:
    """What stands beside, in front of or inside an anchored node does not change its depth."""
    half = composer.DEPTH // 2
    nest = "[" * half + "x" + "]" * half
    around = "[" * (half + 2) + "{}" + "]" * (half + 2)
    assert read(f"- {nest}\n- &x y\n- {around.format('*x')}\n").problems == []
    inside = f"- &x [{nest}, &y z]\n- {around.format('*x')}\n"
    assert said(read(inside))[0].endswith("deep in each other")


def test_the_number_of_aliases_is_bounded() -> None:
    """A hundred aliases are read, one more is refused."""
    assert read("- &x 1\n" + "- *x\n" * composer.ALIASES).problems == []
    many = read("- &x 1\n" + "- *x\n" * (composer.ALIASES + 1))
    assert said(many) == [f"{composer.ALIASES + 2}:3: a file may use 100 aliases (`*name`)"]


def laughs(levels: int) -> str:
    """Each line stands for ten of the line before."""
    lines = ["- &a0 [x]"]
    lines += [f"- &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, levels + 1)]
    return "\n".join(lines)


def test_billion_laughs() -> None:
    """What aliases stand for is counted, not expanded."""
    (problem,) = read(laughs(9)).problems
    assert problem.message == "a file may have 50000 values, with what aliases stand for"
    assert problem.place.line == 6
    assert read(laughs(3)).problems == []


def test_the_number_of_values_is_bounded() -> None:
    """Fifty thousand values are read, one more is refused."""
    assert read("- x\n" * (composer.NODES - 1)).problems == []
    assert "a file may have" in said(read("- x\n" * composer.NODES))[0]


def test_the_length_of_a_text_is_bounded() -> None:
    """A text of 64 KiB is read, one more character is refused."""
    assert read("'" + "x" * composer.SCALAR_LENGTH + "'").problems == []
    assert "a text may have" in said(read("'" + "x" * (composer.SCALAR_LENGTH + 1) + "'"))[0]


@pytest.mark.parametrize("form", ["{}", "-{}", "0x{}", "0o{}", "{}.5", "1e{}", "+{}"])
def test_the_length_of_a_number_is_bounded(form: str) -> None:
    """A number of absurd length is refused before anything is computed with it."""
    text = form.format("1" * 5000)
    assert said(read(text)) == [f"1:1: a number may have 100 digits, this has {len(text)}"]
    assert read(form.format("1" * (scalars.NUMBER_LENGTH - 3))).problems == []


def test_the_number_of_problems_is_bounded() -> None:
    """Reading ends when there are more faults than anyone would read."""
    result = read("- !x y\n" * 1000)
    assert len(result.problems) == composer.PROBLEMS + 1
    assert result.problems[-1].message == "there are more faults than anyone would read"


# --- files --------------------------------------------------------------------------------------


def test_a_file_is_read(tmp_path: Path) -> None:
    """UTF-8 is read, with a byte order mark too; the mark is no column."""
    path = tmp_path / "a.yaml"
    path.write_bytes(b"\xef\xbb\xbfa: \xc3\xa9\r\n")
    result = read_file(path)
    assert (plain(result.root), result.source) == ({"a": "é"}, "a: é\r\n")
    assert isinstance(result.root, Mapping)
    assert result.root.entries[0][0].place == Place(1, 1)


def file_fault(path: Path | str) -> str:
    """The only thing wrong with a file."""
    result = read_file(path)
    assert result.root is None
    (problem,) = result.problems
    assert problem.place == Place(1, 1)
    return problem.message


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    """Each is told in one sentence, and a FIFO or a device is not waited for."""
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "latin").write_bytes(b"a: b\nc: \xe9\n")
    (tmp_path / "utf16").write_bytes("a: b".encode("utf-16"))
    (tmp_path / "loop").symlink_to("loop")
    assert file_fault(tmp_path) == "cannot be read: it is a directory"
    assert file_fault(tmp_path / "fifo") == "cannot be read: it is not a regular file"
    assert file_fault("/dev/zero") == "cannot be read: it is not a regular file"
    assert file_fault(tmp_path / "none") == "cannot be read: No such file or directory"
    assert file_fault(tmp_path / "loop").startswith("cannot be read: Too many levels")
    # CPython 3.13 words it otherwise than those before.
    assert "embedded null" in file_fault("a\0b")
    assert file_fault(tmp_path / "latin") == "this is not UTF-8 (byte 0xe9 in line 2)"
    assert file_fault(tmp_path / "utf16") == "this is UTF-16; save it as UTF-8"


def test_a_file_that_becomes_a_fifo_is_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between looking and opening the file may have been replaced."""
    (tmp_path / "plain").write_text("a: b")
    os.mkfifo(tmp_path / "fifo")
    looked = os.stat(tmp_path / "plain")
    monkeypatch.setattr(os, "stat", lambda path: looked)
    assert file_fault(tmp_path / "fifo") == "there is nothing in this file"


def test_the_size_of_a_file_is_bounded(tmp_path: Path) -> None:
    """One MiB is read, one byte more is refused."""
    path = tmp_path / "big.yaml"
    path.write_bytes(b"a: b" + b" " * (reader.FILE_BYTES - 4))
    assert plain(read_file(path).root) == {"a": "b"}
    path.write_bytes(b"a: b" + b" " * (reader.FILE_BYTES - 3))
    assert file_fault(path) == "cannot be read: it has more than 1048576 bytes"


# --- anything -----------------------------------------------------------------------------------


YAMLISH = st.text(
    st.sampled_from("ab1: -[]{},&*!|>'\"%@`#?<~.\\\n\t\r 0x名\x85\ufeff"), max_size=80
)


@given(st.one_of(st.text(), YAMLISH))
@example("? |\n x")
@example("&a")
@example("*a")
@example("- &a &b")
@example("%")
@example("%YAML 1.2")
@example("---\n---\n")
@example("!<")
@example("{? a}")
def test_any_text_gives_a_tree_or_problems(text: str) -> None:
    """No text makes the reader raise; a place lies inside the text and can be shown."""
    result = read(text)
    assert (result.root is None) <= bool(result.problems)
    lines = lines_of(result.source)
    for problem in result.problems:
        assert 1 <= problem.place.line <= len(lines)
        assert 1 <= problem.place.column <= len(lines[problem.place.line - 1]) + 1
    render_all(result.problems, "f.yaml", result.source)


@given(YAMLISH)
def test_the_parsers_agree_on_what_they_accept(text: str) -> None:
    """What the slow parser accepts means the same to the fast one."""
    fast = read(text)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reader, "CParser", None)
        slow = read(text)
    if not fast.problems and not slow.problems:
        assert repr(plain(fast.root)) == repr(plain(slow.root))


@given(st.binary(max_size=200))
def test_any_file_gives_a_tree_or_problems(data: bytes) -> None:
    """No content makes the reader of files raise."""
    path = Path(tempfile.gettempdir()) / f"sockharness-{os.getpid()}.yaml"
    try:
        path.write_bytes(data)
        result = read_file(path)
    finally:
        path.unlink(missing_ok=True)
    assert (result.root is None) <= bool(result.problems)
