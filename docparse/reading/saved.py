"""Text that was saved from docparse or from a model, back to the Document that it holds."""

from __future__ import annotations

from typing import Literal

from docparse.convert.data import from_json
from docparse.omni.parse import parse_document, parse_reply
from docparse.types import Document, Frame, union_of


def read_saved(text: str, name: str, kind: Literal["document", "reply"]) -> Document:
    """Our own JSON or HTML, or a model's reply; UnreadableInputError where it is damaged."""
    return read_back(text, name) if kind == "document" else reply_to_document(text, name)


def read_back(text: str, name: str) -> Document:
    """Our own JSON or HTML to the Document that it was written from."""
    if text.lstrip("\ufeff \t\r\n").startswith("{"):
        return from_json(text)
    return parse_document(text, source=name)


def reply_to_document(text: str, name: str) -> Document:
    """A saved model reply to a Document of one page.

    The reply does not say how large its picture was, so the page is as large as its boxes reach.
    """
    huge = 1_000_000
    first = parse_reply(text, Frame(huge, huge, huge, huge, dpi=72))
    whole = (0, 0, huge, huge)
    boxes = [b.bbox for b in first.blocks if (b.bbox.x0, b.bbox.y0, b.bbox.x1, b.bbox.y1) != whole]
    extent = union_of(boxes) if boxes else None
    width, height = (max(extent.x1, 1), max(extent.y1, 1)) if extent else (1000, 1000)
    return Document(name, (parse_reply(text, Frame(width, height, width, height, dpi=72)),))
