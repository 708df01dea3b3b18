"""Corrections as training pairs: pictures of what was put right, and what they say.

A ZIP archive of `pairs.jsonl`, one object a line with `image`, `text`, `kind`, `page` and `bbox`,
and the pictures that it names, cut at the page's own pixels.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Sequence
from pathlib import Path

from docparse.pages.native import to_png
from docparse.pages.open import open_source
from docparse.serve.corrections import Correction
from docparse.settings import ReadSettings
from docparse.types import BBox, Block, Document


def to_pairs(
    document: Document,
    corrections: Sequence[Correction],
    original: Path,
    settings: ReadSettings,
) -> bytes:
    """The archive. `document`: corrected; what has no text or no box is left out."""
    pages = {page.number: page for page in document.pages}
    buffer = io.BytesIO()
    lines: list[str] = []
    with (
        zipfile.ZipFile(buffer, "w") as archive,
        open_source(original, name=document.source, dpi=settings.dpi) as source,
    ):
        for correction in sorted(corrections, key=lambda one: one.place):
            page = pages[correction.page]
            block = page.blocks[correction.block]
            text, box = _what(block, correction.part)
            box = box.clip(page.width, page.height) if box else None
            if not text or not box or not box.area or source.num_pages < page.number:
                continue
            picture = source.draw(page.number, (page.width, page.height))
            name = f"images/{len(lines) + 1:06d}.png"
            archive.writestr(name, to_png(picture.crop((box.x0, box.y0, box.x1, box.y1))))
            entry = {
                "image": name,
                "text": text,
                "kind": block.kind,
                "page": page.number,
                "bbox": [box.x0, box.y0, box.x1, box.y1],
            }
            lines.append(json.dumps(entry, ensure_ascii=False) + "\n")
        archive.writestr("pairs.jsonl", "".join(lines))
    return buffer.getvalue()


def _what(block: Block, part: int | None) -> tuple[str, BBox | None]:
    if part is None:
        return block.text, block.bbox
    if block.table is not None:
        cell = block.table.cells[part]
        return cell.text, cell.bbox
    return block.items[part].text, block.items[part].bbox
