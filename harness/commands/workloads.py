"""Which cases a command that times is about: scenarios, transports and sizes from its options."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import click

from harness.commands.paths import loaded
from harness.language.model import Scenario, Variant
from harness.language.problems import suggest
from harness.plan import Case, Pair, cases
from harness.trial.corpus import NoCorpus, folder

# What is timed when nobody says what: the question that most people have.
SCENARIO, TRANSPORT, SIZE = "latency.round-trip", "tcp4", 64


class Unreadable(click.ClickException):
    """A file of scenarios that does not load."""

    exit_code = 2


def timed_cases(
    words: Sequence[str], transports: Collection[str], sizes: Sequence[int], pairs: Sequence[Pair]
) -> list[Case]:
    """The timed cases that the words name: files, FILE::ID, or ids of scenarios that ship.

    Raise click.UsageError, with what there is, when a word or an option leaves nothing.
    """
    if not words:
        words, transports, sizes = (
            (SCENARIO,),
            transports or {TRANSPORT},
            sizes or (SIZE,),
        )
    scenarios = [_sized(one, sizes) for word in words for one in _named(word)]
    found = list(cases(scenarios, pairs, frozenset(transports) or None))
    if not found:
        there = {each for one in scenarios for each in one.transports}
        raise click.UsageError(
            f"no case is played over {', '.join(transports)}: {', '.join(sorted(there))} there are"
        )
    return found


def _named(word: str) -> list[Scenario]:
    """The timed scenarios of a file, or the one of a name."""
    if Path(word.partition("::")[0]).exists():
        path, _, wanted = word.partition("::")
        found = [one for one in _timed([path]) if wanted.partition("[")[0] in ("", one.id)]
        if not found:
            raise click.UsageError(f"{word}: nothing there is timed (`workload:`)")
        return found
    try:
        known = {one.id: one for one in _timed(_with_workloads(folder()))}
    except NoCorpus as problem:
        raise click.ClickException(str(problem)) from None
    if word not in known:
        hint = suggest(word, known) or f"there are {', '.join(known)}"
        raise click.UsageError(f"no file and no timed scenario is called {word!r}; {hint}")
    return [known[word]]


def _with_workloads(place: Path) -> list[str]:
    """The files of a folder that time something; to read all of them takes a second."""
    files = sorted(place.rglob("*.yaml"))
    return [str(file) for file in files if "workload:" in file.read_text(encoding="utf-8")]


def _timed(paths: Sequence[str]) -> Iterator[Scenario]:
    for file in loaded(paths, workloads=True):
        if file.problems:
            raise Unreadable(file.explain())
        yield from (one for one in file.scenarios if one.variants[0].workload is not None)


def _sized(scenario: Scenario, sizes: Sequence[int]) -> Scenario:
    """The scenario with messages of these sizes instead of its own, where it has any."""
    if not sizes:
        return scenario
    variants: dict[str, Variant] = {}
    for variant in scenario.variants:
        for size in sizes:
            made = _with_size(variant, size)
            variants[str(made.parameters)] = made
    return replace(scenario, variants=tuple(variants.values()))


def _with_size(variant: Variant, size: int) -> Variant:
    assert variant.workload is not None
    if "size" not in variant.workload.options:
        raise click.UsageError(f"`{variant.workload.kind}` has no size")
    workload = replace(variant.workload, options={**variant.workload.options, "size": size})
    return replace(variant, parameters={**variant.parameters, "size": size}, workload=workload)
