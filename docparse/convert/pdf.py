"""A Document and its original file to a PDF in which the text of scans can be selected.

The original's pages, images, metadata and bookmarks stay as they are. Each page whose words do not
come from its own text layer gets them as invisible text (PDF 32000-1, 9.3.6: render mode 3) below
its picture; invisible text of other programs that it replaces is taken out.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from docparse.convert.baselines import Run, runs_of
from docparse.convert.glyphless import ASCENT, DESCENT, GlyphlessFont, advance
from docparse.errors import PasswordError, UsageError
from docparse.types import Document, Page

if TYPE_CHECKING:
    from docparse.mupdf import pymupdf
    from docparse.pages.open import Source

_NAMES = {False: "DocparseH", True: "DocparseV"}
_EM = (ASCENT - DESCENT) / 1000


def to_pdf(document: Document, original: Path | bytes, *, password: str = "") -> bytes:
    """The PDF that `original`, a PDF or an image, becomes with the document's words in it.

    Raises UsageError if `original` has no pages to show, else as `open_source` does.
    """
    from docparse.pages.open import open_source

    with open_source(original, name=document.source, password=password) as source:
        if source.kind in ("document", "reply"):
            raise UsageError(
                f"{document.source} has no pages of its own to put text into",
                hint="name the PDF or image that it was made from with --original",
            )
        pdf = _from_images(source, original) if source.kind == "images" else _open(original)
        try:
            _unlock(pdf, password, document.source)
            _add_text(pdf, document.pages)
            data: bytes = pdf.tobytes()
            return data
        finally:
            pdf.close()


def _open(original: Path | bytes) -> pymupdf.Document:
    from docparse.mupdf import pymupdf

    if isinstance(original, bytes):
        return pymupdf.open(stream=original, filetype="pdf")
    return pymupdf.open(str(original), filetype="pdf")


def _unlock(pdf: pymupdf.Document, password: str, name: str) -> None:
    if pdf.needs_pass and not pdf.authenticate(password):
        raise PasswordError(f"{name} is locked", hint="give its password with --password")


def _from_images(source: Source, original: Path | bytes) -> pymupdf.Document:
    """A PDF with a page for each frame; a JPEG goes in byte for byte."""
    from docparse.mupdf import pymupdf

    data = original if isinstance(original, bytes) else original.read_bytes()
    pdf = pymupdf.open()
    for number in range(1, source.num_pages + 1):
        page = source.page(number)
        assert page.picture is not None
        size = (page.width * 72 / page.dpi, page.height * 72 / page.dpi)
        drawn = pdf.new_page(width=size[0], height=size[1])
        as_is = _upright_jpeg(data, (page.width, page.height))
        buffer = io.BytesIO()
        if not as_is:
            page.picture.save(buffer, "PNG")
        drawn.insert_image(drawn.rect, stream=data if as_is else buffer.getvalue())
    return pdf


def _upright_jpeg(data: bytes, size: tuple[int, int]) -> bool:
    """Whether the file is a JPEG that is shown as it is stored."""
    import PIL.Image

    if not data.startswith(b"\xff\xd8\xff"):
        return False
    with PIL.Image.open(io.BytesIO(data), formats=["JPEG", "MPO"]) as image:
        return image.size == size and image.getexif().get(0x0112, 1) == 1


def _add_text(pdf: pymupdf.Document, pages: Iterable[Page]) -> None:
    fonts = {vertical: GlyphlessFont(vertical) for vertical in _NAMES}
    xrefs: dict[bool, int] = {}
    for page in pages:
        runs = [run for run in runs_of(page) if run.bbox.area]
        if not runs or not 1 <= page.number <= pdf.page_count:
            continue
        drawn = pdf.load_page(page.number - 1)
        _remove_invisible(drawn)
        for vertical in {run.direction == "column" for run in runs}:
            if vertical not in xrefs:
                xrefs[vertical] = pdf.get_new_xref()
                pdf.update_object(xrefs[vertical], "<<>>")  # to be referred to
            _add_font(pdf, drawn, _NAMES[vertical], xrefs[vertical])
        _put_below(pdf, drawn, _content(drawn, page, runs, fonts))
    for vertical, xref in xrefs.items():
        fonts[vertical].finish(pdf, xref)


def _remove_invisible(drawn: pymupdf.Page) -> None:
    """Takes out text that is there already but is not seen, as another OCR program left it."""
    from docparse.mupdf import pymupdf

    if not any(span["type"] == 3 for span in drawn.get_texttrace()):
        return
    drawn.add_redact_annot(drawn.rect, fill=False, cross_out=False)
    drawn.apply_redactions(
        images=pymupdf.PDF_REDACT_IMAGE_NONE,
        graphics=pymupdf.PDF_REDACT_LINE_ART_NONE,
        text=pymupdf.PDF_REDACT_TEXT_REMOVE_INVISIBLE,
    )


def _add_font(pdf: pymupdf.Document, drawn: pymupdf.Page, name: str, font: int) -> None:
    """Names the font in the resources of a page, which may be those of a parent."""
    kind, value = pdf.xref_get_key(drawn.xref, "Resources")
    holder = drawn.xref
    while kind == "null":
        parent_kind, parent = pdf.xref_get_key(holder, "Parent")
        if parent_kind != "xref":
            kind, value = "dict", "<<>>"
            break
        holder = int(parent.split()[0])
        kind, value = pdf.xref_get_key(holder, "Resources")
    if kind == "xref":
        pdf.xref_set_key(int(value.split()[0]), f"Font/{name}", f"{font} 0 R")
        return
    pdf.xref_set_key(drawn.xref, "Resources", value)
    pdf.xref_set_key(drawn.xref, f"Resources/Font/{name}", f"{font} 0 R")


def _put_below(pdf: pymupdf.Document, drawn: pymupdf.Page, content: str) -> None:
    xref = pdf.get_new_xref()
    pdf.update_object(xref, "<<>>")
    pdf.update_stream(xref, content.encode("ascii"), compress=True)
    streams = " ".join(f"{number} 0 R" for number in (xref, *drawn.get_contents()))
    pdf.xref_set_key(drawn.xref, "Contents", f"[{streams}]")


def _content(
    drawn: pymupdf.Page, page: Page, runs: Sequence[Run], fonts: dict[bool, GlyphlessFont]
) -> str:
    """A content stream with each run at its box, from page space to the PDF's own."""
    from docparse.mupdf import pymupdf

    scale = pymupdf.Matrix(drawn.rect.width / page.width, drawn.rect.height / page.height)
    to_pdf_space = scale * drawn.derotation_matrix * ~drawn.transformation_matrix
    lines = ["q BT 3 Tr"]
    font = None
    for run in runs:
        vertical = run.direction == "column"
        if vertical is not font:
            lines.append(f"/{_NAMES[vertical]} 1 Tf")
            font = vertical
        matrix = pymupdf.Matrix(*_placing(run)) * to_pdf_space
        numbers = " ".join(f"{value:.4f}" for value in matrix)
        lines.append(f"{numbers} Tm {fonts[vertical].encode(run.text)} Tj")
    return "\n".join([*lines, "ET Q"])


def _placing(run: Run) -> tuple[float, float, float, float, float, float]:
    """The matrix from text space, one unit a font size and y up, to the box in page space."""
    box, text = run.bbox, run.text.rstrip() or run.text
    if run.direction == "column":
        step = box.height / len(text)
        return box.width, 0, 0, -step, box.center[0], box.y0
    length = max(sum(map(advance, text)) / 1000, 0.1)
    below = -DESCENT / 1000 / _EM
    if run.direction == "right":
        along, size = box.width / length, box.height / _EM
        return along, 0, 0, -size, box.x0, box.y1 - below * box.height
    along, size = box.height / length, box.width / _EM
    if run.direction == "up":
        return 0, -along, -size, 0, box.x1 - below * box.width, box.y1
    return 0, along, size, 0, box.x0 + below * box.width, box.y0
