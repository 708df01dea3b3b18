"""Pages read through a scripted engine: what is asked, what is tried again, where blocks land."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pymupdf
import pytest
from PIL import Image, ImageDraw

from docparse.engines.base import Reply, Request
from docparse.engines.fake import FakeEngine
from docparse.errors import UnreadableInputError
from docparse.pages.page import PageInput
from docparse.profiles import PROFILES
from docparse.reading.by_model import read_by_model
from docparse.reading.pages import LADDER, PageReading, layer_anchors
from docparse.reading.pictures import Pictures
from docparse.reading.review import with_doubts
from docparse.settings import ReadSettings
from docparse.types import BBox, Line, Note, Page, Style, Word

GOOD = '<html><body><p data-bbox="28 28 280 56">Hello page</p></body></html>'


def picture_page(
    number: int = 1,
    *,
    inks: Sequence[BBox] = (BBox(20, 20, 260, 60),),
    size: tuple[int, int] = (560, 840),
    lines: tuple[Line, ...] = (),
    notes: tuple[Note, ...] = (),
    blank: bool = False,
) -> PageInput:
    picture = Image.new("RGB", size, "white")
    for ink in inks:
        ImageDraw.Draw(picture).rectangle((ink.x0, ink.y0, ink.x1, ink.y1), fill="black")
    return PageInput(
        number,
        *size,
        dpi=100,
        rotation=0,
        layer="blank" if blank else "good" if lines else "none",
        lines=lines,
        notes=notes,
        picture=picture,
    )


def line_at(x: int, y: int, text: str) -> Line:
    words = []
    for token in text.split():
        words.append(Word(token, BBox(x, y, x + 10 * len(token), y + 20), style=Style(20)))
        x += 10 * len(token) + 10
    return Line(tuple(words))


def read(
    answer: Callable[[Request], Reply],
    *pages: PageInput,
    profile: str = "qwen2.5-vl",
    anchors: Callable[[PageInput], str] | None = None,
) -> tuple[dict[int, Page], list[Request]]:
    engine = FakeEngine(answer)
    by_number = {page.number: page for page in pages}
    reading = PageReading(engine, PROFILES[profile], by_number.__getitem__, anchors=anchors)
    found = [page for _, page in reading.read([page.number for page in pages])]
    assert sorted(page.number for page in found) == sorted(by_number), "each page comes once"
    return {page.number: page for page in found}, engine.seen


def codes(page: Page) -> list[str]:
    return [note.code for note in page.notes]


def says(text: str, finish: str = "stop") -> Callable[[Request], Reply]:
    return lambda request: Reply(text, finish)  # type: ignore[arg-type]


def test_a_reply_in_model_pixels_becomes_blocks_in_page_pixels() -> None:
    pages, seen = read(says(GOOD), picture_page(size=(565, 835)))
    assert seen[0].picture.size == (560, 840) and seen[0].message.user == "QwenVL HTML "
    (block,) = pages[1].blocks
    assert (block.text, block.source) == ("Hello page", "model")
    assert block.bbox == BBox(28, 28, 282, 56)  # 280 * 565 / 560
    assert (pages[1].width, pages[1].height, pages[1].complete) == (565, 835, True)


def test_relative_coordinates_are_thousandths_of_the_page() -> None:
    reply = '[{"bbox_2d": [100, 100, 500, 200], "text_content": "Line"}]'
    pages, _ = read(says(reply), picture_page(size=(500, 1000)), profile="qwen2-vl")
    assert pages[1].blocks[0].bbox == BBox(50, 100, 250, 200)


def test_a_blank_page_is_never_sent() -> None:
    note = Note("blank", "the page has no ink")
    blank = picture_page(2, inks=(), blank=True, notes=(note,))
    pages, seen = read(says(GOOD), picture_page(1), blank, picture_page(3))
    assert len(seen) == 2
    assert pages[2].blocks == () and pages[2].notes == (note,) and pages[2].complete


def test_no_draft_is_made_for_who_takes_none() -> None:
    engine = FakeEngine(lambda asked: Reply("<p>some words</p>", "stop"), takes_drafts=False)
    page = picture_page(lines=(line_at(30, 100, "some words of a layer"),))
    list(PageReading(engine, PROFILES["qwen2.5-vl"], lambda _: page).read([1]))
    assert [request.draft for request in engine.seen] == [""] * len(engine.seen) != []


def test_each_attempt_changes_something() -> None:
    inks = BBox(20, 20, 500, 300), BBox(20, 500, 500, 800)
    lines = (line_at(30, 100, "some words of a layer"),)
    _, seen = read(
        says("", "length"),
        picture_page(inks=inks, lines=lines),
        profile="olmocr-1",
        anchors=lambda page: "[1x2]ANCHOR",
    )
    assert [request.temperature for request in seen] == [0.0, 0.3, 0.0, 0.0, 0.8]
    assert ["ANCHOR" in request.message.user for request in seen] == [True, *[False] * 4]
    # Halves of 400 and 440 rows are as large on their longest side as a whole page: 1024.
    assert [request.picture.size for request in seen[1:4]] == [
        (672, 1036),
        (1036, 728),
        (1036, 812),
    ]
    assert [seen[0].draft != "", *(request.draft for request in seen[1:])] == [True, "", "", "", ""]
    assert len({(a.temperature, a.anchors, a.halves) for a in LADDER}) == len(LADDER)


def test_anchors_only_where_they_are_wanted_and_can_be_trusted() -> None:
    lines = (line_at(30, 100, "layer"),)
    wanted: Callable[[PageInput], str] = lambda page: "[1x2]ANCHOR"  # noqa: E731
    reply = json.dumps({"natural_text": "layer"})
    for page, anchors, expected in (
        (picture_page(lines=lines), wanted, True),
        (picture_page(lines=lines), None, False),
        (picture_page(), wanted, False),
    ):
        _, seen = read(says(reply), page, profile="olmocr-1", anchors=anchors)
        assert ("ANCHOR" in seen[0].message.user) == expected
        assert "{{" not in seen[0].message.user


def test_docparse_nano_is_told_the_lines_of_what_it_is_shown_behind_their_boxes() -> None:
    """In pixels of the picture that it sees, in each half those of that half."""
    inks = BBox(20, 20, 500, 300), BBox(20, 500, 500, 800)
    lines = (line_at(30, 100, "upper"), line_at(40, 600, "lower line"))
    page = picture_page(inks=inks, lines=lines, size=(565, 835))
    _, seen = read(says("", "length"), page, profile="docparse-nano")
    upper, lower = "[030 101 079 121]upper\n", "[040 604 139 624]lower line\v"
    told = [request.message.user for request in seen]
    assert told[:2] == [f"QwenVL HTML \n{upper}{lower}"] * 2
    halves = [text.removeprefix("QwenVL HTML \n") for text in told[2:4]]
    assert [half.partition("]")[2] for half in halves] == ["upper\v", "lower line\v"]
    assert 190 < int(halves[1].split()[1]) < 230  # 600 - the row it is cut at, about 400
    _, seen = read(says("", "length"), picture_page(), profile="docparse-nano")
    assert seen[0].message.user == "QwenVL HTML \n"


def test_docparse_nano_is_told_places_of_three_digits_on_wide_pages_too() -> None:
    page = picture_page(lines=(line_at(1200, 100, "far right"),), size=(1400, 210))
    _, seen = read(says("", "length"), page, profile="docparse-nano")
    assert seen[0].picture.size == (980, 140)
    assert seen[0].message.user == "QwenVL HTML \n[840 067 903 080]far right\v"


def test_anchors_of_a_pdf_page_locked_or_not(tmp_path: Path) -> None:
    with pymupdf.open() as pdf:
        pdf.new_page().insert_text((72, 100), "An anchored line")
        path = tmp_path / "locked.pdf"
        pdf.save(path, encryption=pymupdf.PDF_ENCRYPT_AES_256, user_pw="x", owner_pw="y")
    from docparse.pages.open import open_source

    with open_source(path, name="locked.pdf", password="x", dpi=100) as source:
        text = layer_anchors(source.page(1))
    assert text.startswith("Page dimensions: 595") and "An anchored line" in text
    assert layer_anchors(picture_page()) == ""


def test_a_page_cut_in_two_at_its_widest_gap_is_joined() -> None:
    inks = (BBox(20, 20, 500, 280), BBox(20, 300, 500, 400), BBox(20, 480, 500, 800))

    def answer(request: Request) -> Reply:
        height = request.picture.height
        if height > 800:
            return Reply("<html><body><p", "length")
        black = [y for y in range(height) if request.picture.getpixel((30, y)) == (0, 0, 0)]
        has_hole = len(black) < max(black) - min(black)
        text = "Upper" if has_hole else "Lower"
        return Reply(f'<p data-bbox="20 {min(black)} 500 {max(black)}">{text}</p>', "stop")

    pages, seen = read(answer, picture_page(inks=inks))
    assert len(seen) == 4
    # Cut at row 440, in the middle of the wider gap; heights in whole multiples of 28.
    assert [request.picture.height for request in seen[2:]] == [448, 392]
    assert [block.text for block in pages[1].blocks] == ["Upper", "Lower"]
    for block, box in zip(pages[1].blocks, (BBox(20, 20, 500, 400), inks[2]), strict=True):
        assert block.bbox.iou(box) > 0.97, (block.bbox, box)
    assert pages[1].complete and (pages[1].width, pages[1].height) == (560, 840)


@pytest.mark.parametrize("ink", [BBox(20, 10, 500, 830), BBox(20, 20, 260, 60)])
def test_a_page_without_a_gap_is_not_cut_nor_asked_the_same_again(ink: BBox) -> None:
    _, seen = read(says("", "length"), picture_page(inks=(ink,)))
    assert [request.temperature for request in seen] == [0.0, 0.3, 0.8]
    assert len({request.picture.size for request in seen}) == 1


def test_a_page_on_its_side_is_turned_and_its_boxes_back() -> None:
    # The title stands at the left edge and reads upwards: 270 degrees counter-clockwise, that is
    # 90 clockwise, puts it upright at the top.
    page = picture_page(inks=(BBox(28, 280, 56, 812),), size=(560, 840))
    head = "---\nprimary_language: en\nis_rotation_valid: {}\nrotation_correction: {}\n---\n"

    def answer(request: Request) -> Reply:
        if request.picture.width < request.picture.height:
            return Reply(head.format("False", "270") + "???", "stop")
        text = '<p data-bbox="28 28 560 56">Upright</p>'
        return Reply(head.format("True", "0") + text, "stop")

    profile = PROFILES["olmocr-2"]
    engine = FakeEngine(answer)
    ((_, found),) = PageReading(engine, profile, lambda number: page).read([1])
    assert [r.picture.size[0] > r.picture.size[1] for r in engine.seen] == [False, True]
    turned = engine.seen[1].picture
    row = round(42 * turned.height / 560)
    dark = [x for x in range(turned.width) if sum(turned.getpixel((x, row))) < 200]
    assert (found.width, found.height) == (560, 840)
    (block,) = found.blocks
    assert block.text == "Upright" and dark
    scale = turned.width / 840
    assert abs(min(dark) / scale - 28) < 4 and abs(max(dark) / scale - 560) < 4
    expected = BBox(round(28 / scale), 840 - round(560 / scale), round(56 / scale), 812)
    assert block.bbox.iou(expected) > 0.9, (block.bbox, expected)


def test_a_model_that_always_wants_a_turn_is_heard_once() -> None:
    head = "---\nis_rotation_valid: False\nrotation_correction: 90\n---\nText"
    pages, seen = read(says(head), picture_page(), profile="olmocr-2")
    assert len(seen) == 2 and pages[1].blocks[0].text == "Text"


@pytest.mark.parametrize(
    ("reply", "code", "text"),
    [
        (Reply("", "failed", problem="out of breath"), "page-failed", ""),
        (Reply("", "stop"), "page-failed", ""),
        (Reply("<html><body></body></html>", "stop"), "page-failed", ""),
        (Reply(GOOD, "length"), "truncated", "Hello page"),
        (Reply(GOOD[:50], "length"), "truncated", "Hello"),
        (Reply(GOOD, "repeat"), "repeated-tail", "Hello page"),
    ],
)
def test_what_went_wrong_is_said_once(reply: Reply, code: str, text: str) -> None:
    pages, seen = read(lambda request: reply, picture_page())
    assert len(seen) == len(LADDER) - 1  # the page cannot be cut in two
    assert codes(pages[1]).count(code) == 1 and "blank" not in codes(pages[1])
    assert not pages[1].complete
    assert "".join(block.text for block in pages[1].blocks).startswith(text)
    if reply.problem:
        assert pages[1].notes[-1].message == reply.problem


@pytest.mark.parametrize(
    ("profile", "noise"),
    [
        ("qwen2.5-vl", "ndash qu 12 \ufffd lorem"),
        ("qwen2-vl", "ndash qu 12 \ufffd lorem"),
        ("olmocr-1", "ndash qu 12"),
        ("olmocr-2", "ndash qu 12"),
    ],
)
def test_noise_that_ends_as_a_reply_should_is_no_page(profile: str, noise: str) -> None:
    """A page of nonsense with exit code 0 would be an invention."""
    pages, seen = read(says(noise), picture_page(), profile=profile)
    assert "off-format" in codes(pages[1]) and not pages[1].complete and len(seen) >= 3
    assert pages[1].blocks, "what was said is there to be looked at"


def test_a_reply_in_another_format_that_the_layer_bears_out_is_a_page() -> None:
    page = picture_page(lines=(line_at(20, 20, "Hello honest page of words"),))
    pages, seen = read(says("Hello honest page of words"), page)
    assert codes(pages[1]) == [] and pages[1].complete and len(seen) == 1
    assert pages[1].blocks[0].bbox == BBox(20, 20, 280, 40)


def test_an_invented_page_is_none_where_the_layer_knows_better() -> None:
    words = " ".join(f"word{n}" for n in range(30))
    page = picture_page(lines=(line_at(20, 20, words),))
    pages, seen = read(says(GOOD), page)
    assert codes(pages[1]) == ["unlike-layer"] and not pages[1].complete and len(seen) >= 3
    said = GOOD.replace("Hello page", words[:60])
    pages, seen = read(says(said), page)
    assert codes(pages[1]) == [] and pages[1].complete and len(seen) == 1


def test_a_reply_is_held_to_the_format_of_its_profile_when_asked() -> None:
    engine, page = FakeEngine(says(GOOD)), picture_page()
    for name, profile in PROFILES.items():
        list(PageReading(engine, profile, lambda number: page, hold_format=True).read([1]))
        asked = engine.seen[-1]
        assert bool(asked.schema) != bool(asked.grammar), name
        list(PageReading(engine, profile, lambda number: page).read([1]))
        assert engine.seen[-1].schema is None and not engine.seen[-1].grammar


def test_the_best_of_bad_replies_is_kept() -> None:
    replies = iter(["Short", "The longest of them all", "None", ""])
    answer = lambda r: Reply(f'<p data-bbox="1 1 90 90">{next(replies)}</p>', "length")  # noqa: E731
    pages, _ = read(answer, picture_page(inks=(BBox(20, 10, 500, 830),)))
    assert pages[1].blocks[0].text == "The longest of them all"


def test_a_page_that_cannot_be_loaded_costs_no_other() -> None:
    def load(number: int) -> PageInput:
        if number == 2:
            raise UnreadableInputError("page 2 is damaged", hint="try `qpdf --check`")
        return picture_page(number)

    engine = FakeEngine(says(GOOD))
    pages = dict(PageReading(engine, PROFILES["qwen2.5-vl"], load).read([1, 2, 3]))
    assert [pages[n].complete for n in (1, 2, 3)] == [True, False, True]
    assert "page 2 is damaged" in pages[2].notes[0].message


def test_that_a_layer_needs_reading_is_no_note_on_a_page_that_was_read() -> None:
    notes = (Note("needs-reading", "x"), Note("text-layer-rejected", "y"))
    pages, seen = read(says(GOOD), picture_page(notes=notes))
    assert codes(pages[1]) == ["text-layer-rejected"] and pages[1].complete and len(seen) == 1


def test_replies_without_boxes_get_them_from_the_text_layer() -> None:
    lines = (line_at(30, 100, "Quarterly report of the harbour"), line_at(30, 400, "All is quiet"))
    body = "# Quarterly report of the harbour\n\nAll is quiet\n\nNowhere to be found"
    replies = {
        "olmocr-1": json.dumps({"is_rotation_valid": True, "natural_text": body}),
        "olmocr-2": f"---\nprimary_language: no\nis_rotation_valid: True\n---\n{body}",
    }
    for profile, reply in replies.items():
        pages, _ = read(says(reply), picture_page(lines=lines), profile=profile)
        first, second, third = pages[1].blocks
        assert (first.kind, first.bbox) == ("title", lines[0].bbox) or first.bbox == lines[0].bbox
        assert second.bbox == lines[1].bbox
        placed = [(word.text, word.bbox) for word in second.words]
        assert placed == [(word.text, word.bbox) for word in lines[1].words]
        assert third.bbox == BBox(0, 0, 560, 840)
        assert codes(pages[1]) == ["bad-box", "unsupported-text"] and pages[1].complete


def test_boxes_are_found_in_halves_too() -> None:
    inks = BBox(20, 20, 500, 300), BBox(20, 500, 500, 800)
    lines = (line_at(30, 100, "Quarterly report of the harbour"), line_at(30, 600, "All is quiet"))
    texts = iter(["", "", "Quarterly report of the harbour", "All is quiet"])

    def answer(request: Request) -> Reply:
        text = next(texts)
        return Reply(f"---\na: b\n---\n{text}", "stop" if text else "length")

    pages, _ = read(answer, picture_page(inks=inks, lines=lines), profile="olmocr-2")
    assert [block.bbox for block in pages[1].blocks] == [line.bbox for line in lines]


PROSE = (
    "The council opened the northern bridge after the storm",
    "Two years later the ferry carried visitors along the coast",
    "A survey of the reservoir was financed by the district",
)


def test_what_a_reply_leaves_out_is_asked_for_again_and_put_in_its_place() -> None:
    lines = tuple(line_at(20, 40 + 200 * n, text) for n, text in enumerate(PROSE))
    page = picture_page(lines=lines, size=(700, 560))
    boxes = [f"20 {40 + 200 * n} 600 {60 + 200 * n}" for n in range(3)]

    def answer(request: Request) -> Reply:
        if request.picture.height < 280:
            return Reply(f'<p data-bbox="8 8 500 28">{PROSE[1]}</p>', "stop")
        kept = (f'<p data-bbox="{boxes[n]}">{PROSE[n]}</p>' for n in (0, 2))
        return Reply("".join(kept), "stop")

    pages, seen = read(answer, page)
    assert len(seen) == 2, "the region is read again once"
    assert [block.text for block in pages[1].blocks] == list(PROSE)
    assert pages[1].blocks[1].bbox == lines[1].bbox
    (note,) = pages[1].notes
    assert note.code == "missed-region" and note.bbox == lines[1].bbox and "put in" in note.message

    def never(request: Request) -> Reply:
        again = request.picture.height < 280
        return Reply('<p data-bbox="0 0 9 9">Nothing</p>', "stop") if again else answer(request)

    pages, seen = read(never, page)
    assert len(seen) == 2 and codes(pages[1]) == ["missed-region"] and len(pages[1].blocks) == 2


def test_what_a_page_does_not_show_is_noted_with_its_block() -> None:
    lines = tuple(line_at(20, 40 + 200 * n, text) for n, text in enumerate(PROSE))
    page = picture_page(lines=lines, size=(700, 560))
    texts = [PROSE[0], PROSE[1] + ". Nobody was ever seen there again.", PROSE[2]]
    boxes = [f"20 {40 + 200 * n} 600 {60 + 200 * n}" for n in range(3)]
    reply = "".join(f'<p data-bbox="{b}">{t}</p>' for b, t in zip(boxes, texts, strict=True))
    pages, seen = read(says(reply), page)
    (note,) = pages[1].notes
    assert note.code == "unsupported-text" and "Nobody was ever seen" in note.message
    assert note.bbox == pages[1].blocks[1].bbox and pages[1].complete and len(seen) == 1


def test_the_chances_of_a_models_tokens_tell_how_sure_its_words_are() -> None:
    text = '<p data-bbox="28 28 280 56">Hello page</p>'
    at = text.index("Hello")
    ends = (at, at + 5, at + 10, len(text))
    reply = Reply(text, "stop", log_probabilities=(0.0, -3.0, -0.001, 0.0), token_ends=ends)
    told = read(lambda request: reply, picture_page())[0][1].blocks[0]
    assert told.words == () and told.confidence < 0.9
    line = line_at(28, 28, "Hello page")
    told = read(lambda request: reply, picture_page(lines=(line,)))[0][1].blocks[0]
    assert told.words[0].confidence < told.words[1].confidence


def test_lines_are_read_where_there_is_no_layer_and_unsure_words_are_noted() -> None:
    asked: list[int] = []

    def read_lines(page: PageInput) -> tuple[Line, ...]:
        asked.append(page.number)
        line = line_at(28, 28, "Hello paqe")
        return (Line(tuple(replace(word, source="ocr") for word in line.words)),)

    engine = FakeEngine(says(GOOD))
    reading = PageReading(
        engine, PROFILES["qwen2.5-vl"], lambda _: picture_page(), read_lines=read_lines
    )
    ((_, page),) = reading.read([1])
    assert asked == [1] and page.blocks[0].words[1].text == "page"
    sure, unsure = page.blocks[0].words
    noted = with_doubts(page, (sure.confidence + unsure.confidence) / 2)
    assert [(n.code, n.bbox) for n in noted.notes] == [("doubtful", unsure.bbox)]
    assert "'page'" in noted.notes[0].message and with_doubts(page, 0) == page


def by_model(engine: FakeEngine, page: PageInput, profile: str = "docparse-nano") -> Page:
    ((_, result),) = read_by_model(
        (engine, PROFILES[profile]),
        ReadSettings(),
        [("", 1)],
        load=lambda _: page,
        pictures=lambda _: Pictures(),
    )
    return result.page


def test_a_page_that_docparse_nano_does_not_tell_soundly_is_laid_out_by_its_lines() -> None:
    said = "a text of which a good deal is said on the page"
    page = picture_page(lines=(line_at(28, 100, said),))
    whole = f'<p data-bbox="28 100 540 120">{said}</p>'
    more = '<p data-bbox="28 200 540 220">Nothing of the kind is printed anywhere here.</p>'

    def found(reply: str, profile: str = "docparse-nano", finish: str = "stop") -> Page:
        engine = FakeEngine(says(f"<html><body>{reply}</body></html>", finish))
        return by_model(engine, page, profile)

    assert codes(found(whole)) == []
    assert [block.source for block in found(whole).blocks] == ["model"]
    for unsound in (found(whole + more), found(whole, finish="length")):
        assert codes(unsound) == ["read-by-lines"]
        assert [(block.text, block.source) for block in unsound.blocks] == [(said, "text-layer")]
    assert "Nothing of the kind" in found(whole + more).notes[0].message
    assert codes(found(whole + more, "qwen2.5-vl")) == ["unsupported-text"]


def test_a_page_of_many_lines_is_not_for_docparse_nano() -> None:
    lines = tuple(line_at(28, 20 * n, f"line number {n}") for n in range(1, 31))
    page, engine = picture_page(lines=lines), FakeEngine(says(GOOD))
    found = by_model(engine, page)
    assert codes(found) == ["read-by-lines"]
    assert "line number 30" in " ".join(block.text for block in found.blocks)
    assert not engine.seen


def test_docparse_nano_tells_each_letter_of_the_lines_once() -> None:
    texts = "first of two lines that are told", "second of two lines that are told"
    lines = tuple(line_at(28, 100 * n, text) for n, text in enumerate(texts, 1))
    page = picture_page(lines=lines)

    def noted(*said: str) -> list[Note]:
        blocks = "".join(
            f'<p data-bbox="28 {100 * n} 540 120">{t}</p>' for n, t in enumerate(said, 1)
        )
        engine = FakeEngine(says(f"<html><body>{blocks}</body></html>"))
        return list(by_model(engine, page).notes)

    assert noted(*texts) == noted(texts[0].replace("two", "twe"), texts[1]) == []
    for said in ((*texts, texts[0]), (texts[0], texts[0])):
        assert [note.code for note in noted(*said)] == ["read-by-lines"]
