"""Text layers compared with the pixels, and text in the pictures of a page."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pymupdf
import pytest
from PIL import Image, ImageDraw, ImageFont

from docparse.engines.lines import LineReader
from docparse.pages.open import open_source
from docparse.pages.page import PageInput
from docparse.pages.trust import is_unusual
from docparse.reading.judging import disagreement
from docparse.reading.lines import read_page

pytest.importorskip("rapidocr", reason="docparse[ocr] is not installed")

DATA = Path(__file__).parents[3] / "shared" / "data"
TEXT = "The harbour office opens at seven.\nThe gauge is read by the keeper.\nNo page was lost."
# Every letter but one further on: what a font with a wrong map says.
SHIFTED = "".join(chr(ord(c) + 1) if c.isalpha() else c for c in TEXT)


@pytest.fixture(scope="module")
def reader() -> LineReader:
    from docparse.engines.rapid import RapidReader

    return RapidReader()


def make(text: str, picture: Image.Image | None = None) -> bytes:
    doc = pymupdf.open()
    page = doc.new_page()
    page.insert_text((72, 100), text, fontsize=14)
    if picture is not None:
        buffer = io.BytesIO()
        picture.save(buffer, "PNG")
        page.insert_image(pymupdf.Rect(72, 200, 472, 400), stream=buffer.getvalue())
    data: bytes = doc.tobytes()
    return data


def page_of(data: bytes) -> Iterator[PageInput]:
    with open_source(data, name="a.pdf", password="", dpi=200) as source:
        yield source.page(1)


def test_a_layer_that_says_what_is_printed_is_believed(reader: LineReader) -> None:
    for page in page_of(make(TEXT)):
        assert disagreement(page, reader) == ""


def test_a_layer_that_says_something_else_is_not(reader: LineReader) -> None:
    for wrong, right in zip(page_of(make(SHIFTED)), page_of(make(TEXT)), strict=True):
        reason = disagreement(replace(right, lines=wrong.lines), reader)
        assert "theharbour" in reason


def test_a_reader_that_is_not_sure_never_outvotes_a_layer() -> None:
    class Blind:
        name = "blind"

        def read(self, pictures: list[Image.Image]) -> list[object]:
            from docparse.engines.lines import LineText

            text = "nothing like that at all"
            spans = tuple((0.0, 1.0) for _ in text)
            return [LineText(text, (0.6,) * len(text), spans, "model") for _ in pictures]

    for page in page_of(make(TEXT)):
        assert disagreement(page, Blind()) == ""  # type: ignore[arg-type]


def test_only_odd_texts_are_compared() -> None:
    assert not is_unusual(TEXT.split())
    assert not is_unusual(["請求書", "金額", "2,480円", "東京都", "1丁目"])
    assert is_unusual(["qxzj", "vkqw", "xzqj", "wvkx", "jqzx", "kvwq", "zxjq"])


@pytest.mark.skipif(not DATA.is_dir(), reason="../shared/data is not there")
@pytest.mark.parametrize(
    "name",
    [
        "gnarly/ocrmypdf/truetype_font_nomapping.pdf",
        "gnarly/ocrmypdf/type3_font_nomapping.pdf",
    ],
)
def test_pages_of_fonts_without_a_map_are_read_from_their_pixels(name: str) -> None:
    with open_source(DATA / name, name=name, password="", dpi=200) as source:
        page = read_page(source.page(1))
    words = [word for block in page.blocks for word in block.words]
    assert page.complete and words
    assert {word.source for word in words} <= {"model", "ocr"}


def test_text_in_a_picture_is_read_and_the_layer_stays() -> None:
    picture = Image.new("RGB", (800, 400), "white")
    draw = ImageDraw.Draw(picture)
    draw.rectangle((5, 5, 794, 394), outline="black", width=4)
    draw.text((80, 150), "PRODUCT CODE 4711", fill="black", font=ImageFont.load_default(60))
    for page_input in page_of(make(TEXT, picture)):
        page = read_page(page_input)
    by_source: dict[str, str] = {}
    for block in page.blocks:
        for word in block.words:
            by_source[word.source] = by_source.get(word.source, "") + word.text
    assert by_source["ocr"] == "PRODUCTCODE4711"
    assert "Theharbouroffice" in by_source["text-layer"]
    (figure,) = [block for block in page.blocks if block.kind == "figure"]
    assert figure.source == "ocr"
