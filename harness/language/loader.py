"""The loader: a file of scenarios, read and checked as a whole. Pure but for opening the file.

It never raises for what a file says: every problem of the file comes back at once, each with its
place. A file with any problem gives no scenarios, so nothing of a doubtful file runs.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from harness.language import lifetimes, matrix, reader, steps, values, workloads
from harness.language.model import Scenario, Variant
from harness.language.nodes import Mapping, Node, Sequence
from harness.language.operations import SERVICES, TRANSPORTS
from harness.language.problems import Problem, render_all
from harness.language.trouble import Trouble

_ID = re.compile(r"[a-z][a-z0-9-]*(\.[a-z0-9][a-z0-9-]*)+")
DEFAULT_KEYS = ("transports", "spec", "tags", "requires", "contract", "only")
SCENARIO_KEYS = (
    "id", "claim", "spec", "transports", "only", "requires", "contract", "tags", "why", "matrix",
    "service", "workload", "steps", "closing",
)  # fmt: skip
CONTRACTS = ("posix", "rfc", "linux", "api", "service")
# What a scenario may need of the machine beyond its transports; the engine finds out.
REQUIREMENTS = (
    "root", "not-root", "ipv6", "multicast", "broadcast", "procfs", "alone",
    "privileged-ports",
)  # fmt: skip
_TAG = re.compile(r"[a-z][a-z0-9_]*")


@dataclass
class Loaded:
    """What a file gave: scenarios, or the problems that kept them back."""

    file: str
    scenarios: list[Scenario] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    text: str = ""

    def explain(self) -> str:
        """All problems of the file as a person reads them."""
        return render_all(self.problems, self.file, self.text)


def load(path: Path, shown: str | None = None) -> Loaded:
    """Read a file of scenarios. `shown` is how messages and records name it."""
    return _loaded(reader.read_file(path), shown or str(path))


def loads(text: str, shown: str = "<text>") -> Loaded:
    """Read scenarios from a text."""
    return _loaded(reader.read(text), shown)


def _loaded(result: reader.Result, shown: str) -> Loaded:
    if result.root is None or result.problems:
        return Loaded(shown, problems=result.problems, text=result.source)
    trouble = Trouble()
    scenarios = _File(shown, result.source, trouble).read(result.root)
    if trouble.problems:
        return Loaded(shown, problems=trouble.problems, text=result.source)
    return Loaded(shown, scenarios, text=result.source)


def shown_path(path: Path, base: Path) -> str:
    """A path as messages name it: relative where that is shorter."""
    try:
        return str(path.resolve().relative_to(base.resolve()))
    except ValueError:
        return str(path)


class _File:
    """One file being read: its name, its defaults, the ids seen so far."""

    def __init__(self, shown: str, text: str, trouble: Trouble) -> None:
        self.shown = shown
        self.text = text
        self.trouble = trouble
        self.defaults: dict[str, Node] = {}
        self.ids: dict[str, int] = {}

    def read(self, root: Node) -> list[Scenario]:
        if not isinstance(root, Mapping):
            self.trouble.at(root.place, "a file of scenarios is a mapping", "begin: `scenarios:`")
            return []
        for key, _ in root.entries:
            if key.text not in ("scenarios", "defaults"):
                self.trouble.unknown(key.place, "key", key.text, ("scenarios", "defaults"))
        self._read_defaults(root.get("defaults"))
        listed = root.get("scenarios")
        if not isinstance(listed, Sequence) or not listed.items:
            self.trouble.at((listed or root).place, "`scenarios:` needs a list of scenarios")
            return []
        found = [self._scenario(item) for item in listed.items]
        return [scenario for scenario in found if scenario is not None]

    def _read_defaults(self, node: Node | None) -> None:
        if node is None:
            return
        if not isinstance(node, Mapping):
            self.trouble.wanted(node, "a mapping")
            return
        for key, value in node.entries:
            if key.text not in DEFAULT_KEYS:
                self.trouble.unknown(key.place, "key of `defaults`", key.text, DEFAULT_KEYS)
            self.defaults[key.text] = value

    def _scenario(self, node: Node) -> Scenario | None:
        if not isinstance(node, Mapping):
            self.trouble.wanted(node, "a scenario: a mapping with `id`, `claim` and `steps`")
            return None
        before = len(self.trouble.problems)
        for key, _ in node.entries:
            if key.text not in SCENARIO_KEYS:
                self.trouble.unknown(key.place, "key of a scenario", key.text, SCENARIO_KEYS)
        head = self._head(node)
        variants = self._variants(node)
        if head is None or len(self.trouble.problems) > before:
            return None
        scenario = Scenario(
            variants=variants, place=node.place, file=self.shown, text=self.text, **head
        )
        lifetimes.check(scenario, self.trouble)
        for variant in variants:
            if variant.workload is not None:
                workloads.check_transports(variant.workload, scenario.transports, self.trouble)
        return scenario

    # --- what a scenario says of itself ----------------------------------------------------------

    def _value(self, node: Mapping, key: str) -> Node | None:
        return node.get(key) or self.defaults.get(key)

    def _head(self, node: Mapping) -> dict[str, Any] | None:
        trouble = self.trouble
        name, claim = self._id(node), self._claim(node)
        contract = self._value(node, "contract")
        why = node.get("why")
        service = node.get("service")
        only = self._value(node, "only")
        if name is None or claim is None:
            return None
        return {
            "id": name,
            "claim": claim,
            "transports": self._transports(node),
            "spec": tuple(self._words(node, "spec")),
            "tags": tuple(self._tags(node)),
            "requires": tuple(self._known_words(node, "requires", REQUIREMENTS)),
            "only": steps.only(only, trouble) if only else (),
            "contract": (contract and values.choice(contract, CONTRACTS, trouble)) or "posix",
            "why": values.text(why, trouble) if why else None,
            "service": values.choice(service, SERVICES, trouble) if service else None,
        }

    def _id(self, node: Mapping) -> str | None:
        found = node.get("id")
        if found is None:
            self.trouble.at(node.place, "a scenario needs an `id`", "such as `echo.every-byte`")
            return None
        name = values.text(found, self.trouble)
        if name is None:
            return None
        if not _ID.fullmatch(name):
            self.trouble.at(
                found.place, f"`{name[:60]}` is no id", "family.name, in small letters and hyphens"
            )
        elif name in self.ids:
            self.trouble.at(found.place, f"the id `{name}` is taken by line {self.ids[name]}")
        self.ids.setdefault(name, found.place.line)
        return name

    def _claim(self, node: Mapping) -> str | None:
        found = node.get("claim")
        if found is None:
            self.trouble.at(
                node.place, "a scenario needs a `claim`: one sentence that can be false"
            )
            return None
        claim = values.text(found, self.trouble)
        return " ".join(claim.split()) if claim else claim

    def _transports(self, node: Mapping) -> tuple[str, ...]:
        found = self._value(node, "transports")
        if found is None:
            self.trouble.at(node.place, "a scenario needs `transports`", ", ".join(TRANSPORTS))
            return ()
        named = []
        for item in found.items if isinstance(found, Sequence) else [found]:
            word = values.choice(item, TRANSPORTS, self.trouble)
            if word in named:
                self.trouble.at(item.place, f"`{word}` stands twice")
            elif word is not None:
                named.append(word)
        return tuple(named)

    def _words(self, node: Mapping, key: str) -> list[str]:
        found = self._value(node, key)
        return values.words(found, self.trouble) if found else []

    def _known_words(self, node: Mapping, key: str, known: tuple[str, ...]) -> list[str]:
        words = self._words(node, key)
        for word in words:
            if word not in known:
                place = self._value(node, key) or node
                self.trouble.unknown(place.place, "requirement", word, known)
        return words

    def _tags(self, node: Mapping) -> list[str]:
        tags = self._words(node, "tags")
        for tag in tags:
            if not _TAG.fullmatch(tag):
                self.trouble.at(
                    node.place, f"`{tag}` is no tag", "tags are pytest markers: letters, digits, _"
                )
        return tags

    # --- what a scenario does --------------------------------------------------------------------

    def _variants(self, node: Mapping) -> tuple[Variant, ...]:
        trouble = self.trouble
        body = {key: node.get(key) for key in ("steps", "closing", "workload")}
        if (body["steps"] is None) == (body["workload"] is None):
            trouble.at(node.place, "a scenario needs either `steps` or a `workload`")
            return ()
        table = node.get("matrix")
        axes = matrix.axes(table, trouble)
        used: set[str] = set()
        made = [self._variant(body, one, used) for one in matrix.combinations(axes, table, trouble)]
        if isinstance(table, Mapping):
            for key, _ in table.entries:
                if key.text in axes and key.text not in used:
                    trouble.at(key.place, f"nobody uses the matrix variable `{key.text}`")
        return tuple(made)

    def _variant(
        self, body: dict[str, Node | None], combination: matrix.Combination, used: set[str]
    ) -> Variant:
        trouble = self.trouble
        tree = {
            key: matrix.filled(node, combination, used, trouble) if node else None
            for key, node in body.items()
        }
        shown = matrix.parameters(combination)
        if tree["workload"] is not None:
            return Variant(shown, workload=workloads.read(tree["workload"], trouble))
        return Variant(
            shown,
            steps=steps.read(tree["steps"], trouble) if tree["steps"] else (),
            closing=steps.read(tree["closing"], trouble) if tree["closing"] else (),
        )
