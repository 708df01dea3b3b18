"""Rows, paragraphs and words in regions."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
from layout_paper import HEIGHT, STEP, WIDTH, line, row, rows, word, words

from docparse.layout.claims import claim, tidy
from docparse.layout.columns import part_columns
from docparse.layout.contents import is_contents, leads_to_columns, split_columns, split_entries
from docparse.layout.flows import Canvas, flow_of, main_flow
from docparse.layout.paragraphs import (
    Margins,
    fixed_ends,
    group_rows,
    is_centred,
    split_paragraphs,
)
from docparse.layout.regions import Region
from docparse.layout.rows import Run, is_mono, make_rows
from docparse.types import BBox, Line

CANVAS = Canvas(WIDTH, HEIGHT, "right")


def runs(*lines: Line) -> list[Run]:
    return [Run(line.words, number, line) for number, line in enumerate(lines)]


def texts(groups: list[tuple[object, ...]]) -> list[list[str]]:
    return [[r.text for r in group] for group in groups]  # type: ignore[attr-defined]


def test_pieces_side_by_side_are_one_row() -> None:
    made = make_rows(runs(line("right part", 400, 100), line("left part", 100, 101)), CANVAS)
    assert [r.text for r in made] == ["left part right part"]


LABELS = ("123-4567", "1-2-3 Some Street", "A. Person")


def columns(made: list[Run]) -> list[list[str]]:
    return [[" ".join(w.text for w in r.words) for r in c] for c in part_columns(made, CANVAS)]


def test_labels_side_by_side_are_read_one_after_the_other() -> None:
    by_column = [line(t, x, 100 + 26 * n) for x in (100, 400, 700) for n, t in enumerate(LABELS)]
    assert columns(runs(*by_column)) == [[*LABELS]] * 3
    by_row = [line(t, x, 100 + 26 * n) for n, t in enumerate(LABELS) for x in (100, 400, 700)]
    assert len(columns(runs(*by_row))) == 1


def test_running_texts_side_by_side_are_columns_whatever_their_order() -> None:
    """Lines of a scan come row by row; a title and a line with dirt at its start lie across."""
    text = "the lines of a text that fill their column"
    by_row = [line(text, x, 200 + 26 * n) for n in range(30) for x in (100, 560)]
    dirty = line("x " + text, 510, 200 + 26 * 30)
    title = line("A title over both", 300, 100, size=40)
    parts = columns(runs(title, *by_row, dirty))
    assert [len(part) for part in parts] == [1, 31, 30]
    assert parts[0] == ["A title over both"]


def test_columns_are_parted_above_what_lies_across_both() -> None:
    """As text does that goes round a picture below it."""
    text = "the lines of a text that fill their column"
    both = [line(text, x, 200 + 26 * n) for n in range(6) for x in (100, 560)]
    round_it = [line(text + " and more", 450, 356 + 26 * n) for n in range(3)]
    assert [len(part) for part in columns(runs(*both, *round_it))] == [6, 6, 3]


def test_a_small_centred_text_that_lines_go_round_is_an_inset() -> None:
    """As a caption between two columns, whose lines do not stand level with theirs."""
    text = "lines that end where the caption begins"
    beside = [line(text, 100, 200 + 26 * n) for n in range(6)]
    inset = ("A ROOFS", "of the old", "town that are", "mostly mended", "since")
    sizes = (22, 14, 14, 14, 14)  # an initial makes the first line a large one
    small = [
        line(t, 600 - round(size / 4 * len(t)), 190 + 24 * n, size=size)
        for n, (t, size) in enumerate(zip(inset, sizes, strict=True))
    ]
    assert [len(part) for part in columns(runs(*beside, *small))] == [6, 5]
    too_near = [line(text + " today", 100, 200 + 26 * n) for n in range(6)]
    assert [len(part) for part in columns(runs(*too_near, *small))] == [11]


def test_long_labels_among_short_ones_are_no_column() -> None:
    names = ["提出日", "会社名"] * 4 + ["代表者の役職氏名"] * 5
    both = [
        line(t, x, 200 + 26 * n)
        for n, name in enumerate(names)
        for t, x in ((name, 100), ("静岡県富士宮市山宮の番地", 400))
    ]
    assert len(columns(runs(*both, line("届出の対象とした募集金額及び所在地", 200, 560)))) == 1


def test_labels_with_their_values_stay_in_rows() -> None:
    names, values = ("Number:", "Day:", "Due:"), ("INV-1", "May 1", "June 1")
    both = [line(t, x, 100 + 26 * n) for x, c in ((100, names), (400, values))
            for n, t in enumerate(c)]  # fmt: skip
    assert len(columns(runs(*both))) == 1


def test_numbers_of_lines_and_words_of_one_line_make_no_columns() -> None:
    numbers = [line(f"{n + 1}", 100, 100 + 26 * n) for n in range(3)]
    speech = [line("words of a witness", 200, 100 + 26 * n) for n in range(3)]
    assert len(columns(runs(*numbers, *speech))) == 1
    marks = [line(":", 600, 100 + 26 * n) for n in range(3)]
    marked = [line for pair in zip(speech, marks, strict=True) for line in pair]
    assert len(columns(runs(*numbers, *marked))) == 1
    spread = [line("one quote", 100, 74), line("Double", 100, 100), line("quote", 200, 100),
              line("operator", 300, 100)]  # fmt: skip
    assert len(columns(runs(*spread))) == 1


def test_texts_that_do_not_stand_level_are_parted_by_a_wide_gutter() -> None:
    beside = [
        line("of the sender", 600, 100),
        line("and the place", 600, 126),
        line("to", 100, 113),
    ]
    assert columns(runs(*beside)) == [["to"], ["of the sender", "and the place"]]
    near = [line("a"), line("b", 125, 113), line("c", 125, 139)]
    assert len(columns(runs(*near))) == 1


def test_pieces_beyond_reach_are_rows_of_their_own() -> None:
    made = make_rows(runs(line("left", 100, 100), line("right", 400, 100)), CANVAS, reach=1.5)
    assert [r.text for r in made] == ["left", "right"]


def test_text_printed_over_other_text_is_not_mixed_into_it() -> None:
    made = make_rows(runs(line("below it", 100, 100), line("above it", 100, 102)), CANVAS)
    assert sorted(r.text for r in made) == ["above it", "below it"]


def test_a_raised_mark_on_a_line_of_its_own_joins_its_word() -> None:
    mark = line("3", 200, 96, size=10, script="super")
    made = make_rows(runs(line("some words", 100, 100), mark), CANVAS)
    assert [r.text for r in made] == ["some words3"]


def test_a_small_label_far_before_a_large_value_is_on_its_row() -> None:
    value = line("200,778", 400, 94, size=32)
    made = make_rows(runs(value, line("the amount due", 100, 100)), CANVAS)
    assert [r.text for r in made] == ["the amount due 200,778"]


def test_a_drop_cap_begins_the_first_of_its_rows() -> None:
    cap = Line((word("O", 100, 100, size=60),))
    lines = [cap, line("nce upon a", 140, 100), line("time there", 140, 126), line("was", 100, 165)]
    made = make_rows(runs(*lines), CANVAS)
    assert [r.text for r in made] == ["Once upon a", "time there", "was"]


def test_typewriter_rows_and_the_numbers_of_their_lines() -> None:
    code = line("return x", 130, 100, mono=True)
    numbered = Line((word("12", 100, 100), *code.words))
    assert is_mono(make_rows(runs(numbered), CANVAS))
    assert not is_mono(rows("plain text"))
    assert not is_mono(rows("12"))


def test_directions_of_lines() -> None:
    assert flow_of(line("text")) == "right"
    assert flow_of(line("שלום עולם")) == "left"
    assert flow_of(replace(line("縦書き"), vertical=True)) == "down"
    assert flow_of(replace(line("side"), angle=90)) == "up"
    assert flow_of(replace(line("side"), angle=268)) == "down"
    assert main_flow([line("a"), line("שלום עולם")]) == "left"
    assert main_flow([]) == "right"


def test_flow_boxes_keep_their_size_and_place() -> None:
    box = BBox(10, 20, 40, 90)
    assert Canvas(100, 200, "left").place(box) == BBox(60, 20, 90, 90)
    assert Canvas(100, 200, "down").place(box) == BBox(20, 60, 90, 90)
    assert Canvas(100, 200, "up").place(box) == BBox(110, 10, 180, 40)
    assert Canvas(100, 200, "over").place(box) == BBox(60, 110, 90, 180)


def test_paragraphs_part_at_indents_gaps_and_early_ends() -> None:
    indented = rows(
        "  The first paragraph has some words",
        "in it that fill the lines and then",
        "it comes to its end.",
        "  The second paragraph begins here and",
        "goes on to its own end.",
    )
    assert [len(part) for part in split_paragraphs(indented)] == [3, 2]
    gap = [
        *rows("One two three four five", "six seven eight nine ten"),
        *rows("Another one stands below", "with a gap between them", y=100 + 4 * STEP),
    ]
    assert [len(part) for part in split_paragraphs(gap)] == [2, 2]
    early = rows(
        "A paragraph that is set without an indent",
        "ends early.",
        "The next one begins on a new line and is",
        "again as wide as the column is, no less.",
    )
    assert [len(part) for part in split_paragraphs(early)] == [2, 2]


def test_what_is_counted_begins_below_its_numbered_head() -> None:
    assert texts(split_paragraphs(rows("(2) Options", "① The plan"))) == [
        ["(2) Options"],
        ["① The plan"],
    ]
    for goes_on in (("(2) Options of", "1 plan"), ("(2) See the", "② above"), ("(2) a", "(1) b")):
        assert len(split_paragraphs(rows(*goes_on))) == 1


def test_text_begins_below_a_head_in_bold_but_goes_on_below_a_full_line_of_it() -> None:
    under = [
        *rows("Objective", bold=True),
        *rows("To update the table for what is paid", y=100 + STEP),
    ]
    assert [len(part) for part in split_paragraphs(under)] == [1, 1]
    filled = [
        *rows("Note that all these words are in bold", bold=True),
        *rows("and these are not.", y=100 + STEP),
    ]
    assert len(split_paragraphs(filled)) == 1


def test_one_paragraph_stays_one() -> None:
    plain = rows(
        "A paragraph with lines of about the same",
        "length. Sentences may end. At any place",
        "of a line, and then others go on behind",
        "them until the end.",
    )
    assert len(split_paragraphs(plain)) == 1
    centred = [row("short line", 155), row("a line that is longer", 100, 126), row("end", 190, 152)]
    assert is_centred(centred)
    assert len(split_paragraphs(centred)) == 1


def test_lines_that_are_set_to_the_right_are_one_text() -> None:
    stamp = [
        row("Filed today", 290),
        row("Some Company (E00816)", 190, 126),
        row("A report", 320, 152),
    ]
    assert len(split_paragraphs(stamp)) == 1


def test_a_typed_rule_stands_alone() -> None:
    made = rows("__________________", "text below it")
    assert texts(split_paragraphs(made)) == [["__________________"], ["text below it"]]


def test_another_size_begins_a_paragraph() -> None:
    card = [*rows("1-2-3 Some Street", "Some Town", size=12, step=14), row("A. Person", y=130)]
    assert texts(split_paragraphs(card)) == [["1-2-3 Some Street", "Some Town"], ["A. Person"]]
    for source in ("ocr", "model"):
        read = [replace(r, words=tuple(replace(w, source=source) for w in r.words)) for r in card]
        assert len(split_paragraphs(read)) == 1


def test_lines_of_an_address_end_on_purpose() -> None:
    address = rows("Acme Limited", "12 High Street, Flat 7", "London")
    assert fixed_ends(address, margin=700) == {0, 1}
    prose = rows("This is running text that goes on over", "several lines of a column, and its")
    assert not fixed_ends(prose, margin=prose[0].box.x1)


def test_lines_with_nothing_but_a_number_to_call_or_a_mail_address_stand_alone() -> None:
    card = rows("東京都港区1-2-3の部屋", "03-1234-5678", "info@example.org", "山田太郎")
    assert fixed_ends(card) == {0, 1, 2}
    assert not fixed_ends(rows("そのファイルの形式はとくに", "PDF"))


def test_a_number_that_did_not_fit_begins_the_next_line_of_japanese() -> None:
    full = "取得した株式を消却したことにより各種類の株式の全てを、"
    made = rows(full, full[:-4], "372,000,000株" + full[:21], full)
    assert not fixed_ends(made)
    assert fixed_ends([*made[:2], *rows("株" + full[1:], full, y=152)]) == {1}


def test_a_raised_mark_begins_a_line() -> None:
    addresses = rows("the School of Some Forests, a long", "place of others, as long as that")
    mark = word("b", 100, 126, size=12, script="super", space_after=False)
    marked = replace(addresses[1], words=(mark, *addresses[1].words))
    assert fixed_ends([addresses[0], marked]) == {0}
    assert not fixed_ends(addresses)


def test_full_lines_of_prose_end_where_they_must() -> None:
    headed = rows(
        "(On what they do)", "A full line of some words that goes on", "to its end here.",
        "A second line that is as full as those", "before it.",
    )  # fmt: skip
    assert fixed_ends(headed) == {0, 2}


def test_one_line_that_sticks_out_changes_nothing() -> None:
    made = rows(
        "a line of the usual length here", "another line of the same length",
        "this one sticks out of the column", "again a line of usual length so",
        "and one more of them is here too",
    )  # fmt: skip
    assert not fixed_ends(made)


def test_short_lines_with_a_longer_one_among_them_end_on_purpose() -> None:
    """A list of things to buy, in the column of the text below it."""
    made = rows("4 ons linzen", "3 liter water", "3 uien", "2 boter", "laurier, kruidnagel, kerrie")
    assert fixed_ends(made, margin=made[-1].box.x1) == {2}
    assert fixed_ends(made, margin=900) == {0, 1, 2, 3}


def test_lines_that_are_set_to_the_right_end_on_purpose() -> None:
    made = [row("May 5, 2023", 290), row("Number: INV-123456", 220, 126)]
    assert fixed_ends(made) == {0}
    indented = [
        row("a paragraph begins with an indent", 120),
        row("and goes on as long as that do", 100, 126),
    ]
    indented[1] = replace(indented[1], box=replace(indented[1].box, x1=indented[0].box.x1))
    assert not fixed_ends(indented)


def test_margins_are_told_apart_by_columns() -> None:
    left, right = rows("left column text"), rows("right", x=600)
    margins = Margins([*left, *right])
    assert margins.of(left) == left[0].box.x1
    assert margins.of(right) == right[0].box.x1


def test_loose_rows_gather_by_place_and_size() -> None:
    made = [
        *rows("first line", "second line"),
        *rows("other column", "goes on", x=500),
        *rows("far below", y=600),
        *rows("large", y=100 + 2 * STEP, size=40),
    ]
    groups = group_rows(made, leading=2.0)
    assert sorted(texts(groups)) == [
        ["far below"], ["first line", "second line"], ["large"], ["other column", "goes on"],
    ]  # fmt: skip


def test_contents_in_two_columns() -> None:
    left = rows("One........1", "Two........2", "Three......3")
    right = rows("Four.......4", "Five.......5", "Six........6", x=400)
    both = [
        row("x", y=100 + n * STEP).__class__(
            (*a.words, *b.words), a.bbox.union(b.bbox), a.box.union(b.box), a.size
        )
        for n, (a, b) in enumerate(zip(left, right, strict=True))
    ]
    assert is_contents(both)
    columns = split_columns(both, CANVAS)
    assert [[r.text for r in column] for column in columns] == [
        [r.text for r in left], [r.text for r in right],
    ]  # fmt: skip


def test_leaders_to_several_figures_are_those_of_a_table() -> None:
    budget = rows(
        "Net interest ......... 230 223", "Excise taxes ......... 72 80", "Total ..... 3 4"
    )
    assert leads_to_columns(budget)
    assert not leads_to_columns(rows("One........1", "Two........2", "Three......3"))


def test_an_entry_may_run_over_two_lines() -> None:
    made = rows(
        "A title that is too long for", "its line..........7", "Next........8", "End.......9"
    )
    assert [len(entry) for entry in split_entries(made)] == [2, 1, 1]
    assert not is_contents(rows("See section 3.", "It has 12", "things in 2024"))


def test_words_go_to_the_region_whose_line_holds_them() -> None:
    upper = Region("paragraph", BBox(90, 90, 400, 160), lines=(BBox(100, 100, 390, 120),))
    lower = Region("heading", BBox(90, 130, 400, 200), lines=(BBox(100, 140, 390, 160),))
    claimed, left = claim(
        [line("upper text"), line("lower text", 100, 140), line("alone", 100, 600)], [upper, lower]
    )
    assert {number: [r.words[0].text for r in made] for number, made in claimed.items()} == {
        0: ["upper"], 1: ["lower"],
    }  # fmt: skip
    assert [run.words[0].text for run in left] == ["alone"]


def test_a_line_across_two_regions_is_parted_by_words() -> None:
    regions = [Region("table", BBox(90, 90, 125, 130)), Region("table", BBox(126, 90, 300, 130))]
    claimed, left = claim([line("in out")], regions)
    assert [claimed[n][0].words[0].text for n in (0, 1)] == ["in", "out"]
    assert not left


@given(
    st.lists(st.tuples(st.integers(0, 900), st.integers(0, 1300), st.text("ab ", min_size=1))),
    st.lists(st.tuples(*[st.integers(0, 1000)] * 4), max_size=8),
)
def test_every_word_ends_in_one_place(
    lines: list[tuple[int, int, str]], areas: list[tuple[int, int, int, int]]
) -> None:
    made = [line(text.strip() or "x", x, y) for x, y, text in lines]
    regions = [Region("paragraph", BBox.around(*area)) for area in areas]
    claimed, left = claim(made, regions)
    found = [w for part in (*claimed.values(), left) for run in part for w in run.words]
    assert sorted(map(id, found)) == sorted(id(w) for part in made for w in part.words)


def test_a_table_takes_in_what_lies_in_it_and_a_figure_leaves_captions_out() -> None:
    table = Region("table", BBox(0, 0, 500, 300), lines=(BBox(0, 0, 500, 20),))
    inside = Region("heading", BBox(100, 100, 200, 120), lines=(BBox(100, 100, 200, 120),))
    figure = Region("figure", BBox(0, 400, 500, 800))
    label = Region("paragraph", BBox(100, 500, 160, 520), lines=(BBox(100, 500, 160, 520),))
    caption = Region("caption", BBox(100, 770, 300, 790), lines=(BBox(100, 770, 300, 790),))
    assert tidy([table, inside, figure, label, caption], []) == (table, figure, caption)


def test_ruled_tables_are_added_where_the_model_has_none() -> None:
    table = Region("table", BBox(0, 0, 500, 300), lines=(BBox(0, 0, 500, 20),))
    missed = BBox(0, 400, 500, 600)
    found = tidy([table], [BBox(0, 0, 500, 300), missed])
    assert found == (table, Region("table", missed))


def test_one_region_over_two_ruled_tables_is_parted() -> None:
    lines = (BBox(10, 10, 90, 30), BBox(10, 50, 90, 70), BBox(10, 210, 90, 230))
    table = Region("table", BBox(0, 0, 100, 300), lines=lines)
    upper, lower = BBox(0, 0, 100, 100), BBox(0, 200, 100, 300)
    found = tidy([table], [upper, lower])
    assert [(r.bbox, len(r.lines)) for r in found] == [(upper, 2), (lower, 1)]


def test_a_table_is_widened_to_its_rules() -> None:
    cut, ruled = Region("table", BBox(310, 5, 395, 85)), BBox(300, 0, 400, 90)
    wide = Region("table", BBox(290, 10, 410, 150))
    assert tidy([cut], [ruled]) == (replace(cut, bbox=ruled),)
    assert tidy([wide], [ruled]) == (replace(wide, bbox=BBox(290, 0, 410, 150)),)
    framed = Region("table", BBox(310, 5, 395, 40), lines=(BBox(310, 5, 395, 20),))
    assert tidy([framed], [ruled]) == (framed,)


def test_words_of_the_paper_are_spaced() -> None:
    assert [w.text for w in words("a b", 0, 0)] == ["a", "b"]


def test_a_narrow_column_of_labels_beside_a_table_is_part_of_it() -> None:
    table = Region("table", BBox(200, 0, 900, 400), lines=(BBox(200, 10, 900, 30),))
    lines = tuple(BBox(100, 100 + 60 * n, 180, 120 + 60 * n) for n in range(4))
    labels = Region("paragraph", BBox(100, 100, 180, 300), lines=lines)
    (whole,) = tidy([labels, table], [])
    assert (whole.kind, whole.bbox) == ("table", BBox(100, 0, 900, 400))
    running = tuple(BBox(100, 100 + 24 * n, 180, 120 + 24 * n) for n in range(4))
    assert len(tidy([replace(labels, lines=running), table], [])) == 2
