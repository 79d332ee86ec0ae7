"""Scripts of looks: what was looked at, as a file for anybody that shows it again. Pure.

The script of a look is the look's own code with all that it needs (`bundle.py`), and a call of it
on the program's command.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping

from harness.records.model import CaseRecord
from harness.reproducing.bundle import Place, bundle
from harness.trial.look import Look
from harness.trial.scripts import heading
from harness.trial.target import Target

# What stands in for the harness.
OVERRIDES = "alone"
# Modules in the order in which their definitions stand: each before those that use it.
MODULES = (
    "target",
    "look",
    "diary",
    "keeper",
    "watching",
    "process",
    OVERRIDES,
    "site",
    "talk",
    "visiting",
    "life",
    "holding",
    "jamming",
    "ending",
    "clients",
)


def look_script(sources: Mapping[str, str], look: Look, how: Target, record: CaseRecord) -> str:
    """The script of a look at a server."""
    see = look.see.__name__
    module = look.see.__module__.rpartition(".")[2]
    roots = [(OVERRIDES, "show"), ("target", "Target"), (module, see)]
    call = f"show({_target(how)}, {see}, ends_it={look.ends_it!r})"
    return _script(sources, roots, call, how, record)


def client_script(
    sources: Mapping[str, str], act: str, how: Target, promises_within: float, record: CaseRecord
) -> str:
    """The script of a look at a client, by the name of its act."""
    made = _act(sources["clients"], act)
    sources = {**sources, "clients": f"{sources['clients']}\n\nACT = {made}\n"}
    roots = [(OVERRIDES, "show_client"), ("target", "Target"), ("clients", "ACT")]
    call = f"show_client({_target(how)}, ACT, {promises_within!r})"
    return _script(sources, roots, call, how, record)


def _script(
    sources: Mapping[str, str], roots: list[Place], call: str, how: Target, record: CaseRecord
) -> str:
    return "\n".join(
        [
            *heading(how, record),
            "Run it where that command can be run, or say another behind it: COMMAND WORD...",
            "with {host} and {port}, or {path}. Python 3.9 or newer, Linux, nothing else.",
            "Exit status 1: the fault shows. 0: it does not. What is looked at stands at the end.",
            '"""',
            "",
            "from __future__ import annotations",
            "",
            bundle({name: sources[name] for name in MODULES}, roots, OVERRIDES),
            "",
            'if __name__ == "__main__":',
            f"    sys.exit({call})",
            "",
        ]
    )


def _target(how: Target) -> str:
    words = f"tuple(sys.argv[1:]) or {how.words!r}" if how.words else "()"
    address = dict(how.address) if how.address is not None else None
    parts = (repr(how.service), repr(how.transport), words, repr(address))
    return f"Target({', '.join(parts)}, {how.one_by_one!r}, {how.path_mode!r})"


def _act(source: str, name: str) -> str:
    """The expression that makes an act, out of the table of them."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "Act":
            first = node.args[0]
            if isinstance(first, ast.Constant) and first.value == name:
                return ast.unparse(node)
    raise LookupError(f"there is no act {name}")
