"""What a text means to the reader, in Python's own values and in short lines."""

from __future__ import annotations

from typing import Any

from harness.language.reader import Mapping, Node, Result, Scalar, Sequence, read


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
