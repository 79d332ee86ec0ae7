"""Which YAML files pytest takes for scenario files."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from harness.language.deviations import FILE_NAME as DEVIATIONS
from harness.language.workloads import FOLDER as WORKLOADS
from harness.trial.settings import has_programs

_LOOKS_LIKE_ONE = re.compile(rb"^scenarios\s*:", re.MULTILINE)
# The beginning of a file is enough to see what it is; `defaults:` may stand before `scenarios:`.
_PEEK = 64 << 10


def is_scenario_file(path: Path, config: pytest.Config) -> bool:
    """Whether a file is one of ours.

    Named on the command line: any YAML file. Found in a folder called `scenarios`, or in its folder
    of workloads: any but the list of known deviations, so that a file with a mistyped first key is
    an error and not silence. Elsewhere: what has the key `scenarios:`, so that other people's YAML
    is left alone.
    """
    if path.suffix not in (".yaml", ".yml"):
        return False
    if named(path, config):
        return not has_programs(path)
    if path.name == DEVIATIONS:
        return False
    if path.parent.name == "scenarios" or is_kept_apart(path.parent):
        return True
    try:
        with path.open("rb") as file:
            return _LOOKS_LIKE_ONE.search(file.read(_PEEK)) is not None
    except OSError:
        return False


def is_kept_apart(path: Path) -> bool:
    """Whether this is the folder of workloads, which is collected only when it is named."""
    return path.name == WORKLOADS and path.parent.name == "scenarios" and path.is_dir()


def named(path: Path, config: pytest.Config) -> bool:
    """Whether a file stands on the command line itself."""
    base = config.invocation_params.dir
    return any(_same(base / str(arg).partition("::")[0], path) for arg in config.args)


def _same(one: Path, other: Path) -> bool:
    try:
        return one.resolve() == other.resolve()
    except OSError:
        return False
