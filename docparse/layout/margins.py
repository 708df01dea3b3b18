"""Page headers, page footers and page numbers of one page, told from what only looks like them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from docparse.layout.drafts import Draft, body_size
from docparse.layout.flows import Flow
from docparse.layout.markers import is_date, parse_marker
from docparse.layout.paragraphs import is_rule
from docparse.types import Kind

# Shares of the page's height within which headers and footers stand.
HEAD, FOOT = 0.22, 0.78
# A page number alone may stand at most this far from the edge.
NUMBER_ZONE = 0.11
# Share of the page's height that a body leaves free at the top.
EDGE = 0.03
# A header or footer of which the model is less sure is one only if other pages have it too; so is
# a header that leaves a margin free above it and does not say the number of the page.
LEAST_SURE, LEAST_SURE_INSIDE = 0.5, 0.7
# More numbers than these at one edge are those of an axis or a list.
MOST_NUMBERS = 3
_PAGE_NUMBER = re.compile(
    r"[-–—~〜\[(|]*\s*(?:(?:page|p\.|seite|página|стр\.|頁|第)\s*)?"
    r"(?:\d{1,4}|[ivxlc]{1,6})(?:\s*(?:/|of|von|de|／)\s*\d{1,4})?\s*(?:頁|ページ|页)?"
    r"\s*[-–—~〜\])|]*",
    re.IGNORECASE,
)
_NUMBERED = re.compile(r"^\d{1,4}\s|\s\d{1,4}$")
_SENTENCE_END = ("。", "．")
# What letters and forms say once: whom to, when, under which number, who signs, which form it is.
_SAID_ONCE = re.compile(
    r".*(?:殿|様|御中)|.{0,12}(?:署名|記名|押印|捺印|氏名).*|.*様式\s*第?\s*[\d０-９]+.*"
    r"|\w{0,6}番号\s*[:：].+|\w{0,4}(?:令和|平成|昭和|\d{4}\s*年).{1,6}年?.{1,4}月.{1,4}日"
)
# What a list of contents is headed by.
_CONTENTS = re.compile(r"目\s*次|もくじ|(?:table of )?contents", re.IGNORECASE)
_BODY: frozenset[Kind] = frozenset({"paragraph", "heading", "title", "list", "table"})


def is_page_number(text: str) -> bool:
    """Whether a text is a page number and nothing else: 12, iv, - 3 -, Page 2 of 9, 12/144."""
    return len(text) <= 24 and _PAGE_NUMBER.fullmatch(text.strip()) is not None


def settle_margins(drafts: Sequence[Draft], *, height: int) -> list[Draft]:
    """The drafts of a page, with headers and footers that are none as text, and missed ones found.

    A header stands in the top part of the page with no body above it. A line below the header that
    is numbered, or is a sentence, is the first line of the body; so is one that is set much larger
    than the body. The same holds for footers, upside down.
    """
    body = body_size(drafts) if _has_body(drafts) else float("inf")
    headers = [d for d in drafts if d.kind == "page-header"]
    footers = [d for d in drafts if d.kind == "page-footer"]
    main = _main_flow(drafts)
    inner = [d for d in drafts if d.kind in _BODY and d.flow == main]
    settled = []
    for draft in drafts:
        if draft.kind == "page-header":
            if not _is_header(draft, headers, inner, body, height):
                draft = replace(draft, kind=_body_kind(draft, body))
        elif draft.kind == "page-footer":
            if not _is_footer(draft, footers, inner, body, height):
                draft = replace(draft, kind=_body_kind(draft, body))
        elif draft.kind == "footnote" and _is_in_body(draft, inner, height):
            draft = replace(draft, kind="paragraph")
        elif draft.kind in ("paragraph", "heading", "list") and (
            _is_margin_like(draft) or _is_in_top_margin(draft, body, height)
        ):
            draft = _alone_at_edge(draft, inner, height)
        settled.append(draft)
    return _with_body(_without_axes(settled, drafts))


def keep_said_once(drafts: Sequence[Draft]) -> list[Draft]:
    """The drafts in reading order, with headers and footers as text that say what is said once,
    and what stands level with them; a header over a list of contents is its heading."""
    margin = [d for d in drafts if d.kind in ("page-header", "page-footer")]
    once = [d for d in margin if any(_SAID_ONCE.fullmatch(row.text) for row in d.rows)]
    kept = [d for d in margin if not is_page_number(d.text) and any(_is_level(d, o) for o in once)]
    text = [replace(d, kind="paragraph") if d in kept else d for d in drafts]
    return [replace(d, kind="heading") if _heads_contents(d) else d for d in text]


def _heads_contents(draft: Draft) -> bool:
    return draft.kind == "page-header" and bool(_CONTENTS.fullmatch(draft.text.strip()))


def _is_level(draft: Draft, other: Draft) -> bool:
    middle = draft.bbox.center[1]
    return other.bbox.y0 <= middle <= other.bbox.y1


def _without_axes(settled: list[Draft], drafts: Sequence[Draft]) -> list[Draft]:
    """The settled drafts; of numbers at an edge that are too many each is what it was before."""
    for kind in ("page-header", "page-footer"):
        found = {i for i, d in enumerate(settled) if d.kind == kind and d is not drafts[i]}
        if len(found) > MOST_NUMBERS:
            settled = [drafts[i] if i in found else d for i, d in enumerate(settled)]
    return settled


def _with_body(drafts: list[Draft]) -> list[Draft]:
    """The drafts; where all but figures is headers and footers, what is no page number is text."""
    margin = ("page-header", "page-footer")
    if any(d.kind not in (*margin, "figure") for d in drafts):
        return drafts
    return [
        replace(d, kind="paragraph") if d.kind in margin and not is_page_number(d.text) else d
        for d in drafts
    ]


def _has_body(drafts: Sequence[Draft]) -> bool:
    return any(d.kind in ("paragraph", "list") and len(d.text) > 60 for d in drafts)


def _is_header(
    draft: Draft, headers: Sequence[Draft], body: Sequence[Draft], size: float, height: int
) -> bool:
    if draft.flow not in ("right", "left"):
        return True
    if draft.bbox.y0 > HEAD * height or draft.size > 1.35 * size:
        return is_page_number(draft.text) and draft.bbox.y0 < HEAD * height
    above = [d for d in body if d.bbox.y1 <= draft.bbox.y0 + 0.3 * draft.size]
    if any(d.bbox.y0 >= 0.02 * height and not _is_margin_like(d) for d in above):
        return False
    is_usual = draft.bbox.y0 < EDGE * height or _NUMBERED.search(draft.text) is not None
    least = LEAST_SURE if is_usual else LEAST_SURE_INSIDE
    if draft.confidence < least and not is_page_number(draft.text):
        return False
    below_another = any(
        h.bbox.y1 <= draft.bbox.y0 + 0.3 * h.size for h in headers if h is not draft
    )
    is_salutation = draft.text.endswith((":", ","))
    return not is_salutation and not (below_another and _looks_like_body(draft))


def _is_footer(
    draft: Draft, footers: Sequence[Draft], body: Sequence[Draft], size: float, height: int
) -> bool:
    if draft.flow not in ("right", "left"):
        return True
    if draft.bbox.y1 < FOOT * height or draft.size > 1.6 * size:
        return is_page_number(draft.text) and draft.bbox.y1 > FOOT * height
    below = [d for d in body if d.bbox.y0 >= draft.bbox.y1 - 0.3 * draft.size]
    if any(not _is_margin_like(d) for d in below):
        return False
    if draft.confidence < LEAST_SURE and not is_page_number(draft.text):
        return False
    above_another = any(
        f.bbox.y0 >= draft.bbox.y1 - 0.3 * f.size for f in footers if f is not draft
    )
    return not (above_another and _looks_like_body(draft))


def _is_in_body(draft: Draft, body: Sequence[Draft], height: int) -> bool:
    """Whether a footnote stands in the upper part of a page with running text below it."""
    return draft.bbox.y1 < 0.5 * height and any(
        d.kind in ("paragraph", "heading")
        and d.size >= draft.size
        and d.bbox.y0 > draft.bbox.y1
        and min(d.bbox.x1, draft.bbox.x1) > max(d.bbox.x0, draft.bbox.x0)
        for d in body
    )


def _looks_like_body(draft: Draft) -> bool:
    text = draft.text
    if is_page_number(text):
        return False
    marker = parse_marker(text)
    numbered = marker is not None and marker.ordered and marker.style not in ("1 ", "number.")
    return numbered or text.endswith(_SENTENCE_END) or text[0] + text[-1] in ("【】", "（）", "()")


def _body_kind(draft: Draft, size: float) -> Kind:
    """What a header or footer is that is none."""
    marker = parse_marker(draft.text)
    short = len(draft.rows) <= 2 and not draft.text.endswith(_SENTENCE_END)
    if (
        short
        and not is_date(draft.text)
        and (draft.size > 1.15 * size or (marker and marker.ordered))
    ):
        return "heading"
    return "paragraph"


def _is_margin_like(draft: Draft) -> bool:
    return is_page_number(draft.text) or is_rule(draft.text)


def _is_in_top_margin(draft: Draft, size: float, height: int) -> bool:
    """Whether a few short lines are set small at the very top, where no body begins."""
    return (
        draft.bbox.y0 < EDGE * height
        and draft.size < 0.95 * size < float("inf")
        and len(draft.rows) <= 3
        and all(len(row.text) <= 40 and not row.text.endswith(_SENTENCE_END) for row in draft.rows)
    )


def _alone_at_edge(draft: Draft, body: Sequence[Draft], height: int) -> Draft:
    """A number or a rule at the top or bottom of the page with no body level with it or beyond."""
    middle = draft.bbox.center[1]
    if draft.flow not in ("right", "left"):
        return draft
    others = [d for d in body if d is not draft and not _is_margin_like(d)]
    if middle < NUMBER_ZONE * height and all(d.bbox.y0 >= draft.bbox.y1 for d in others):
        return replace(draft, kind="page-header")
    if middle > (1 - NUMBER_ZONE) * height and all(d.bbox.y1 <= draft.bbox.y0 for d in others):
        return replace(draft, kind="page-footer")
    return draft


def _main_flow(drafts: Sequence[Draft]) -> Flow:
    lengths: Counter[Flow] = Counter()
    for draft in drafts:
        lengths[draft.flow] += len(draft.text)
    return lengths.most_common(1)[0][0] if lengths else "right"
