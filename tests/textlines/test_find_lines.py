"""Lines found on pictures that are drawn here, where every line is known."""

from __future__ import annotations

import cv2
import numpy as np
import pymupdf
import pytest
from PIL import Image, ImageDraw, ImageFont

from docparse.textlines.across import find_cells, set_across
from docparse.textlines.find import Sheet, find_lines
from docparse.textlines.ink import flatten
from docparse.textlines.rules import _is_thin
from docparse.textlines.seals import find_seals, without_seals
from docparse.types import BBox

# Pillow brings a scalable font of its own with Latin letters.
PROSE = [
    "The harbour office opens at seven, and the gauge",
    "is read by the keeper before the first boat leaves.",
    "Every reading goes into the book with date and hour,",
    "and at the end of a month the pages are sent away.",
    "No page has been lost in more than forty years.",
]


def paper(width: int = 1200, height: int = 900, colour: int = 255) -> Image.Image:
    return Image.new("L", (width, height), colour)


def write(
    page: Image.Image, lines: list[str], corner: tuple[int, int], *, size: int = 28, ink: int = 0
) -> list[BBox]:
    """Lines below each other, and the box of each."""
    draw = ImageDraw.Draw(page)
    font = ImageFont.load_default(size)
    boxes = []
    for number, line in enumerate(lines):
        place = (corner[0], corner[1] + number * round(1.5 * size))
        draw.text(place, line, fill=ink, font=font)
        boxes.append(BBox.around(*draw.textbbox(place, line, font=font)))
    return boxes


def look(page: Image.Image) -> Sheet:
    return find_lines(np.asarray(page))


def assert_found(sheet: Sheet, boxes: list[BBox]) -> None:
    """Each box is exactly one line, and there is no other."""
    found = [sheet.to_page(line.bbox) for line in sheet.lines]
    for box in boxes:
        assert max((box.iou(other) for other in found), default=0) > 0.75, (box, found)
    assert len(found) == len(boxes), found


def test_prose_one_box_a_line() -> None:
    page = paper()
    boxes = write(page, PROSE, (100, 100))
    assert_found(look(page), boxes)


def test_letters_that_touch_those_of_the_next_line_tie_no_lines_together() -> None:
    """As in dense print that was scanned black and white: a stem down to the line below."""
    page = paper()
    boxes = write(page, PROSE, (100, 100))
    font = ImageFont.load_default(28)
    x = 100 + font.getlength("The harbour office o") - 10
    ImageDraw.Draw(page).line((x, 120, x, 155), fill=0, width=3)
    assert_found(look(page), boxes)


def test_heavy_type_is_no_dark_area() -> None:
    """As the titles of `slideshow_mostly_images.pdf`: strokes as wide as rules are far apart."""
    page = paper()
    draw = ImageDraw.Draw(page)
    font = ImageFont.load_default(110)
    draw.text((100, 100), "Labels in all", fill=0, font=font, stroke_width=5)
    box = BBox.around(*draw.textbbox((100, 100), "Labels in all", font=font, stroke_width=5))
    boxes = write(page, PROSE, (100, 400))
    sheet = look(page)
    assert_found(sheet, [box, *boxes])
    assert np.abs(sheet.even.astype(int) - np.asarray(page).astype(int)).mean() < 1


def test_a_photograph_is_a_dark_part_of_the_page_and_print_is_not() -> None:
    page = paper()
    write(page, PROSE, (100, 100))
    assert look(page).photos == ()
    noise = np.random.default_rng(1).integers(0, 255, (10, 14), dtype=np.uint8) // 2
    page.paste(Image.fromarray(noise).resize((420, 300)), (200, 450))
    (photo,) = look(page).photos
    assert photo.iou(BBox(200, 450, 620, 750)) > 0.85


def test_a_photograph_that_touches_the_black_round_the_sheet_is_found() -> None:
    page = paper()
    write(page, PROSE, (100, 100))
    page.paste(0, (0, 700, 1200, 900))
    page.paste(60, (200, 450, 620, 700))
    (photo,) = look(page).photos
    assert photo.iou(BBox(200, 450, 620, 700)) > 0.85


SEAL = (190, 45, 35)


def stamped() -> Image.Image:
    """Text with a round red stamp on the end of its second line, and red letters below."""
    page = Image.new("RGB", (1000, 700), "white")
    draw = ImageDraw.Draw(page)
    font = ImageFont.load_default(30)
    for number, line in enumerate(("Some Company", "represented by its head", "in town")):
        draw.text((100, 100 + 50 * number), line, fill=0, font=font)
    draw.text((100, 400), "OVERDUE", fill=SEAL, font=ImageFont.load_default(60))
    draw.ellipse((380, 90, 500, 210), outline=SEAL, width=5)
    draw.text((415, 120), "XX", fill=SEAL, font=ImageFont.load_default(40))
    return page


def test_a_red_seal_is_taken_off_what_it_was_put_upon() -> None:
    picture = np.asarray(stamped())
    (seal,) = find_seals(picture, 1000)
    assert seal.iou(BBox(380, 90, 500, 210)) > 0.9
    lines = find_lines(without_seals(picture, (seal,))).lines
    assert len(lines) == 4
    assert max(line.bbox.height for line in lines[:3]) < 45


def test_two_columns_are_kept_apart() -> None:
    page = paper(1700)
    boxes = write(page, PROSE, (60, 100)) + write(page, PROSE, (860, 100))
    assert_found(look(page), boxes)


def test_cells_between_rules_are_lines_of_their_own_and_rules_are_none() -> None:
    page = paper()
    draw = ImageDraw.Draw(page)
    boxes = []
    for row in range(4):
        for column in range(3):
            corner = (112 + column * 130, 110 + row * 60)
            boxes += write(page, [f"cell {row}{column}"], corner)
    for i in range(5):
        draw.line((100, 100 + 60 * i, 490, 100 + 60 * i), fill=0, width=3)
    for i in range(4):
        draw.line((100 + 130 * i, 100, 100 + 130 * i, 340), fill=0, width=3)
    sheet = look(page)
    assert_found(sheet, boxes)
    assert len(sheet.rules.across) == 5
    assert len(sheet.rules.down) == 4


def test_pale_rules_of_a_table_are_rules_and_pale_paper_has_none() -> None:
    page = paper()
    draw = ImageDraw.Draw(page)
    for place in (100, 300, 500):
        draw.line((100, place, 500, place), fill=225)
        draw.line((place, 100, place, 500), fill=225)
    write(page, ["Pale rules"], (120, 150))
    sheet = look(page)
    assert (len(sheet.rules.across), len(sheet.rules.down)) == (3, 3)
    noise = np.random.default_rng(1).normal(240, 6, (900, 1200)).clip(0, 255).astype(np.uint8)
    rules = find_lines(np.minimum(noise, np.asarray(paper()))).rules
    assert (len(rules.across), len(rules.down)) == (0, 0)


def test_strokes_of_small_ideographs_are_no_rule_and_a_double_rule_is_one() -> None:
    """As 価証券報告書 at 144 dpi."""
    strokes = [
        "##############..###############................",
        "................###############................",
        "###################.........###################",
        "................################...............",
        *[".#############................................."] * 4,
        ".###############...............................",
    ]
    double = ["#" * 47, "#" * 44 + "...", "." * 47, "..." + "#" * 44, "#" * 47]
    leaning = ["#" * 12 + "." * 35, "." * 11 + "#" * 20 + "." * 16, "." * 30 + "#" * 17]
    for rows, is_rule in ((strokes, False), (double, True), (leaning, True)):
        part = np.array([[char == "#" for char in row] for row in rows])
        assert _is_thin(part, 6.75) == is_rule


def test_light_letters_on_a_dark_bar_come_out_dark_on_light() -> None:
    page = paper()
    boxes = write(page, PROSE, (100, 300))
    ImageDraw.Draw(page).rectangle((90, 90, 1100, 160), fill=40)
    boxes += write(page, ["White letters on a dark bar"], (110, 105), ink=250)
    sheet = look(page)
    assert_found(sheet, boxes)
    picture = np.asarray(sheet.picture(min(sheet.lines, key=lambda line: line.bbox.y0)))
    assert np.median(picture) > 240
    assert picture.min() < 60


def test_light_letters_in_a_noisy_grey_table_head_are_lines() -> None:
    """As the head of a table of EFSA's in a poor scan, whose cells came out as vertical lines."""
    page = paper()
    boxes = write(page, PROSE, (100, 400))
    ImageDraw.Draw(page).rectangle((90, 90, 1000, 240), fill=150)
    boxes += write(page, ["Country    Sample    Unit"], (130, 140), ink=245)
    values = np.asarray(page).astype(np.float32)
    values = values * np.linspace(0.75, 0.95, page.width)[None, :]
    values += np.random.default_rng(3).normal(0, 9, values.shape)
    sheet = find_lines(values.clip(0, 255).astype(np.uint8))
    assert not any(line.vertical for line in sheet.lines)
    assert_found(sheet, boxes)


def test_a_dark_screen_comes_out_dark_on_light() -> None:
    """Light came from the letters, so that what was far from them had another ground."""
    page = paper(420, 336, colour=30)
    boxes = write(page, ["Amount", "• workaholic's aggrav", "• Date: 6269"], (8, 18), ink=210)
    assert_found(look(page), boxes)


@pytest.mark.parametrize("angle", [-3.0, 1.2, 5.0])
def test_a_leaning_page_is_set_straight(angle: float) -> None:
    page = paper()
    write(page, PROSE, (150, 300))
    sheet = look(page.rotate(angle, Image.Resampling.BICUBIC, fillcolor=255))
    assert sheet.lean == pytest.approx(-angle, abs=0.25)
    assert len(sheet.lines) == len(PROSE)


def test_boxes_of_a_leaning_page_are_those_on_the_picture_given() -> None:
    page = paper()
    write(page, ["Words that stand at the right end of the page", *PROSE], (150, 300))
    leaning = page.rotate(4, Image.Resampling.BICUBIC, fillcolor=255)
    sheet = look(leaning)
    ink = np.argwhere(np.asarray(leaning) < 128)
    whole = [sheet.to_page(line.bbox) for line in sheet.lines]
    assert min(box.y0 for box in whole) <= ink[:, 0].min() + 3
    assert max(box.x1 for box in whole) >= ink[:, 1].max() - 3


@pytest.mark.parametrize("angle", [-12.0, 6.0, 20.0])
@pytest.mark.parametrize("lean", [0.0, 2.0])
def test_a_slanted_stamp_is_read_straight_and_told_where_it_stands(
    angle: float, lean: float
) -> None:
    page = paper()
    write(page, PROSE, (150, 500))
    stamp = paper(440, 150)
    ImageDraw.Draw(stamp).rectangle((4, 4, 435, 145), outline=0, width=4)
    write(stamp, ["RECEIVED", "19 OCT 2026"], (140, 25), size=36)
    turned = stamp.rotate(angle, Image.Resampling.BICUBIC, expand=True, fillcolor=255)
    page.paste(turned, (500, 20))
    page = page.rotate(lean, Image.Resampling.BICUBIC, fillcolor=255)
    sheet = look(page)
    assert len(sheet.lines) == 2 + len(PROSE)
    found = sorted(sheet.lines, key=lambda line: line.bbox.y0)[:2]
    assert all(line.bbox.height < 45 for line in found)
    # Of all ink in the box there, none is cut off and most is of the stamp's words.
    whole = [sheet.to_page(line.bbox) for line in found]
    ink = np.asarray(page) < 128
    for box in whole:
        around = ink[box.y0 : box.y1, box.x0 : box.x1]
        assert around[:, 2:-2].any(axis=0).mean() > 0.6
    assert whole[0].center[1] < whole[1].center[1]
    level = abs(whole[0].height - found[0].bbox.height)
    assert level > 0.5 * abs(np.sin(np.radians(angle))) * found[0].bbox.width


def test_a_slanted_frame_that_is_no_rectangle_stays_as_it_is() -> None:
    page = paper()
    write(page, PROSE, (150, 500))
    before = look(page).even.copy()
    ImageDraw.Draw(page).polygon(
        [(500, 100), (900, 60), (860, 300), (520, 200)], outline=0, width=4
    )
    sheet = look(page)
    assert not sheet.slanted
    assert np.array_equal(sheet.even[400:], before[400:])


def test_noise_and_uneven_light_change_nothing() -> None:
    page = paper()
    boxes = write(page, PROSE, (100, 300))
    values = np.asarray(page).astype(np.float32)
    values = values * np.linspace(0.65, 1.0, page.width)[None, :]
    values += np.random.default_rng(3).normal(0, 8, values.shape)
    sheet = find_lines(values.clip(0, 255).astype(np.uint8))
    assert_found(sheet, boxes)


def test_an_empty_page_and_a_photograph_have_few_lines_or_none() -> None:
    assert look(paper()).lines == ()
    assert look(paper(colour=0)).lines == ()
    rng = np.random.default_rng(1)
    small = Image.fromarray(rng.integers(0, 255, (30, 40), dtype=np.uint8))
    photo = small.resize((1200, 900), Image.Resampling.BICUBIC)
    assert len(look(photo).lines) < 60


@pytest.mark.parametrize("size", [(1, 1), (3, 900), (900, 3), (40, 40)])
def test_odd_sizes_do_no_harm(size: tuple[int, int]) -> None:
    assert look(paper(*size)).lines == ()


def columns_of_wells(count: int, columns: int) -> Image.Image:
    """Vertical writing: marks as high as wide, close below each other, in columns far apart."""
    page = paper(900, 1200)
    draw = ImageDraw.Draw(page)
    for column in range(columns):
        x = 800 - column * 60
        for row in range(count):
            y = 100 + row * 34
            for off in (7, 21):
                draw.line((x, y + off, x + 28, y + off), fill=0, width=4)
                draw.line((x + off, y, x + off, y + 28), fill=0, width=4)
    return page


def test_vertical_writing_is_found_as_vertical_lines() -> None:
    sheet = look(columns_of_wells(20, 6))
    assert len(sheet.lines) == 6
    assert all(line.vertical for line in sheet.lines)


def test_a_vertical_line_is_cut_between_its_characters() -> None:
    sheet = look(columns_of_wells(20, 6))
    picture = np.asarray(sheet.picture(sheet.lines[0]))
    cells = find_cells(picture)
    assert len(cells) == 20
    across = set_across(picture)
    assert across.picture.shape == (picture.shape[1], 20 * picture.shape[1])
    # a place along the new line is the same place down the old one
    assert across.down(0.5) == pytest.approx(picture.shape[0] / 2, abs=6)


def test_narrow_letters_never_look_like_vertical_lines() -> None:
    page = paper(600, 600)
    write(page, PROSE, (40, 40), size=20)
    write(page, ["1"], (300, 400), size=40)
    sheet = look(page)
    for line in sheet.lines:
        picture = sheet.picture(line)
        assert line.vertical or picture.height <= 1.5 * picture.width


def drawn(rows: list[tuple[float, float, float, str]], *, box: tuple[float, ...] = ()) -> Sheet:
    """A page of Japanese text, size and place in points, at 200 dpi; `box` is a frame on it."""
    with pymupdf.open() as pdf:
        page = pdf.new_page()
        writer = pymupdf.TextWriter(page.rect)
        for x, y, size, text in rows:
            writer.append((x, y), text, font=pymupdf.Font("japan"), fontsize=size)
        writer.write_text(page)
        if box:
            page.draw_rect(box, width=0.8)
        picture = page.get_pixmap(dpi=200, colorspace=pymupdf.csGRAY)
        grey = np.frombuffer(picture.samples, np.uint8).reshape(picture.height, picture.width)
        return find_lines(grey)


BODY = [
    (60.0, 200.0 + 20 * i, 10.0, "港の事務所は七時に開き、係員が水位を記録する。") for i in range(6)
]


@pytest.mark.parametrize("title", ["合計請求書", "請 求 書", "計"])
def test_a_large_title_is_one_line_that_keeps_its_strokes(title: str) -> None:
    sheet = drawn([(200.0, 80.0, 24.0, title), *BODY])
    first = min(sheet.lines, key=lambda line: line.bbox.y0)
    assert not first.vertical
    assert 55 < first.bbox.height < 75
    assert len(sheet.lines) == 1 + len(BODY)
    assert len(sheet.rules.across) == 0


def test_the_side_of_a_frame_round_one_line_is_no_letter() -> None:
    sheet = drawn(
        [(63.0, 120.0, 10.0, "品名"), (300.0, 120.0, 10.0, "金額"), *BODY], box=(57, 107, 500, 126)
    )
    heads = [line for line in sheet.lines if line.bbox.y0 < 400]
    assert [line.bbox.height < 35 for line in heads] == [True, True]


def test_a_character_of_two_halves_that_stands_alone_is_one_line() -> None:
    cells = [(400.0, 200.0 + 20 * i, 10.0, "台") for i in range(6)]
    sheet = drawn([*BODY, *cells])
    alone = [line for line in sheet.lines if line.bbox.x0 > 1000]
    assert [line.bbox.height > 20 for line in alone] == [True] * 6


@pytest.mark.parametrize("turn", [0.0, 3.0])
def test_codes_are_no_text(turn: float) -> None:
    page = paper()
    boxes = write(page, PROSE, (60, 60))
    code = cv2.QRCodeEncoder.create().encode("https://example.org/invoices/2026-1001")
    for number, side in enumerate((180, 120, 90)):
        picture = Image.fromarray(code).resize((side, side), Image.Resampling.NEAREST)
        page.paste(picture, (60 + 300 * number, 500))
    draw = ImageDraw.Draw(page)
    bits = "10100010110100111001100100100110100001001110101010"
    bits += "10011101010000100010010010001110100101110010"
    for number, bit in enumerate(f"{bits}1"):  # 4901234567894 as EAN-13
        if bit == "1":
            draw.rectangle((100 + 2 * number, 740, 101 + 2 * number, 840), fill=0)
    grey = np.asarray(page.rotate(turn, fillcolor=255, resample=Image.Resampling.BICUBIC))
    assert len(find_lines(grey).lines) == len(boxes)


def test_a_flow_chart_is_its_text() -> None:
    """As in `eu-014.pdf`: low frames, whose sides arrows lead to and from."""
    page = paper()
    draw = ImageDraw.Draw(page)
    boxes = write(page, PROSE, (100, 500), size=24)
    for number, text in enumerate(["Taxes", "Budget", "School"]):
        x = 100 + 260 * number
        draw.rectangle((x, 200, x + 160, 260), outline=0, width=3)
        boxes += write(page, [text], (x + 30, 214), size=24)
    for x in (260, 520):
        draw.line((x, 230, x + 90, 230), fill=0, width=3)
        draw.polygon([(x + 82, 222), (x + 98, 230), (x + 82, 238)], fill=0)
    draw.line((180, 260, 180, 340), fill=0, width=3)
    draw.polygon([(172, 332), (180, 348), (188, 332)], fill=0)
    draw.rectangle((100, 350, 260, 410), outline=0, width=3)
    boxes += write(page, ["Office"], (130, 364), size=24)
    assert_found(look(page), boxes)


def test_dense_characters_of_a_small_picture_are_no_dark_areas() -> None:
    """As in `unstructured_jpn-vert.jpeg`: they came out light on dark."""
    with pymupdf.open() as document:
        page = document.new_page(width=170, height=60)
        page.insert_text((10, 40), "漢字に倣い進機議", fontname="japan-s", fontsize=18)
        grey = np.frombuffer(page.get_pixmap(colorspace="gray").samples, np.uint8)
    grey = grey.reshape(60, 170)
    assert np.abs(flatten(grey).astype(int) - grey).max() < 30


def test_bold_characters_of_a_screenshot_are_no_dark_area() -> None:
    """Strokes with grey between them, as in 経費精 at 22 pixels: they came out light on dark."""
    page = paper(400, 120)
    draw = ImageDraw.Draw(page)
    for left in range(20, 106, 5):
        for column, grey in enumerate((30, 30, 110, 200, 150)):
            draw.line((left + column, 40, left + column, 60), fill=grey)
    even = look(page).even
    assert even[50, 20] < 60 < 150 < even[50, 23]
