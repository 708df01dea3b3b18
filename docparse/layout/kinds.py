"""Kinds put right by what stands around a draft: headings, list items, footnotes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise, zip_longest

from docparse.layout.contents import LEADER
from docparse.layout.drafts import Draft, body_size
from docparse.layout.formulas import latex_of
from docparse.layout.fragments import is_bold
from docparse.layout.markers import Marker, as_counted, is_date, parse_marker
from docparse.layout.paragraphs import begins_raised
from docparse.types import Kind, union_of

_SENTENCE_END = re.compile(r"[.。．!?！？;；,、]['\"”’)）」]*\Z")
_BRACKETED = re.compile(
    r"(?:第[一-十0-9０-９]{1,3}[部章編節]\s*|[(（]?[0-9０-９①-⑳]{1,3}[)）.．、]?\s*)?【[^】]*】(?:[(（].{0,20}[)）])?\Z"
)
_IN_BRACKETS = re.compile(
    r"[（(〔［＜≪](?!注|単位|自|至|参考)[^）)〕］＞≫]*[\u3040-\u9fff]{2}[^）)〕］＞≫]*[）)〕］＞≫]\Z"
)
_NOTE_MARK = re.compile(r"[*†‡§¶#⋆∗✶]{1,3}|[0-9０-９]{1,3}[)）]?|[a-z]\)?")
# What a formula has and a line of words has not; numbers of formulas, (3), do not count.
_MATH = re.compile(r"[=<>+*/^|×÷±≤≥≠≈∼→←⇒∑∏∫√∂∞∈⊂∪∩⊢∀∃\u0370-\u03ff\ufffd]|\d\s*[-−]\s*\d")
_ADDRESS = re.compile(r"(?:doi\s?:|https?://|www\.|\S+@\S+\.\w+\Z)", re.IGNORECASE)
# How whole sentences of Japanese reports end, however short.
_POLITE = ("です。", "ます。")
# Characters from which a heading is too long to be one.
LONGEST_HEADING = 250
# Type of this many times the size of text is larger, however it was measured.
LARGER = 1.15
# Lines of type as large as this are headings whatever their face.
MUCH_LARGER = 2.0
# A line that ends so many font sizes before others do is a line of its own.
EARLY = 4.0
# Text of fewer letters than this under a numbered line may still be the rest of an item.
LONGEST_LINE = 120
# Styles of marker that begin headings as often as list items.
_HEADING_STYLES = frozenset(
    ("part", "section", "article", "number.", "chapter", "appendix", "1.1.1", "1.1", "A.1")
) | frozenset(("circled", "(1)", "(一)", "1)", "1.", "I.", "A.", "1 ", "(A)", "(ア)", "ア.", "一."))


def settle_kinds(drafts: Sequence[Draft], *, height: int) -> list[Draft]:
    """The drafts of a page, in reading order, with kinds that fit their neighbours."""
    size = body_size(drafts)
    settled = [_by_itself(part, size) for draft in drafts for part in _headed(draft)]
    settled = _counted_headings(_numbered_headings(settled, size))
    settled = _bold_headings(_bulleted_headings(settled))
    settled = _list_items(settled)
    return _footnotes(settled, size, height)


def _headed(draft: Draft) -> Iterator[Draft]:
    """A draft, its first line apart where that is a 【...】 that heads the lines below it."""
    may_be = draft.kind in ("paragraph", "list", "heading") and draft.rows[1:]
    if may_be and _BRACKETED.match(draft.rows[0].text):
        yield from _head_and_rest(draft)
    else:
        yield draft


def _head_and_rest(draft: Draft) -> Iterator[Draft]:
    """The first line as a heading, and what is below it."""
    head, rest = draft.rows[0], draft.rows[1:]
    yield replace(draft, kind="heading", rows=(head,), bbox=head.bbox)
    if rest:
        kind: Kind = "heading" if draft.kind == "heading" else "paragraph"
        yield replace(draft, kind=kind, rows=rest, bbox=union_of(row.bbox for row in rest))


def _by_itself(draft: Draft, size: float) -> Draft:
    """Headings that are running text, and paragraphs that are set like headings."""
    text = draft.text
    if draft.confidence < 0.8 and draft.kind in ("heading", "paragraph") and latex_of(draft.rows):
        return replace(draft, kind="formula")
    if draft.kind == "formula" and not _MATH.search(text) and draft.confidence < 0.9:
        return replace(draft, kind="paragraph")
    if draft.kind in ("heading", "title"):
        is_none = _is_prose(draft, text, size) or _is_no_heading(draft, text)
        return replace(draft, kind="paragraph") if is_none else draft
    if (
        draft.kind == "paragraph"
        and len(draft.rows) <= 2
        and _is_set_like_heading(draft, text, size)
    ):
        return replace(draft, kind="heading")
    return draft


def _is_no_heading(draft: Draft, text: str) -> bool:
    """Lone signs, units of a table, dates, addresses of the web, and names with raised marks."""
    if text.lstrip("(（").startswith("単位") or is_date(text.removesuffix("現在")):
        return True
    if sum(map(str.isalnum, text)) < 2 or _ADDRESS.match(text):
        return True
    raised = [
        word
        for row in draft.rows
        for word in row.words
        if word.style is not None and word.style.script == "super"
    ]
    return len(raised) >= 2 and "," in text


def _is_prose(draft: Draft, text: str, size: float) -> bool:
    if len(text) > LONGEST_HEADING or len(draft.rows) > 5:
        return True
    if draft.size > 1.1 * size or is_bold(draft):
        return False
    dense = sum(char > "\u2e80" for char in text) > 0.5 * len(text)
    is_long = len(draft.rows) > 1 or (dense and len(text) > 30)
    return text.endswith(_POLITE) or (is_long and bool(_SENTENCE_END.search(text)))


def _is_set_like_heading(draft: Draft, text: str, size: float) -> bool:
    """【...】 and （...） as in Japanese reports, large bold lines, very large ones."""
    if _BRACKETED.match(text) or (_IN_BRACKETS.match(text) and len(draft.rows) == 1):
        return True
    if _SENTENCE_END.search(text) or text.endswith((":", "：")) or not any(map(str.isalpha, text)):
        return False
    stands_out = is_bold(draft) or draft.flow == "down"
    return draft.size > (1.25 if stands_out else MUCH_LARGER) * size and len(text) < 100


def _numbered_headings(drafts: Sequence[Draft], size: float) -> list[Draft]:
    """Numbered lines that head what follows, taken for list items or paragraphs by the model.

    Such a line is short, ends without a full stop, and what follows it is no item of its kind:
    running text, a table, or items of another style that fill more than a line, or any at all
    where the line is in larger type than text of `size`.
    """
    found = list(drafts)
    for i, draft in enumerate(drafts):
        if draft.kind not in ("list", "paragraph") or len(draft.rows) > 1:
            continue
        if LEADER.search(draft.text) or is_date(draft.text):
            continue
        marker = parse_marker(draft.text)
        if marker is None or marker.style not in _HEADING_STYLES:
            continue
        if draft.kind == "paragraph" and draft.confidence > 0.9 and not is_bold(draft):
            continue
        if not _reads_like_heading(draft.text, marker):
            continue
        following = drafts[i + 1 :]
        is_over = draft.size > LARGER * size and _is_over_others(marker, following)
        counts_on = _counts_on_from_item(marker, found[max(0, i - 12) : i])
        if is_over or (not counts_on and _heads(draft, marker, following)):
            found[i] = replace(draft, kind="heading")
    return found


def _counted_headings(drafts: Sequence[Draft]) -> list[Draft]:
    """Numbered lines that count on from a numbered heading above, set like it, as headings too."""
    found: list[Draft] = []
    heads: dict[str, Draft] = {}
    for draft, below in zip_longest(drafts, drafts[1:]):
        marker = parse_marker(draft.text) if draft.rows else None
        head = heads.get(marker.style) if marker else None
        parts = [draft]
        if marker and head and head is not found[-1] and draft.kind in ("paragraph", "list"):
            under = draft.rows[1].text if draft.rows[1:] else below.text if below else ""
            after = parse_marker(under)
            is_item = after is not None and after.style == marker.style
            goes_on = draft.rows[1:] and (under[0].islower() or not _ends_early(draft, drafts))
            if not (is_item or goes_on) and _counts_on_from_heading(head, draft, marker):
                parts = list(_head_and_rest(draft))
        if marker and parts[0].kind == "heading":
            heads[marker.style] = parts[0]
        found += parts
    return found


def _ends_early(draft: Draft, drafts: Sequence[Draft]) -> bool:
    """Whether the first line of a draft ends long before other lines of its column."""
    line = draft.rows[0].box
    rows = (row.box for other in drafts for row in other.rows)
    right = max(box.x1 for box in rows if box.x0 < line.x1 and line.x0 < box.x1)
    return line.x1 < right - EARLY * draft.size


def _counts_on_from_heading(head: Draft, draft: Draft, marker: Marker) -> bool:
    """Whether the first line of a draft has the next number, and the looks of the heading."""
    last, line = parse_marker(head.text), draft.rows[0]
    if last is None or last.number + 1 != marker.number or not _is_set_as(head, draft):
        return False
    first = replace(draft, rows=draft.rows[:1])
    return is_bold(head) == is_bold(first) and _reads_like_heading(line.text, marker)


def _bulleted_headings(drafts: Sequence[Draft]) -> list[Draft]:
    """Lines with a bullet right above a heading that stand where a bulleted heading does."""
    found = list(drafts)
    heads = [d for d in drafts if d.kind == "heading" and _bullet(d)]
    for i, (draft, below) in enumerate(pairwise(drafts)):
        is_line = draft.kind == "paragraph" and len(draft.rows) == 1
        if is_line and below.kind == "heading" and any(_alike(head, draft) for head in heads):
            found[i] = replace(draft, kind="heading")
    return found


def _bold_headings(drafts: Sequence[Draft]) -> list[Draft]:
    """Bold lines above text that are set like a heading in bold on the same page."""
    found = list(drafts)
    heads = [d for d in drafts if d.kind == "heading" and _is_bold_line(d)]
    for i, (draft, below) in enumerate(pairwise(drafts)):
        if draft.kind != "paragraph" or not _is_bold_line(draft):
            continue
        is_over_text = below.kind in ("paragraph", "list") and not is_bold(below)
        if is_over_text and any(_is_set_as(head, draft) for head in heads):
            found[i] = replace(draft, kind="heading")
    return found


def _is_bold_line(draft: Draft) -> bool:
    """A short bold line that is no sentence and has no number."""
    text = draft.text
    if len(draft.rows) != 1 or len(text) > 90 or not is_bold(draft) or _SENTENCE_END.search(text):
        return False
    return parse_marker(text) is None and not _is_no_heading(draft, text)


def _is_set_as(head: Draft, draft: Draft) -> bool:
    near = abs(head.rows[0].box.x0 - draft.rows[0].box.x0) <= head.size / 2
    return near and head.flow == draft.flow and abs(head.size - draft.size) < 0.05 * head.size


def _bullet(draft: Draft) -> str:
    """The bullet that a draft begins with; nothing where it begins otherwise."""
    marker = parse_marker(draft.text)
    return marker.text if marker and marker.style == "bullet" else ""


def _alike(a: Draft, b: Draft) -> bool:
    near = abs(a.rows[0].box.x0 - b.rows[0].box.x0) <= a.size
    return near and is_bold(a) == is_bold(b) and _bullet(a) == _bullet(b)


def _counts_on_from_item(marker: Marker, before: Sequence[Draft]) -> bool:
    """Whether the marker is the next of a list: the last one of its style is on an item."""
    for other in reversed(before):
        theirs = parse_marker(other.text) if other.rows else None
        if theirs is not None and theirs.style == marker.style:
            return other.kind == "list" and theirs.number + 1 == marker.number
    return False


def _reads_like_heading(text: str, marker: Marker) -> bool:
    rest = text[marker.end :]
    if not rest or _SENTENCE_END.search(rest) or "  " in rest.strip():
        return False
    dense = any(char > "\u2e80" for char in rest)
    return 2 <= len(rest) <= (40 if dense else 90)


def _is_over_others(marker: Marker, following: Sequence[Draft]) -> bool:
    """Whether what follows is there and begins otherwise than a numbered line."""
    after = parse_marker(following[0].text) if following and following[0].rows else None
    return bool(following) and (after is None or after.style != marker.style)


def _heads(draft: Draft, marker: Marker, following: Sequence[Draft]) -> bool:
    """Whether what follows belongs under a numbered line."""
    length = 0
    for other in following[:12]:
        if other.kind in ("page-header", "page-footer", "footnote"):
            continue
        if other.kind in ("heading", "title"):
            return length > 0 or parse_marker(other.text) is not None
        if other.kind in ("table", "figure", "formula", "code"):
            return True
        sibling = parse_marker(other.text) if other.rows else None
        if sibling is not None and sibling.style == marker.style:
            return length > LONGEST_LINE
        # An ideograph says as much as three letters.
        length += sum(3 if char > "\u2e80" else 1 for char in other.text)
        if length > LONGEST_LINE:
            return True
    return False


def _list_items(drafts: Sequence[Draft]) -> list[Draft]:
    """Paragraphs with bullets between items or in a row as list items; items that are none as text.

    A list item without a marker is one only below one with a marker, hanging under its text.
    """
    found: list[Draft] = []
    for i, draft in enumerate(drafts):
        marker = parse_marker(draft.text) if draft.kind in ("paragraph", "list") else None
        if draft.kind == "paragraph" and marker is not None:
            beside = [*found[-1:], *drafts[i + 1 : i + 2]]
            is_run = _is_run(draft, marker)
            if is_run or any(_is_sibling(other, marker, draft) for other in beside):
                draft = replace(draft, kind="list")
        elif draft.kind == "list" and marker is None:
            last = found[-1] if found else None
            hangs = last is not None and last.kind == "list" and _hangs(last, draft)
            if not hangs and not LEADER.search(draft.text):
                draft = replace(draft, kind="paragraph")
        found.append(draft)
    return found


def _is_run(draft: Draft, marker: Marker) -> bool:
    """Whether rows one below the other have one bullet each, or markers that count on."""
    rows = [row for row in draft.rows if abs(row.box.x0 - draft.rows[0].box.x0) <= draft.size / 2]
    markers = [parse_marker(row.text) for row in rows]
    same = [mark for mark in markers if mark is not None and mark.style == marker.style]
    if len(same) < 2:
        return False
    if marker.style == "bullet":
        return len(same) == len(rows) and all(mark.text == marker.text for mark in same)
    return marker.number > 0 and all(b.number - a.number == 1 for a, b in pairwise(same))


def _is_sibling(other: Draft, marker: Marker, draft: Draft) -> bool:
    if other.kind not in ("list", "paragraph") or not other.rows or not draft.rows:
        return False
    theirs = parse_marker(other.text)
    if theirs is None:
        return False
    marker, place = as_counted(marker, draft.rows[0].box.x0, draft.size)
    theirs, their_place = as_counted(theirs, other.rows[0].box.x0, other.size)
    if theirs.style != marker.style:
        return False
    counts_on = abs(theirs.number - marker.number) == 1
    is_list = other.kind == "list" or marker.style == "bullet" or counts_on
    return is_list and abs(their_place - place) <= draft.size


def _hangs(item: Draft, draft: Draft) -> bool:
    """Whether a draft without a marker stands under the text of an item."""
    return draft.rows[0].box.x0 > item.rows[0].box.x0 + 0.5 * draft.size


def _footnotes(drafts: Sequence[Draft], size: float, height: int) -> list[Draft]:
    """Small text at the foot that begins with a raised mark, and what goes on with it."""
    found: list[Draft] = []
    for draft in drafts:
        if draft.kind in ("paragraph", "list") and draft.bbox.y0 > 0.6 * height:
            small = draft.size < 0.93 * size
            marked = _has_note_mark(draft) and _is_last(draft, drafts)
            if (marked and (small or begins_raised(draft.rows[0]))) or (
                small and found and _is_below_note(found[-1], draft)
            ):
                draft = replace(draft, kind="footnote")
        found.append(draft)
    return found


def _is_below_note(note: Draft, draft: Draft) -> bool:
    gap = draft.bbox.y0 - note.bbox.y1
    return (
        note.kind == "footnote"
        and abs(note.size - draft.size) < 0.05 * note.size
        and -0.5 * note.size < gap < 0.8 * note.size
        and draft.bbox.x0 < note.bbox.x1
    )


def _has_note_mark(draft: Draft) -> bool:
    word = draft.rows[0].words[0]
    return (
        bool(_NOTE_MARK.fullmatch(word.text))
        if begins_raised(draft.rows[0])
        else word.text[:1] in "*†‡§¶⋆∗✶"
    )


def _is_last(draft: Draft, drafts: Sequence[Draft]) -> bool:
    """Whether only small text and footers stand below a draft in its column."""
    return not any(
        d.kind in ("paragraph", "list", "heading", "table", "figure")
        and d.size > 1.06 * draft.size
        and d.bbox.y0 > draft.bbox.y1
        and min(d.bbox.x1, draft.bbox.x1) > max(d.bbox.x0, draft.bbox.x0)
        for d in drafts
    )
