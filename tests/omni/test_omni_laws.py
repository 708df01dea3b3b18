"""What holds for every document and every string."""

from __future__ import annotations

import dataclasses
import random
from pathlib import Path

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from omni_strategies import documents, reply_pages

from docparse.omni.emit import emit, emit_page_reply
from docparse.omni.parse import is_document, parse_document, parse_reply
from docparse.types import BBox, Block, Document, Frame, Page, Span, Table

GOLDEN = Path(__file__).parent / "golden"
FRAME = Frame(width=2000, height=2800, model_width=1008, model_height=1428, dpi=200)
SEEDS = [path.read_bytes().decode() for path in sorted(GOLDEN.glob("*.txt"))]
quick = settings(
    max_examples=70, deadline=None, suppress_health_check=[HealthCheck.too_slow], database=None
)
often = settings(quick, max_examples=150)


@settings(quick, max_examples=30)  # they are whole documents
@given(documents)
def test_our_html_gives_the_document_back(document: Document) -> None:
    html = emit(document)
    assert is_document(html)
    assert parse_document(html.encode().decode(), source="elsewhere") == document


# A dollar sign beside a formula.
DOLLARS = Block("title", BBox(0, 0, 0, 0), "$x^2$$", spans=(Span(1, 4, math=True),))


@quick
@given(reply_pages)
@example(Page(1, 2000, 2800, 200.0, blocks=(DOLLARS,)))
def test_a_page_survives_as_a_reply(page: Page) -> None:
    again = parse_reply(emit_page_reply(page, FRAME), FRAME)
    assert again.notes == ()
    assert len(again.blocks) == len(page.blocks)
    for before, after in zip(page.blocks, again.blocks, strict=True):
        assert (after.kind, after.text, after.level) == (before.kind, before.text, before.level)
        assert (after.spans, after.label) == (before.spans, before.label)
        assert after.table == without_boxes(before.table)
        assert [(i.text, i.marker, i.ordered, i.spans) for i in after.items] == [
            (i.text, i.marker, i.ordered, i.spans) for i in before.items
        ]
        assert far_apart(after.bbox, before.bbox) <= 1


def without_boxes(table: Table | None) -> Table | None:
    if table is None:
        return None
    cells = tuple(dataclasses.replace(cell, bbox=None) for cell in table.cells)
    return dataclasses.replace(table, cells=cells)


def far_apart(one: BBox, other: BBox) -> int:
    pairs = zip(dataclasses.astuple(one), dataclasses.astuple(other), strict=True)
    return max(abs(a - b) for a, b in pairs)


@st.composite
def damaged(draw: st.DrawFn) -> str:
    """A reply of ours with stretches lost, doubled, moved and strewn with nonsense."""
    text = draw(st.sampled_from(SEEDS))
    chance = random.Random(draw(st.integers(0, 2**32)))
    for _ in range(draw(st.integers(1, 8))):
        start = chance.randint(0, len(text))
        end = min(len(text), start + chance.choice([1, 2, 5, 30, 300]))
        piece = chance.choice(
            ["", text[start:end] * 2, draw(st.text(max_size=5)), *'<>"&$\\[]{},', "</", "```", "\0"]
        )
        text = text[:start] + piece + text[end:]
    return text


def check(page: Page) -> None:
    """A page that everything downstream can rely on."""
    assert (page.width, page.height) == (FRAME.width, FRAME.height)
    assert page.blocks or page.notes
    for block in page.blocks:
        assert block.bbox == block.bbox.clip(FRAME.width, FRAME.height)
        assert block.target is None or page.blocks[block.target] is not block
    messages = [note.message for note in page.notes]
    assert len(messages) == len(set(messages))
    document = Document("x", (page,))
    assert parse_document(emit(document).encode().decode(), source="") == document


@often
@given(damaged())
def test_no_damaged_reply_is_too_much(text: str) -> None:
    check(parse_reply(text, FRAME))


@often
@given(st.text() | st.text(alphabet='<>/"= pdivtablr&;$\\[]{}:,`\n0123'))
def test_no_string_is_too_much(text: str) -> None:
    check(parse_reply(text, FRAME))


@quick
@given(damaged() | st.text())
def test_no_string_is_too_much_for_our_own_reader(text: str) -> None:
    parse_document(text, source="x")
    parse_document('<html data-docparse="1"><section class="page">' + text, source="x")


@often
@given(st.text(st.characters(codec="utf-8")))
def test_text_in_a_paragraph_is_kept(text: str) -> None:
    """Whatever a model leaves unescaped, unless it is a tag, a reference or a formula."""
    bare = "".join(c for c in text if c not in "<&$\\" and not c.isspace())
    page = parse_reply(f'<html><body><p data-bbox="1 2 3 4">{bare}</p></body></html>', FRAME)
    assert "".join(block.text for block in page.blocks) == bare
