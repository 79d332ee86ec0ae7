"""Joins the page's scripts: small modules that import each other become one text. Pure text.

The modules are real ones, so that editors and node understand them. Joined, they share one scope:
the lines of imports fall away, and so does the word `export`. Hence the rules that are checked
here: an import names a module of ours on one line, and no two modules have a top-level name in
common.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

_IMPORT = re.compile(r'^import \{([^}]*)\} from "\./([\w-]+\.js)";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(?:async )?(?:function|const|let|class) )", re.MULTILINE)
_TOP = re.compile(r"^(?:export )?(?:async )?(?:function\*?|const|let|class) (\w+)", re.MULTILINE)
_EXPORTED = re.compile(r"^export (?:async )?(?:function\*?|const|let|class) (\w+)", re.MULTILINE)


class Unjoinable(ValueError):
    """Scripts that break a rule; the text says which."""


def joined(modules: Mapping[str, str], entry: str) -> str:
    """Return one script of the modules by name, each behind those that it imports."""
    ordered: list[str] = []
    _visit(modules, entry, ordered, [])
    _no_name_twice({name: modules[name] for name in ordered})
    return "\n".join(_bare(name, modules[name]) for name in ordered)


def _visit(modules: Mapping[str, str], name: str, ordered: list[str], path: list[str]) -> None:
    if name in path:
        raise Unjoinable(f"{name} imports itself: {' > '.join([*path, name])}")
    if name in ordered:
        return
    for names, other in _IMPORT.findall(modules[name]):
        if other not in modules:
            raise Unjoinable(f"{name}: there is no {other}")
        exported = set(_EXPORTED.findall(modules[other]))
        missing = {one.strip() for one in names.split(",") if one.strip()} - exported
        if missing:
            raise Unjoinable(f"{name}: {other} exports no {', '.join(sorted(missing))}")
        _visit(modules, other, ordered, [*path, name])
    ordered.append(name)


def _no_name_twice(modules: Mapping[str, str]) -> None:
    owner: dict[str, str] = {}
    for module, text in modules.items():
        for name in _TOP.findall(text):
            if owner.setdefault(name, module) != module:
                raise Unjoinable(f"{name} is in {owner[name]} and in {module}")


def _bare(name: str, text: str) -> str:
    bare = _EXPORT.sub("", _IMPORT.sub("", text))
    if re.search(r"^(?:import|export)\b", bare, re.MULTILINE):
        raise Unjoinable(f"{name}: an import or export that is not on one line of our form")
    return bare.strip() + "\n"
