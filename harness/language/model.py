"""What a scenario is, once it has been read: plain frozen data, no YAML, no sockets. Pure.

The loader makes these from a file, the plan turns them into cases, the engine walks the steps and
the judge compares. Every part remembers its place in the file, so that any verdict can point at it.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from harness.language.problems import Place

# The two actors of a case: each is a driver process of its own.
Actor = Literal["server", "client"]
ACTORS: tuple[Actor, ...] = ("server", "client")

# Matrix values are scalars, or mappings of scalars whose keys a scenario names as `${axis.key}`.
Parameters = Mapping[str, Any]


@dataclass(frozen=True)
class Ref:
    """A value that is known only while the case runs: `$count`, or `$server.port`."""

    name: str
    part: str | None = None

    def __str__(self) -> str:
        return f"${self.name}" + (f".{self.part}" if self.part else "")


@dataclass(frozen=True)
class Outcome:
    """One acceptable end of a call: an error by name, or fields of an `ok` reply.

    `word` is the shorthand the author wrote (ok, eof, empty, would-block), `errors` the names of
    which any is right, `fields` the matchers for the reply's fields, as they stand in the file.
    """

    word: str = "ok"
    errors: tuple[str, ...] = ()
    fields: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Expectation:
    """A set of outcomes: `strict` ones pass, `also` ones are allowed and make the case vary.

    `when` holds alternatives by condition, tried in order, in place of the set; the condition
    `else` always holds.
    """

    strict: Mapping[str, Outcome] = field(default_factory=dict)
    also: Mapping[str, Outcome] = field(default_factory=dict)
    when: tuple[tuple[str, Expectation], ...] = ()
    place: Place = field(default_factory=lambda: Place(0, 0))


@dataclass(frozen=True)
class Call:
    """One operation on one handle."""

    place: Place
    handle: str
    operation: str
    args: Mapping[str, Any] = field(default_factory=dict)
    at: Actor | None = None
    makes: str | None = None
    start: str | None = None
    expect: Expectation | None = None
    provided: Expectation | None = None
    within: float | None = None
    at_least: float | None = None
    eventually: float | None = None
    save: Mapping[str, str] = field(default_factory=dict)
    observe: str | None = None
    only: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.handle}: {self.operation}"


@dataclass(frozen=True)
class Finish:
    """Wait for the end of a call that was started under a name."""

    place: Place
    name: str
    expect: Expectation | None = None
    within: float | None = None
    at_least: float | None = None
    save: Mapping[str, str] = field(default_factory=dict)
    observe: str | None = None
    only: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"finish: {self.name}"


@dataclass(frozen=True)
class Blocked:
    """The call started under a name is asleep, and stays so for `hold` seconds.

    With `interrupt` its thread is sent a signal then.
    """

    place: Place
    name: str
    hold: float
    only: tuple[str, ...] = ()
    interrupt: bool = False

    def __str__(self) -> str:
        return f"{'interrupt' if self.interrupt else 'blocked'}: {self.name}"


@dataclass(frozen=True)
class Together:
    """Calls that are all begun before any of them is awaited."""

    place: Place
    calls: tuple[Call, ...]
    only: tuple[str, ...] = ()

    def __str__(self) -> str:
        return "together"


Step = Call | Finish | Blocked | Together


@dataclass(frozen=True)
class Workload:
    """What is timed in place of steps."""

    place: Place
    kind: str
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Variant:
    """A scenario with its matrix variables filled in and its repeats written out."""

    parameters: Parameters
    steps: tuple[Step, ...] = ()
    closing: tuple[Step, ...] = ()
    workload: Workload | None = None


@dataclass(frozen=True)
class Scenario:
    """One claim about socket behaviour, or one workload to time.

    `service` names the contract that the server keeps when only the client is scripted; `contract`
    says whose promise the claim is (posix, linux, api: what Python's socket module documents).
    """

    id: str
    claim: str
    place: Place
    file: str
    transports: tuple[str, ...]
    variants: tuple[Variant, ...]
    spec: tuple[str, ...] = ()
    service: str | None = None
    only: tuple[str, ...] = ()
    requires: tuple[str, ...] = ()
    contract: str = "posix"
    tags: tuple[str, ...] = ()
    why: str | None = None
    text: str = field(default="", repr=False, compare=False)  # of the whole file

    def line(self, number: int) -> str:
        """A line of the scenario's file, counted from 1; empty when there is none."""
        lines = self.text.split("\n")
        return lines[number - 1].rstrip("\r") if 0 < number <= len(lines) else ""

    @property
    def source(self) -> str:
        """The scenario itself as the file has it: its lines, up to the next thing in the file."""
        lines = self.text.split("\n")[self.place.line - 1 :]
        if not lines:
            return ""
        own = [lines[0], *itertools.takewhile(_deeper_than(_indent(lines[0])), lines[1:])]
        while not own[-1].strip() or own[-1].lstrip().startswith("#"):
            own.pop()  # a remark at the end belongs to what comes next
        return "\n".join(line.rstrip("\r") for line in own)

    @property
    def family(self) -> str:
        """What comes before the first dot of the id: `close` of `close.eof-is-sticky`."""
        return self.id.partition(".")[0]


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _deeper_than(indent: int) -> Callable[[str], bool]:
    def belongs(line: str) -> bool:
        text = line.strip()
        return not text or text.startswith("#") or _indent(line) > indent

    return belongs


def calls(steps: tuple[Step, ...]) -> Iterator[Call]:
    """Yield every call, those inside `together` too, in the order of the file."""
    for step in steps:
        if isinstance(step, Call):
            yield step
        elif isinstance(step, Together):
            yield from step.calls
