"""What the pages say can be typed: commands and options that exist, links that lead somewhere."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from harness.__main__ import COMMANDS, cli
from tests.pages import ROOT, blocks, links, pages, spans


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def commands(page: Path) -> Iterator[str]:
    """Every `sockharness …` of a page: in its text, and line by line in its blocks."""
    yield from (span for span in spans(page) if span.startswith("sockharness "))
    for block in blocks(page):
        joined = block.text.replace("\\\n", " ")
        yield from (one for one in joined.splitlines() if one.startswith("sockharness "))


def understood(line: str) -> str | None:
    """Why a command would be refused before it does anything; None when it would not."""
    line = re.sub(r"\s{2,}.*|#.*|[|<>].*", "", line)  # what it does, beside it; pipes
    words = [re.sub(r"[\[\]…]", "", word) for word in shlex.split(line)[1:]]
    name, *rest = [word for word in words if word] or ["--help"]
    if name.startswith("-"):
        return None if name in ("--help", "--version") else f"no option {name}"
    if name not in COMMANDS:
        return f"no command {name}"
    context = click.Context(cli)
    command = cli.get_command(context, name)
    assert command is not None
    try:
        command.make_parser(click.Context(command, **command.context_settings)).parse_args(rest)
    except click.NoSuchOption as problem:
        return f"{line!r}: {problem.format_message()}"
    except click.UsageError:  # an option whose value the page leaves to the reader
        return None
    return None


@pytest.mark.parametrize("page", pages(), ids=named)
def test_commands_in_the_text_exist(page: Path) -> None:
    """A command, and each of its options, is one that there is."""
    assert [why for why in map(understood, commands(page)) if why] == []


@pytest.mark.parametrize(
    ("line", "fine"),
    [
        ("sockharness run scenarios -n 4 -k EXPR", True),
        ("sockharness run [PATH…] [--impl NAME]… | head", True),
        ("sockharness walk", False),
        ("sockharness run --wat", False),
    ],
)
def test_what_counts_as_a_command_that_exists(line: str, fine: bool) -> None:
    """The way in which pages write what may be left out is understood."""
    assert (understood(line) is None) == fine


@pytest.mark.parametrize("page", pages(), ids=named)
def test_links_lead_to_files(page: Path) -> None:
    """Of this repository; other addresses are not tried."""
    assert [link for link in links(page) if not (page.parent / link).exists()] == []


def test_every_page_is_reached_from_the_first() -> None:
    """A page that nobody links to is read by nobody."""
    reached, waiting = set(), [ROOT / "README.md"]
    while waiting:
        page = waiting.pop()
        if page in reached:
            continue
        reached.add(page)
        found = [(page.parent / link).resolve() for link in links(page)]
        waiting += [path for path in found if path.suffix == ".md" and path.exists()]
    assert [named(page) for page in pages() if page not in reached] == []


def test_the_first_page_lists_every_command() -> None:
    """Who reads it knows what there is."""
    listed = {line.split()[1] for line in commands(ROOT / "README.md")}
    assert sorted(COMMANDS.keys() - listed) == []
