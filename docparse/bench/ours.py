"""Readings by docparse."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from docparse.bench.boxes import Area
from docparse.bench.reading import Reading
from docparse.settings import ReadSettings
from docparse.types import BBox, Block, Kind, Page

NAME = "docparse"
# What is installed on a machine must not change what is compared; `bench read` compares OCR.
WITHOUT_OCR = ReadSettings(reader="off")
_KINDS: dict[Kind, str] = {
    "title": "heading",
    "heading": "heading",
    "paragraph": "text",
    "list": "list-item",
    "table": "table",
    "chart": "picture",
    "formula": "formula",
    "figure": "picture",
    "caption": "caption",
    "footnote": "footnote",
    "page-header": "page-header",
    "page-footer": "page-footer",
    "code": "code",
    "form-field": "form-field",
    "image-ocr": "picture",
    "music-sheet": "picture",
    "chemical-formula": "formula",
    "seal": "picture",
}


def read_ours(path: Path) -> dict[str, Reading]:
    """What text layers give: `parse` without a reader of scans, and `to_markdown`.

    Notices of pages left unread are no text of the page, so they are left out.
    """
    from docparse.convert.markdown import to_markdown
    from docparse.pipeline import parse

    document = parse(path, WITHOUT_OCR)
    document = replace(document, pages=tuple(replace(page, notes=()) for page in document.pages))
    return {
        NAME: Reading(
            pages=tuple(to_markdown(replace(document, pages=(p,))) for p in document.pages),
            body=to_markdown(document),
            whole=to_markdown(document, headers_footers=True),
            areas=tuple(area for page in document.pages for area in page_areas(page)),
            cells=tuple(area for page in document.pages for area in cell_areas(page)),
        )
    }


def page_areas(page: Page) -> Iterator[Area]:
    """The boxes of a page in points; of a list, one for each item that has a box of its own."""
    for block in page.blocks:
        if block.items and all(item.bbox for item in block.items):
            for item in block.items:
                assert item.bbox is not None
                yield _area(page, block, item.bbox, item.text)
        else:
            yield _area(page, block, block.bbox, _text_of(block))


def cell_areas(page: Page) -> Iterator[Area]:
    """The boxes of the table cells of a page, in points."""
    for block in page.blocks:
        for cell in block.table.cells if block.table else ():
            if cell.bbox:
                yield _area(page, block, cell.bbox, cell.text)


def _area(page: Page, block: Block, box: BBox, text: str) -> Area:
    k = 72 / page.dpi
    return Area(
        page.number, _KINDS[block.kind], box.x0 * k, box.y0 * k, box.x1 * k, box.y1 * k, text
    )


def _text_of(block: Block) -> str:
    parts = [block.text, *(item.text for item in block.items)]
    if block.table:
        parts += [cell.text for cell in block.table.cells]
    return "\n".join(filter(None, parts))
