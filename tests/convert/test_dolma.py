"""Dolma lines: olmOCR's fields, stretches of pages, pages that failed."""

from __future__ import annotations

import json
from pathlib import Path

from docparse.convert.dolma import to_dolma
from docparse.types import BBox, Block, Document, Note, Page

# olmOCR 0.4.27, spec olmocr section 2.7
FIELDS = ["id", "text", "source", "added", "created", "metadata", "attributes"]
PER_PAGE = ["primary_language", "is_rotation_valid", "rotation_correction", "is_table"]


def document() -> Document:
    box = BBox(10, 10, 500, 100)
    pages = (
        Page(1, 600, 800, 72, blocks=(Block("paragraph", box, "The first page"),)),
        Page(2, 600, 800, 72, notes=(Note("page-failed", "it crashed"),)),
        Page(3, 600, 800, 72, blocks=(Block("paragraph", box, "これは三ページ"),)),
    )
    return Document("a.pdf", pages)


def test_a_line_has_olmocrs_fields_and_each_page_its_stretch(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(b"x")
    line = to_dolma(document(), path=path)
    assert line.count("\n") == 1 and line.endswith("\n")
    record = json.loads(line)
    assert list(record) == FIELDS and record["metadata"]["Source-File"] == str(path)
    attributes, text = record["attributes"], record["text"]
    stretches = {number: text[a:b] for a, b, number in attributes["pdf_page_numbers"]}
    assert stretches[1] == "The first page\n" and stretches[3] == "これは三ページ\n"
    assert "".join(stretches.values()) == text
    assert all(len(attributes[name]) == 3 for name in PER_PAGE)
    assert attributes["primary_language"] == [None, None, "ja"]
    assert attributes["failed_pages"] == [2]
    assert record["metadata"]["total-fallback-pages"] == 1
    assert to_dolma(document(), path=path) == line


def test_without_a_file_the_name_is_the_source() -> None:
    record = json.loads(to_dolma(document()))
    assert record["metadata"]["Source-File"] == "a.pdf" and record["added"] == "1970-01-01"
