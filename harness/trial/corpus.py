"""What the trial reads of the project: the page of the contracts and the scenarios of a service.

The only module of the trial that opens these files. Installed, the scenarios lie inside the
package; in a checkout they lie beside it.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from harness import plan
from harness.language.deviations import FILE_NAME as DEVIATIONS
from harness.language.deviations import Deviations
from harness.language.deviations import load as load_deviations
from harness.language.loader import load, shown_path
from harness.language.model import Scenario
from harness.plan import Case, Pair
from harness.trial.look_scripts import MODULES
from harness.trial.sentences import Sentence, parse

PRELUDE = Path(__file__).with_name("prelude.py")
PAGE = Path(__file__).with_name("CONTRACTS.md")
_PACKAGE = Path(__file__).parents[1]
_PLACES = (_PACKAGE / "scenarios", _PACKAGE.parent / "scenarios")


class NoCorpus(Exception):
    """The scenarios are not there, or do not load; the text says what is wrong."""


@cache
def contracts() -> Mapping[str, Sentence]:
    """The sentences of the contracts by number."""
    return parse(PAGE.read_text(encoding="utf-8"))


@cache
def prelude() -> str:
    """The beginning of every script that reproduces a finding."""
    return PRELUDE.read_text(encoding="utf-8")


@cache
def sources() -> Mapping[str, str]:
    """The modules that scripts of looks are made of, by name."""
    place = Path(__file__).parent
    return {name: (place / f"{name}.py").read_text(encoding="utf-8") for name in MODULES}


def folder() -> Path:
    """Where the scenarios are."""
    for place in _PLACES:
        if place.is_dir():
            return place
    raise NoCorpus("the scenarios are not installed")


@cache
def service_scenarios() -> tuple[Scenario, ...]:
    """Every scenario whose server may be a program."""
    return tuple(one for one in _read("service*.yaml") if one.service)


@cache
def behaviours() -> tuple[Scenario, ...]:
    """Every scenario there is that claims a behaviour; what is only timed is not among them."""
    return tuple(one for one in _read("*.yaml") if one.variants[0].workload is None)


@cache
def known() -> Deviations:
    """The known deviations, of the kernel and of implementations."""
    return load_deviations(folder() / DEVIATIONS)


def _read(pattern: str) -> list[Scenario]:
    found: list[Scenario] = []
    for path in sorted(folder().glob(pattern)):
        if path.name != DEVIATIONS:
            loaded = load(path, shown_path(path, Path.cwd()))
            if loaded.problems:
                raise NoCorpus(loaded.explain())
            found += loaded.scenarios
    return found


def cases(service: str, transport: str, pair: Pair) -> list[Case]:
    """The cases of a service's contract on one transport."""
    wanted = [one for one in service_scenarios() if one.service == service]
    return list(plan.cases(wanted, [pair], frozenset({transport})))
