"""All ground truth in a folder, found by the layout of its files, as cases to score."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from docparse.bench.boxes import Area
from docparse.bench.cases import (
    Case,
    TrueField,
    TrueTable,
    check_areas,
    check_facts,
    check_fields,
    check_order,
    check_tables,
    check_text,
)
from docparse.bench.docling import read_docling
from docparse.bench.facts import DIRECTIONS, Fact, FactType
from docparse.bench.flow import read_markdown
from docparse.bench.grid import read_html_table
from docparse.bench.icdar import read_icdar_areas, read_icdar_tables

POINTS_PER_MM = 72 / 25.4
# Types of olmOCR-bench that need a formula renderer or a style, which are not scored here.
SCORED_FACTS: tuple[FactType, ...] = ("present", "absent", "order", "table", "baseline")


def find_cases(folder: Path) -> list[Case]:
    """The cases of a folder and those below it, sorted by file.

    `X.txt`, `X.layout.txt` beside `X.pdf`: the whole text, in reading order.
    `X.expected.md` beside `X.pdf`: what a converter made of it, a hint.
    `gt_tables/X.tables.json`, `gt_xml/X-str.xml`, `gt_xml/X-reg.xml` below `X.pdf`: tables and
    their boxes (ICDAR 2013). `X.items.html` beside `X.pdf`: a table.
    `X.fields.json` beside `X.pdf`: texts and their boxes in mm (pdfme).
    `groundtruth/X.json` and `.md` below `X.pdf`: what docling made of it, a hint.
    `Y.jsonl` with `pdfs/` beside it: facts in the manner of olmOCR-bench.
    """
    cases: list[Case] = []
    for pdf in sorted(folder.rglob("*.pdf")):
        for reader in (_text_cases, _table_cases, _field_cases, _docling_cases):
            cases += reader(pdf)
    for file in sorted(folder.rglob("*.jsonl")):
        cases += _fact_cases(file)
    return cases


def _text_cases(pdf: Path) -> Iterator[Case]:
    for ending in (".txt", ".layout.txt", ".expected.md"):
        file = pdf.with_name(pdf.stem + ending)
        if not file.is_file():
            continue
        text = file.read_text(encoding="utf-8")
        is_markdown = ending.endswith(".md")
        if is_markdown:
            text = read_markdown(text).text
        case = partial(Case, pdf.parent.name, "hint" if is_markdown else "labelled", pdf)
        yield case(check_text(text, with_headers=True))
        yield case(check_order(text.splitlines(), with_headers=True))


def _table_cases(pdf: Path) -> Iterator[Case]:
    case = partial(Case, pdf.parent.name, "labelled", pdf)
    tables = read_icdar_tables(pdf)
    items = pdf.with_name(pdf.stem + ".items.html")
    if items.is_file():
        tables = [TrueTable((1,), read_html_table(items.read_text(encoding="utf-8")))]
    if tables:
        yield case(check_tables(tables))
    areas = read_icdar_areas(pdf)
    if areas:
        yield case(check_areas(areas, kind="table"))


def _field_cases(pdf: Path) -> Iterator[Case]:
    file = pdf.with_name(pdf.stem + ".fields.json")
    if not file.is_file():
        return
    fields = [
        TrueField(str(entry["text"]), _area_in_mm(entry))
        for entry in json.loads(file.read_text(encoding="utf-8"))["fields"]
        if entry.get("type") == "text" and str(entry.get("text") or "").strip()
    ]
    if fields:
        yield Case(pdf.parent.name, "labelled", pdf, check_fields(fields))


def _area_in_mm(entry: dict[str, Any]) -> Area:
    x, y, width, height = (float(entry[key]) for key in ("x_mm", "y_mm", "w_mm", "h_mm"))
    k = POINTS_PER_MM
    return Area(int(entry["page"]), "text", x * k, y * k, (x + width) * k, (y + height) * k)


def _docling_cases(pdf: Path) -> Iterator[Case]:
    case = partial(Case, pdf.parent.name, "hint", pdf)
    markdown = pdf.parent / "groundtruth" / f"{pdf.stem}.md"
    if markdown.is_file():
        text = read_markdown(markdown.read_text(encoding="utf-8")).text
        yield case(check_text(text, with_headers=False))
    data = pdf.parent / "groundtruth" / f"{pdf.stem}.json"
    if data.is_file():
        areas, pieces = read_docling(data)
        yield case(check_areas(areas))
        yield case(check_order(pieces, with_headers=False))


def _fact_cases(file: Path) -> Iterator[Case]:
    by_pdf: dict[Path, list[Fact]] = {}
    for line in file.read_text(encoding="utf-8").splitlines():
        row = json.loads(line) if line.strip() else {}
        pdf = file.parent / "pdfs" / str(row.get("pdf", ""))
        if row.get("type") in SCORED_FACTS and pdf.is_file():
            by_pdf.setdefault(pdf, []).append(_read_fact(row))
    for pdf, facts in sorted(by_pdf.items()):
        if not any(fact.type == "baseline" for fact in facts):
            facts = [*facts, *(Fact("baseline", page) for page in {fact.page for fact in facts})]
        yield Case(file.parent.name, "labelled", pdf, check_facts(facts))


def _read_fact(row: dict[str, Any]) -> Fact:
    kind: FactType = row["type"]
    first = {"order": "before", "table": "cell"}.get(kind, "text")
    return Fact(
        type=kind,
        page=int(row.get("page") or 1),
        text=str(row.get(first) or ""),
        after=str(row.get("after") or ""),
        around=tuple((where, str(row[where])) for where in DIRECTIONS if row.get(where)),
        slips=int(row.get("max_diffs") or 0),
        case_sensitive=row.get("case_sensitive") is not False,
        first_n=row.get("first_n"),
        last_n=row.get("last_n"),
    )
