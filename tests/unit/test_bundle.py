"""Scripts of looks are made of the looks' own code, and of all that it needs."""

from __future__ import annotations

import ast
import sys
from dataclasses import replace

import pytest

from harness.records.model import CaseRecord
from harness.reproducing.bundle import bundle
from harness.trial import clients, corpus, records
from harness.trial import trial as _fills_the_table  # noqa: F401
from harness.trial.look import LOOKS
from harness.trial.look_scripts import OVERRIDES, client_script, look_script
from harness.trial.target import Target
from tests.unit.record_samples import FAILURE

ONE = """
from typing import Any
import os
from harness.trial import two
from harness.trial.two import other

# Why it is so much.
MOST = 7

@look("a.look")
def see(site: Any) -> None:
    two.help(site, MOST)
    other()

def not_needed() -> None:
    os.abort()
"""
TWO = """
import time

def help(site, most):
    time.sleep(most)

def other():
    return kernel_asked()

def kernel_asked():
    return "by the harness"
"""
ALONE = """
def kernel_asked():
    return "by the script"
"""


def test_what_is_used_comes_along_and_nothing_else() -> None:
    """Names of our modules lose their module, a stand-in takes the place of what it stands for."""
    text = bundle({"two": TWO, OVERRIDES: ALONE, "one": ONE}, [("one", "see")], OVERRIDES)
    assert text.splitlines()[:2] == ["import time", "from typing import Any"]
    assert "# Why it is so much.\nMOST = 7" in text
    assert "@look" not in text
    assert "    help(site, MOST)\n" in text
    assert "by the script" in text
    assert "by the harness" not in text
    assert "abort" not in text


def test_what_is_missing_or_means_two_things_is_an_error() -> None:
    """A script that cannot be whole is not made."""
    broken = ONE.replace("other()", "other(), helper()").replace("import other", "import helper")
    with pytest.raises(LookupError, match="helper"):
        bundle({"two": TWO, OVERRIDES: ALONE, "one": broken}, [("one", "see")], OVERRIDES)
    twice = f"{ONE}\ndef kernel_asked(): pass\n"
    with pytest.raises(LookupError, match="two definitions"):
        bundle(
            {"two": TWO, OVERRIDES: "", "one": twice},
            [("one", "see"), ("one", "kernel_asked")],
            OVERRIDES,
        )


def record() -> CaseRecord:
    """Any."""
    return records.blank("life.x[tcp4]", ("life.1",), "So.", "tcp4", {}, {})


def stands_alone(script: str) -> bool:
    """Whether it compiles, and imports nothing but the standard library."""
    imported = {
        name.partition(".")[0]
        for node in ast.walk(ast.parse(script))
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }
    compile(script, "script", "exec")
    return imported <= set(sys.stdlib_module_names)


@pytest.mark.parametrize("name", LOOKS)
def test_every_look_has_a_script(name: str) -> None:
    """It is whole, and needs nothing of ours."""
    target = Target("echo", "tcp4", ("serve", "{port}"))
    assert stands_alone(look_script(corpus.sources(), LOOKS[name], target, record()))


@pytest.mark.parametrize("act", clients.ACTS, ids=lambda act: act.name)
def test_every_look_at_a_client_has_a_script(act: clients.Act) -> None:
    """The same for clients."""
    target = Target("client", "tcp4", ("ask", "{port}"))
    assert stands_alone(client_script(corpus.sources(), act.name, target, 5.0, record()))


def test_what_a_program_said_ends_no_docstring() -> None:
    """A finding is told first, in the program's own words."""
    said = replace(record(), failure=replace(FAILURE, actual='a """ \\ \x00 b'))
    name = next(iter(LOOKS))
    script = look_script(corpus.sources(), LOOKS[name], Target("echo", "tcp4", ("serve",)), said)
    assert stands_alone(script)
    assert 'a """ \\ \x00 b' in (ast.get_docstring(ast.parse(script)) or "")
