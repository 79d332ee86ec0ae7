"""Programs on trial that a project lists: in pyproject.toml, or in a small YAML.

    [tool.sockharness.programs.echod]          programs:
    server = "./echod {host} {port}"             echod: {server: "./echod {host} {port}",
    service = "echo"                                     service: echo}

The only module of the trial that reads such files.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from harness.language.problems import suggest
from harness.trial.request import Request, requests_of
from harness.trial.target import WrongUse

if sys.version_info >= (3, 11):
    import tomllib
else:  # pytest brings it along
    import tomli as tomllib

YAML_NAME = "sockharness.yaml"
TOML_NAME = "pyproject.toml"
_LISTS_PROGRAMS = re.compile(r"^[\"']?programs[\"']?\s*:|^\s*\{", re.MULTILINE)


def find(folder: Path) -> Path | None:
    """The file of a folder that lists programs."""
    for name in (YAML_NAME, TOML_NAME):
        if (folder / name).is_file() and has_programs(folder / name):
            return folder / name
    return None


def has_programs(path: Path) -> bool:
    """Whether a file lists any; whoever wants one that cannot be read is told why by `programs`."""
    try:
        return bool(_tables(path))
    except WrongUse:
        return path.name in (YAML_NAME, TOML_NAME)


def programs(path: Path) -> dict[str, Request]:
    """The programs of a file, by name. Raise WrongUse."""
    return requests_of(_tables(path), path.name)


def _tables(path: Path) -> Mapping[str, Any]:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as problem:
        raise WrongUse(f"{path} cannot be read: {problem}") from None
    whole = _toml(path, text) if path.suffix == ".toml" else _yaml(path, text)
    if not isinstance(whole, Mapping):
        return {}
    for key in whole:
        if key != "programs":
            hint = suggest(str(key), ["programs"]) or "what it may have is `programs`"
            raise WrongUse(f"{path}: there is no key `{key}`; {hint}")
    tables = whole.get("programs", {})
    if not isinstance(tables, Mapping):
        raise WrongUse(f"{path}: `programs` is a table of programs by name")
    return tables


def _toml(path: Path, text: str) -> Any:
    try:
        return tomllib.loads(text).get("tool", {}).get("sockharness", {})
    except tomllib.TOMLDecodeError as problem:
        raise WrongUse(f"{path}: {problem}") from None


def _yaml(path: Path, text: str) -> Any:
    # pytest asks this of every YAML file that it is given, and reading a long one takes a second.
    if path.name != YAML_NAME and not _LISTS_PROGRAMS.search(text):
        return {}
    try:
        return yaml.safe_load(text)
    except yaml.MarkedYAMLError as problem:
        mark = problem.problem_mark
        place = f":{mark.line + 1}:{mark.column + 1}" if mark is not None else ""
        raise WrongUse(f"{path}{place}: {problem.problem}") from None
    except yaml.YAMLError as problem:
        raise WrongUse(f"{path}: {problem}") from None
