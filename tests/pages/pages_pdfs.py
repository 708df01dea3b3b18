"""Small PDFs for tests, written operator by operator so that each shows one thing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO

import PIL.Image
import PIL.ImageDraw
import pymupdf

from docparse.pages.open import Source, open_source
from docparse.pages.page import PageInput


def pdf(
    content: str = "",
    *,
    size: tuple[float, float] = (300, 200),
    rotate: int = 0,
    crop: tuple[float, float, float, float] | None = None,
    fonts: dict[str, str] | None = None,
    images: dict[str, PIL.Image.Image] | None = None,
) -> bytes:
    """A PDF of one page with the given content stream.

    `fonts`: resource name to a base font, or to a whole font dictionary (`<<...>>`); F1 is
    Helvetica. `images`: resource name to a picture.
    """
    document = pymupdf.open()
    page = document.new_page(width=size[0], height=size[1])
    catalogue = {"F1": "Helvetica", "F2": "Helvetica-Bold", **(fonts or {})}
    names = ""
    for name, base in catalogue.items():
        xref = document.get_new_xref()
        font = f"<</Type/Font/Subtype/Type1/BaseFont/{base}/Encoding/WinAnsiEncoding>>"
        document.update_object(xref, base if base.startswith("<<") else font)
        names += f"/{name} {xref} 0 R"
    pictures = _image_names(document, images or {})
    stream = document.get_new_xref()
    document.update_object(stream, "<<>>")
    document.update_stream(stream, content.encode("latin-1"))
    resources = f"<</Font<<{names}>>/XObject{pictures}/ExtGState<</Clear<</ca 0>>>>>>"
    document.xref_set_key(page.xref, "Resources", resources)
    document.xref_set_key(page.xref, "Contents", f"{stream} 0 R")
    if crop:
        document.xref_set_key(page.xref, "CropBox", "[{} {} {} {}]".format(*crop))
    document.xref_set_key(page.xref, "Rotate", str(rotate))
    data: bytes = document.tobytes()
    return data


def _image_names(document: pymupdf.Document, images: dict[str, PIL.Image.Image]) -> str:
    names = ""
    for name, image in images.items():
        xref = document.get_new_xref()
        space = "DeviceGray" if image.mode == "L" else "DeviceRGB"
        document.update_object(
            xref,
            f"<</Type/XObject/Subtype/Image/Width {image.width}/Height {image.height}"
            f"/ColorSpace/{space}/BitsPerComponent 8>>",
        )
        document.update_stream(xref, image.tobytes())
        names += f"/{name} {xref} 0 R"
    return f"<<{names}>>"


@contextmanager
def opened(data: bytes, **options: object) -> Iterator[Source]:
    """The source in the bytes."""
    with open_source(data, name="made.pdf", **options) as source:  # type: ignore[arg-type]
        yield source


@contextmanager
def first_page(data: bytes, **options: object) -> Iterator[PageInput]:
    """The first page of the source in the bytes."""
    with opened(data, **options) as source:
        yield source.page(1)


def text(string: str, *, x: float, y: float, size: float = 12, extra: str = "") -> str:
    """Operators that show a string; `extra` goes between the font and the position."""
    escaped = string.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")
    return f"BT /F1 {size} Tf {extra} 1 0 0 1 {x} {y} Tm ({escaped}) Tj ET\n"


def scan(width: int, height: int, *, words: int = 12) -> PIL.Image.Image:
    """A gray picture that looks like print: dark dashes in lines on light paper."""
    image = PIL.Image.new("L", (width, height), 245)
    draw = PIL.ImageDraw.Draw(image)
    step = height / 14
    for row in range(1, 13):
        for column in range(words):
            left = width * (0.06 + 0.88 * column / words)
            right = left + width * 0.55 / words
            draw.rectangle((left, row * step, right, row * step + step * 0.4), fill=20)
    return image


def as_bytes(image: PIL.Image.Image, kind: str, **options: object) -> bytes:
    """The image as a file."""
    buffer = BytesIO()
    image.save(buffer, format=kind, **options)  # type: ignore[arg-type]
    return buffer.getvalue()
