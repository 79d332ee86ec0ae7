"""The reader takes scalars as YAML 1.2 does, and keeps how they were written."""

from __future__ import annotations

import math

import pytest

from harness.language.reader import Mapping, read
from tests.unit.reading import plain, scalar, value


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
