"""A Document to a line of JSON in the Dolma layout, as olmOCR's pipeline writes it.

Fields and their order are those of olmOCR 0.4 (`build_dolma_document`), so that its users' tools
go on working. `source` is ours, `attributes.failed_pages` is new: olmOCR does not say which pages
it could not read.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from docparse import __version__
from docparse.convert.markdown import to_markdown
from docparse.types import Document, Page

# Kana are Japanese beyond doubt; of other scripts nothing is said.
_KANA = re.compile("[\u3041-\u30fa]")


def to_dolma(document: Document, *, path: Path | None = None, join: bool = True) -> str:
    """One line. `path`: the file that was read, whose time of change gives the dates.

    The text is Markdown, page after page, and `pdf_page_numbers` says where each page stands in it.
    """
    texts = [_text(document, page, join=join) for page in document.pages]
    stretches: list[list[int]] = []
    position = 0
    for page, text in zip(document.pages, texts, strict=True):
        stretches.append([position, position + len(text), page.number])
        position += len(text)
    whole = "".join(texts)
    failed = [page.number for page in document.pages if not page.complete]
    date = _date(path)
    record: dict[str, Any] = {
        "id": hashlib.sha1(whole.encode("utf-8", errors="replace")).hexdigest(),
        "text": whole,
        "source": "docparse",
        "added": date,
        "created": date,
        "metadata": {
            "Source-File": str(path) if path else document.source,
            "docparse-version": __version__,
            "pdf-total-pages": len(document.pages),
            "total-input-tokens": 0,
            "total-output-tokens": 0,
            "total-fallback-pages": len(failed),
        },
        "attributes": {
            "pdf_page_numbers": stretches,
            "primary_language": ["ja" if _KANA.search(text) else None for text in texts],
            "is_rotation_valid": [True] * len(texts),
            "rotation_correction": [0] * len(texts),
            "is_table": [_is_mostly(page, "table") for page in document.pages],
            "is_diagram": [_is_mostly(page, "figure") for page in document.pages],
            "failed_pages": failed,
        },
    }
    return json.dumps(record, ensure_ascii=False) + "\n"


def _text(document: Document, page: Page, *, join: bool) -> str:
    """A page's Markdown, ending in one line break where there is any text."""
    text = to_markdown(replace(document, pages=(page,)), join=join)
    return text.rstrip("\n") + "\n" if text.strip() else ""


def _date(path: Path | None) -> str:
    """The day of the file, so that the same input gives the same line."""
    try:
        stamp = path.stat().st_mtime if path else 0.0
    except OSError:
        stamp = 0.0
    return datetime.fromtimestamp(stamp, UTC).strftime("%Y-%m-%d")


def _is_mostly(page: Page, kind: str) -> bool:
    area = sum(block.bbox.area for block in page.blocks)
    return area > 0 and sum(b.bbox.area for b in page.blocks if b.kind == kind) > area / 2
