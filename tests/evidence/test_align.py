"""Boxes for text that came without any: real pages, repeated lines, words misread, hostile text."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from docparse.convert.markdown import to_markdown
from docparse.evidence.align import align as align_all
from docparse.layout.page import lay_out
from docparse.pages.open import open_source
from docparse.reading.replies import read_reply
from docparse.types import (
    BBox,
    Block,
    Cell,
    Document,
    Frame,
    Line,
    ListItem,
    Note,
    Page,
    Table,
    Word,
)


def align(page: Page, lines: Sequence[Line]) -> Page:
    return align_all(page, lines).page


ROOT = Path(__file__).parents[2]
DATA = ROOT.parent / "shared" / "data"
WHOLE = BBox(0, 0, 1000, 1000)


def words(y: int, text: str, *, x: int = 100) -> Line:
    found = []
    for token in text.split():
        found.append(Word(token, BBox(x, y, x + 10 * len(token), y + 20)))
        x += 10 * len(token) + 10
    return Line(tuple(found))


def page_of(*blocks: Block | str) -> Page:
    made = (Block("paragraph", WHOLE, b) if isinstance(b, str) else b for b in blocks)
    return Page(1, 1000, 1000, 100, blocks=tuple(made))


def test_a_text_that_repeats_takes_the_next_place_each_time() -> None:
    lines = [words(y, text) for y, text in enumerate(["Total", "one", "Total", "two", "Total"] * 1)]
    lines = [words(100 * n, line.text) for n, line in enumerate(lines)]
    got = align(page_of("Total", "one", "Total", "two", "Total"), lines)
    assert [block.bbox for block in got.blocks] == [line.bbox for line in lines]
    assert got.notes == ()


def test_case_width_and_misread_words_do_not_matter() -> None:
    lines = [words(100, "The ＨＡＲＢＯＵＲ is very quiet today"), words(130, "and the boats wait")]
    got = align(page_of("the harbour is very qulet today and the boats wait"), lines)
    assert got.blocks[0].bbox == lines[0].bbox.union(lines[1].bbox)


def test_a_phrase_in_two_texts_stays_with_the_words_around_it() -> None:
    lines = [
        words(100, "Quiet harbours in spite of the storm"),
        words(200, "Recent councils in spite of the budget"),
    ]
    got = align(page_of(lines[1].text, lines[0].text), lines)
    assert [block.bbox for block in got.blocks] == [lines[1].bbox, lines[0].bbox]


def test_japanese_is_found_by_characters_inside_a_word() -> None:
    line = Line((Word("請求書番号合計金額", BBox(100, 100, 280, 120)),))
    got = align(page_of("合計金額"), [line])
    assert got.blocks[0].bbox == BBox(200, 100, 280, 120)


def test_lists_and_tables_are_found_by_what_is_in_them() -> None:
    lines = [words(100, "first item"), words(130, "second item"), words(300, "a b c d")]
    table = Table(1, 2, (Cell(0, 0, "a b"), Cell(0, 1, "c d")))
    got = align(
        page_of(
            Block("list", WHOLE, items=(ListItem("first item"), ListItem("second item"))),
            Block("table", WHOLE, table=table),
        ),
        lines,
    )
    assert got.blocks[0].bbox == lines[0].bbox.union(lines[1].bbox)
    assert got.blocks[1].bbox == lines[2].bbox


def test_what_has_a_box_or_is_not_on_the_page_is_left_alone() -> None:
    lines = [words(100, "here it stands")]
    boxed = Block("paragraph", BBox(1, 2, 3, 4), "here it stands")
    figure = Block("figure", WHOLE)
    page = page_of(boxed, "nowhere at all", figure)
    got = align(page, lines)
    assert got.blocks[0].bbox == boxed.bbox and got.blocks[1:] == page.blocks[1:]
    placed = [(word.text, word.bbox) for word in got.blocks[0].words]
    assert placed == [(word.text, word.bbox) for word in lines[0].words]
    assert [(n.code, n.message[:8]) for n in got.notes] == [("bad-box", "2 blocks")]
    assert align(page, []) == page


def test_a_note_on_missing_boxes_goes_when_all_were_found() -> None:
    lines = [words(100, "here it stands")]
    page = page_of("here it stands")
    noted = Page(1, 1000, 1000, 100, blocks=page.blocks, notes=(Note("bad-box", "no box"),))
    assert align(noted, lines).notes == ()


@pytest.mark.parametrize("text", ["a " * 8000, "a b " * 4000, " ".join(map(str, range(8000)))])
def test_hostile_text_takes_no_longer_than_a_page(text: str) -> None:
    lines = [words(10 * n, "a " * 50) for n in range(60)]
    begun = time.process_time()
    align(page_of(*[text] * 3, *["a"] * 1000), lines)
    assert time.process_time() - begun < 5


def test_cells_and_items_get_boxes_and_words_that_are_broken_have_two() -> None:
    lines = [words(100, "Port  Ships"), words(130, "Kobe 12"), words(160, "a long docu-")]
    lines.append(words(190, "ment of ports"))
    texts = ("Port", "Ships", "Kobe", "12")
    table = Table(2, 2, tuple(Cell(n // 2, n % 2, text) for n, text in enumerate(texts)))
    got = align(page_of(Block("table", WHOLE, table=table), "a long document of ports"), lines)
    assert got.blocks[0].table is not None
    boxes = [cell.bbox for cell in got.blocks[0].table.cells]
    assert boxes == [word.bbox for line in lines[:2] for word in line.words]
    broken = [(word.text, word.bbox.y0) for word in got.blocks[1].words]
    assert broken[2:4] == [("docu", 160), ("ment", 190)]


def test_misread_words_stand_where_the_right_ones_do_and_are_less_sure() -> None:
    line = words(100, "the harbour is very quiet today")
    got = align(page_of("the harbour is vary quiet today"), [line]).blocks[0].words
    assert [word.bbox for word in got] == [word.bbox for word in line.words]
    assert got[3].text == "vary" and got[3].source == "model"
    assert got[3].confidence < 0.5 < 0.98 < min(w.confidence for w in got if w.text != "vary")


def test_a_block_is_looked_for_in_its_box_where_boxes_prove_right() -> None:
    lines = [words(y, "Total due now") for y in (100, 200, 300)]
    lines += [words(400, "the council met in the old library"), words(500, "nobody took notes")]
    order = [lines[n] for n in (2, 0, 3, 4)]
    boxed = [Block("paragraph", line.bbox, line.text) for line in order]
    got = align(page_of(*boxed), lines).blocks
    assert [block.words[0].bbox for block in got] == [line.words[0].bbox for line in order]


@pytest.mark.parametrize(
    "name",
    [
        "samples/report.pdf",
        "samples/invoice-ja.pdf",
        "japanese/orbit_bench_ja/pdfs/ja/f_04OhhGz1_pg12.pdf",
        "japanese/orbit_bench_ja/pdfs/ja/f_0AibR1dz_pg57.pdf",
    ],
)
def test_our_own_markdown_finds_its_boxes_again(name: str) -> None:
    path = ROOT / name if name.startswith("samples/") else DATA / name
    if not path.exists():
        pytest.skip(f"{name} is not here")
    good = total = 0
    with open_source(path, name=path.name, password="", dpi=200) as source:
        for number in range(1, source.num_pages + 1):
            page = source.page(number)
            laid_out = lay_out(page)
            markdown = to_markdown(Document("", (laid_out,)), headers_footers=True)
            frame = Frame(page.width, page.height, 1000, 1000, page.dpi)
            read = read_reply(markdown, frame, "olmocr-yaml", number=number).page
            texts = [b for b in align(read, page.lines).blocks if b.kind != "figure"]
            total += len(texts)
            good += sum(max(b.bbox.iou(o.bbox) for o in laid_out.blocks) >= 0.7 for b in texts)
    assert total > 5 and good >= 0.9 * total, f"{good} of {total}"
