"""What a record keeps of each call of a case."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from harness.engine.timeline import Timeline
from harness.language.model import Call
from harness.language.problems import Place
from harness.protocol import Reply
from harness.records.evidence import Data, TimelineEntry


def kept(operation: str, args: Mapping[str, Any], values: Any, **call: Any) -> TimelineEntry:
    """The entry of one call that went well."""
    timeline = Timeline("tcp4")
    entry = timeline.begin("client", Call(Place(1, 1), "client", operation, **call), args, 1000)
    timeline.ended(entry, Reply(id=1, kind="ok", values=values, begin=2000, end=5000))
    return timeline.records()[0]


def test_a_call_that_sends_says_how_many_bytes_were_taken() -> None:
    """Not how many were offered; a count of something else is none of bytes."""
    assert kept("send", {"data": "question"}, {"count": 3}).sent == 3
    assert kept("child_count", {}, {"count": 3}).sent is None
    assert kept("recv", {}, {"data": {"size": 1, "head": "61"}}).sent is None


@pytest.mark.parametrize("flags", [["PEEK"], "MSG_PEEK", ["DONTWAIT", "PEEK"]])
def test_a_call_that_receives_says_what_it_took_out(flags: Any) -> None:
    """A peek leaves it there."""
    values = {"data": {"size": 70, "head": "61" * 64, "sha256": "ab"}}
    assert kept("recv", {"size": 100}, values).got == Data(size=70, head="61" * 64, sha256="ab")
    assert kept("recv", {"flags": flags}, values).got is None


def test_a_call_that_makes_a_handle_names_it() -> None:
    """So that a reader can tell whose connection it is."""
    assert kept("accept", {}, {}, makes="conn").makes == "conn"
    assert kept("connect", {}, {}).makes is None
