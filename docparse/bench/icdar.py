"""Tables and their boxes from the ground truth of the ICDAR 2013 table competition."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from docparse.bench.boxes import Area
from docparse.bench.cases import TrueTable
from docparse.bench.grid import Grid, GridCell, read_html_table

if TYPE_CHECKING:
    from lxml.etree import _Element


def read_icdar_tables(pdf: Path) -> list[TrueTable]:
    """The tables of a PDF: from `gt_tables/X.tables.json`, else from `gt_xml/X-str.xml`."""
    as_json = pdf.parent / "gt_tables" / f"{pdf.stem}.tables.json"
    if as_json.is_file():
        return [
            TrueTable(tuple(entry["pages"]), read_html_table(entry["html"]))
            for entry in json.loads(as_json.read_text(encoding="utf-8"))
        ]
    structure = pdf.parent / "gt_xml" / f"{pdf.stem}-str.xml"
    return list(read_structure(structure)) if structure.is_file() else []


def read_structure(file: Path) -> Iterator[TrueTable]:
    """Tables from an ICDAR structure file: regions, each with cells placed by row and column.

    The regions of a table that is broken over pages or columns are put together by their
    `row-increment` and `col-increment`. Places that no cell covers become empty cells.
    """
    from lxml import etree

    for table in etree.parse(file).getroot().iter("table"):
        cells: dict[tuple[int, int], GridCell] = {}
        pages: list[int] = []
        for region in table.iter("region"):
            pages.append(int(region.get("page", "1")))
            down, right = (int(region.get(key) or 0) for key in ("row-increment", "col-increment"))
            for cell in region.iter("cell"):
                row, col, grid_cell = _read_cell(cell)
                cells[row + down, col + right] = grid_cell
        yield TrueTable(tuple(sorted(set(pages))), _to_grid(cells))


def _read_cell(cell: _Element) -> tuple[int, int, GridCell]:
    row, col = int(cell.get("start-row", "0")), int(cell.get("start-col", "0"))
    last_row, last_col = int(cell.get("end-row") or row), int(cell.get("end-col") or col)
    text = " ".join((cell.findtext("content") or "").split())
    return row, col, GridCell(text, last_row - row + 1, last_col - col + 1)


def _to_grid(cells: dict[tuple[int, int], GridCell]) -> Grid:
    covered = {
        (row + down, col + right)
        for (row, col), cell in cells.items()
        for down in range(cell.rowspan)
        for right in range(cell.colspan)
    }
    if not covered:
        return Grid(())
    num_rows = 1 + max(row for row, _ in covered)
    num_cols = 1 + max(col for _, col in covered)
    return Grid(
        tuple(
            tuple(
                cells.get((row, col), GridCell(""))
                for col in range(num_cols)
                if (row, col) in cells or (row, col) not in covered
            )
            for row in range(num_rows)
        )
    )


def read_icdar_areas(pdf: Path) -> list[Area]:
    """The boxes of the tables: from the JSON, else from the region file `gt_xml/X-reg.xml`."""
    as_json = pdf.parent / "gt_tables" / f"{pdf.stem}.tables.json"
    regions = pdf.parent / "gt_xml" / f"{pdf.stem}-reg.xml"
    if regions.is_file():
        boxes = list(_region_boxes(regions))
    elif as_json.is_file():
        boxes = [
            (entry["pages"][0], tuple(entry["bbox_pdf_points_bottom_left"]))
            for entry in json.loads(as_json.read_text(encoding="utf-8"))
            if len(entry["pages"]) == 1
        ]
    else:
        return []
    return _from_bottom_left(pdf, boxes)


def _region_boxes(file: Path) -> Iterator[tuple[int, tuple[float, ...]]]:
    from lxml import etree

    for region in etree.parse(file).getroot().iter("region"):
        box = region.find("bounding-box")
        if box is not None:
            corners = tuple(float(box.get(key, "0")) for key in ("x1", "y1", "x2", "y2"))
            yield int(region.get("page", "1")), corners


def _from_bottom_left(pdf: Path, boxes: list[tuple[int, tuple[float, ...]]]) -> list[Area]:
    """Boxes measured from the bottom left of the unrotated page to boxes as the page is seen."""
    from docparse.mupdf import pymupdf

    areas: list[Area] = []
    with pymupdf.open(pdf) as document:
        for number, (x0, y0, x1, y1) in boxes:
            if 1 <= number <= len(document):
                page = document[number - 1]
                flipped = pymupdf.Rect(x0, y0, x1, y1) * page.transformation_matrix
                areas.append(Area(number, "table", *(flipped * page.rotation_matrix)))
    return areas
