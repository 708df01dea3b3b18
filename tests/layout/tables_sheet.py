"""Pages with words, rules and shades at given places, and tables in short form, for the tests."""

from __future__ import annotations

from collections.abc import Sequence

import pymupdf

from docparse.layout.claims import tidy
from docparse.layout.regions import Region
from docparse.layout.rulings import read_rulings
from docparse.layout.tables import build_table, ruled_regions
from docparse.pages.layer import read_page
from docparse.pages.page import PageInput
from docparse.types import BBox, Table, union_of

DPI = 144.0
SCALE = DPI / 72


class Sheet:
    """A page under construction; all places are points from the top left corner."""

    def __init__(self, width: float = 500, height: float = 400) -> None:
        self.document = pymupdf.open()
        self.page = self.document.new_page(width=width, height=height)

    def text(
        self, x: float, y: float, text: str, *, size: float = 10, font: str = "helv", turn: int = 0
    ) -> Sheet:
        """Words whose baseline begins at (x, y); `turn` in degrees counter-clockwise."""
        self.page.insert_text((x, y), text, fontsize=size, fontname=font, rotate=turn)
        return self

    def right(self, x: float, y: float, text: str, *, size: float = 10) -> Sheet:
        """Words that end at x."""
        return self.text(x - pymupdf.get_text_length(text, fontsize=size), y, text, size=size)

    def centre(self, x: float, y: float, text: str, *, font: str = "helv") -> Sheet:
        """Words with their middle at x."""
        width = pymupdf.get_text_length(text, fontsize=10, fontname=font)
        return self.text(x - width / 2, y, text, font=font)

    def across(self, y: float, x0: float, x1: float) -> Sheet:
        self.page.draw_line((x0, y), (x1, y), width=0.5)
        return self

    def down(self, x: float, y0: float, y1: float) -> Sheet:
        self.page.draw_line((x, y0), (x, y1), width=0.5)
        return self

    def lattice(self, xs: Sequence[float], ys: Sequence[float]) -> Sheet:
        for y in ys:
            self.across(y, xs[0], xs[-1])
        for x in xs:
            self.down(x, ys[0], ys[-1])
        return self

    def shade(self, x0: float, y0: float, x1: float, y1: float) -> Sheet:
        self.page.draw_rect((x0, y0, x1, y1), color=None, fill=(0.8, 0.8, 0.9))
        return self

    def read(self) -> PageInput:
        whole = pymupdf.open(stream=self.document.tobytes(), filetype="pdf")
        return read_page(whole[0], number=1, dpi=DPI, notes=())

    def region(self) -> Region:
        """All words of the page as a table region without a grid, fitted to a ruled table."""
        page = self.read()
        box = union_of(word.bbox for line in page.lines for word in line.words)
        region = Region("table", BBox(box.x0 - 2, box.y0 - 2, box.x1 + 2, box.y1 + 2))
        return tidy([region], ruled_regions(page, read_rulings(page)))[0]

    def table(self) -> Table | None:
        return build_table(self.read(), self.region())

    def rows(self) -> list[list[str]]:
        """The table in short form: `text`, or `text |rowspan x colspan` where it spans.

        A slash stands for a line break that was meant.
        """
        table = self.table()
        assert table is not None
        return short(table)


def short(table: Table) -> list[list[str]]:
    rows: list[list[str]] = [[] for _ in range(table.num_rows)]
    for cell in table.cells:
        text = cell.text.replace("\n", "/")
        is_single = cell.rowspan == 1 == cell.colspan
        rows[cell.row].append(text if is_single else f"{text} |{cell.rowspan}x{cell.colspan}")
    return rows


def header_rows(table: Table | None) -> int:
    """The number of rows at the top of which all cells are heads."""
    assert table is not None
    depth = 0
    while all(cell.header for cell in table.cells if cell.row <= depth < cell.row + cell.rowspan):
        depth += 1
    return depth
