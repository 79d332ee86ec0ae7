"""One script out of several modules: some definitions and all that they use. Pure.

A script that a maintainer can read and run is made of the code that found the fault: nothing is
written twice, and what the script does is what was done here. A name is looked up in its own
module, then where that module imports it from; a definition in the module that is
`overriding` takes the place of any other of its name. Imports of the standard library come along
where they are used.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

_OURS = "harness."
# What is imported from these is a module.
_PACKAGES = ("harness", "harness.engine", "harness.trial", "harness.drivers.python")
# They put a definition into a table of ours, which a script has not.
_DROPPED_DECORATORS = ("look",)

Place = tuple[str, str]  # module, name


@dataclass(frozen=True)
class _Definition:
    """A definition at the top of a module: its text, its line, the names that it uses."""

    text: str
    line: int
    names: frozenset[str]


@dataclass
class _Module:
    """What stands at the top of a module."""

    definitions: dict[str, _Definition] = field(default_factory=dict)
    imported: dict[str, Place] = field(default_factory=dict)  # from modules of ours
    modules: dict[str, str] = field(default_factory=dict)  # modules of ours, by the name used here
    library: dict[str, Place] = field(default_factory=dict)  # of others: module, what of it


def bundle(sources: Mapping[str, str], roots: Iterable[Place], overriding: str) -> str:
    """Return the text of these definitions and of all that they need, imports first.

    `sources` has the modules by name, in the order in which their definitions are to stand; those
    of the module `overriding` stand in for others. Raises LookupError when something of ours is
    needed that is in none of them, or has another's name."""
    modules = {name: _read(text) for name, text in sources.items()}
    needed = _closure(modules, roots, overriding)
    clash = {name for _, name in needed if sum(other == name for _, other in needed) > 1}
    if clash:
        raise LookupError(f"two definitions of {sorted(clash)}")
    lines = _import_lines({one for place in needed for one in _imports(modules, place)})
    order = {name: number for number, name in enumerate(sources)}
    placed = sorted(needed, key=lambda at: (order[at[0]], _of(modules, at).line))
    return "\n\n".join(["\n".join(lines), *(_text(modules, at) for at in placed)]) + "\n"


def _closure(modules: Mapping[str, _Module], roots: Iterable[Place], overriding: str) -> set[Place]:
    needed: set[Place] = set()
    waiting = list(roots)
    while waiting:
        place = waiting.pop()
        if place not in needed:
            needed.add(place)
            waiting += (
                (overriding, one[1])
                if one[1] in modules[overriding].definitions
                else _found(modules, *one)
                for one in _needs(modules, place)
            )
    return needed


def _needs(modules: Mapping[str, _Module], place: Place) -> Iterator[Place]:
    """What a definition uses, where its module says that it is."""
    module = modules[place[0]]
    for name in _of(modules, place).names:
        first, _, rest = name.partition(".")
        if rest and first in module.modules:
            yield module.modules[first], rest
        elif first in module.definitions or first in module.imported:
            yield module.imported.get(first, (place[0], first))


def _found(modules: Mapping[str, _Module], module: str, name: str) -> Place:
    if module in modules and name in modules[module].definitions:
        return module, name
    if module in modules and name in modules[module].imported:
        return _found(modules, *modules[module].imported[name])
    raise LookupError(f"{module}.{name} is in none of the modules")


def _of(modules: Mapping[str, _Module], place: Place) -> _Definition:
    return modules[place[0]].definitions[place[1]]


def _import_lines(wanted: Iterable[Place]) -> Iterator[str]:
    """Import statements, as they are sorted elsewhere."""
    parts: dict[str, set[str]] = {}
    for module, what in wanted:
        parts.setdefault(module, set()).add(what)
    yield from (f"import {module}" for module, names in sorted(parts.items()) if "" in names)
    for module, names in sorted(parts.items()):
        if names - {""}:
            yield f"from {module} import {', '.join(sorted(names - {''}))}"


def _imports(modules: Mapping[str, _Module], place: Place) -> Iterator[Place]:
    library = modules[place[0]].library
    for name in _of(modules, place).names:
        first = name.partition(".")[0]
        if first in library:
            yield library[first]


def _text(modules: Mapping[str, _Module], place: Place) -> str:
    """The definition, where names of modules of ours stand before no other name."""
    ours = "|".join(map(re.escape, modules[place[0]].modules))
    text = _of(modules, place).text
    return re.sub(rf"\b(?:{ours})\.(?=[A-Za-z_])", "", text) if ours else text


# --- reading --------------------------------------------------------------------------------------


def _read(text: str) -> _Module:
    module = _Module()
    lines = text.splitlines()
    for node in ast.parse(text).body:
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            _import(node, module)
        for name in _defined(node):
            names = frozenset(_names(node))
            module.definitions[name] = _Definition(_segment(node, lines), node.lineno, names)
    return module


def _import(node: ast.Import | ast.ImportFrom, module: _Module) -> None:
    origin = node.module or "" if isinstance(node, ast.ImportFrom) else ""
    for alias in node.names:
        name = alias.asname or alias.name
        if origin in _PACKAGES:
            module.modules[name] = alias.name
        elif origin.startswith(_OURS):
            module.imported[name] = (origin.rpartition(".")[2], alias.name)
        elif origin != "__future__":
            whole = (origin, ast.unparse(alias)) if origin else (ast.unparse(alias), "")
            module.library[name.partition(".")[0]] = whole


def _defined(node: ast.stmt) -> Iterator[str]:
    if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
        yield node.name
    elif isinstance(node, ast.Assign):
        for target in node.targets:
            yield from (one.id for one in ast.walk(target) if isinstance(one, ast.Name))
    elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
        yield node.target.id


def _names(node: ast.stmt) -> Iterator[str]:
    """Names that are used, and `module.name` where a name is looked up in another."""
    for decorator in getattr(node, "decorator_list", []):
        if _is_dropped(decorator):
            for inner in ast.walk(decorator):
                inner.__dict__["dropped"] = True
    for one in ast.walk(node):
        if one.__dict__.get("dropped"):
            continue
        if isinstance(one, ast.Attribute) and isinstance(one.value, ast.Name):
            yield f"{one.value.id}.{one.attr}"
        elif isinstance(one, ast.Name):
            yield one.id


def _is_dropped(decorator: ast.expr) -> bool:
    return isinstance(decorator, ast.Call) and (
        isinstance(decorator.func, ast.Name) and decorator.func.id in _DROPPED_DECORATORS
    )


def _segment(node: ast.stmt, lines: list[str]) -> str:
    """The lines of a definition, with the comment right above it."""
    decorators = [one for one in getattr(node, "decorator_list", []) if not _is_dropped(one)]
    begin = min([node.lineno, *(one.lineno for one in decorators)]) - 1
    text = lines[begin : node.end_lineno]
    while begin and lines[begin - 1].startswith("#") and not lines[begin - 1].startswith("# ---"):
        begin -= 1
        text.insert(0, lines[begin])
    return "\n".join(text)
