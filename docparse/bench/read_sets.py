"""Pictures of pages and lines whose text is known: what `docparse bench read` shows all sides."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import PIL.Image

from docparse.types import BBox, Line

# Resolutions of the clean pictures; the degraded ones have the middle one.
DPIS = (150, 200, 300)
DEGRADED = 200
# A page with fewer letters says little, one with larger pictures is not all text.
LEAST_LETTERS, MOST_PICTURE = 300, 0.1
# Shares of a page's letters that are kana or ideographs, from which it counts as Japanese.
JAPANESE = 0.3
# The number by which pages are picked.
SEED = 3
# How transcripts beside scans are named.
_ENDINGS = (".gold.txt", ".gt.txt", ".eye.txt", ".txt")
# Scripts that no side claims to read.
_OTHER_SCRIPTS = ("arabic", "cyrillic", "devanagari", "ta.", "el_rec", "korean")


@dataclass(frozen=True, slots=True)
class Row:
    """One row of print: its words joined by spaces, and from where to where it reaches."""

    text: str
    bbox: BBox


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """A picture and its text. `rows`: where each row stands; empty where only `text` is known.

    `languages`: as Tesseract names them. `is_line`: the picture is one line.
    """

    set_name: str
    name: str
    picture: PIL.Image.Image
    rows: tuple[Row, ...]
    text: str
    languages: str
    is_line: bool = False


def find_samples(folder: Path, *, limit: int) -> Iterator[Sample]:
    """All samples below a folder; `limit`: pages of each language and resolution, and scans."""
    pages = list(born_digital(folder, limit))
    for dpi, (pdf, number, languages) in itertools.product(DPIS, pages):
        yield from _rendered(pdf, number, languages, dpi, degraded=False)
    for pdf, number, languages in pages:
        yield from _rendered(pdf, number, languages, DEGRADED, degraded=True)
    yield from itertools.islice(_scans(folder), limit * 2)


def line_samples(lines: Iterable[tuple[PIL.Image.Image, str]]) -> Iterator[Sample]:
    """Pictures of single lines with their text."""
    for number, (picture, text) in enumerate(lines):
        languages = "jpn" if _is_japanese(text) else "eng"
        yield Sample(f"lines {languages}", str(number), picture, (), text, languages, is_line=True)


def born_digital(folder: Path, limit: int) -> Iterator[tuple[Path, int, str]]:
    """First pages that are all text, from all over the folder, `limit` of each language."""
    wanted = {"eng": limit, "jpn": limit}
    pdfs = sorted(folder.rglob("*.pdf"))
    random.Random(SEED).shuffle(pdfs)
    for pdf in pdfs:
        languages = _language_of_text(pdf)
        if languages and wanted[languages]:
            wanted[languages] -= 1
            yield pdf, 1, languages
        if not any(wanted.values()):
            return


def _language_of_text(pdf: Path) -> str:
    """eng or jpn, or nothing where the first page is not a plain page of text."""
    from docparse.errors import DocparseError
    from docparse.pages.open import open_source

    try:
        with open_source(pdf, name=pdf.name, password="", dpi=72) as source:
            page = source.page(1)
    except DocparseError:
        return ""
    text = " ".join(line.text for line in page.lines)
    picture = sum(box.area for box in page.images) / (page.width * page.height)
    upright = not any(line.vertical or line.angle for line in page.lines)
    known = all(ord(char) < 0x250 or ord(char) >= 0x2000 for char in text)
    if not (upright and known) or page.notes or picture > MOST_PICTURE:
        return ""
    if len(text) < LEAST_LETTERS:
        return ""
    return "jpn" if _is_japanese(text) else "eng"


def _is_japanese(text: str) -> bool:
    wide = sum("\u3040" <= char <= "\u9fff" for char in text)
    return wide > JAPANESE * max(1, len(text))


def _rendered(
    pdf: Path, number: int, languages: str, dpi: int, *, degraded: bool
) -> Iterator[Sample]:
    from docparse.pages.native import render
    from docparse.pages.open import open_source

    with open_source(pdf, name=pdf.name, password="", dpi=dpi) as source:
        page = source.page(number)
        picture = render(page).convert("L")
    rows = rows_of(page.lines)
    name = f"{languages} {dpi} dpi" + " degraded" * degraded
    if degraded:
        picture = degrade(picture, seed=len(pdf.name))
    yield Sample(name, pdf.name, picture, rows, "\n".join(r.text for r in rows), languages)


def degrade(picture: PIL.Image.Image, seed: int) -> PIL.Image.Image:
    """As from an office scanner: soft, grey, unevenly lit, noisy, saved as JPEG; not moved."""
    import cv2

    rng = np.random.default_rng(seed)
    values = cv2.GaussianBlur(np.asarray(picture), (0, 0), 0.8).astype(np.float32)
    light = np.linspace(rng.uniform(0.75, 0.9), 1.0, picture.width, dtype=np.float32)
    values = 25 + values * light * 0.88 + rng.normal(0, 9, values.shape)
    _, data = cv2.imencode(
        ".jpg", values.clip(0, 255).astype(np.uint8), [cv2.IMWRITE_JPEG_QUALITY, 45]
    )
    decoded = cv2.imdecode(data, cv2.IMREAD_GRAYSCALE)
    assert decoded is not None
    return PIL.Image.fromarray(decoded)


def rows_of(lines: Sequence[Line]) -> tuple[Row, ...]:
    """Lines side by side as one row each, from left to right: no order of columns is asked for."""
    rows: list[list[Line]] = []
    for line in sorted(lines, key=lambda line: line.bbox.y0):
        box = line.bbox
        for row in rows:
            first = row[0].bbox
            common = min(first.y1, box.y1) - max(first.y0, box.y0)
            if common > 0.55 * min(first.height, box.height):
                row.append(line)
                break
        else:
            rows.append([line])
    made = []
    for row in rows:
        ordered = sorted(row, key=lambda line: line.bbox.x0)
        box = ordered[0].bbox
        for line in ordered[1:]:
            box = box.union(line.bbox)
        made.append(Row(" ".join(line.text for line in ordered), box))
    return tuple(made)


def _scans(folder: Path) -> Iterator[Sample]:
    """Real pictures with a transcript beside them."""
    for path in sorted(folder.rglob("*")):
        if path.suffix.lower() not in (".png", ".jpg", ".jpeg", ".tif"):
            continue
        if path.name.startswith(_OTHER_SCRIPTS):
            continue
        names = [path.name + end for end in _ENDINGS] + [path.stem + end for end in _ENDINGS]
        found = [path.with_name(name) for name in names if path.with_name(name).is_file()]
        if not found:
            continue
        text = found[0].read_text(encoding="utf-8").strip()
        japanese = any("\u3040" <= char <= "\u9fff" for char in text)
        vertical = "vert" in path.name
        with PIL.Image.open(path) as image:
            picture = image.convert("L")
        languages = ("jpn_vert" if vertical else "jpn") if japanese else "eng"
        yield Sample("scans", path.name, picture, (), text, languages)
