"""A parser's events -> the tree of nodes, within bounds, with every structural fault noted. Pure.

A fault that leaves the rest readable (a key that stands twice, a tag) is noted and its entry left
out; one that does not, and every bound that is passed, ends the reading with `Stop`.

Files may come from strangers (a pull request in CI), so every dimension of one is bounded. Aliases
are never expanded: each anchor knows how many nodes and how many levels it stands for.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NoReturn, Protocol

from yaml import events
from yaml.error import Mark

from harness.language.nodes import Mapping, Node, Scalar, Sequence, Value
from harness.language.problems import Place, Problem
from harness.language.scalars import NUMBER_LENGTH, TooLong, resolve
from harness.language.syntax import DIRECTIVE, TAG, place_of

# A scenario's deepest value lies some ten levels down; 30 levels of recursion cost nothing.
DEPTH = 30
# Aliases save repetition; a hundred uses in a file is a lot.
ALIASES = 100
# 2000 scenarios of 25 nodes. Counts what aliases stand for: ten lines that refer to each other must
# not become 10**9 nodes for whoever walks the tree.
NODES = 50_000
# Longer payloads are described (`counting: 1000000`), not written out.
SCALAR_LENGTH = 64 << 10
# Somebody reads them; a screen shows 20.
PROBLEMS = 100


class EventSource(Protocol):
    """What the composer needs of a PyYAML parser."""

    def get_event(self) -> Any:
        """The next event of `yaml.events`; raises `yaml.YAMLError`."""


class Stop(Exception):
    """Reading on would be useless or dangerous; `problem` says why."""

    def __init__(self, place: Place, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.problem = Problem(place, message, hint)


@dataclass(slots=True)
class _Anchor:
    """What an alias stands for. `node` is None until the node is complete."""

    node: Node | None = None
    nodes: int = 0
    levels: int = 0


class Composer:
    """Reads one document. `problems` keeps what was found, also when `Stop` ended the reading."""

    def __init__(self, parser: EventSource) -> None:
        self.problems: list[Problem] = []
        self._next = parser.get_event
        self._anchors: dict[str, _Anchor] = {}
        self._aliases = 0
        self._nodes = 0
        self._depth = 0
        self._deepest = 0

    def document(self) -> Node:
        """The tree of the text's only document."""
        self._next()  # the start of the stream
        start = self._next()
        if isinstance(start, events.StreamEndEvent):
            raise Stop(Place(1, 1), "there is nothing in this file")
        if start.version or start.tags:
            self._note(start.start_mark, *DIRECTIVE)
        root = self._node(self._next())
        self._next()  # the end of the document
        after = self._next()
        if not isinstance(after, events.StreamEndEvent):
            raise Stop(place_of(after.start_mark), "a second document begins here", "use two files")
        return root

    def _node(self, event: Any) -> Node:
        """The node that begins with this event, read to its end."""
        if isinstance(event, events.AliasEvent):
            return self._alias(event)
        if event.tag is not None:
            self._note(event.start_mark, *TAG)
        self._count(event.start_mark, 1)
        if event.anchor is None:
            return self._content(event)
        return self._anchored(event)

    def _content(self, event: Any) -> Node:
        mark: Mark = event.start_mark
        if isinstance(event, events.ScalarEvent):
            self._reach(mark, 1)
            return self._scalar(event)
        self._depth += 1
        self._reach(mark, 0)
        if isinstance(event, events.SequenceStartEvent):
            node: Node = self._sequence(event)
        else:
            node = self._mapping(event)
        self._depth -= 1
        return node

    def _scalar(self, event: Any) -> Scalar:
        start, end, text = event.start_mark, event.end_mark, event.value
        width = end.column - start.column if start.line == end.line else None
        place = Place(start.line + 1, start.column + 1, width or None)
        if len(text) > SCALAR_LENGTH:
            raise Stop(place, f"a text may have {SCALAR_LENGTH} characters, this has {len(text)}")
        plain = event.implicit[0]
        return Scalar(self._value(text, place) if plain else text, place, text, not plain)

    def _value(self, text: str, place: Place) -> Value:
        try:
            return resolve(text)
        except TooLong:
            self._problem(place, f"a number may have {NUMBER_LENGTH} digits, this has {len(text)}")
            return 0

    def _sequence(self, start: Any) -> Sequence:
        items = []
        while not isinstance(event := self._next(), events.SequenceEndEvent):
            items.append(self._node(event))
        return Sequence(items, place_of(start.start_mark))

    def _mapping(self, start: Any) -> Mapping:
        entries: dict[str, tuple[Scalar, Node]] = {}
        while not isinstance(event := self._next(), events.MappingEndEvent):
            key = self._node(event)
            value = self._node(self._next())
            if (name := self._key(key, event.start_mark, entries)) is not None:
                entries[name.text] = name, value
        return Mapping(list(entries.values()), place_of(start.start_mark))

    def _key(self, key: Node, mark: Mark, entries: dict[str, tuple[Scalar, Node]]) -> Scalar | None:
        """The key when it is one that may stand here."""
        if not isinstance(key, Scalar):
            self._note(mark, "a key is one word or text, not a list or a mapping")
        elif key.text == "<<" and not key.quoted:
            self._problem(key.place, "merge keys (`<<`) are not part of YAML 1.2", "write them out")
        elif not isinstance(key.value, str):
            shown = key.text[:30]
            hint = f'write `"{shown}"`' if shown else "put the key in front of its colon"
            self._problem(key.place, f"a key must be text, and `{shown}` is not", hint)
        elif key.value in entries:
            first = entries[key.value][0].place.line
            self._problem(key.place, f"`{key.value[:60]}` stands twice", f"first on line {first}")
        else:
            return key
        return None

    def _anchored(self, event: Any) -> Node:
        """A node with `&name`. The name is known inside the node too, so that a loop is seen."""
        anchor = self._anchors[event.anchor] = _Anchor()
        outer, self._deepest = self._deepest, self._depth
        before = self._nodes
        node = self._content(event)
        anchor.node, anchor.nodes = node, self._nodes - before + 1
        anchor.levels = self._deepest - self._depth
        self._deepest = max(outer, self._deepest)
        return node

    def _alias(self, event: Any) -> Node:
        """The node that `*name` stands for: the same object, counted as if it were written out."""
        place, name = place_of(event.start_mark), event.anchor[:60]
        anchor = self._anchors.get(event.anchor)
        if anchor is None:
            raise Stop(
                place, f"there is no `&{name}` before this", "quote a text that begins with `*`"
            )
        if anchor.node is None:
            raise Stop(place, f"`*{name}` stands inside what it refers to")
        self._aliases += 1
        if self._aliases > ALIASES:
            raise Stop(place, f"a file may use {ALIASES} aliases (`*name`)", "write some out")
        self._count(event.start_mark, anchor.nodes)
        self._reach(event.start_mark, anchor.levels)
        return anchor.node

    def _count(self, mark: Mark, nodes: int) -> None:
        self._nodes += nodes
        if self._nodes > NODES:
            self._stop(mark, f"a file may have {NODES} values, with what aliases stand for")

    def _reach(self, mark: Mark, levels: int) -> None:
        """Notes that something is `levels` levels below the open list or mapping."""
        self._deepest = max(self._deepest, self._depth + levels)
        if self._deepest > DEPTH:
            self._stop(mark, f"lists and mappings may lie {DEPTH} deep in each other")

    def _stop(self, mark: Mark, message: str) -> NoReturn:
        raise Stop(place_of(mark), message)

    def _note(self, mark: Mark, message: str, hint: str | None = None) -> None:
        self._problem(place_of(mark), message, hint)

    def _problem(self, place: Place, message: str, hint: str | None = None) -> None:
        self.problems.append(Problem(place, message, hint))
        if len(self.problems) >= PROBLEMS:
            raise Stop(place, "there are more faults than anyone would read", "mend these first")
