"""Every value has its place, and every fault one clear sentence at its place."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from harness.language import reader
from harness.language.problems import Place, lines_of, render_all
from harness.language.reader import Mapping, Node, Scalar, Sequence, read
from tests.unit.reading import plain, said, scalar


@pytest.fixture(params=["libyaml", "python"])
def either_parser(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs the test once with each of PyYAML's parsers."""
    if request.param == "python":
        monkeypatch.setattr(reader, "CParser", None)
    elif not yaml.__with_libyaml__:
        pytest.skip("PyYAML was built without libyaml")


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
