"""The bench of small pages counts what was read, wrong and not at all."""

from __future__ import annotations

import pytest

from docparse.bench.small_pages import Side, SmallPagesReport
from docparse.engines.local import find_checkpoint
from docparse.engines.nano import FOLDER
from docparse.errors import UsageError
from docparse.settings import ReadSettings
from docparse.types import BBox, Block, Page

HEAD = Block("heading", BBox(10, 10, 100, 30), "Report", level=1)
TEXT = Block("paragraph", BBox(10, 50, 300, 90), "港の時計")


def page(*blocks: Block) -> Page:
    return Page(1, 400, 300, 144, blocks=blocks)


def test_blocks_and_letters_are_counted() -> None:
    side = Side()
    side.add(page(HEAD, TEXT), page(HEAD, TEXT))
    misread = Block("paragraph", HEAD.bbox, "Repart")
    side.add(page(HEAD, TEXT), page(misread))
    side.add(page(TEXT), page())
    side.seconds = 6.0
    rows = SmallPagesReport("pages", 3, {"whole pages": side}).to_text().splitlines()
    # Of five blocks three are found, all of them where they should be, two of the right kind;
    # of 24 letters 1 + 4 + 4 are wrong.
    assert rows[-1].split() == ["whole", "pages", "0.750", "0.500", "37.5", "1", "2.00"]


def test_reading_page_is_the_shipped_model() -> None:
    assert find_checkpoint(ReadSettings(reading="page").model) == FOLDER
    assert not ReadSettings().model


def test_reading_page_is_for_no_other_model() -> None:
    with pytest.raises(UsageError, match="docparse-nano"):
        ReadSettings(reading="page", model="Qwen/Qwen2.5-VL-3B-Instruct")
    with pytest.raises(UsageError, match="--reading cannot be pages"):
        ReadSettings(reading="pages")
