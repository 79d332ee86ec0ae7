"""The reader: YAML 1.2 values, right places, one clear sentence for each fault, bounded cost."""

from __future__ import annotations

import math
import os
import tempfile
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from harness.language import composer, reader, scalars
from harness.language.problems import Place, lines_of, render_all
from harness.language.reader import Mapping, Node, Result, Scalar, Sequence, read, read_file


@pytest.fixture(params=["libyaml", "python"])
def either_parser(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs the test once with each of PyYAML's parsers."""
    if request.param == "python":
        monkeypatch.setattr(reader, "CParser", None)
    elif not yaml.__with_libyaml__:
        pytest.skip("PyYAML was built without libyaml")


def plain(node: Node | None) -> Any:
    """The tree as Python's own values."""
    if isinstance(node, Mapping):
        return {key.value: plain(value) for key, value in node.entries}
    if isinstance(node, Sequence):
        return [plain(item) for item in node.items]
    return None if node is None else node.value


def value(text: str) -> Any:
    """What a text of one value means."""
    result = read(text)
    assert result.problems == []
    return plain(result.root)


def scalar(text: str) -> Scalar:
    """A text which is one scalar."""
    root = read(text).root
    assert isinstance(root, Scalar)
    return root


def said(result: Result) -> list[str]:
    """What is wrong as `line:column: message`."""
    return [f"{p.place.line}:{p.place.column}: {p.message}" for p in result.problems]


# --- values -------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["no", "on", "Yes", "off", "y", "22:22", "2024-01-01", "1_000"])
@pytest.mark.parametrize("shape", ["{}", "{}\n"])
def test_words_of_yaml_1_1_are_text(text: str, shape: str) -> None:
    """What YAML 1.1 took for booleans, base 60 and dates is text in YAML 1.2."""
    assert value(shape.format(text)) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("~", None),
        ("null", None),
        ("NULL", None),
        ("a:", {"a": None}),
        ("true", True),
        ("FALSE", False),
        ("tRUE", "tRUE"),
        ("0", 0),
        ("-7", -7),
        ("+7", 7),
        ("010", 10),
        ("0o17", 15),
        ("0xfF", 255),
        ("-0x1", "-0x1"),
        ("0b1", "0b1"),
        ("0o8", "0o8"),
        ("1.5", 1.5),
        (".5", 0.5),
        ("5.", 5.0),
        ("1e3", 1000.0),
        ("-1.5E-3", -0.0015),
        (".inf", math.inf),
        ("+.INF", math.inf),
        ("-.Inf", -math.inf),
        ("inf", "inf"),
        ("nan", "nan"),
        (".", "."),
        ("-", [None]),
        ("+", "+"),
        ("1e", "1e"),
        ("٣", "٣"),
        ("١.٥", "١.٥"),
        ("1٣", "1٣"),
        ('"<<": x', {"<<": "x"}),
        ("<<", "<<"),
        ("=", "="),
        ("$name", "$name"),
        ("${axis}", "${axis}"),
        ("100ms", "100ms"),
    ],
)
def test_the_core_schema(text: str, expected: object) -> None:
    """A plain scalar means what the core schema of YAML 1.2 says, of exactly that type."""
    assert value(text) == expected
    assert type(value(text)) is type(expected)


def test_not_a_number() -> None:
    """`.nan` is a float that equals nothing."""
    assert math.isnan(value(".NaN"))


@pytest.mark.parametrize("text", ["'1'", '"true"', "'~'", "|\n  1", ">-\n  null", '""'])
def test_quoted_and_block_scalars_are_text(text: str) -> None:
    """Quotes and block scalars make text of anything, and say so."""
    found = scalar(text)
    assert isinstance(found.value, str)
    assert found.quoted
    assert found.value == found.text


def test_what_was_written_is_kept() -> None:
    """A scalar keeps its text beside its value."""
    assert (scalar("010").value, scalar("010").text, scalar("010").quoted) == (10, "010", False)


def test_a_mapping_is_asked_by_key() -> None:
    """`get` gives the value of a key, or None."""
    root = read("a: 1\nb: [x]").root
    assert isinstance(root, Mapping)
    assert plain(root.get("b")) == ["x"]
    assert root.get("c") is None


def test_aliases_are_the_same_node() -> None:
    """An alias stands for the node it names; the tree shares it."""
    root = read("a: &x [1]\nb: *x").root
    assert isinstance(root, Mapping)
    assert root.get("a") is root.get("b")


# --- places -------------------------------------------------------------------------------------


@pytest.mark.usefixtures("either_parser")
def test_places() -> None:
    """Keys, values, lists and mappings know line, column and the width on their line."""
    root = read("﻿scenarios:\r\n- id: 'a b'\r  名: value # x\n  list:\n  - [p, {q: r}]\n").root
    assert isinstance(root, Mapping)
    key, items = root.entries[0]
    assert (key.place, key.place.width) == (Place(1, 1), 9)
    assert isinstance(items, Sequence)
    assert items.place == Place(2, 1)
    first = items.items[0]
    assert isinstance(first, Mapping)
    assert first.place == Place(2, 3)
    quoted, wide, listed = (node for _, node in first.entries)
    assert (quoted.place, getattr(quoted.place, "width", 0)) == (Place(2, 7), 5)
    assert (wide.place, wide.place.width) == (Place(3, 6), 5)
    assert listed.place == Place(5, 3)
    flow = read("x: [p, {q: r}]").root
    assert isinstance(flow, Mapping)
    inner = flow.get("x")
    assert isinstance(inner, Sequence)
    assert [node.place for node in (inner, *inner.items)] == [Place(1, 4), Place(1, 5), Place(1, 8)]


def test_a_text_of_several_lines_has_no_width() -> None:
    """A caret run under the first of several lines would be wrong."""
    assert scalar('"a\n b"').place.width is None
    assert scalar("|\n  a\n").place.width is None


def test_a_missing_value_has_no_width() -> None:
    """A null which is not written at all stands behind its colon."""
    root = read("a:\nb: 1").root
    assert isinstance(root, Mapping)
    missing = root.get("a")
    assert isinstance(missing, Scalar)
    assert (missing.place, missing.place.width) == (Place(1, 3), None)


keys = st.text("abcdefgh名é", min_size=1, max_size=6)


@given(st.dictionaries(keys, keys, min_size=1), st.integers(0, 3), st.sampled_from(["\n", "\r\n"]))
def test_every_scalar_stands_at_its_place(entries: dict[str, str], deep: int, end: str) -> None:
    """The text found at a scalar's place, as long as its width, is the scalar."""
    indent = "  " * deep
    outer = "".join("  " * level + "x:" + end for level in range(deep))
    source = outer + "".join(f"{indent}{key}: {word}{end}" for key, word in entries.items())
    lines = lines_of(source)

    def check(node: Node) -> None:
        if isinstance(node, Mapping):
            for key, item in node.entries:
                check(key)
                check(item)
        elif isinstance(node, Scalar):
            start = node.place.column - 1
            width = node.place.width or 0
            assert lines[node.place.line - 1][start : start + width] == node.text

    root = read(source).root
    assert root is not None
    check(root)


# --- faults -------------------------------------------------------------------------------------

FAULTS = [
    ("", "1:1: there is nothing in this file"),
    ("# only this\n", "1:1: there is nothing in this file"),
    ("a: 1\nb: 2\na: 3\n", "3:1: `a` stands twice"),
    ("a: 1\n'a': 2", "2:1: `a` stands twice"),
    ("1: x", "1:1: a key must be text, and `1` is not"),
    ("{true: x}", "1:2: a key must be text, and `true` is not"),
    ("? \n: x", "1:2: a key must be text, and `` is not"),
    ("? [a]\n: b", "1:3: a key is one word or text, not a list or a mapping"),
    ("x: &x {a: 1}\ny:\n  <<: *x\n", "3:3: merge keys (`<<`) are not part of YAML 1.2"),
    ("a: !foo b", "1:4: tags (`!name`) mean nothing here"),
    ("a: !!str 1", "1:4: tags (`!name`) mean nothing here"),
    ("a: !e!x 1", "1:4: tags (`!name`) mean nothing here"),
    ("a: ! 1", "1:4: tags (`!name`) mean nothing here"),
    ("%YAML 1.1\n---\na: b", "1:1: directives (`%…`) are not used here"),
    ("%YAML 3.0\n---\na: b", "1:1: directives (`%…`) are not used here"),
    ("%TAG ! foo\n---\na: b", "1:1: directives (`%…`) are not used here"),
    ("a: 1\n---\nb: 2", "2:1: a second document begins here"),
    ("a: 1\n...\nb: 2", "3:1: nothing may stand after the end of the document"),
    ("a:\n\tb: 1", "2:1: a tab cannot stand here"),
    ("\ta: 1", "1:1: a tab cannot stand here"),
    ("a: 1\n\tb: 1", "2:1: a tab cannot stand here"),
    ("- \ta: 1", "1:3: a tab cannot stand here"),
    ("a: |\n\tb", "2:1: a tab cannot stand here"),
    ('a: "b\nc: d\n', "1:4: this quote is never closed"),
    ("a: 1\nb: 'c", "2:4: this quote is never closed"),
    ('a: "b\n--- c"', "1:4: this quote is not closed before `---` or `...`"),
    ("a: 'it's'", "1:8: nothing may follow a closing quote"),
    ('a: "b" c', "1:8: nothing may follow a closing quote"),
    ("a: [b, c\nd: e\n", "1:4: this `[` is not closed"),
    ("a: {b: c\nd: e\n", "1:4: this `{` is not closed"),
    ("[a", "1:1: this `[` is not closed"),
    ('["a" "b"]', "1:6: a comma or the closing bracket is missing before this"),
    ("{a: 1 b: 2}", "1:8: a comma or the closing bracket is missing before this"),
    ("a: {\n\n", "1:5: the text ends inside a `[` or `{`"),
    ("[a,,b]", "1:4: a value is missing before this"),
    ("a: ]", "1:4: a value is missing before this"),
    ("a: b: c", "1:5: a `: ` cannot stand here"),
    ("a: b\n  c: d", "2:4: a `: ` cannot stand here"),
    ("b: - a", "1:4: a `- ` cannot stand here"),
    ("a: 1\nb:2\nc: 3", "2:1: this line lacks its `: ` (a colon, then a space)"),
    ("a: 1\n" + "k" * 2000 + ": 1", "2:1: this line lacks its `: ` (a colon, then a space)"),
    ("a:\n  b: 1\n c: 2", "3:2: this does not fit what stands before it"),
    ("a:\n  - b\n - c", "3:2: this does not fit what stands before it"),
    ("- a\nb: 1", "2:1: this is not an entry of the list before it"),
    ("a: @x", "1:4: a text cannot begin with `@`"),
    ("a: `x`", "1:4: a text cannot begin with ```"),
    ("a: %x", "1:4: a text cannot begin with `%`"),
    ("a: * b", "1:5: a name must follow `*`"),
    ("a: & b", "1:5: a name must follow `&`"),
    ("a: |x\n  b", "1:5: this cannot stand behind `|` or `>`"),
    ('a: "\\xzz"', "1:7: this escape needs hexadecimal digits, as in `\\x00`"),
    ("a: *b", "1:4: there is no `&b` before this"),
    ("a: &x [*x]", "1:8: `*x` stands inside what it refers to"),
    ("a: b\x00c", "1:5: the character U+0000 cannot stand in a file"),
    ("a\nb\x1bc", "2:2: the character U+001B cannot stand in a file"),
    ("a: b\x85c", "1:5: the character U+0085 cannot stand in a file"),
    ("a: b\u2028c", "1:5: the character U+2028 cannot stand in a file"),
    ("a: b\ufeffc", "1:5: the character U+FEFF cannot stand in a file"),
    ("a: \ud800", "1:4: the character U+D800 cannot stand in a file"),
]


@pytest.mark.usefixtures("either_parser")
@pytest.mark.parametrize(("text", "expected"), FAULTS, ids=[repr(t[:20]) for t, _ in FAULTS])
def test_each_fault_has_its_sentence(text: str, expected: str) -> None:
    """A fault is one problem, at the place that helps, in the same words with either parser."""
    assert said(read(text)) == [expected]


def test_an_unknown_escape_is_named() -> None:
    """The parsers differ by one column here; both say the same."""
    (problem,) = read('a: "b\\q"').problems
    assert problem.message == "there is no such escape"


def test_all_structural_faults_at_once() -> None:
    """Faults that leave the rest readable are all told, and the tree is there without them."""
    result = read("a: !x 1\na: 2\n3: 4\nb: 5\n")
    assert said(result) == [
        "1:4: tags (`!name`) mean nothing here",
        "2:1: `a` stands twice",
        "3:1: a key must be text, and `3` is not",
    ]
    assert plain(result.root) == {"a": "1", "b": 5}


def test_a_fault_of_syntax_leaves_no_tree() -> None:
    """After a text that could not be read to its end there is nothing to look at."""
    assert read("a: 1\nb: [").root is None


def test_the_caret_stands_under_the_key() -> None:
    """Places and rendering agree about characters that are wide or invisible."""
    result = read("名前: 1\n名前: 2\n")
    assert render_all(result.problems, "f.yaml", result.source) == (
        "f.yaml:2:1: `名前` stands twice; first on line 1\n     2 | 名前: 2\n       | ^^^^"
    )


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
