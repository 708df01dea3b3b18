"""PageInput: all that is known of one page before it is laid out, in native pixels."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from docparse.types import BBox, FormField, Line, Link, Note

if TYPE_CHECKING:
    import PIL.Image

    from docparse.mupdf import pymupdf

LayerState = Literal["good", "none", "rejected", "blank"]


@dataclass(frozen=True, slots=True)
class PageInput:
    """One page before layout; boxes in native pixels after the page's rotation.

    `lines`: the text layer's, hidden text left out, in the order of the file; empty unless `layer`
    is "good". `layer`: "none" is a page with ink but without text, "rejected" one whose text
    cannot be trusted (a Note says why), "blank" one without ink.
    `images`: boxes of the raster pictures that are painted on the page. `drawn`: of a page whose
    lines were read from its pixels, what is neither read text nor a rule; else None.
    Exactly one of `pdf_page` (its rotation is still to be applied: `pdf_page.rect` is the rotated
    page in points) and `picture` (upright) is set.
    """

    number: int
    width: int
    height: int
    dpi: float
    rotation: int
    layer: LayerState
    lines: tuple[Line, ...] = ()
    images: tuple[BBox, ...] = ()
    drawn: tuple[BBox, ...] | None = None
    links: tuple[Link, ...] = ()
    fields: tuple[FormField, ...] = ()
    notes: tuple[Note, ...] = ()
    pdf_page: pymupdf.Page | None = field(default=None, repr=False)
    picture: PIL.Image.Image | None = None

    @property
    def is_ocr(self) -> bool:
        """Whether the layer is what another reader made of the page's picture."""
        return any(note.code == "ocr-layer" for note in self.notes)
