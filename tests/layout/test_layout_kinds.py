"""Kinds put right: headings, list items, footnotes, captions, margins, code, formulas."""

from __future__ import annotations

from dataclasses import replace

import pytest
from layout_paper import HEIGHT, WIDTH, block, draft, row, rows, word

from docparse.layout.blocks import build_blocks
from docparse.layout.captions import (
    find_captions,
    is_bare_label,
    label_of,
    reads_like_caption,
    tie_captions,
    with_captions,
)
from docparse.layout.drafts import Draft, body_size
from docparse.layout.flows import Canvas
from docparse.layout.formulas import latex_of
from docparse.layout.fragments import join_fragments, join_level
from docparse.layout.kinds import settle_kinds
from docparse.layout.listings import code_text, find_listings, language_of
from docparse.layout.lists import split_items
from docparse.layout.margins import is_page_number, keep_said_once, settle_margins
from docparse.layout.prose import Lexicon
from docparse.layout.rows import make_row
from docparse.types import BBox, Block

BODY = "Running text that says a good deal about one thing and another, and more of it."


def settled(*drafts: Draft) -> list[str]:
    return [d.kind for d in settle_kinds(drafts, height=HEIGHT)]


def body(y: int = 400) -> Draft:
    return draft(BODY, BODY, y=y)


@pytest.mark.parametrize(
    ("made", "kind"),
    [
        (draft("４【コーポレート・ガバナンスの状況等】", confidence=0.5), "heading"),
        (draft("（重要な会計上の見積り）", confidence=0.5), "heading"),
        (draft("第二部【保証会社の情報】", confidence=0.5), "heading"),
        (draft("（単位：千円）", kind="heading"), "paragraph"),
        (draft("（注）実績です", confidence=0.5), "paragraph"),
        (draft("A large bold line", size=30, bold=True), "heading"),
        (draft("A large line", size=30), "paragraph"),
        (draft("A line over a magazine's page", size=50), "heading"),
        (draft("A large bold sentence.", size=30, bold=True), "paragraph"),
        (draft("October 14, 1998", kind="heading"), "paragraph"),
        (draft("2023年１月31日現在", kind="heading"), "paragraph"),
        (draft("doi:10.1000/182", kind="heading"), "paragraph"),
        (draft("†", kind="heading"), "paragraph"),
        (draft("– COMPILING RULE", kind="formula", confidence=0.7), "paragraph"),
        (draft("f ( x ) = 2", "y", kind="formula", confidence=0.7), "formula"),
        (draft(*["words " * 20] * 4, kind="heading"), "paragraph"),
        (draft("Introduction", kind="heading"), "heading"),
        (draft("引当金の内訳は、以下のとおりです。", kind="heading"), "paragraph"),
        (draft("海へ行こう。", kind="heading"), "heading"),
        (draft("私たちは海を守ります。", kind="heading", size=30), "heading"),
    ],
)
def test_by_itself(made: Draft, kind: str) -> None:
    assert settled(made, body())[0] == kind


def test_a_line_in_brackets_heads_what_was_taken_for_one_block_with_it() -> None:
    for kind in ("list", "paragraph"):
        made = draft("③【その他の新株予約権等の状況】", "該当事項はありません。", kind=kind)
        head, rest = settle_kinds([made], height=HEIGHT)
        assert (head.kind, head.text) == ("heading", "③【その他の新株予約権等の状況】")
        assert (rest.kind, rest.text) == ("paragraph", "該当事項はありません。")
        assert (head.bbox, rest.bbox) == tuple(row.bbox for row in made.rows)
    assert settled(draft("③【その他】の状況", "該当事項はありません。")) == ["paragraph"]


def test_authors_with_raised_marks_are_no_heading() -> None:
    names = make_row(
        [
            word("Ann,", 100, 100, space_after=False),
            word("1", 150, 100, script="super"),
            word("Bob", 170, 100, space_after=False),
            word("2", 210, 100, script="super"),
        ],
        Canvas(WIDTH, HEIGHT, "right"),
    )
    made = Draft("heading", names.bbox, (names,))
    assert settled(made, body()) == ["paragraph", "paragraph"]


def test_a_numbered_line_over_text_is_a_heading_and_among_its_like_an_item() -> None:
    line = draft("(1) Scope of the rules", kind="list")
    assert settled(line, body()) == ["heading", "paragraph"]
    items = [draft(f"({n}) an item", kind="list", y=100 + 30 * n) for n in (1, 2, 3)]
    assert settled(*items) == ["list"] * 3
    last = draft("(4) the last of them", kind="list", y=220)
    assert settled(*items, last, body()) == ["list"] * 4 + ["paragraph"]


def test_a_numbered_line_in_larger_type_over_anything_else_is_a_heading() -> None:
    first = draft("１．対象となる費用", kind="list", size=26, y=100)
    item, last = (
        draft("• 交通費", kind="list", y=140),
        draft("２．手順", kind="list", size=26, y=180),
    )
    assert settled(first, item, last, body(300))[:3] == ["heading", "list", "heading"]
    small = draft("２．手順", kind="list", y=180)
    assert settled(draft("１．費用", kind="list"), item, small)[::2] == ["list", "list"]


def test_a_line_with_a_bullet_over_a_heading_is_one_where_others_are() -> None:
    made = draft("・のれんの評価", y=100), draft("(1)計上した金額", kind="heading", y=130)
    again = draft("・資産の減損", kind="heading", y=500), draft("(1)金額", kind="heading", y=530)
    assert settled(*made, body(), *again)[:2] == ["heading", "heading"]
    assert settled(*made, body())[0] == "paragraph"
    indented = draft("    ・資産の減損", kind="heading", y=500)
    assert settled(*made, body(), indented)[0] == "paragraph"


def test_an_item_of_the_level_above_is_an_item() -> None:
    items = split_items(
        draft("    • inner", "      and more", "• outer", "  and more", kind="list")
    )
    assert [[row.text for row in item] for item in items] == [
        ["• inner", "and more"],
        ["• outer", "and more"],
    ]


def test_bullets_beside_items_are_items_and_a_lone_item_without_a_mark_is_text() -> None:
    item, missed = draft("• one", kind="list"), draft("• two", y=130)
    assert settled(item, missed) == ["list", "list"]
    assert settled(draft("no mark at all", kind="list"), body()) == ["paragraph", "paragraph"]
    hanging = draft("goes on below", kind="list", x=130, y=130)
    assert settled(item, hanging) == ["list", "list"]


def test_rows_with_a_bullet_each_or_with_markers_that_count_on_are_items() -> None:
    for texts in (
        ["• one", "• two"],
        ["・今日は", "・明日は"],
        ["1. one", "goes on", "2. two"],
        ["（1）一つ", "（2）二つ"],
    ):
        assert settled(draft(*texts)) == ["list"], texts
    for texts in (
        ["• one", "goes on", "• two"],
        ["1. one", "3. two"],
        ["2019. It was", "a year"],
        ["- one", "— two"],
    ):
        assert settled(draft(*texts)) == ["paragraph"], texts


def test_a_number_below_a_numbered_note_is_an_item_with_it() -> None:
    note, other = "（注）１．株式分割によるものであります。", "２．行使による増加であります。"
    for kinds in (("list", "paragraph"), ("paragraph", "list"), ("paragraph", "paragraph")):
        made = draft(note, kind=kinds[0], x=120), draft(other, kind=kinds[1], x=173, y=130)
        assert settled(*made) == ["list", "list"], kinds
        assert settled(made[0], draft(other, x=120, y=130))[1] == "paragraph"


def test_small_text_with_a_raised_mark_at_the_foot_is_a_footnote() -> None:
    mark = word("1", 100, 1200, size=9, script="super")
    note = make_row([mark, *row("See there.", 115, 1200, size=15).words], _canvas())
    made = Draft("paragraph", note.bbox, (note,))
    assert settled(body(), made) == ["paragraph", "footnote"]
    starred = draft("* Corresponding author", y=1200, size=15)
    assert settled(body(), starred) == ["paragraph", "footnote"]
    assert settled(starred, body(1300))[0] == "paragraph"


def _canvas() -> Canvas:
    return Canvas(WIDTH, HEIGHT, "right")


def test_body_size_is_that_of_running_text() -> None:
    assert body_size([body(), draft("HUGE " * 40, kind="heading", size=60)]) == 20
    assert body_size([]) == 1


@pytest.mark.parametrize("text", ["12", "iv", "- 3 -", "Page 2 of 9", "12/144", "第3頁", "[7]"])
def test_page_numbers(text: str) -> None:
    assert is_page_number(text)


@pytest.mark.parametrize("text", ["1998 report", "12 apples", "Mix it", ""])
def test_no_page_numbers(text: str) -> None:
    assert not is_page_number(text)


def margins(*drafts: Draft) -> list[str]:
    return [d.kind for d in settle_margins(drafts, height=HEIGHT)]


def test_headers_stand_above_the_body_and_footers_below() -> None:
    head = draft("Journal of Things", kind="page-header", y=60)
    foot = draft("Some Publisher", kind="page-footer", y=1350)
    assert margins(head, body(), foot) == ["page-header", "paragraph", "page-footer"]
    assert margins(body(50), draft("no header", kind="page-header", y=200))[1] == "paragraph"
    assert margins(draft("no footer", kind="page-footer", y=1200), body(1300))[0] == "paragraph"


def test_a_large_header_is_a_heading_and_an_unsure_one_text() -> None:
    assert margins(draft("Invoice", kind="page-header", y=60, size=40), body())[0] == "heading"
    unsure = draft("First words.", kind="page-header", y=60, confidence=0.4)
    assert margins(unsure, body())[0] == "paragraph"


def test_the_first_numbered_line_below_a_header_is_body() -> None:
    head = draft("EDINET", kind="page-header", y=20)
    first = draft("(1) 【概要】", kind="page-header", y=60)
    assert margins(head, first, body()) == ["page-header", "heading", "paragraph"]


def test_small_lines_in_the_top_margin_are_a_header() -> None:
    stamp = draft("Filed with the agency", "Some Company (E00816)", x=600, y=10, size=16)
    assert margins(stamp, body())[0] == "page-header"
    items = replace(body(), kind="list")
    assert margins(stamp, items)[0] == "page-header"
    assert margins(draft("Filed with the agency", x=600, y=10), body())[0] == "paragraph"
    assert margins(draft("Filed", x=600, y=80, size=16), body())[0] == "paragraph"


@pytest.mark.parametrize(
    "text",
    [
        "サンプル事業所 殿",
        "医師署名（又は記名押印） 山田太郎",
        "令和7年5月15日",
        "請求番号:INV-123-001",
        "様式第5号",
    ],
)
def test_what_a_form_says_once_is_no_header_and_no_footer(text: str) -> None:
    level = draft("Name", kind="page-footer", y=1350)
    foot = draft(text, kind="page-footer", x=500, y=1350)
    head = draft("Journal of Things", kind="page-header", y=60)
    kept = keep_said_once([head, body(), level, foot])
    assert [d.kind for d in kept] == ["page-header", *["paragraph"] * 3]


@pytest.mark.parametrize("text", ["目次", "目　次", "Table of Contents"])
def test_what_heads_a_list_of_contents_is_its_heading(text: str) -> None:
    (kept,) = keep_said_once([draft(text, kind="page-header", y=60)])
    assert kept.kind == "heading"


def test_the_salutation_of_a_letter_is_no_header() -> None:
    assert margins(draft("Dear Sirs:", kind="page-header", y=60), body())[0] == "paragraph"


def test_text_beside_nothing_but_a_figure_is_no_header() -> None:
    figure = Draft("figure", BBox(100, 300, 600, 700))
    hello = draft("Hello", kind="page-header", y=60)
    assert margins(hello, figure) == ["paragraph", "figure"]


def test_numbers_down_an_axis_are_no_page_numbers() -> None:
    axis = [draft(str(n), kind="paragraph", y=1260 + 30 * n) for n in range(4)]
    assert margins(body(), *axis) == ["paragraph"] * 5
    assert margins(body(), axis[-1])[1] == "page-footer"


def test_page_numbers_and_rules_at_the_edge_are_found() -> None:
    number, rule = draft("17", y=1360), draft("__________", y=40)
    assert margins(rule, body(), number) == ["page-header", "paragraph", "page-footer"]
    assert margins(body(), draft("17", y=700))[1] == "paragraph"


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("Table 2. Results", "table"),
        ("Figure 3: A chart", "figure"),
        ("Fig. 1 Growth", "figure"),
        ("Abb. 4: Ansicht", "figure"),
        ("図１ 構成", "figure"),
        ("表2　結果", "table"),
        ("[그림 4-3] 과정", "figure"),
        ("Listing 1: Program", "listing"),
        ("Tables are fun", ""),
        ("Figures", ""),
    ],
)
def test_labels(text: str, label: str) -> None:
    assert label_of(text) == label
    assert reads_like_caption(text) == bool(label)


def test_sentences_about_a_figure_are_no_captions() -> None:
    assert not reads_like_caption("Figure 3 shows that it grows")
    assert not reads_like_caption("表2に示すとおり")
    assert is_bare_label("Table 2")
    assert not is_bare_label("Table 2. Results")


def table_at(y: int, height: int = 200) -> Draft:
    return Draft("table", BBox(100, y, 600, y + height))


def test_captions_near_a_table_are_found_and_bare_labels_joined() -> None:
    label, rest = draft("Table 2", y=100), draft("Results of it", y=126)
    found = find_captions([label, rest, table_at(160)])
    assert [(d.kind, d.text) for d in found] == [
        ("caption", "Table 2 Results of it"),
        ("table", ""),
    ]
    far = find_captions([draft("Table 2: far", y=1000), table_at(160)])
    assert far[0].kind == "paragraph"


def test_bold_lines_set_like_a_heading_are_headings() -> None:
    # test_4423.pdf as a scan: "Analyst:" was a heading, "Objective:" a bold paragraph
    drafts = [
        draft("Objective:", y=100, bold=True),
        draft("To increase the limit.", y=130),
        draft("Analyst:", kind="heading", y=200, bold=True),
        draft("Somebody", y=230),
        draft("Total:", x=400, y=300, bold=True),
        draft("ten", y=330),
    ]
    kinds = [d.kind for d in settle_kinds(drafts, height=1000)]
    assert kinds == ["heading", "paragraph", "heading", "paragraph", "paragraph", "paragraph"]


def test_numbered_lines_that_count_on_from_a_heading_are_headings() -> None:
    # as in notes to Japanese accounts, where "2．" was an item together with the line below it
    drafts = [
        draft("１．有価証券の評価基準", kind="heading", y=100),
        body(130),
        draft("２．棚卸資産の評価基準", "  貯蔵品", kind="list", y=200),
        body(260),
        draft("３．収益の認識基準", kind="list", y=330),
        body(360),
    ]
    settled = settle_kinds(drafts, height=1000)
    assert [(d.kind, d.text) for d in settled if d.text not in f"{BODY} {BODY}"] == [
        ("heading", "１．有価証券の評価基準"),
        ("heading", "２．棚卸資産の評価基準"),
        ("paragraph", "貯蔵品"),
        ("heading", "３．収益の認識基準"),
    ]


def test_items_are_no_headings_for_counting_on_from_one() -> None:
    drafts = [
        draft("１．有価証券の評価基準", kind="heading", y=100),
        body(130),
        draft("２．棚卸資産の評価基準", kind="list", y=200),
        draft("３．収益の認識基準", kind="list", y=230),
        draft("４．そのほか", kind="list", y=260),
    ]
    kinds = [d.kind for d in settle_kinds(drafts, height=1000)]
    assert kinds == ["heading", "paragraph", "list", "list", "list"]


def test_an_item_that_goes_on_is_no_heading_for_counting_on_from_one() -> None:
    # as in a drawing's notes: "3. If the cable is too thick ... Insert / the cable until ..."
    drafts = [
        draft("2. Put the ring on", kind="heading", y=100),
        body(130),
        draft("3. If it is thick insert", "   the cable until it stands", kind="list", y=200),
    ]
    assert [d.kind for d in settle_kinds(drafts, height=1000)][2:] == ["list"]


def test_a_caption_may_have_notes_between_it_and_its_figure() -> None:
    # eu-027.pdf: "Figure A1: Density", a paragraph on how it was made, the graph
    label = draft("Figure A1: Density of losses", kind="heading", y=100)
    notes = draft(*["This figure shows losses."] * 6, y=126)
    figure = Draft("figure", BBox(100, notes.bbox.y1 + 30, 600, 800))
    assert [d.kind for d in find_captions([label, notes, figure])] == [
        "caption",
        "paragraph",
        "figure",
    ]
    above = Draft("figure", BBox(100, -300, 600, 0))
    assert find_captions([label, notes, above])[0].kind == "heading"


def test_a_caption_is_read_with_its_table() -> None:
    caption, table, other = draft("Table 1: x", kind="caption", y=100), table_at(130), body(800)
    groups = with_captions([caption, other, table])
    assert sorted(len(group) for group in groups) == [1, 2]


def test_captions_are_tied_to_the_near_block_of_their_kind() -> None:
    table = Block("table", BBox(100, 200, 600, 400))
    figure = Block("figure", BBox(100, 460, 600, 700))
    above = block("Table 1: above it", kind="caption", y=170)
    below = block("Figure 1: below it", kind="caption", y=710)
    between = block("Figure 2: nothing", kind="caption", y=1300)
    tied = tie_captions([above, table, figure, below, between])
    assert [b.target for b in tied] == [1, None, None, 2, None]


def test_parts_of_one_line_and_of_one_paragraph_are_joined() -> None:
    left, right = draft("one half of it", x=100), draft("and the other", x=250)
    whole = join_level([left, right], width=WIDTH, height=HEIGHT)
    assert [d.text for d in whole] == ["one half of it and the other"]
    columns = [draft("left column", x=100), draft("right column", x=400)]
    assert len(join_level(columns, width=WIDTH, height=HEIGHT)) == 2
    upper = draft("this sentence goes over", "more than one and it stops")
    lower = draft("in the middle", y=152)
    assert len(join_fragments([upper, lower])) == 1
    assert len(join_fragments([upper, draft("Another begins", y=152)])) == 2


def test_an_item_in_japanese_goes_on_in_what_the_model_parted_from_it() -> None:
    full = "取得した株式を消却したことにより各種類の株式の全てを、"
    item = draft(full, full, full[:20], kind="list")
    goes_on = draft("2,584,222,222,222株増加しました。", kind="list", y=178)
    assert len(join_fragments([item, goes_on])) == 1
    assert len(join_fragments([item, draft("該当事項はありません。", kind="list", y=178)])) == 2
    ended = draft(full, full, full[:19] + "。", kind="list")
    assert len(join_fragments([ended, goes_on])) == 2


def test_the_lines_of_a_centred_heading_are_one() -> None:
    upper = draft("A Long Title That", kind="heading", x=100, size=40)
    lower = draft("Goes On", kind="heading", x=200, y=150, size=40)
    assert [d.text for d in join_fragments([upper, lower])] == ["A Long Title That Goes On"]
    numbered = draft("1. Goes On", kind="heading", x=180, y=150, size=40)
    assert len(join_fragments([upper, numbered])) == 2
    spaced = draft("and goes on", kind="heading", y=188, size=40)
    assert len(join_fragments([upper, spaced])) == 1
    assert len(join_fragments([upper, draft("And More", kind="heading", y=188, size=40)])) == 2


def test_a_page_of_code_is_code_down_to_its_single_lines() -> None:
    lines = ("def mean(values):", "return means", "[0]", "no_sign")
    made = [draft(text, y=100 + 30 * n, mono=True) for n, text in enumerate(lines)]
    far = draft("far from it", y=900, mono=True)
    assert [d.kind for d in find_listings([*made, far])] == ["code"] * 4 + ["paragraph"]


def test_listings_keep_lines_indents_and_gaps() -> None:
    lines = [
        *rows("if x:", "    return 1", mono=True),
        *rows("return 2", y=100 + 4 * 26, mono=True),
    ]
    assert code_text(lines) == "if x:\n    return 1\n\nreturn 2"
    made = find_listings([draft("if x:", "    return 1", mono=True), body()])
    assert [d.kind for d in made] == ["code", "paragraph"]


def test_a_typewritten_letter_is_no_code() -> None:
    letter = draft("Dear Sir, thank you", "for your letter of May", mono=True)
    assert find_listings([letter])[0].kind == "paragraph"


def test_numbers_of_lines_are_left_out_of_a_listing() -> None:
    numbered = []
    for n, text in enumerate(["import os", "", "print(os)"], start=1):
        parts = [word(str(n), 60, 70 + 26 * n, size=10)]
        parts += row(text, 100, 70 + 26 * n, mono=True).words if text else []
        numbered.append(make_row(parts, _canvas()))
    assert code_text(numbered) == "import os\n\nprint(os)"


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ('{"a": [1, 2]}', "json"),
        ("{ not json }", ""),
        ("[" * 5000, ""),
        ("#!/bin/bash\nls", "bash"),
        ("import os\nprint(os)", "python"),
        ("<?xml version='1.0'?>", "xml"),
        ("function add(a, b) {", ""),
    ],
)
def test_languages_only_where_there_is_no_doubt(text: str, language: str) -> None:
    assert language_of(text) == language


def test_formulas_become_latex_only_where_the_text_says_it_all() -> None:
    def formula(*parts: tuple[str, dict[str, object]]) -> str:
        x, made = 100, []
        for text, style in parts:
            made.append(word(text, x, 100, **style))
            x = made[-1].bbox.x1 + 10
        return latex_of([make_row(made, _canvas())])

    glued: dict[str, object] = {"space_after": False}
    raised: dict[str, object] = {"script": "super"}
    lowered: dict[str, object] = {"script": "sub", "space_after": False}
    assert formula(("a", glued), ("2", raised), ("+ 8 = 12", {})) == "a^{2} + 8 = 12"
    assert formula(("x", glued), ("i", lowered), ("≤ β", {}), ("= 1", {}), ("(3)", {})) == (
        r"x_{i}\leq \beta = 1 \tag{3}"
    )
    assert formula(("a ≠ b", {})) == ""
    assert formula(("y = \ufffd", {})) == ""
    assert latex_of(rows("a = b", "c = d")) == ""
    big = make_row([word("Σ", 100, 90, size=40), *row("x = 1", 140).words], _canvas())
    assert latex_of([big]) == ""


def test_lists_are_nested_by_place_and_by_mark() -> None:
    items = [
        draft("1. first", kind="list", y=100),
        draft("a) below it", kind="list", x=130, y=126),
        draft("b) and more", "   that goes on", kind="list", x=130, y=152),
        draft("2. second", kind="list", y=204),
        draft("• dot", kind="list", y=230),
    ]
    (block,) = build_blocks(items, lexicon=Lexicon(), links=())
    assert [(i.level, i.marker, i.ordered, i.text) for i in block.items] == [
        (0, "1.", True, "first"),
        (1, "a)", True, "below it"),
        (1, "b)", True, "and more that goes on"),
        (0, "2.", True, "second"),
        (1, "•", False, "dot"),
    ]
    assert len(block.words) == sum(len(r.words) for d in items for r in d.rows)


def test_items_in_the_next_column_are_a_list_of_their_own() -> None:
    items = [draft("• one", kind="list", y=900), draft("• two", kind="list", x=600, y=100)]
    blocks = build_blocks(items, lexicon=Lexicon(), links=())
    assert [b.kind for b in blocks] == ["list", "list"]


def test_one_region_with_several_items_is_parted() -> None:
    made = draft("• one", "  goes on", "• two", kind="list")
    (block,) = build_blocks([made], lexicon=Lexicon(), links=())
    assert [item.text for item in block.items] == ["one goes on", "two"]


def test_a_line_without_a_mark_right_below_the_text_of_an_item_goes_on_with_it() -> None:
    item = draft("• PLAY, FAST", kind="list", y=100)
    text = item.rows[0].words[1].bbox.x0
    for x, y, texts in (
        (text, 126, ["PLAY, FAST FORWARD, REWIND"]),
        (text, 160, ["PLAY, FAST", "FORWARD, REWIND"]),
        (text + 100, 126, ["PLAY, FAST", "FORWARD, REWIND"]),
    ):
        rest = draft("FORWARD, REWIND", kind="list", x=x, y=y)
        (block,) = build_blocks([item, rest], lexicon=Lexicon(), links=())
        assert [made.text for made in block.items] == texts


def test_figures_hold_their_text_line_by_line_and_formulas_none() -> None:
    chart = draft("0 50 100", "2001 2002", kind="figure")
    sum_ = draft("∑ of", "i = 1", kind="formula")
    blocks = build_blocks([chart, sum_], lexicon=Lexicon(), links=())
    assert [(b.kind, b.text) for b in blocks] == [
        ("figure", "0 50 100\n2001 2002"),
        ("formula", ""),
    ]
    assert [w.text for w in blocks[1].words] == ["∑", "of", "i", "=", "1"]


@pytest.mark.parametrize("date", ["14 October 2026", "October 14, 2026", "2026年10月14日"])
def test_a_date_that_is_no_page_header_is_no_heading(date: str) -> None:
    """Its day looks like a number of headings."""
    assert margins(body(50), draft(date, kind="page-header", y=200))[1] == "paragraph"
    assert settled(draft(date), body()) == ["paragraph", "paragraph"]
