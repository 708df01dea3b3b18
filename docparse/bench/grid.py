"""A table as rows of cells with spans, read from HTML: the form in which tables are compared."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lxml.html import HtmlElement

# HTML's own limit for colspan; more is a slip or an attack.
MOST_SPAN = 1000


@dataclass(frozen=True, slots=True)
class GridCell:
    """One cell as written; cells that a span covers are not written."""

    text: str
    rowspan: int = 1
    colspan: int = 1


@dataclass(frozen=True, slots=True)
class Grid:
    """Rows from the top, each with its cells from the left, as in HTML."""

    rows: tuple[tuple[GridCell, ...], ...]

    @property
    def text(self) -> str:
        """Cells row by row, a space between them, a line for each row."""
        return "\n".join(" ".join(cell.text for cell in row if cell.text) for row in self.rows)

    @property
    def num_nodes(self) -> int:
        """Nodes of the table's tree: the table, its rows, its cells."""
        return 1 + len(self.rows) + sum(map(len, self.rows))


def read_html_table(html: str) -> Grid:
    """The outermost table of a piece of HTML. Header and body parts are not told apart.

    A table inside a cell counts as that cell's text. No table at all is an empty Grid.
    """
    from lxml import etree
    from lxml import html as lxml_html

    try:
        root = lxml_html.fragment_fromstring(html, create_parent="div")
    except (etree.ParserError, ValueError):
        return Grid(())
    table = root.find(".//table")
    if table is None:
        return Grid(())
    rows = [row for row in table.iter("tr") if next(row.iterancestors("table")) is table]
    return Grid(tuple(tuple(map(_read_cell, row.iterchildren("td", "th"))) for row in rows))


def _read_cell(cell: HtmlElement) -> GridCell:
    for line_break in cell.iter("br"):
        line_break.tail = "\n" + (line_break.tail or "")
    text = "".join(cell.itertext()).strip()
    return GridCell(text, _span(cell.get("rowspan")), _span(cell.get("colspan")))


def _span(value: str | None) -> int:
    digits = (value or "").strip()
    return min(max(int(digits), 1), MOST_SPAN) if digits.isascii() and digits.isdecimal() else 1
