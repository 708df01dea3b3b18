"""What one side made of one file, in the form that every score reads."""

from __future__ import annotations

from dataclasses import dataclass

from docparse.bench.boxes import Area

# The kinds of boxes that all sides and the ground truth can be mapped to.
COMMON_KINDS = (
    "text",
    "heading",
    "list-item",
    "table",
    "picture",
    "formula",
    "code",
    "caption",
    "footnote",
    "page-header",
    "page-footer",
    "form-field",
)


@dataclass(frozen=True, slots=True)
class Reading:
    """Markdown by the page and as a whole, and the boxes.

    `pages`: Markdown of each page, by the side's defaults. `body`: Markdown of the document, by the
    side's defaults. `whole`: the same with page headers and footers kept, for ground truth that
    has all that is printed. `cells`: boxes of table cells, of a side that gives them. `failure`:
    why there is nothing, else empty.
    """

    pages: tuple[str, ...] = ()
    body: str = ""
    whole: str = ""
    areas: tuple[Area, ...] = ()
    cells: tuple[Area, ...] = ()
    failure: str = ""
