"""Payload descriptors: what bytes they stand for, and what is reported of received ones."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as some

from harness.drivers.python.payload import counting, describe, make


@pytest.mark.parametrize(
    ("descriptor", "expected"),
    [
        ("", b""),
        ("höflich", b"h\xc3\xb6flich"),
        ({"hex": ""}, b""),
        ({"hex": "00 fF\n7f"}, b"\x00\xff\x7f"),
        ({"counting": 0}, b""),
        ({"counting": 3}, b"\x00\x01\x02"),
        ({"repeat": "abc", "size": 7}, b"abcabca"),
        ({"repeat": "abc", "size": 2}, b"ab"),
        ({"repeat": "", "size": 0}, b""),
        ({"repeat": {"hex": "00"}, "size": 3}, b"\x00\x00\x00"),
        ([], b""),
        (["ab", {"counting": 2}, ["c"]], b"ab\x00\x01c"),
    ],
)
def test_a_descriptor_stands_for_these_bytes(descriptor: object, expected: bytes) -> None:
    """Each form of descriptor gives exactly the bytes that it says."""
    assert make(descriptor) == expected


def test_the_counting_pattern_has_the_period_251() -> None:
    """Byte i is i % 251, also past the first period."""
    assert make({"counting": 1000}) == bytes(i % 251 for i in range(1000))


@given(first=some.integers(0, 2000), size=some.integers(0, 2000))
def test_the_counting_pattern_can_begin_anywhere(first: int, size: int) -> None:
    """A later part of the pattern equals the same part of the whole."""
    assert counting(size, first) == counting(first + size)[first:]


def test_seeded_bytes_are_those_of_shake_128() -> None:
    """The bytes can be made again by any program that has SHAKE-128."""
    assert make({"seeded": 100, "seed": "x"}) == hashlib.shake_128(b"x").digest(100)
    assert make({"seeded": 5}) == hashlib.shake_128(b"").digest(5)
    assert make({"seeded": 5, "seed": 7}) == make({"seeded": 5, "seed": "7"})


@pytest.mark.parametrize(
    ("descriptor", "complaint"),
    [
        (5, "a payload is a text"),
        (None, "a payload is a text"),
        ({}, "exactly one of the keys"),
        ({"hex": "00", "counting": 1}, "exactly one of the keys"),
        ({"counting": 1, "seed": "x"}, "by counting has no key seed"),
        ({"hex": "0"}, "pairs of hexadecimal digits"),
        ({"hex": 10}, "pairs of hexadecimal digits"),
        ({"counting": -1}, "counting takes a number of bytes"),
        ({"counting": True}, "counting takes a number of bytes"),
        ({"seeded": "9"}, "seeded takes a number of bytes"),
        ({"seeded": 9, "seed": 1.5}, "seed takes a text"),
        ({"repeat": "ab"}, "size takes a number of bytes"),
        ({"repeat": "", "size": 1}, "at least one byte"),
        ("\ud800", "surrogate"),
        (["ab", 5], "a payload is a text"),
    ],
)
def test_what_is_no_payload_is_refused_in_words(descriptor: object, complaint: str) -> None:
    """A mistake in a descriptor is a ValueError whose text says what would be right."""
    with pytest.raises(ValueError, match=complaint):
        make(descriptor)


def test_a_short_reception_is_reported_whole() -> None:
    """Up to 64 bytes the head is everything, and no digest is needed."""
    assert describe(b"") == {"size": 0, "head": ""}
    assert describe(bytes(64)) == {"size": 64, "head": "00" * 64}


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview])
def test_a_long_reception_is_reported_by_size_head_and_digest(kind: type) -> None:
    """Past 64 bytes a reply holds size, the first 64 bytes and the SHA-256 of all."""
    data = make({"counting": 65})
    assert describe(kind(data)) == {
        "size": 65,
        "head": data[:64].hex(),
        "sha256": hashlib.sha256(data).hexdigest(),
    }
