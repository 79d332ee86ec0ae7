"""How a block of code on a page is tried: a function for each way, and tables that say whose it is.

How it is tried follows from its language; where that does not do, `WAYS` says how, block by block.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
import yaml

from harness.drivers import registry
from harness.report.failure import failure_text
from tests.integration.documents.reader import STANDS_FOR, shortened, typed
from tests.pages import ROOT, Block, blocks
from tests.unit.record_samples import TIMELINE, failed_with

Way = Callable[[Block, Path], None]

KEPT = ROOT / "results" / "reference.jsonl.xz"


def is_run(block: Block, folder: Path) -> None:
    """Each command, in its order, in one folder. 6: the contract is kept, with variations."""
    joined = block.text.replace("\\\n", " ")
    for command in filter(None, joined.splitlines()):
        command = shortened(command)
        for name, instead in STANDS_FOR.items():
            command = re.sub(rf"\b{re.escape(name)}(?![\w.])", instead, command)
        missing = [
            name for name in re.findall(r"[\w-]+@[\w.]+", command) if not registry.is_there(name)
        ]
        if missing:
            pytest.skip(f"there is no {missing[0]} here")
        if "$ECHO" in command:
            before = "coproc ./echod 127.0.0.1 0; read -r ECHO <&${COPROC[0]}; "
            command = before + command + "; kill $COPROC_PID"
        typed(folder, command, 0, 6)


def is_run_by_ci(block: Block, folder: Path) -> None:
    """`.ci/run` takes its command from this very block."""
    sh = [one for one in blocks(ROOT / "README.md") if one.language == "sh"]
    assert block == sh[1]
    assert "inside && n == 2' README.md" in (ROOT / ".ci" / "run").read_text()


def is_set_up(block: Block, folder: Path) -> None:
    """An environment is made and filled by tox, in the same way; the command at the end is run."""
    *_, last = block.text.strip().split(" && ")
    typed(folder, shortened(last.replace(".venv/bin/", "")))


def is_a_scenario(block: Block, folder: Path) -> None:
    """It loads and every case of it passes; a list of scenarios may lack its first line."""
    text = block.text
    if text.lstrip().startswith("- id:"):
        text = "scenarios:\n" + text
    (folder / "mine.yaml").write_text(text)
    typed(folder, "sockharness check-scenarios mine.yaml && sockharness run mine.yaml")


def is_an_outcome(block: Block, folder: Path) -> None:
    """What stands under `expect:` is put under the last step of a scenario, and loads."""
    scenario = "scenarios:\n- id: mine.one\n  claim: x\n  transports: [tcp4]\n"
    scenario += "  steps:\n  - server: listen\n"
    scenario += "  - together:\n    - server: accept\n      as: conn\n    - client: connect\n"
    scenario += "  - conn: recv\n" + "".join(f"    {line}\n" for line in block.text.splitlines())
    (folder / "mine.yaml").write_text(scenario)
    typed(folder, "sockharness check-scenarios mine.yaml")


def is_a_list_of_programs(block: Block, folder: Path) -> None:
    """`sockharness check` finds it where the page says that it stands."""
    (folder / "pyproject.toml").write_text(block.text)
    typed(folder, shortened("sockharness check"), 0, 6)


def is_a_small_file_of_programs(block: Block, folder: Path) -> None:
    """The same in a YAML of its own, which needs no pyproject.toml."""
    (folder / "sockharness.yaml").write_text(block.text)
    typed(folder, shortened("sockharness check echod"), 0, 6)


def is_json(block: Block, folder: Path) -> None:
    """Objects one after the other, perhaps behind an arrow; `...` leaves out what goes on."""
    text = re.sub(r"^[<>] ", "", block.text, flags=re.MULTILINE)
    text = re.sub(r"(,\s*)?\.\.\.", "", text)
    decoder, left = json.JSONDecoder(), text.strip()
    while left:
        found, end = decoder.raw_decode(left)
        assert isinstance(found, dict)
        left = left[end:].strip()


def is_a_list_of_commands(block: Block, folder: Path) -> None:
    """`tests/unit/test_pages.py` looks at every command and option."""
    assert all(line.startswith("sockharness ") for line in block.text.splitlines())


def names_files(block: Block, folder: Path) -> None:
    """What stands at the beginning of a line is a file or a folder of the package."""
    for line in block.text.splitlines():
        names = line.split("  ")[0].split()
        assert [name for name in names if not (ROOT / "harness" / name).exists()] == []


def is_a_call_of_our_workflow(block: Block, folder: Path) -> None:
    """The workflow is there, and takes what it is given."""
    (call,) = yaml.safe_load(block.text)["jobs"].values()
    path = ROOT / call["uses"].partition("/sockharness/")[2].partition("@")[0]
    declared = yaml.safe_load(path.read_text())[True]["workflow_call"]["inputs"]
    assert call["with"].keys() <= declared.keys()


def is_a_note_on_clocks(block: Block, folder: Path) -> None:
    """A failure between two clocks says so, in these words."""
    story = failure_text(failed_with(timeline=TIMELINE, clocks={"server": 0.21}))
    assert block.text in story


def is_code(block: Block, folder: Path) -> None:
    """A piece of Python which stands for a line of a table."""
    compile("{" + block.text.strip().rstrip(",") + "}", str(block), "eval")


def is_the_story_of(file: str, before: str, after: str, case: str) -> Way:
    """It is what a run prints when a scenario is changed so: the same parts, the same words."""

    def compare(block: Block, folder: Path) -> None:
        path = folder / file
        head, found, tail = path.read_text().rpartition(before)
        assert found
        path.write_text(head + after + tail)
        printed = typed(folder, f"sockharness run '{file}::{case}'", 1)
        assert shape(block.text) == shape(printed[printed.index(f"{file}:") :])

    return compare


def is_told_by_a_script_of(command: str) -> Way:
    """It stands so in the only script that a command writes into the folder `found`."""

    def compare(block: Block, folder: Path) -> None:
        typed(folder, f"{command} --scripts found")
        (script,) = (folder / "found").iterdir()
        assert block.text in script.read_text()

    return compare


def is_asked_of_the_kept_record(block: Block, folder: Path) -> None:
    """Each command has something to show; `diff` ends with 1 when it has."""
    shutil.copy(KEPT, folder / "results")
    for command in block.text.splitlines():
        assert typed(folder, command, 1 if " diff " in command else 0)


def is_an_excerpt_of(command: str) -> Way:
    """Its lines stand in what a command prints, in this order; ⋮ leaves some out."""

    def compare(block: Block, folder: Path) -> None:
        shutil.copy(KEPT, folder / "results")
        printed = iter(line.rstrip() for line in typed(folder, command).splitlines())
        wanted = [line for line in block.text.splitlines() if line != "⋮"]
        assert [line for line in wanted if line not in printed] == []

    return compare


def shape(story: str) -> dict[str, list[str]]:
    """The first part of a failure without its numbers; of the others the title and the heading,
    and whose the sockets are: how far the kernel has come with them is another each time."""
    first, *parts = re.split(r"\n\n(?=\S)", story.strip())
    found = {"": re.sub(r"\d+", "0", first).splitlines()}
    for part in parts[:3]:
        title, heading, *_ = part.splitlines()
        found[title] = [" ".join(re.sub(r"\d+", "0", heading).split())]
        if title.startswith("sockets"):
            found[title] += re.findall(r"^  (?:server|client) +\w+", part, re.MULTILINE)
    return found


BY_LANGUAGE: Mapping[str, Way] = {
    "sh": is_run,
    "yaml": is_a_scenario,
    "toml": is_a_list_of_programs,
    "json": is_json,
}
# A page, how one of its blocks begins, and how that block is tried.
WAYS: Mapping[tuple[str, str], Way] = {
    ("README.md", "python3 -m venv .venv &&"): is_set_up,
    ("README.md", "python3 -m venv .venv-tox"): is_run_by_ci,
    ("README.md", "scenarios/close.yaml:24:5"): is_the_story_of(
        "scenarios/close.yaml",
        "{data: answer}",
        "{data: answr}",
        "close.half-close-then-reply[tcp4]",
    ),
    ("README.md", "claims "): is_an_excerpt_of(
        "sockharness show --matrix results/reference.jsonl.xz"
    ),
    ("README.md", "sockharness run [PATH…]"): is_a_list_of_commands,
    ("scenarios/README.md", "expect:"): is_an_outcome,
    ("harness/trial/README.md", "programs:"): is_a_small_file_of_programs,
    ("harness/report/CI.md", "jobs:"): is_a_call_of_our_workflow,
    ("harness/report/READING.md", "def steps"): is_told_by_a_script_of(
        "sockharness run scenarios/close.yaml --impl asyncio-streams --transport tcp4 --deviations"
        " -k does-not-wake-blocked-accept --slow-factor 5"
    ),
    ("harness/README.md", "__main__.py"): names_files,
    ("harness/drivers/ADDING.md", '"NAME": _library('): is_code,
    ("harness/drivers/ADDING.md", "sockharness smoke NAME"): is_run,
    ("harness/drivers/ELSEWHERE.md", "scp "): is_run,
    ("harness/drivers/ELSEWHERE.md", "timeline"): is_a_note_on_clocks,
    ("harness/measuring/README.md", "sockharness bench"): is_run,
    ("results/README.md", "sockharness run scenarios"): is_run,
    ("results/README.md", "sockharness show --matrix"): is_asked_of_the_kept_record,
    ("harness/drivers/PROTOCOL.md", '{"'): is_json,
    ("harness/drivers/PROTOCOL.md", '< {"hello"'): is_json,
}  # fmt: skip


def way_of(block: Block) -> Way | None:
    """How a block is tried."""
    for (page, beginning), way in WAYS.items():
        if block.page == page and block.text.startswith(beginning):
            return way
    return BY_LANGUAGE.get(block.language)
