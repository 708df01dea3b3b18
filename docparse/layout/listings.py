"""Code blocks: text in a typewriter face, with its line breaks and indents."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from statistics import median

from docparse.layout.drafts import Draft
from docparse.layout.rows import Row, is_mono
from docparse.types import Kind

_MAY_BE_CODE: frozenset[Kind] = frozenset(
    {"paragraph", "list", "heading", "formula", "caption", "footnote"}
)
_SIGNS = re.compile(r"[{}();=<>\[\]#$\\|&_]|::|->|=>|//|/\*|--\w")
_FIRST_LINES = {
    "bash": re.compile(r"#!.*\b(?:ba)?sh\b"),
    "python": re.compile(r"#!.*\bpython|(?:from [\w.]+ )?import [\w.]+\b|def \w+\(.*\).*:\s*$"),
    "xml": re.compile(r"<\?xml\b"),
    "php": re.compile(r"<\?php\b"),
}
# A column of text in a typewriter face may be a whole letter: then only what looks like code is.
TYPEWRITTEN = 0.6
# Of its letters so many are signs.
SIGNS = 0.05
# A line of code is no further from the next, in font sizes.
NEAR = 2.0


def find_listings(drafts: Sequence[Draft]) -> list[Draft]:
    """The drafts, those in a typewriter face as code."""
    inked = sum(len(row.text) for draft in drafts for row in draft.rows)
    mono = [row.text for draft in drafts for row in draft.rows if is_mono([row])]
    is_letter = sum(map(len, mono)) > TYPEWRITTEN * inked and share_of_signs(mono) <= SIGNS
    found = [
        replace(draft, kind="code") if _may_be_code(draft) and _is_code(draft, is_letter) else draft
        for draft in drafts
    ]
    # Single lines in such a face are code where they stand below or above some.
    while not is_letter:
        beside = [i for i, d in enumerate(found) if _may_be_code(d) and _is_beside(d, found)]
        if not beside:
            break
        for i in beside:
            found[i] = replace(found[i], kind="code")
    return found


def share_of_signs(texts: Sequence[str]) -> float:
    """How much of some texts are signs that code has and prose has not."""
    return _count_signs(texts) / max(1, sum(map(len, texts)))


def _count_signs(texts: Sequence[str]) -> int:
    return sum(len(_SIGNS.findall(text)) for text in texts)


def _may_be_code(draft: Draft) -> bool:
    if draft.kind not in _MAY_BE_CODE or not draft.rows or draft.flow != "right":
        return False
    # Ideographs have one width in every face.
    return is_mono(draft.rows) and all(c <= "\u2e80" for row in draft.rows for c in row.text[:40])


def _is_code(draft: Draft, is_letter: bool) -> bool:
    if is_letter or len(draft.rows) == 1:
        texts = [row.text for row in draft.rows]
        return _count_signs(texts) >= 2 and share_of_signs(texts) > SIGNS
    return True


def _is_beside(draft: Draft, others: Sequence[Draft]) -> bool:
    """Whether a listing ends right above a draft, or begins right below it."""
    box = draft.bbox
    return any(
        other.kind == "code"
        and min(box.x1, other.bbox.x1) > max(box.x0, other.bbox.x0)
        and max(box.y0 - other.bbox.y1, other.bbox.y0 - box.y1) < NEAR * draft.size
        for other in others
    )


def code_text(rows: Sequence[Row]) -> str:
    """The rows as lines, indented as they are printed, with an empty line for a wide gap.

    Numbers of lines are left out.
    """
    rows = _without_numbers(rows)
    words = [word for row in rows for word in row.words]
    advance = max(median(word.bbox.width / len(word.text) for word in words), 1.0)
    left = min(row.box.x0 for row in rows if row.words)
    steps = [b.box.y0 - a.box.y0 for a, b in pairwise(rows)]
    leading = min((step for step in steps if step > 0.6 * rows[0].size), default=0)
    lines: list[str] = []
    for position, row in enumerate(rows):
        if position and steps[position - 1] > 1.7 * leading > 0:
            lines.append("")
        lines.append(_line(row, left, advance))
    return "\n".join(lines)


def _without_numbers(rows: Sequence[Row]) -> Sequence[Row]:
    """The rows without the numbers of lines that they begin with, if most do and they count on."""
    numbers = [int(r.words[0].text[:9]) for r in rows if r.words[0].text.isdecimal()]
    if len(numbers) < max(2, 0.6 * len(rows)) or len(numbers) == sum(len(r.words) for r in rows):
        return rows
    if any(b - a != 1 for a, b in pairwise(numbers)):
        return rows
    bare = []
    for row in rows:
        words = row.words[1:] if row.words[0].text.isdecimal() else row.words
        start = words[0].bbox.x0 - row.words[0].bbox.x0 if words else 0
        box = replace(row.box, x0=min(row.box.x0 + start, row.box.x1))
        bare.append(replace(row, words=words, box=box))
    return bare


def _line(row: Row, left: int, advance: float) -> str:
    """A row with its indent and gaps as spaces; an empty one is an empty line."""
    if not row.words:
        return ""
    line = " " * min(200, round((row.box.x0 - left) / advance))
    end = row.words[0].bbox.x0
    for word in row.words:
        line += " " * min(200, max(0, round((word.bbox.x0 - end) / advance)))
        line += word.text
        end = word.bbox.x1
    return line


def language_of(text: str) -> str:
    """The language of a listing where its first lines leave no doubt, else empty."""
    if text.lstrip()[:1] in ("{", "["):
        try:
            json.loads(text)
        except (ValueError, RecursionError):
            return ""
        return "json"
    head = text.lstrip().splitlines()[:1]
    for language, pattern in _FIRST_LINES.items():
        if head and pattern.match(head[0]):
            return language
    return ""
