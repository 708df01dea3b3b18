"""Every real PDF at hand is read in full, page by page, or refused with a reason.

The default run takes the first page of every seventh document, and reads scans where it can;
`-m slow` takes every page of all, but no scan, for that would take hours.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from pathlib import Path

import pytest

from docparse.errors import DocparseError
from docparse.pipeline import Pictures, Reader, open_reader
from docparse.settings import ReadSettings
from docparse.types import Block, Page

DATA = Path(__file__).parents[2] / "shared" / "data"
# Read in a process of its own by tests/cli: it never lets go of the library.
HANGS = {"gnarly/pymupdf/test_2548.pdf"}
PDFS = [p for p in sorted(DATA.rglob("*.pdf")) if str(p.relative_to(DATA)) not in HANGS]
NOTHING = {"blank", "no-text", "needs-reading", "page-failed"}

pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="../shared/data is not there")


def name_of(path: Path) -> str:
    return str(path.relative_to(DATA))


def letters(text: str) -> Counter[str]:
    """Letters and digits, without the marks that line ends and ligatures change."""
    plain = unicodedata.normalize("NFKC", text)
    return Counter(char for char in plain if char.isalnum())


def text_of(block: Block) -> str:
    """All that a block says, wherever it keeps it."""
    parts = [block.text, block.label, *(item.marker + item.text for item in block.items)]
    if block.table:
        parts += [cell.text for cell in block.table.cells]
    if not "".join(parts).strip() or block.kind in ("figure", "formula", "chart"):
        parts += [word.text for word in block.words]
    return " ".join(parts)


def check(reader: Reader, number: int) -> None:
    """One page: something on it or a reason, boxes inside it, nothing of its text lost."""
    page_input_lines = " ".join(line.text for line in reader.source.page(number).lines)
    page = next(reader.read([number])).page
    codes = {note.code for note in page.notes}
    assert page.blocks or codes & NOTHING, f"page {number} is empty without a word"
    check_boxes(page)
    wanted = letters(page_input_lines)
    found = letters(" ".join(map(text_of, page.blocks)))
    missing = wanted - found
    assert missing.total() <= 0.005 * wanted.total(), f"page {number} lost {missing}"


def check_boxes(page: Page) -> None:
    cells = [c.bbox for b in page.blocks if b.table for c in b.table.cells if c.bbox]
    items = [i.bbox for b in page.blocks for i in b.items if i.bbox]
    for box in [*(block.bbox for block in page.blocks), *cells, *items]:
        assert 0 <= box.x0 <= box.x1 <= page.width, (box, page.width)
        assert 0 <= box.y0 <= box.y1 <= page.height, (box, page.height)


def read(path: Path, settings: ReadSettings, *, first_only: bool) -> None:
    try:
        with open_reader(path, settings, name=path.name, pictures=Pictures()) as reader:
            for number in reader.opened.numbers[: 1 if first_only else None]:
                check(reader, number)
    except DocparseError as error:
        assert len(str(error)) > 20 and "\n" not in str(error)


@pytest.mark.parametrize("path", PDFS[::7], ids=name_of)
def test_first_pages(path: Path) -> None:
    # The other reader of scans would take as long as all the rest, and is tested beside ours.
    read(path, ReadSettings(reader="nano"), first_only=True)


@pytest.mark.slow
@pytest.mark.parametrize("path", PDFS, ids=name_of)
def test_every_page(path: Path) -> None:
    read(path, ReadSettings(reader="off"), first_only=False)
