"""Payloads: from the short description in a scenario to bytes, and from received bytes to a report.

Payloads travel between processes as descriptors and received data as length, head and digest, so
that a megabyte never crosses a pipe. Orchestrator and driver both use this file and therefore agree
on every byte. It imports the standard library only and runs on CPython 3.8.

    "text"                        its UTF-8 bytes
    {"hex": "00 ff"}              these bytes; white space is ignored
    {"counting": n}               n bytes; byte i is i % 251 (a prime: no block size divides it)
    {"seeded": n, "seed": "x"}    the first n bytes of SHAKE-128 of the seed ("" when missing)
    {"repeat": "ab", "size": n}   the payload again and again, cut after n bytes
    [payload, payload ...]        one after the other
"""

from __future__ import annotations

import functools
from typing import Any, Dict, FrozenSet, Union

HEAD = 64  # so many bytes of received data are reported as they are
PERIOD = 251  # of the counting pattern

_KEYS: Dict[str, FrozenSet[str]] = {
    "hex": frozenset(["hex"]),
    "counting": frozenset(["counting"]),
    "seeded": frozenset(["seeded", "seed"]),
    "repeat": frozenset(["repeat", "size"]),
}


def make(descriptor: object) -> bytes:
    """Return the bytes that a descriptor stands for; raise ValueError with a sentence if none."""
    if isinstance(descriptor, str):
        return _text(descriptor)
    if isinstance(descriptor, (list, tuple)):
        return b"".join([make(part) for part in descriptor])
    if isinstance(descriptor, dict):
        return _described(descriptor)
    raise ValueError(
        "a payload is a text, a list, or one of {hex}, {counting}, {seeded}, {repeat, size};"
        " not %r" % (descriptor,)
    )


def describe(data: Union[bytes, bytearray, memoryview]) -> Dict[str, Any]:
    """Return what a reply says of received bytes.

    `size` in bytes, `head` (the first 64, in hex), and when there are more than that `sha256`.
    """
    size = len(data)
    if size <= HEAD:
        return {"size": size, "head": data.hex()}
    import hashlib  # here, because a driver's start-up time counts and few replies need it

    return {"size": size, "head": data[:HEAD].hex(), "sha256": hashlib.sha256(data).hexdigest()}


def counting(size: int, first: int = 0) -> bytes:
    """Return `size` bytes of the counting pattern, beginning with its byte number `first`."""
    offset = first % PERIOD
    return _periods((offset + size) // PERIOD + 1)[offset : offset + size]


def _described(descriptor: Dict[Any, Any]) -> bytes:
    kinds = [kind for kind in _KEYS if kind in descriptor]
    if len(kinds) != 1:
        raise ValueError(
            "a payload has exactly one of the keys hex, counting, seeded, repeat; not %r"
            % (descriptor,)
        )
    kind = kinds[0]
    strange = [str(key) for key in descriptor if key not in _KEYS[kind]]
    if strange:
        raise ValueError("a payload by %s has no key %s" % (kind, ", ".join(sorted(strange))))
    if kind == "hex":
        return _hex(descriptor["hex"])
    if kind == "counting":
        return counting(_size(descriptor, "counting"))
    if kind == "seeded":
        return _seeded(_size(descriptor, "seeded"), _seed(descriptor.get("seed", "")))
    return _repeated(make(descriptor["repeat"]), _size(descriptor, "size"))


def _text(text: str) -> bytes:
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError:
        raise ValueError("%a has half of a surrogate pair, which UTF-8 cannot say" % text) from None


def _hex(digits: object) -> bytes:
    try:
        if isinstance(digits, str):
            return bytes.fromhex(digits)
    except ValueError:
        pass
    raise ValueError("hex takes pairs of hexadecimal digits in a text, not %r" % (digits,))


def _size(descriptor: Dict[Any, Any], key: str) -> int:
    size = descriptor.get(key)
    if type(size) is not int or size < 0:
        raise ValueError("%s takes a number of bytes, 0 or more, not %r" % (key, size))
    return size


def _seed(seed: object) -> str:
    if isinstance(seed, str) or type(seed) is int:
        return str(seed)
    raise ValueError("seed takes a text or a whole number, not %r" % (seed,))


def _repeated(unit: bytes, size: int) -> bytes:
    if size and not unit:
        raise ValueError("repeat takes at least one byte, or the size 0")
    return (unit * (size // len(unit) + 1))[:size] if size else b""


# A payload is often made many times over (each of 100 clients, send and compare): the large ones
# of a run are few, so the last ones are kept.
@functools.lru_cache(maxsize=4)
def _periods(count: int) -> bytes:
    return bytes(range(PERIOD)) * count


@functools.lru_cache(maxsize=4)
def _seeded(size: int, seed: str) -> bytes:
    import hashlib

    return hashlib.shake_128(_text(seed)).digest(size)
