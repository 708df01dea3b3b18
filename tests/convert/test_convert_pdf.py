"""Searchable PDFs: the text is what we read, it lies where it is seen, and nothing else changes."""

from __future__ import annotations

import io
import shutil
import subprocess
from pathlib import Path

import PIL.Image
import pymupdf
import pypdf
import pytest
from typer.testing import CliRunner

from docparse.cli.main import app
from docparse.convert.data import to_json
from docparse.convert.pdf import to_pdf
from docparse.errors import UsageError
from docparse.types import BBox, Block, Cell, Document, Page, Table, Word

# A page of 300 by 400 points at 144 dpi.
WIDTH, HEIGHT, DPI = 600, 800, 144
LINES = ("The harbour is quiet today", "港は静かで、船が 3 隻いる")


def jpeg() -> bytes:
    buffer = io.BytesIO()
    PIL.Image.effect_noise((WIDTH, HEIGHT), 40).convert("RGB").save(buffer, "JPEG")
    return buffer.getvalue()


JPEG = jpeg()


def scan(pages: int = 1, *, rotation: int = 0) -> bytes:
    """A PDF of full-page pictures with a title and a bookmark."""
    with pymupdf.open() as pdf:
        for _ in range(pages):
            page = pdf.new_page(width=WIDTH / 2, height=HEIGHT / 2)
            page.insert_image(page.rect, stream=JPEG)
            page.set_rotation(rotation)
        pdf.set_metadata({"title": "A scan", "author": "Nobody"})
        pdf.set_toc([[1, "Beginning", 1]])
        data: bytes = pdf.tobytes()
        return data


def words_of(text: str, x: int, y: int) -> tuple[Word, ...]:
    words: list[Word] = []
    for part in text.split(" "):
        width = 14 * len(part)
        words.append(Word(part, BBox(x, y, x + width, y + 24), source="ocr"))
        x += width + 10
    return tuple(words)


def block_of(words: tuple[Word, ...], text: str) -> Block:
    box = BBox(
        min(w.bbox.x0 for w in words),
        min(w.bbox.y0 for w in words),
        max(w.bbox.x1 for w in words),
        max(w.bbox.y1 for w in words),
    )
    return Block("paragraph", box, text, words=words, source="ocr")


def sheet(*blocks: Block, width: int = WIDTH, height: int = HEIGHT, number: int = 1) -> Page:
    return Page(number, width, height, DPI, blocks=blocks)


def lines_sheet(**size: int) -> Page:
    blocks = [block_of(words_of(line, 60, 80 + 60 * i), line) for i, line in enumerate(LINES)]
    return sheet(*blocks, **size)


def text_of(data: bytes, number: int = 1) -> str:
    with pymupdf.open(stream=data, filetype="pdf") as pdf:
        return " ".join(pdf[number - 1].get_text().split())


def check(data: bytes, tmp_path: Path) -> None:
    if shutil.which("qpdf"):
        path = tmp_path / "checked.pdf"
        path.write_bytes(data)
        done = subprocess.run(["qpdf", "--check", path], capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr


def test_text_is_ours_and_the_rest_is_the_originals(tmp_path: Path) -> None:
    data = to_pdf(Document("scan.pdf", (lines_sheet(),)), scan(2))
    check(data, tmp_path)
    assert text_of(data) == " ".join(LINES)
    assert " ".join(pypdf.PdfReader(io.BytesIO(data)).pages[0].extract_text().split()) == (
        " ".join(LINES)
    )
    with pymupdf.open(stream=data, filetype="pdf") as pdf:
        assert pdf.metadata["title"] == "A scan"
        assert pdf.get_toc() == [[1, "Beginning", 1]]
        assert pdf.page_count == 2
        image = pdf[0].get_images()[0][0]
        assert pdf.xref_stream_raw(image) == JPEG
        # nothing of it is seen
        assert {span["type"] for span in pdf[0].get_texttrace()} == {3}
        drawn = pdf[0].get_pixmap().samples
    with pymupdf.open(stream=scan(), filetype="pdf") as pdf:
        assert pdf[0].get_pixmap().samples == drawn


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_words_lie_where_they_are_seen(rotation: int) -> None:
    size = (WIDTH, HEIGHT) if rotation % 180 == 0 else (HEIGHT, WIDTH)
    page = lines_sheet(width=size[0], height=size[1])
    data = to_pdf(Document("scan.pdf", (page,)), scan(rotation=rotation))
    with pymupdf.open(stream=data, filetype="pdf") as pdf:
        pdf_page = pdf[0]
        found = [
            (word[4], pymupdf.Rect(word[:4]) * pdf_page.rotation_matrix)
            for word in pdf_page.get_text("words")
        ]
    wanted = [word for block in page.blocks for word in block.words]
    assert [text for text, _ in found] == [word.text for word in wanted]
    for (_, rect), word in zip(found, wanted, strict=True):
        box = word.bbox
        corners = [value / 2 for value in (box.x0, box.y0, box.x1, box.y1)]
        assert list(rect) == pytest.approx(corners, abs=0.5)


def test_a_crop_box_moves_nothing() -> None:
    with pymupdf.open(stream=scan(), filetype="pdf") as pdf:
        pdf[0].set_cropbox(pymupdf.Rect(50, 100, 250, 300))
        original = pdf.tobytes()
    page = sheet(block_of(words_of("Harbour", 20, 40), "Harbour"), width=400, height=400)
    data = to_pdf(Document("scan.pdf", (page,)), original)
    with pymupdf.open(stream=data, filetype="pdf") as pdf:
        assert pdf[0].get_text("words")[0][:2] == pytest.approx((10, 20), abs=0.5)


def test_columns_run_down_and_turned_text_up() -> None:
    column = (
        Word("港の時計", BBox(500, 100, 524, 196), source="ocr", space_after=False),
        Word("が鳴る。", BBox(500, 196, 524, 292), source="ocr", space_after=False),
    )
    turned = (
        Word("Figure", BBox(100, 400, 120, 500), source="ocr"),
        Word("seven", BBox(100, 310, 120, 390), source="ocr"),
    )
    page = sheet(block_of(column, "港の時計が鳴る。"), block_of(turned, "Figure seven"))
    data = to_pdf(Document("scan.pdf", (page,)), scan())
    assert "".join(text_of(data).split()) == "港の時計が鳴る。Figureseven"
    with pymupdf.open(stream=data, filetype="pdf") as pdf:
        lines = [
            line
            for block in pdf[0].get_text("rawdict")["blocks"]
            for line in block.get("lines", ())
        ]
    chars = [char for line in lines for span in line["spans"] for char in span["chars"]]
    first, last = chars[0]["bbox"], chars[7]["bbox"]
    assert (first[0], first[1], first[2]) == pytest.approx((250, 50, 262), abs=0.6)
    assert (last[0], last[3], last[2]) == pytest.approx((250, 146, 262), abs=0.6)
    assert lines[-1]["dir"] == pytest.approx((0, -1), abs=0.01)
    assert lines[-1]["bbox"][1] == pytest.approx(155, abs=1)


def test_texts_without_words_go_into_their_boxes() -> None:
    cells = (Cell(0, 0, "Boats", bbox=BBox(60, 60, 160, 90)), Cell(0, 1, "Three"))
    table = Block("table", BBox(60, 60, 300, 90), table=Table(1, 2, cells), source="model")
    prose = Block("paragraph", BBox(60, 200, 400, 260), "Two\nlines", source="model")
    data = to_pdf(Document("scan.pdf", (sheet(table, prose),)), scan())
    assert sorted(text_of(data).split()) == ["Boats", "Three", "Two", "lines"]


def test_a_text_layer_of_its_own_is_left_alone() -> None:
    with pymupdf.open() as pdf:
        pdf.new_page(width=300, height=400).insert_text((40, 60), "Born digital")
        original = pdf.tobytes()
    words = (Word("Born", BBox(80, 100, 130, 124)), Word("digital", BBox(140, 100, 220, 124)))
    block = Block("paragraph", BBox(80, 100, 220, 124), "Born digital", words=words)
    assert text_of(to_pdf(Document("a.pdf", (sheet(block),)), original)) == "Born digital"


def test_invisible_text_of_others_is_replaced() -> None:
    with pymupdf.open(stream=scan(), filetype="pdf") as pdf:
        pdf[0].insert_text((40, 60), "Tne harb0ur", render_mode=3)
        pdf[0].insert_text((40, 90), "Seen", render_mode=0)
        original = pdf.tobytes()
    data = to_pdf(Document("scan.pdf", (lines_sheet(),)), original)
    assert "harb0ur" not in text_of(data)
    assert text_of(data).replace(" Seen", "") == " ".join(LINES)
    with pymupdf.open(stream=data, filetype="pdf") as pdf:
        assert pdf.xref_stream_raw(pdf[0].get_images()[0][0]) == JPEG


def test_resources_of_a_parent_are_kept() -> None:
    with pymupdf.open(stream=scan(2), filetype="pdf") as pdf:
        parent = int(pdf.xref_get_key(pdf[0].xref, "Parent")[1].split()[0])
        value = pdf.xref_get_key(pdf[0].xref, "Resources")[1]
        pdf.xref_set_key(parent, "Resources", value)
        for page in pdf:
            pdf.xref_set_key(page.xref, "Resources", "null")
        original = pdf.tobytes()
    data = to_pdf(Document("scan.pdf", (lines_sheet(),)), original)
    assert text_of(data) == " ".join(LINES)
    with pymupdf.open(stream=data, filetype="pdf") as pdf:
        assert pdf[0].get_images() and pdf[1].get_images()


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF"])
def test_pictures_become_pdfs(kind: str, tmp_path: Path) -> None:
    picture = PIL.Image.open(io.BytesIO(JPEG))
    buffer = io.BytesIO()
    extra = {"save_all": True, "append_images": [picture.copy()]} if kind == "TIFF" else {}
    picture.save(buffer, kind, dpi=(DPI, DPI), **extra)
    pages = [lines_sheet(number=number) for number in ((1, 2) if kind == "TIFF" else (1,))]
    data = to_pdf(Document("page", tuple(pages)), buffer.getvalue())
    check(data, tmp_path)
    assert [text_of(data, page.number) for page in pages] == [" ".join(LINES)] * len(pages)
    with pymupdf.open(stream=data, filetype="pdf") as pdf:
        assert pdf[0].rect.width == pytest.approx(300, abs=1)
        if kind == "JPEG":
            assert pdf.xref_stream_raw(pdf[0].get_images()[0][0]) == buffer.getvalue()


def test_a_saved_result_needs_its_original(tmp_path: Path) -> None:
    saved, original = tmp_path / "saved.json", tmp_path / "scan.pdf"
    document = Document("scan.pdf", (lines_sheet(),))
    saved.write_text(to_json(document), encoding="utf-8")
    original.write_bytes(scan())
    with pytest.raises(UsageError, match="--original"):
        to_pdf(document, saved)
    made = tmp_path / "made.pdf"
    args = ["convert", str(saved), "-o", str(made), "--original", str(original)]
    assert CliRunner().invoke(app, args).exit_code == 0
    assert text_of(made.read_bytes()) == " ".join(LINES)
