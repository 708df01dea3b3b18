"""Ground truth is found by the layout of its files and read as it is meant."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pymupdf
import pytest

from docparse.bench.boxes import Area
from docparse.bench.cases import Score
from docparse.bench.docling import read_docling
from docparse.bench.grid import Grid, GridCell
from docparse.bench.icdar import read_icdar_areas, read_icdar_tables, read_structure
from docparse.bench.reading import Reading
from docparse.bench.truth import find_cases

DATA = Path(__file__).parents[2].parent / "shared" / "data"
needs_data = pytest.mark.skipif(not DATA.is_dir(), reason="the documents lie in ../shared/data")

STRUCTURE = """<document><table id="1">
<region id="1" page="1" col-increment="0" row-increment="0">
  <cell start-row="0" start-col="0" end-col="1"><content>both  columns</content></cell>
  <cell start-row="1" start-col="0"><content>left</content></cell>
</region>
<region id="2" page="2" col-increment="0" row-increment="2">
  <cell start-row="0" start-col="0" end-row="1"><content>tall</content></cell>
  <cell start-row="1" start-col="1"><content>last</content></cell>
</region></table></document>"""


def make_pdf(file: Path, *, rotation: int = 0, pages: int = 1) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    with pymupdf.open() as document:
        for _ in range(pages):
            document.new_page(width=400, height=600).set_rotation(rotation)
        document.save(file)
    return file


def test_icdar_structure(tmp_path: Path) -> None:
    file = tmp_path / "t-str.xml"
    file.write_text(STRUCTURE, encoding="utf-8")
    (table,) = read_structure(file)
    assert table.pages == (1, 2)
    assert table.grid == Grid(
        (
            (GridCell("both columns", 1, 2),),
            (GridCell("left"), GridCell("")),
            (GridCell("tall", 2, 1), GridCell("")),
            (GridCell("last"),),
        )
    )


@pytest.mark.parametrize(("rotation", "box"), [(0, (10, 500, 110, 550)), (90, (50, 10, 100, 110))])
def test_icdar_boxes_are_those_of_the_page_as_seen(
    tmp_path: Path, rotation: int, box: tuple[float, ...]
) -> None:
    pdf = make_pdf(tmp_path / "t.pdf", rotation=rotation)
    regions = tmp_path / "gt_xml" / "t-reg.xml"
    regions.parent.mkdir()
    regions.write_text(
        '<document><table><region page="1">'
        '<bounding-box x1="10" y1="50" x2="110" y2="100"/></region></table></document>',
        encoding="utf-8",
    )
    (area,) = read_icdar_areas(pdf)
    assert (area.page, area.kind) == (1, "table")
    assert (area.x0, area.y0, area.x1, area.y1) == pytest.approx(box)


@needs_data
def test_two_sources_of_one_truth_agree() -> None:
    """The tables as HTML were made by others from the same files that we read as XML."""
    folder = DATA / "parsing_groundtruth" / "icdar2013_tables"
    checked = 0
    for file in sorted(folder.glob("gt_tables/*.tables.json")):
        structure = folder / "gt_xml" / file.name.replace(".tables.json", "-str.xml")
        pdf = folder / file.name.replace(".tables.json", ".pdf")
        if structure.is_file() and pdf.is_file():
            ours, theirs = list(read_structure(structure)), read_icdar_tables(pdf)
            assert [table.pages for table in ours] == [table.pages for table in theirs]
            for a, b in zip(ours, theirs, strict=True):
                assert [len(row) for row in a.grid.rows] == [len(row) for row in b.grid.rows]
                assert a.grid.text.split() == b.grid.text.split()
                checked += 1
    assert checked > 10


def test_docling_boxes_and_order(tmp_path: Path) -> None:
    file = tmp_path / "d.json"
    place = {"page_no": 1, "bbox": {"l": 1, "t": 90, "r": 9, "b": 80, "coord_origin": "BOTTOMLEFT"}}
    text = {"label": "text", "prov": [place]}
    data = {
        "pages": {"1": {"size": {"width": 50, "height": 100}}},
        "body": {"children": [{"$ref": "#/texts/1"}, {"$ref": "#/groups/0"}]},
        "groups": [{"children": [{"$ref": "#/texts/0"}]}],
        "texts": [
            text | {"text": "second", "label": "list_item"},
            text | {"text": "first"},
            text | {"text": "in a picture", "parent": {"$ref": "#/pictures/0"}},
        ],
        "tables": [],
        "pictures": [{"label": "picture", "prov": [place]}],
    }
    file.write_text(json.dumps(data), encoding="utf-8")
    areas, order = read_docling(file)
    assert order == ["first", "second"]
    assert areas == [
        Area(1, "list-item", 1, 10, 9, 20, "second"),
        Area(1, "text", 1, 10, 9, 20, "first"),
        Area(1, "picture", 1, 10, 9, 20),
    ]


def write(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")


def make_truth(folder: Path) -> None:
    """One document of each layout that is known."""
    make_pdf(folder / "texts" / "t.pdf")
    write(folder / "texts" / "t.txt", "the first line of it\nand the second line of it\n")
    make_pdf(folder / "made" / "m.pdf")
    write(folder / "made" / "m.expected.md", "# Title\n\n|a|b|\n|---|---|\n|c|d|\n")
    make_pdf(folder / "items" / "i.pdf")
    write(folder / "items" / "i.items.html", "<table><tr><td>a</td><td>b</td></tr></table>")
    field = {
        "page": 1,
        "type": "text",
        "x_mm": 10,
        "y_mm": 20,
        "w_mm": 20,
        "h_mm": 5,
        "text": "No1",
    }
    fields = [field, field | {"text": ""}, field | {"type": "image"}]
    write(folder / "items" / "i.fields.json", json.dumps({"fields": fields}))
    make_pdf(folder / "facts" / "pdfs" / "x" / "p.pdf", pages=2)
    rows = [
        {"pdf": "x/p.pdf", "page": 2, "type": "present", "text": "here", "max_diffs": 0},
        {"pdf": "x/p.pdf", "page": 2, "type": "absent", "text": "away", "max_diffs": 0},
        {"pdf": "x/p.pdf", "page": 2, "type": "math", "math": "x^2"},
        {"pdf": "x/gone.pdf", "page": 1, "type": "present", "text": "lost"},
    ]
    write(folder / "facts" / "f.jsonl", "\n".join(map(json.dumps, rows)))


GOOD = {
    "t.pdf": Reading(whole="the first line of it and\n\nthe second line of it"),
    "m.pdf": Reading(whole="Title a b c d"),
    "i.pdf": Reading(
        pages=("|a|b|\n|-|-|\n",),
        areas=(Area(1, "text", 30, 60, 80, 70, "*No1*"), Area(1, "text", 0, 0, 400, 600, "x")),
    ),
    "p.pdf": Reading(pages=("", "it is here")),
}


def test_every_layout_is_found_and_scored(tmp_path: Path) -> None:
    make_truth(tmp_path)
    cases = find_cases(tmp_path)
    scores = [
        (case.set_name, case.trust, metric, score)
        for case in cases
        for metric, score in case.score(GOOD[case.file.name]).items()
    ]
    assert scores == [
        ("items", "labelled", "table TEDS", Score(1.0, 1)),
        ("items", "labelled", "table TEDS structure", Score(1.0, 1)),
        ("items", "labelled", "tables too many", Score(0, 1)),
        ("items", "labelled", "fields in their place", Score(1, 1)),
        ("items", "labelled", "fields with a box of their own", Score(1, 1)),
        ("made", "hint", "text similarity", Score(1.0)),
        ("texts", "labelled", "text similarity", Score(1.0)),
        ("texts", "labelled", "reading order", Score(1.0)),
        ("facts", "labelled", "facts present", Score(1, 1)),
        ("facts", "labelled", "facts absent", Score(1, 1)),
        ("facts", "labelled", "facts baseline", Score(1, 1)),
        ("facts", "labelled", "facts all", Score(3, 3)),
    ]


def test_a_failure_scores_zero_and_keeps_its_weight(tmp_path: Path) -> None:
    make_truth(tmp_path)
    for case in find_cases(tmp_path):
        good = case.score(GOOD[case.file.name])
        failed = case.score(Reading(failure="it crashed"))
        assert failed.keys() == good.keys()
        assert all(score.total == 0 for score in failed.values())
        assert [score.weight for score in failed.values()] == [s.weight for s in good.values()]


def test_a_field_in_a_larger_block_has_no_box_of_its_own(tmp_path: Path) -> None:
    make_truth(tmp_path)
    check = [case for case in find_cases(tmp_path) if case.file.name == "i.pdf"][1]
    around = Reading(areas=(Area(1, "text", 0, 0, 400, 600, "No1 and all"),))
    elsewhere = Reading(areas=(Area(1, "text", 300, 300, 310, 310, "No1"),))
    assert [s.total for s in check.score(around).values()] == [1, 0]
    assert [s.total for s in check.score(elsewhere).values()] == [0, 0]
    in_cell = replace(around, cells=(Area(1, "table", 30, 60, 80, 70, "No1"),))
    assert [s.total for s in check.score(in_cell).values()] == [1, 1]


@needs_data
def test_the_real_truth_has_its_known_size() -> None:
    cases = find_cases(DATA)
    assert len({case.file for case in cases}) >= 114
    assert {case.set_name for case in cases} >= {"icdar2013_tables", "pdfme_golden", "pypdf_text"}
