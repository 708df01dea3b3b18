"""Whole pages: PDFs made here, pages made by hand, and a few real documents."""

from __future__ import annotations

import pickle
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pymupdf
import pytest
from layout_paper import HEIGHT, WIDTH, line

from docparse.layout.detector import _model, _SeenPage
from docparse.layout.document import finish
from docparse.layout.figures import find_figures
from docparse.layout.page import lay_out
from docparse.layout.regions import Region, Sight, find_regions
from docparse.layout.standin import StandIn
from docparse.pages.open import open_source
from docparse.pages.page import PageInput
from docparse.types import BBox, Block, FormField, Line, Note, Page

DATA = Path(__file__).parents[3] / "shared" / "data"
needs_data = pytest.mark.skipif(not DATA.is_dir(), reason=f"no documents at {DATA}")

LEFT = (
    "The left column begins here and is long enough to be running text, with words that "
    "fill its lines one after the other until it stops in the middle of a sentence which"
)
RIGHT = (
    "goes on in the right column and comes to its end there. After that another sentence "
    "follows, so that both of the columns have about the same number of lines in them."
)


def test_text_on_a_page_too_large_to_be_drawn_is_read() -> None:
    with pymupdf.open() as pdf:
        pdf.new_page(width=20000, height=36000).insert_text((1000, 2000), LEFT, fontsize=100)
        data = pdf.tobytes()
    with open_source(data, name="huge.pdf", password="", dpi=200) as source:
        assert " ".join(block.text for block in lay_out(source.page(1)).blocks) == LEFT


def paper() -> pymupdf.Document:
    """A page with a title, two columns, a drawing with a caption, and a page number."""
    doc = pymupdf.open()
    page = doc.new_page(width=595, height=842)
    page.insert_text((150, 90), "A Title of Some Size", fontsize=24)
    page.insert_textbox((60, 130, 285, 330), LEFT, fontsize=11)
    page.insert_textbox((310, 130, 535, 330), RIGHT, fontsize=11)
    shape = page.new_shape()
    for n in range(6):
        shape.draw_circle((200 + 35 * n, 470), 20 + 3 * n)
    shape.finish(fill=(0.2, 0.5, 0.7))
    shape.commit()
    page.insert_text((180, 540), "Figure 1: Six circles that grow", fontsize=9)
    page.insert_text((293, 810), "7", fontsize=9)
    return doc


@contextmanager
def first_page(doc: pymupdf.Document) -> Iterator[PageInput]:
    with open_source(doc.tobytes(), name="made.pdf", password="", dpi=200) as source:
        yield source.page(1)


def laid_out(doc: pymupdf.Document) -> Page:
    with first_page(doc) as page:
        return lay_out(page)


def turned(doc: pymupdf.Document, angle: int, *, rotate: int) -> pymupdf.Document:
    """The first page drawn turned counter-clockwise by `angle`, with /Rotate set to `rotate`."""
    made = pymupdf.open()
    swap = angle in (90, 270)
    page = made.new_page(width=842 if swap else 595, height=595 if swap else 842)
    page.show_pdf_page(page.rect, doc, 0, rotate=angle)
    page.set_rotation(rotate)
    return made


def bodies(page: Page) -> list[tuple[str, str]]:
    return [(block.kind, block.text) for block in page.blocks]


def test_a_page_of_two_columns() -> None:
    (page,) = finish([laid_out(paper())], ())
    kinds = [block.kind for block in page.blocks]
    assert kinds == ["title", "paragraph", "paragraph", "figure", "caption", "page-footer"]
    title, left, right, figure, caption, _ = page.blocks
    assert title.text == "A Title of Some Size"
    assert left.text == LEFT
    assert (right.text, right.continues) == (RIGHT, True)
    assert caption.target == 3
    k = 200 / 72
    assert figure.bbox.iou(BBox.around(180 * k, 435 * k, 410 * k, 505 * k)) > 0.9


def same_blocks(page: Page, upright: Page, turn: object = None) -> None:
    assert bodies(page) == bodies(upright)
    for block, other in zip(page.blocks, upright.blocks, strict=True):
        assert block.bbox.iou(other.bbox) > 0.85


@pytest.mark.parametrize("angle", [90, 180, 270])
def test_a_turned_page_is_laid_out_as_it_is_seen(angle: int) -> None:
    doc = paper()
    page = laid_out(turned(doc, angle, rotate=angle))
    assert (page.width, page.height, page.rotation) == (1653, 2339, angle)
    same_blocks(page, laid_out(doc))


@pytest.mark.parametrize("angle", [90, 270])
def test_a_page_of_text_on_its_side_is_read_upright(angle: int) -> None:
    doc = paper()
    upright = laid_out(doc)
    with first_page(turned(doc, angle, rotate=0)) as source:
        page = lay_out(source)
        assert source.pdf_page is not None and source.pdf_page.rotation == 0
    assert bodies(page) == bodies(upright)
    box = upright.blocks[0].bbox
    w, h = upright.width, upright.height
    back = BBox(box.y0, w - box.x1, box.y1, w - box.x0)
    if angle == 270:
        back = BBox(h - box.y1, box.x0, h - box.y0, box.x1)
    assert page.blocks[0].bbox.iou(back) > 0.85


def test_the_same_page_gives_the_same_blocks_and_travels() -> None:
    with first_page(paper()) as source:
        page = lay_out(source)
        assert lay_out(source) == page
    assert pickle.loads(pickle.dumps(page)) == page


def test_vertical_japanese_in_two_tiers() -> None:
    doc = pymupdf.open()
    page = doc.new_page(width=595, height=842)

    def column(text: str, x: float, y: float, size: float) -> None:
        for n, char in enumerate(text):
            page.insert_text((x, y + size * (n + 1)), char, fontname="japan", fontsize=size)

    text = (
        "吾輩は猫である名前はまだ無いどこで生れたかとんと見当がつかぬ何でも薄暗いじめじめした"
        "所でニャーニャー泣いていた事だけは記憶している吾輩はここで始めて人間というものを見た"
        "しかもあとで聞くとそれは書生という人間中で一番獰悪な種族であったそうだこの書生という"
    )
    column("猫の話", 520, 60, 24)
    for n in range(4):
        column(text[n * 15 : n * 15 + 15], 480 - 20 * n, 80, 11)
        column(text[60 + n * 15 : 75 + n * 15], 480 - 20 * n, 420, 11)
    (done,) = finish([laid_out(doc)], ())
    assert done.blocks[0].kind == "title" and done.blocks[0].text == "猫の話"
    assert "".join(block.text for block in done.blocks[1:]) == text[:120]
    assert done.blocks[-1].continues


def test_pages_without_text_that_can_be_trusted_say_so() -> None:
    made = PageInput(3, 100, 200, 200, 0, "none", notes=(Note("hidden-text", "left out"),))
    page = lay_out(made)
    assert [note.code for note in page.notes] == ["hidden-text", "needs-reading"]
    assert not page.complete and not page.blocks
    rejected = lay_out(replace(made, layer="rejected"))
    assert rejected.notes[-1].code == "needs-reading"
    blank = lay_out(replace(made, layer="blank", notes=(Note("blank", "no ink"),)))
    assert blank.complete and [note.code for note in blank.notes] == ["blank"]


def by_hand(*lines: Line, fields: tuple[FormField, ...] = ()) -> PageInput:
    return PageInput(1, WIDTH, HEIGHT, 200, 0, "good", lines=lines, fields=fields)


def test_a_page_without_a_pdf_is_laid_out_by_place_alone() -> None:
    page = lay_out(
        by_hand(
            line("left one", 100, 100), line("left two", 100, 126),
            line("right one", 600, 100), line("right two", 600, 126),
        )
    )  # fmt: skip
    assert [b.text.split("\n")[0] for b in page.blocks] == [
        "left one left two",
        "right one right two",
    ]
    assert find_regions(by_hand()) == ()


def test_fields_stand_behind_their_labels() -> None:
    fields = (
        FormField("b", "2", BBox(300, 200, 400, 220)),
        FormField("a", "1", BBox(300, 100, 400, 120)),
        FormField("nowhere", "", BBox(5, 5, 5, 5)),
    )
    page = lay_out(by_hand(line("Name:", 100, 100), line("Town:", 100, 200), fields=fields))
    assert [(b.label, b.text) for b in page.blocks] == [
        ("", "Name:"), ("a", "1"), ("", "Town:"), ("b", "2"),
    ]  # fmt: skip


def test_boxes_are_clipped_to_the_page() -> None:
    page = lay_out(by_hand(line("x" * 300, 900, 1390)))
    for block in page.blocks:
        assert block.bbox == block.bbox.clip(WIDTH, HEIGHT)


def test_a_page_of_thousands_of_labels_is_a_drawing() -> None:
    lines = [line(str(n), 20 * (n % 45), 20 * (n // 45)) for n in range(2600)]
    page = lay_out(by_hand(*lines))
    assert sum(len(block.words) for block in page.blocks) == 2600


def test_one_thread_on_request() -> None:
    code = (
        "from docparse.layout.regions import limit_threads\n"
        "limit_threads()\n"
        "from docparse.layout.detector import _model\n"
        "model = _model()\n"
        "options = model.session._session.get_session_options()\n"
        "assert options.intra_op_num_threads == 1\n"
        "assert model.feature_extractor._session.get_session_options().intra_op_num_threads == 1\n"
        "import onnxruntime\n"
        "assert onnxruntime.SessionOptions().intra_op_num_threads == 0\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def words_of(blocks: tuple[Block, ...]) -> Counter[tuple[str, BBox]]:
    return Counter((word.text, word.bbox) for block in blocks for word in block.words)


@needs_data
@pytest.mark.parametrize(
    ("file", "number"),
    [
        ("parsing_groundtruth/mineru_demo/demo1.pdf", 6),
        ("parsing_groundtruth/icdar2013_tables/eu-015.pdf", 1),
        ("parsing_groundtruth/docling/right_to_left_02.pdf", 1),
        ("japanese/orbit_bench_ja/pdfs/ja/f_07BkpxSy_pg84.pdf", 1),
        ("olmocr_bench_sample/gnarly_pdfs/edgar-rotated90.pdf", 1),
        ("olmocr_bench_sample/gnarly_pdfs/not_parsing2.pdf", 1),
    ],
)
def test_every_word_of_a_real_page_is_in_one_block(file: str, number: int) -> None:
    with open_source(DATA / file, name=file, password="", dpi=200) as source:
        made = source.page(number)
        page = lay_out(made)
    assert words_of(page.blocks) == Counter(
        (word.text, word.bbox) for line in made.lines for word in line.words
    )
    for block in page.blocks:
        assert block.bbox == block.bbox.clip(page.width, page.height)


def real(file: str, *numbers: int) -> tuple[Page, ...]:
    with open_source(DATA / file, name=file, password="", dpi=200) as source:
        return finish([lay_out(source.page(number)) for number in numbers], source.outline)


@needs_data
def test_a_paper_with_wide_tables_between_its_columns() -> None:
    (page,) = real("parsing_groundtruth/mineru_demo/demo1.pdf", 6)
    captions = [(b.text, b.target) for b in page.blocks if b.kind == "caption"]
    tables = [i for i, b in enumerate(page.blocks) if b.kind == "table"]
    assert captions == [
        ("Table 2 Significance of the rainfall and time terms", tables[0]),
        ("Table 3 Coefficient of efficiency, E", tables[1]),
    ]
    headings = [(b.text, b.level) for b in page.blocks if b.kind == "heading"]
    assert headings == [("4. Results", 1), ("4.1. Model evaluation", 2)]
    left = next(i for i, b in enumerate(page.blocks) if b.text.startswith("Data on soil"))
    assert page.blocks[left + 1].text.startswith("and Redhill the lower BFI")
    assert page.blocks[left + 1].continues


@needs_data
def test_a_budget_with_leaders_on_a_turned_page_is_a_table() -> None:
    (page,) = real("gnarly/camelot/rotated_page.pdf", 1)
    (table,) = [b.table for b in page.blocks if b.table]
    texts = [
        [cell.text for cell in table.cells if cell.row == row] for row in range(table.num_rows)
    ]
    assert texts[4][:3] == ["Defense 3", "699", "709"]
    assert texts[6][0] == "Subtotal, appropriated programs"
    assert texts[7][0] == "Mandatory programs:" and not any(texts[7][1:])
    assert texts[-1][-2:] == ["–134", "–193"]


@needs_data
def test_the_headings_and_lists_of_a_japanese_report() -> None:
    (page,) = real("japanese/orbit_bench_ja/pdfs/ja/f_07BkpxSy_pg44.pdf", 1)
    headings = [(b.text, b.level) for b in page.blocks if b.kind == "heading"]
    assert headings == [
        ("４【コーポレート・ガバナンスの状況等】", 1),
        ("(1)【コーポレート・ガバナンスの概要】", 2),
        ("① コーポレート・ガバナンスに関する基本的な考え方", 3),
        ("② 企業統治の体制の概要及び当該体制を採用する理由", 3),
    ]
    (items,) = [b.items for b in page.blocks if b.kind == "list"]
    assert [item.marker for item in items] == ["・", "・", "①", "②", "③", "④", "⑤"]
    assert [item.level for item in items] == [0, 0, 1, 1, 1, 1, 1]
    assert page.blocks[0].kind == "page-header" and page.blocks[-1].kind == "page-footer"


def stand_in_for(size: tuple[int, int], letter: float) -> tuple[tuple[int, int], BBox]:
    """The size of the page in points, and where on it a word in the upper left corner stands."""
    width, height = size
    with StandIn(144) as stand_in:
        stand_in.draw(np.full((height, width), 255, np.uint8), [], 1.0, letter)
        page = stand_in.write([line("word", 0, 0)], [], 1)
        assert page.pdf_page is not None
        box = page.lines[0].bbox
        assert stand_in.back(box) == line("word", 0, 0).bbox
        rect = page.pdf_page.rect
        assert (round(rect.width * page.dpi / 72), round(rect.height * page.dpi / 72)) == (
            page.width,
            page.height,
        )
        return (round(rect.width), round(rect.height)), box


def test_a_piece_of_a_page_stands_on_a_whole_page_in_letters_as_high_as_usual() -> None:
    for size, letter in (((448, 224), 20), ((900, 450), 40), ((300, 90), 12)):
        page, word = stand_in_for(size, letter)
        assert page == (595, 842) and word.x0 > 0 and word.y0 > 0
    long_strip, _ = stand_in_for((200, 20000), 20)
    assert long_strip == (595, 3400)
    strip, word = stand_in_for((2400, 200), 17)
    assert strip == (1200, 842) and word.x0 == 0 and word.y0 > 0


def test_a_page_is_as_large_as_it_is() -> None:
    assert stand_in_for((1190, 1684), 18) == ((595, 842), line("word", 0, 0).bbox)
    assert stand_in_for((1500, 1000), 20)[0] == (750, 500)
    # A screenshot that claims 144 dpi.
    assert stand_in_for((800, 500), 8)[0] == (450, 281)


def test_what_is_all_text_is_no_picture_on_a_page_that_was_read() -> None:
    region = Region("figure", BBox(90, 190, 260, 280))
    sight = Sight(regions=(region,), pictures=(region.bbox,))
    lines = (line("some words", 100, 200), line("and some more", 100, 250))
    page = PageInput(1, 1000, 800, 72, 0, "good", lines)
    for drawn, kinds in ((None, []), ((), ["paragraph"]), ((BBox(200, 200, 250, 270),), [])):
        graphics = find_figures(replace(page, drawn=drawn), sight)
        assert [found.kind for found in graphics.texts] == kinds
        assert len(graphics.figures) == (not kinds)


def test_a_scan_that_nearly_fills_its_page_is_not_written_as_png() -> None:
    with StandIn(200) as stand_in:
        stand_in.draw(np.full((2339, 1654), 255, np.uint8), [], 1.0, 20.0)
        page = stand_in.write([], [], 1)
        assert page.pdf_page is not None
        seen = _SeenPage(page.pdf_page, lambda _: None)
        textpage = seen.get_textpage(flags=pymupdf.TEXT_PRESERVE_IMAGES)
        content = seen.get_text("dict", textpage=textpage)
    assert all(block["type"] != 1 for block in content["blocks"])


def test_a_scan_shows_at_first_what_it_shows_with_its_words() -> None:
    """Else what the model begins on it is begun again."""
    picture = np.full((2339, 1654), 255, np.uint8)
    picture[300:320, 200:900] = 0
    net = _model().feature_extractor
    with StandIn(200) as stand_in:
        stand_in.draw(picture, [BBox(200, 400, 900, 404)], 1.0, 20.0)
        begun = net._begun
        page = stand_in.write([line("some words", 200, 300)], [], 1)
        assert page.pdf_page is not None
        _SeenPage(page.pdf_page, net.begin).get_pixmap()
    assert net._begun is begun is not None
