"""Tables built from words, rules and a region: rows, columns, spans, heads, text, no word lost."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import replace
from itertools import pairwise

import pymupdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tables_sheet import DPI, SCALE, Sheet, header_rows, short

from docparse.layout.regions import GridCell, Region
from docparse.layout.tables import build_table
from docparse.pages.page import PageInput
from docparse.types import BBox, Line, Style, Table, Word

XS = (50, 150, 250, 350)


def ruled() -> Sheet:
    """Three ruled columns and rows; the middle row has a cell of three lines and an empty one."""
    sheet = Sheet().lattice(XS, (50, 70, 110, 130))
    sheet.text(55, 64, "Name").text(155, 64, "Meaning").text(255, 64, "Count")
    sheet.text(55, 82, "Alpha").text(155, 82, "first of all").text(155, 93, "the letters")
    sheet.text(155, 104, "in Greek")
    return sheet.text(55, 124, "Beta").text(155, 124, "second").text(255, 124, "17")


def test_a_ruled_table_has_a_row_for_each_row_of_cells() -> None:
    assert ruled().rows() == [
        ["Name", "Meaning", "Count"],
        ["Alpha", "first of all the letters in Greek", ""],
        ["Beta", "second", "17"],
    ]


def test_cell_boxes_follow_the_rules() -> None:
    table = ruled().table()
    assert table is not None
    middle = next(cell for cell in table.cells if (cell.row, cell.col) == (1, 1))
    assert middle.bbox is not None
    for found, drawn in zip(
        (middle.bbox.x0, middle.bbox.y0, middle.bbox.x1, middle.bbox.y1),
        (150, 70, 250, 110),
        strict=True,
    ):
        assert abs(found - drawn * SCALE) <= 2


def test_missing_walls_are_spans() -> None:
    sheet = Sheet().across(50, 50, 350).across(70, 150, 350).across(90, 50, 350)
    sheet.across(110, 50, 350).across(130, 150, 350).across(150, 50, 350)
    sheet.down(50, 50, 150).down(150, 50, 150).down(250, 70, 150).down(350, 50, 150)
    sheet.text(55, 74, "Country").text(230, 64, "Years")
    sheet.text(190, 84, "2007").text(290, 84, "2008")
    sheet.text(55, 104, "Spain").text(190, 104, "1").text(290, 104, "2")
    sheet.text(55, 128, "Both of").text(55, 139, "the others")
    sheet.text(190, 124, "3").text(290, 124, "4").text(190, 144, "5").text(290, 144, "6")
    assert sheet.rows() == [
        ["Country |2x1", "Years |1x2"],
        ["2007", "2008"],
        ["Spain", "1", "2"],
        ["Both of the others |2x1", "3", "4"],
        ["5", "6"],
    ]


def test_blank_ruled_rows_and_columns_stay() -> None:
    sheet = Sheet().lattice((50, 150, 250, 350), (50, 70, 90, 110))
    sheet.text(55, 64, "Item").text(255, 64, "Price")
    sheet.text(55, 104, "Sum").text(255, 104, "12")
    assert sheet.rows() == [["Item", "", "Price"], ["", "", ""], ["Sum", "", "12"]]


def test_rules_under_heads_say_what_they_span() -> None:
    sheet = Sheet().across(50, 50, 350).across(70, 150, 245).across(70, 255, 350)
    sheet.across(90, 50, 350).across(130, 50, 350)
    sheet.text(152, 64, "Finland").text(257, 64, "Sweden")
    for x in (155, 205, 260, 310):
        sheet.text(x, 84, "Men" if x in (155, 260) else "All")
    for y, name in ((104, "1995"), (122, "2000")):
        sheet.text(55, y, name)
        for x in (155, 205, 260, 310):
            sheet.text(x, y, f"{x / 10}")
    table = sheet.table()
    assert table is not None
    assert short(table)[:2] == [
        ["", "Finland |1x2", "Sweden |1x2"],
        ["", "Men", "All", "Men", "All"],
    ]
    assert header_rows(table) == 2


def test_heads_in_the_middle_span_without_rules() -> None:
    sheet = Sheet()
    sheet.centre(185, 64, "North").centre(305, 64, "South").text(50, 79, "Year")
    for x, head in ((160, "in"), (210, "out"), (280, "in"), (330, "out")):
        sheet.centre(x, 79, head)
    for i, y in enumerate((96, 111, 126)):
        sheet.text(50, y, f"Plan {'ABC'[i]}")
        for x in (160, 210, 280, 330):
            sheet.centre(x, y, str(x + i))
    assert sheet.rows()[:2] == [
        ["", "North |1x2", "South |1x2"],
        ["Year", "in", "out", "in", "out"],
    ]


def test_a_title_may_run_through_the_gap_between_columns() -> None:
    ys = (50, 70, 90, 110, 130, 150, 170)
    sheet = Sheet().across(50, 50, 350).across(170, 50, 350)
    for y in ys[1:-1]:
        sheet.across(y, 50, 350)
    for x in (50, 150, 290, 350):
        sheet.down(x, 70 if 50 < x < 350 else 50, 170)
    sheet.centre(200, 64, "Estimate Totals")
    sheet.text(155, 84, "Hours").text(210, 84, "Rate").text(295, 84, "Cost")
    for y, name in zip(ys[3:], ("Body", "Paint", "Glass", "Sum"), strict=True):
        sheet.text(55, y - 6, name).text(155, y - 6, "2").text(210, y - 6, "150")
        sheet.text(295, y - 6, "300")
    assert sheet.rows()[1] == ["", "Hours", "Rate", "Cost"]


def test_columns_of_numbers_without_any_rule() -> None:
    sheet = Sheet()
    rows = [("Rice", "1,200", "7"), ("Wheat", "90", "1,450"), ("Oats", "8", "12"), ("Rye", "", "5")]
    for i, (name, *numbers) in enumerate(rows):
        sheet.text(50, 60 + 15 * i, name)
        for x, number in zip((200, 280), numbers, strict=True):
            sheet.right(x, 60 + 15 * i, number)
    assert sheet.rows() == [list(row) for row in rows]


def test_a_label_that_wraps_belongs_to_the_value_on_its_last_line() -> None:
    sheet = Sheet()
    for y, label, value in (
        (60, "Income from all activities", "310"),
        (75, "Interest received from banks and", ""),
        (90, "other lenders", "44"),
        (105, "Cash at the end of the year", "354"),
    ):
        sheet.text(50, y, label).right(300, y, value)
    assert sheet.rows() == [
        ["Income from all activities", "310"],
        ["Interest received from banks and other lenders", "44"],
        ["Cash at the end of the year", "354"],
    ]


def test_titles_of_groups_are_rows() -> None:
    sheet = Sheet()
    for y, label, value in (
        (60, "Assets", ""),
        (75, "Land and buildings", "310"),
        (90, "Machines", "44"),
        (105, "Debts", ""),
        (120, "Loans from banks", "12"),
    ):
        sheet.text(50, y, label).right(300, y, value)
    assert [row[0] for row in sheet.rows()] == [
        "Assets",
        "Land and buildings",
        "Machines",
        "Debts",
        "Loans from banks",
    ]


def test_a_label_ends_at_its_leader_which_is_not_told() -> None:
    sheet = Sheet()
    sheet.text(50, 50, "Mandatory programs:")
    for y, label, value in (
        (62, "Pensions", "4,601"),
        (74, "Health", "12,589"),
        (98, "Debt", "1,985"),
    ):
        dots = "." * int((180 - pymupdf.get_text_length(label, fontsize=10)) / 2.78)
        sheet.text(60, y, label + dots).right(300, y, value).right(380, y, ".........")
    sheet.text(50, 86, "Other programs:")
    assert sheet.rows() == [
        ["Mandatory programs:", "", ""],
        ["Pensions", "4,601", "...."],
        ["Health", "12,589", "...."],
        ["Other programs:", "", ""],
        ["Debt", "1,985", "...."],
    ]


def test_a_label_between_two_rows_belongs_to_both() -> None:
    sheet = Sheet()
    sheet.text(50, 45, "Trouble").text(170, 45, "Measure").text(250, 45, "Much")
    for top, name in ((60, "Allergy"), (90, "Asthma")):
        sheet.text(50, top + 7.5, name)
        sheet.text(170, top, "Count").right(270, top, "93")
        sheet.text(170, top + 15, "Percentage").right(270, top + 15, "18.8%")
    assert sheet.rows()[1:] == [
        ["Allergy |2x1", "Count", "93"],
        ["Percentage", "18.8%"],
        ["Asthma |2x1", "Count", "93"],
        ["Percentage", "18.8%"],
    ]


def test_signs_beside_numbers_make_no_column() -> None:
    sheet = Sheet()
    for i in range(4):
        y = 60 + 15 * i
        sheet.text(50, y, f"Item {i}").text(150, y, "$").right(220, y, f"{10**i}")
        sheet.right(300, y, f"{5 + i}").text(310, y, "%")
    assert sheet.rows()[2] == ["Item 2", "$ 100", "7 %"]


def test_text_without_spaces_is_cut_at_rules() -> None:
    sheet = Sheet().lattice((50, 110, 170), (50, 70, 90))
    sheet.text(60, 64, "東京都内一二三四", font="japan", size=12)
    sheet.text(60, 84, "大阪").text(120, 84, "10")
    sheet.text(60, 84, "大阪", font="japan")
    rows = sheet.rows()
    assert rows[0] == ["東京都内", "一二三四"]


def test_overflowing_text_stays_in_its_cell() -> None:
    sheet = Sheet().lattice((50, 130, 200), (50, 70, 90, 110))
    sheet.text(55, 64, "Product").text(135, 64, "Count")
    sheet.text(55, 84, "Scarf, cap, gloves, beanies")
    sheet.text(55, 104, "Hat").text(135, 104, "3")
    assert sheet.rows()[1] == ["Scarf, cap, gloves, beanies", ""]


def test_a_list_in_a_ruled_cell_is_read_line_by_line() -> None:
    sheet = Sheet().lattice((50, 120, 330), (50, 70, 125, 180))
    sheet.text(55, 64, "Name").text(125, 64, "Life")
    for top, name in ((84, "Kaneko"), (139, "Tanaka")):
        sheet.text(55, top, name)
        for i in range(3):
            sheet.text(125, top + 14 * i, f"{1990 + i}").text(200, top + 14 * i, f"joined {i}")
    assert sheet.rows()[1:] == [
        ["Kaneko", "1990 joined 0/1991 joined 1/1992 joined 2"],
        ["Tanaka", "1990 joined 0/1991 joined 1/1992 joined 2"],
    ]


def test_heads_that_are_set_sideways_are_a_row() -> None:
    sheet = Sheet().lattice((50, 110, 130, 150), (50, 110, 130, 150))
    sheet.text(125, 106, "Calley", turn=90).text(145, 106, "Hines", turn=90)
    for y, name, values in ((124, "Alcona", "15"), (144, "Curtis", "28")):
        sheet.text(55, y, name)
        sheet.text(118, y, values[0]).text(138, y, values[1])
    table = sheet.table()
    assert table is not None
    assert short(table) == [["", "Calley", "Hines"], ["Alcona", "1", "5"], ["Curtis", "2", "8"]]
    assert header_rows(table) == 1


@pytest.mark.parametrize("angle", [90, 180, 270])
def test_a_turned_table_is_read_in_its_own_direction(angle: int) -> None:
    upright = ruled()
    wanted = upright.rows()
    turned = Sheet(600, 600)
    matrix = {
        90: lambda x, y: (y, 500 - x),
        180: lambda x, y: (500 - x, 400 - y),
        270: lambda x, y: (400 - y, x),
    }[angle]
    for x, y, text in (
        (55, 64, "Name"), (155, 64, "Meaning"), (255, 64, "Count"), (55, 82, "Alpha"),
        (155, 82, "first of all"), (155, 93, "the letters"), (155, 104, "in Greek"),
        (55, 124, "Beta"), (155, 124, "second"), (255, 124, "17"),
    ):  # fmt: skip
        turned.text(*matrix(x, y), text, turn=angle)
    for y in (50, 70, 110, 130):
        turned.page.draw_line(matrix(50, y), matrix(350, y), width=0.5)
    for x in XS:
        turned.page.draw_line(matrix(x, 50), matrix(x, 130), width=0.5)
    table = turned.table()
    assert table is not None
    assert short(table) == wanted
    head = table.cells[0].bbox
    assert head is not None
    x, y = matrix(100, 60)
    assert head.x0 <= x * SCALE <= head.x1
    assert head.y0 <= y * SCALE <= head.y1


@pytest.mark.parametrize(
    ("lines", "frame"),
    [
        (["This is a paragraph of", "running text that stands in", "a single column."], False),
        (["Remember: a box around", "a paragraph is no table,", "however thick it is."], True),
        (["Name      of      disease"], False),
    ],
)
def test_what_is_no_table(lines: list[str], frame: bool) -> None:
    sheet = Sheet()
    for i, line in enumerate(lines):
        sheet.text(60, 64 + 13 * i, line)
    if frame:
        sheet.lattice((50, 260), (50, 110))
    assert sheet.table() is None


def test_an_empty_region_is_no_table() -> None:
    page = ruled().read()
    assert build_table(page, Region("table", BBox(900, 700, 990, 790))) is None


@pytest.mark.parametrize("sign", ["rule", "bold", "shade", "values"])
def test_header_rows_by_sign(sign: str) -> None:
    sheet = Sheet()
    if sign == "shade":
        sheet.shade(45, 50, 300, 68)
    font = "hebo" if sign == "bold" else "helv"
    for x, head in ((50, "Town"), (150, "River"), (250, "Bridge")):
        sheet.text(x, 63, head, font=font)
    if sign == "rule":
        sheet.across(68, 45, 300)
    bodies = {"values": (("Köln", "12", "7"), ("Bonn", "5", "3"))}
    words = (("Köln", "Rhein", "seven"), ("Bonn", "Sieg", "three"), ("Trier", "Mosel", "two"))
    for i, body in enumerate(bodies.get(sign, words)):
        for x, text in zip((50, 150, 250), body, strict=True):
            sheet.text(x, 80 + 15 * i, text)
    assert header_rows(sheet.table()) == 1


def test_the_title_of_the_first_group_is_no_head() -> None:
    sheet = Sheet()
    sheet.text(50, 45, "In thousands").right(220, 45, "2023").right(300, 45, "2024")
    sheet.text(50, 60, "Assets")
    for i, y in enumerate((75, 90, 105)):
        sheet.text(50, y, f"Kind {i}").right(220, y, f"{i},310").right(300, y, f"{i},320")
    table = sheet.table()
    assert table is not None
    assert header_rows(table) == 1


def test_years_are_heads_and_not_values() -> None:
    sheet = Sheet()
    for i, row in enumerate((("", "2007", "2008"), ("Sales", "120", "130"), ("Costs", "80", "85"))):
        for x, text in zip((50, 150, 200), row, strict=True):
            sheet.text(x, 60 + 15 * i, text)
    table = sheet.table()
    assert header_rows(table) == 1
    assert table is not None
    assert [cell.text for cell in table.cells if cell.header] == [
        "",
        "2007",
        "2008",
        "Sales",
        "Costs",
    ]


def test_styles_and_links_of_a_cell() -> None:
    sheet = ruled()
    sheet.text(260, 90, "see", font="hebo").text(280, 90, "there").text(305, 87, "2", size=6)
    sheet.page.insert_link(
        {"kind": 2, "from": pymupdf.Rect(278, 80, 304, 93), "uri": "https://example.org/"}
    )
    table = sheet.table()
    assert table is not None
    cell = next(cell for cell in table.cells if (cell.row, cell.col) == (1, 2))
    assert cell.text.startswith("see there")
    styled = {cell.text[span.start : span.end]: span for span in cell.spans}
    assert styled["see"].bold
    assert styled["there"].href == "https://example.org/"
    assert styled["2"].script == "super"


def test_hyphens_at_line_ends_go_and_lines_that_were_broken_on_purpose_stay() -> None:
    sheet = Sheet().lattice((50, 170, 330), (50, 90, 130))
    sheet.text(55, 64, "Number of repre-").text(55, 76, "sentatives of all").text(
        180, 64, "Per litre"
    )
    sheet.text(180, 76, "(in water)")
    sheet.text(55, 104, "7").text(180, 104, "The weight of the whole").text(
        180, 116, "in kilograms"
    )
    assert sheet.rows() == [
        ["Number of representatives of all", "Per litre/(in water)"],
        ["7", "The weight of the whole in kilograms"],
    ]


def test_the_net_parts_what_space_alone_does_not() -> None:
    sheet = Sheet()
    for i, (name, town) in enumerate((("Anna Maria", "Rome"), ("Bertram", "Oslo"))):
        sheet.text(50, 60 + 15 * i, name).text(109, 60 + 15 * i, town)
    page, region = sheet.read(), sheet.region()
    x, top, bottom = round(105 * SCALE), region.bbox.y0, region.bbox.y1
    middle = (top + bottom) // 2
    grid = tuple(
        GridCell(row, col, 1, 1, BBox(x0, y0, x1, y1))
        for row, (y0, y1) in enumerate(((top, middle), (middle, bottom)))
        for col, (x0, x1) in enumerate(((region.bbox.x0, x), (x, region.bbox.x1)))
    )
    assert build_table(page, region) is None
    table = build_table(page, replace(region, grid=grid))
    assert table is not None
    assert short(table) == [["Anna Maria", "Rome"], ["Bertram", "Oslo"]]


def test_the_net_does_not_part_a_head_where_the_columns_part_elsewhere() -> None:
    sheet = Sheet()
    for x in (200, 350):
        sheet.text(x, 60, "from").text(x + 40, 60, "then on").right(x + 90, 90, "1,000")
        sheet.right(x + 90, 105, "-2,000")
    sheet.text(50, 90, "Cash").text(50, 105, "Deposits")
    page, region = sheet.read(), sheet.region()
    xs = [region.bbox.x0, round(180 * SCALE), round(380 * SCALE), region.bbox.x1]
    grid = tuple(
        GridCell(0, col, 1, 1, BBox(x0, region.bbox.y0, x1, region.bbox.y1))
        for col, (x0, x1) in enumerate(pairwise(xs))
    )
    table = build_table(page, replace(region, grid=grid))
    assert table is not None
    assert short(table)[0] == ["", "from then on", "from then on"]


def plain_page(words: list[Word]) -> PageInput:
    lines = tuple(Line((word,)) for word in words)
    return PageInput(1, 1000, 1000, DPI, 0, "good", lines=lines)


@st.composite
def scattered_words(draw: st.DrawFn) -> list[Word]:
    count = draw(st.integers(0, 40))
    words = []
    for _ in range(count):
        x, y = draw(st.integers(0, 900)), draw(st.integers(0, 950))
        text = draw(st.sampled_from(["a", "12.5", "-", "漢字仮名", "longer-word", "$", "%", "(x)"]))
        size = draw(st.sampled_from([8.0, 20.0, 21.0, 60.0]))
        box = BBox(x, y, x + max(1, round(len(text) * size / 2)), y + round(size))
        words.append(Word(text, box, style=draw(st.sampled_from([None, Style(size)]))))
    return words


@settings(max_examples=120, deadline=None)
@given(
    words=scattered_words(),
    xs=st.lists(st.integers(1, 999), max_size=4, unique=True),
    ys=st.lists(st.integers(1, 999), max_size=4, unique=True),
)
def test_no_word_is_lost_or_doubled(words: list[Word], xs: list[int], ys: list[int]) -> None:
    edges_x, edges_y = [0, *sorted(xs), 1000], [0, *sorted(ys), 1000]
    grid = tuple(
        GridCell(r, c, 1, 1, BBox(edges_x[c], edges_y[r], edges_x[c + 1], edges_y[r + 1]))
        for r in range(len(edges_y) - 1)
        for c in range(len(edges_x) - 1)
    )
    inside = [word for word in words if max(word.bbox.center) <= 1000]
    table = build_table(plain_page(words), Region("table", BBox(0, 0, 1000, 1000), grid))
    if table is not None:
        assert letters(cell.text for cell in table.cells) == letters(word.text for word in inside)


def letters(texts: object) -> Counter[str]:
    assert hasattr(texts, "__iter__")
    return Counter(char for text in texts for char in text if char.isalnum() or char in "$%(")


@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_no_word_is_lost_among_rules(data: st.DataObject) -> None:
    sheet = Sheet(300, 300)
    place = st.integers(10, 290)
    for _ in range(data.draw(st.integers(0, 12))):
        x0, x1 = sorted((data.draw(place), data.draw(place)))
        sheet.across(data.draw(place), x0, x1 + 1)
        y0, y1 = sorted((data.draw(place), data.draw(place)))
        sheet.down(data.draw(place), y0, y1 + 1)
    for _ in range(data.draw(st.integers(2, 25))):
        text = data.draw(st.sampled_from(["alpha", "7", "12.5%", "of the"]))
        sheet.text(
            data.draw(place), data.draw(place), text, turn=data.draw(st.sampled_from([0, 0, 90]))
        )
    page = sheet.read()
    table = build_table(page, Region("table", BBox(0, 0, page.width, page.height)))
    if table is not None:
        words = [w for line in page.lines for w in line.words if within(w.bbox, page)]
        assert letters(c.text for c in table.cells) == letters(word.text for word in words)
    sheet.document.close()


def within(box: BBox, page: PageInput) -> bool:
    x, y = box.center
    return 0 <= x <= page.width and 0 <= y <= page.height


def dense_table() -> tuple[PageInput, Region]:
    words = [
        Word(f"{row * 7 + col}", BBox(40 * col + 5, 20 * row + 3, 40 * col + 25, 20 * row + 17))
        for row in range(50)
        for col in range(20)
    ]
    return plain_page(words), Region("table", BBox(0, 0, 1000, 1000))


def test_a_dense_table_takes_no_time() -> None:
    page, region = dense_table()
    took = []
    table: Table | None = None
    for _ in range(3):
        start = time.process_time()
        table = build_table(page, region)
        took.append(time.process_time() - start)
    assert table is not None
    assert (table.num_rows, table.num_cols) == (50, 20)
    assert min(took) < 0.5


def test_a_crowd_of_words_on_one_line_ends_in_time() -> None:
    words = [Word("w", BBox(3 * i, 10 + i % 7, 3 * i + 1, 22 + i % 7)) for i in range(3000)]
    page = replace(plain_page(words), width=9000)
    start = time.process_time()
    build_table(page, Region("table", BBox(0, 0, 9000, 1000)))
    assert time.process_time() - start < 20
