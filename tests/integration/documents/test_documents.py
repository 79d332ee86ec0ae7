"""Every block of code on every page is tried: commands are run, scenarios too, outputs compared.

A block for which `ways.py` knows no way fails, and so does an entry there that fits no block.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.integration.documents.reader import furnish
from tests.integration.documents.ways import WAYS, way_of
from tests.pages import Block, blocks, pages

ALL = [block for page in pages() for block in blocks(page)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A reader's own."""
    furnish(tmp_path)
    return tmp_path


@pytest.mark.parametrize("block", ALL, ids=str)
def test_a_block_does_what_its_page_says(block: Block, folder: Path) -> None:
    """Commands end well, examples load and run, outputs look as they are shown."""
    way = way_of(block)
    assert way is not None, "say in WAYS how this block is tried"
    way(block, folder)


@pytest.mark.parametrize("entry", WAYS, ids=str)
def test_every_way_is_of_a_block(entry: tuple[str, str]) -> None:
    """A page that was rewritten takes its entries along."""
    page, beginning = entry
    assert any(block.page == page and block.text.startswith(beginning) for block in ALL)
