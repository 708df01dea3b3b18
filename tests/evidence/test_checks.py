"""Notes on invented and left-out text: what is found, and what must not be taken for it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from docparse.evidence.align import align
from docparse.evidence.checks import unsupported
from docparse.evidence.confidence import Evidence, confidence_of, confidence_of_reading
from docparse.evidence.missed import missed
from docparse.types import BBox, Block, Line, Page, Span, Word

WHOLE = BBox(0, 0, 1000, 1000)


def line(y: int, text: str) -> Line:
    x, found = 100, []
    for token in text.split():
        found.append(Word(token, BBox(x, y, x + 10 * len(token), y + 20)))
        x += 10 * len(token) + 10
    return Line(tuple(found))


def check(lines: list[Line], *blocks: Block | str) -> list[str]:
    made = tuple(Block("paragraph", WHOLE, b) if isinstance(b, str) else b for b in blocks)
    aligned = align(Page(1, 1000, 1000, 100, blocks=made), lines)
    notes = [note.code for note in unsupported(aligned, is_read=False)]
    regions = missed(aligned, lines, with_margins=True)
    return notes + ["missed-region"] * len(regions)


SAID = ["The council opened the northern bridge", "after the storm had passed the coast"]


@pytest.mark.parametrize(
    ("shown", "said"),
    [
        (SAID, " ".join(SAID)),
        (SAID, " ".join(SAID).upper()),
        (["the ﬁrst oﬃce, docu-", "ments “as” – here"], 'the first office, documents "as" - here'),
        (["合計　１２３，４５６円（税込）", "請求書番号"], "合計 123,456円(税込) 請求書番号"),
        (["Total due:12 345.00 USD today"], "Total due: 12345.00 USD today"),
        (["wordsrun together without spaces here"], "words run together without spaces here"),
        (["• first of many", "• second of many"], "- first of many - second of many"),
        ([*SAID, "3"], " ".join(SAID)),
        ([*SAID, "0 10 20 30 40", "2018 2019 2020"], " ".join(SAID)),
    ],
)  # fmt: skip
def test_what_differs_only_in_writing_is_no_alarm(shown: list[str], said: str) -> None:
    assert check([line(100 + 30 * n, text) for n, text in enumerate(shown)], said) == []


def test_invented_and_left_out_text_is_found() -> None:
    lines = [line(100 + 30 * n, text) for n, text in enumerate(SAID)]
    assert check(lines, " ".join(SAID), "Nobody ever wrote this sentence") == ["unsupported-text"]
    assert check(lines, " ".join(SAID) + " 4711") == ["unsupported-text"] * 0
    lines += [line(400, "A survey of the reservoir was financed"), line(430, "by the district")]
    assert check(lines, " ".join(SAID)) == ["missed-region"]


def test_pictures_formulas_and_repeated_text_are_left_alone() -> None:
    lines = [line(100 + 30 * n, text) for n, text in enumerate(SAID)]
    said = " ".join(SAID)
    figure = Block("figure", BBox(50, 300, 900, 700), "A drawing of ships nobody has seen")
    labels = [line(400, "Ships in the harbour"), line(500, "Boats at the quay")]
    assert check(lines + labels, said, figure) == []
    formula = Block("formula", WHOLE, r"\\sum_{i=1}^{n} \\alpha_i")
    assert check(lines, said, formula) == []
    math = f"{said} x^2 + alphabet_soup"
    spans = (Span(len(said) + 1, len(math), math=True),)
    assert check(lines, Block("paragraph", WHOLE, math, spans=spans)) == []
    assert check(lines, said, SAID[0]) == [], "said twice, shown once"


def test_confidence_grows_with_all_that_speaks_for_a_word() -> None:
    for shown in ("layer", "read"):
        for chance in (None, 0.5):
            same = confidence_of(Evidence(shown, 1.0, 0.9, chance))
            assert same > confidence_of(Evidence(shown, 0.8, 0.9, chance))
    for low, high in ((0.4, 0.6), (0.6, 0.99)):
        for shown, agreement in (("layer", 1.0), ("read", 0.0), ("read", 1.0), ("", 0.0)):
            unsure = confidence_of(Evidence(shown, agreement, 0.9, low))
            assert unsure <= confidence_of(Evidence(shown, agreement, 0.9, high))
        for source in ("model", "ocr"):
            assert confidence_of_reading([low], source) < confidence_of_reading([high], source)
    assert confidence_of(Evidence("")) == 1.0, "nothing is known"


def read(y: int, text: str, x: int = 100) -> Line:
    words = line(y, text).words
    moved = [
        replace(w, bbox=BBox(w.bbox.x0 + x - 100, y, w.bbox.x1 + x - 100, y + 20), source="ocr")
        for w in words
    ]
    return Line(tuple(moved))


def left_out(lines: list[Line], *blocks: Block, with_margins: bool = True) -> list[str]:
    aligned = align(Page(1, 1000, 1000, 100, blocks=blocks), lines)
    return [region.text for region in missed(aligned, lines, with_margins=with_margins)]


def test_a_footnote_near_the_edge_is_no_running_head() -> None:
    body = [line(300 + 30 * n, text) for n, text in enumerate(SAID)]
    said = Block("paragraph", WHOLE, " ".join(SAID))
    note = [
        line(900, "1 The survey of the reservoir was financed by the"),
        line(930, "old district"),
    ]
    whole = "1 The survey of the reservoir was financed by the old district"
    assert left_out([*body, *note], said, with_margins=False) == [whole]
    japanese = "1　倉庫は学校を除いて設備を市場の近くで点検してから展示室に移した"
    assert left_out([*body, line(900, japanese)], said, with_margins=False) != []
    heads = [line(60, "Annual report"), line(950, "Northern district of the old coast, page 7")]
    assert left_out([*heads, *body], said, with_margins=False) == []
    head = line(110, "P.N.J. Lane et al. / Journal of Hydrology 31 (2005) 25")
    number = Line((Word("259", BBox(900, 110, 930, 130)),))
    assert left_out([head, *body], said, with_margins=False) != []
    assert left_out([head, number, *body], said, with_margins=False) == []


def test_only_beside_a_picture_that_was_not_placed_a_short_text_may_be_of_it() -> None:
    rows = [line(600 + 30 * n, f"ferry {n}100 {n}200 {n}300 map") for n in range(4)]
    body = [line(300 + 30 * n, text) for n, text in enumerate(SAID)]
    figure = Block("figure", WHOLE, "")
    text = [Block("paragraph", WHOLE, said) for said in SAID]
    assert left_out([*body, *rows], *text, figure) == []
    assert len(left_out([*body, *rows], figure, *text)) == 1


def test_what_was_misread_inside_a_block_is_not_left_out() -> None:
    said = Block("paragraph", WHOLE, " ".join([*SAID, "subsidies and a ferry"]))
    lines = [read(300 + 30 * n, text) for n, text in enumerate([*SAID, "sudsibres acd 1 lenny"])]
    assert left_out(lines, said) == []
    assert left_out(lines, replace(said, text=" ".join(SAID))) == ["sudsibres acd 1 lenny"]
    assert left_out([*lines[:2], read(500, "lllllll lll llllllll")], said) == []


def test_a_line_between_two_that_are_left_out_belongs_to_them() -> None:
    body = [line(300 + 30 * n, text) for n, text in enumerate(SAID)]
    gone = ["A survey of the reservoir was", "after the storm had passed the", "old district hall"]
    lines = [*body, *(line(600 + 30 * n, text) for n, text in enumerate(gone))]
    again = Block("paragraph", WHOLE, gone[1])
    assert left_out(lines, Block("paragraph", WHOLE, " ".join(SAID)), again) == [" ".join(gone)]
