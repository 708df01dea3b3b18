"""The readers of pictures that `docparse bench read` compares: pieces of text with their place."""

from __future__ import annotations

import csv
import io
import os
import resource
import shutil
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import PIL.Image

from docparse.bench.extras import require

# A piece of text and the middle of its box.
Piece = tuple[str, float, float]


@dataclass(frozen=True, slots=True)
class Read:
    """What a side made of a picture. `text`: in the side's own order. `seconds`: wall clock."""

    pieces: tuple[Piece, ...]
    text: str
    seconds: float


def read_by_docparse(png: bytes, reader: str, is_line: bool) -> Read:
    """Lines found and read; laid out too, for that is what a user gets."""
    from docparse.reading.lines import scan_reading

    reading = scan_reading(reader)
    assert reading is not None
    picture = _open(png)
    start = time.perf_counter()
    if is_line:
        text = reading.reader.read([picture])[0].text
        return Read((), text, time.perf_counter() - start)
    from docparse.pages.page import PageInput

    page = PageInput(1, *picture.size, dpi=200, rotation=0, layer="none", picture=picture)
    read = reading.read(page)
    words = [(word.text, *word.bbox.center) for block in read.blocks for word in block.words]
    text = "\n".join(" ".join(word.text for word in block.words) for block in read.blocks)
    return Read(tuple(words), text, time.perf_counter() - start)


def read_by_rapidocr(png: bytes, _: str, is_line: bool) -> Read:
    """RapidOCR's own way: its detector, classifier and recogniser."""
    engine = _rapidocr()
    picture = np.asarray(_open(png).convert("RGB"))[:, :, ::-1]
    start = time.perf_counter()
    result = engine(picture, use_det=not is_line, use_cls=not is_line, use_rec=True)
    seconds = time.perf_counter() - start
    texts = tuple(result.txts or ())
    if is_line or result.boxes is None:
        return Read((), "".join(texts), seconds)
    middles = [np.asarray(box, dtype=float).mean(axis=0) for box in result.boxes]
    pieces = tuple(
        (text, float(middle[0]), float(middle[1]))
        for text, middle in zip(texts, middles, strict=True)
    )
    return Read(pieces, "\n".join(texts), seconds)


def read_by_tesseract(png: bytes, languages: str, is_line: bool) -> Read:
    """Tesseract 5's command; the start of its process counts, as it does for its users."""
    mode = "7" if is_line else "5" if languages == "jpn_vert" else "3"
    names = {"eng": "eng", "jpn": "jpn+eng", "jpn_vert": "jpn_vert"}[languages]
    command = ["tesseract", "-", "-", "-l", names, "--psm", mode, "--dpi", "200", "tsv"]
    start = time.perf_counter()
    done = subprocess.run(command, input=png, capture_output=True, check=True)
    seconds = time.perf_counter() - start
    rows = csv.DictReader(
        io.StringIO(done.stdout.decode("utf-8")), delimiter="\t", quoting=csv.QUOTE_NONE
    )
    pieces: list[Piece] = []
    lines: dict[tuple[str, ...], list[str]] = {}
    for row in rows:
        if row["level"] != "5" or not (row["text"] or "").strip():
            continue
        x, y, w, h = (float(row[key]) for key in ("left", "top", "width", "height"))
        pieces.append((row["text"], x + w / 2, y + h / 2))
        line = tuple(row[key] for key in ("block_num", "par_num", "line_num"))
        lines.setdefault(line, []).append(row["text"])
    return Read(tuple(pieces), "\n".join(" ".join(words) for words in lines.values()), seconds)


SIDES: dict[str, Callable[[bytes, str, bool], Read]] = {
    "docparse": read_by_docparse,
    "tesseract": read_by_tesseract,
    "rapidocr": read_by_rapidocr,
}


def has_tesseract() -> bool:
    """Whether the command is there."""
    return shutil.which("tesseract") is not None


def peak_memory() -> float:
    """Most resident memory of this process or of any that it ran, in MB."""
    kinds = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    return max(resource.getrusage(kind).ru_maxrss for kind in kinds) / 1024


def _open(png: bytes) -> PIL.Image.Image:
    return PIL.Image.open(io.BytesIO(png)).convert("L")


@cache
def _rapidocr() -> Any:
    os.environ.setdefault("RAPIDOCR_LOG_LEVEL", "ERROR")
    return require("rapidocr").RapidOCR()
