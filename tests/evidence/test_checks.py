"""Notes on invented and left-out text: what is found, and what must not be taken for it."""

from __future__ import annotations

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
