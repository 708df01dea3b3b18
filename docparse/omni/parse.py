"""Pages from model replies, and Documents from our own HTML.

The grammar of a reply is recognised by what it contains.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from docparse.omni import plain, tags
from docparse.omni.blocks import read_html
from docparse.omni.document import is_document, parse_document
from docparse.omni.draft import Draft
from docparse.omni.lenient_json import parse_json
from docparse.omni.records import read_values
from docparse.omni.repair import BoxReader, Repairs, Segment, cut_loop, split_fences, strip_tokens
from docparse.omni.settle import settle
from docparse.types import BBox, Frame, Kind, Note, Page

__all__ = ["is_document", "parse_document", "parse_reply"]

_BLOCK_TAG = re.compile(
    rf"<(?:!doctype|/?(?:html|body|{'|'.join(sorted(tags.BLOCKS))})(?:\s[^<>]*)?/?)>|"
    rf"<(?:img|{'|'.join(sorted(tags.BLOCKS))})\s[^<>]*=",
    re.IGNORECASE,
)
_CUT_START = re.compile(r"\s*<[a-z!][^<>]*\Z", re.IGNORECASE)
# JSON with keys at the start of a line, or lists of strings or of boxes at the start of all.
_JSON = re.compile(
    r"""^[ \t]*(?:\[\s*+)?\{\s*+(?:["'][^"'\n]{0,80}["']\s*+:|["']?\Z)""", re.MULTILINE
)
_JSON_LIST = re.compile(
    r"""\s*\[\s*(?:\Z|\[|["'{]|-?[\d.]+\s*,\s*-?[\d.]+\s*,[\s\d.,-]*(?:\]\s*)?\Z)"""
)
# What other fences than html and json hold.
_KIND_OF_FENCE: dict[str, Kind] = {
    "latex": "formula",
    "tex": "formula",
    "math": "formula",
    "abc": "music-sheet",
    "smiles": "chemical-formula",
    "smile": "chemical-formula",
}
_PLAIN_FENCES = frozenset(["", "text", "txt", "plaintext", "plain", "markdown", "md"])
_LONGEST_CHATTER = 300


def parse_reply(text: str, frame: Frame, *, number: int = 1, rotation: int = 0) -> Page:
    """Any model reply as a Page in native pixels; raises nothing, whatever the string.

    `frame` says what the numbers of the reply mean; those of Qwen-VL's and Qwen2-VL's own box
    marks are always relative to 1000. `number`, `rotation` go into the page as they are. What was
    mended is said in the page's notes, one for each cause; a reply that stops before its end has a
    Note `truncated`, one that ends in a loop `repeated-tail`.
    """
    repairs = Repairs()
    boxes = BoxReader(frame, repairs)
    text, times = cut_loop(strip_tokens(text))
    if times:
        repairs.say(
            "repeated-tail", f"the reply ends in a loop of {times} copies; one copy was kept"
        )
    drafts = _read_segments(split_fences(text), boxes)
    page_box = BBox(0, 0, frame.width, frame.height)
    is_cut = bool(times) or repairs.met("cut")
    blocks = settle(drafts, page_box, repairs, is_cut=is_cut)
    notes = repairs.notes()
    if not blocks:
        notes = (_note_on_nothing(text), *notes)
    return Page(number, frame.width, frame.height, frame.dpi, rotation, blocks, notes)


def _note_on_nothing(text: str) -> Note:
    if re.search(r"</(?:body|html)>|\[\s*\]|\{\s*\}", text):
        return Note("blank", "the model found nothing on the page")
    return Note("page-failed", "the reply of the model holds nothing that could be read")


def _read_segments(segments: list[Segment], boxes: BoxReader) -> list[Draft]:
    fenced = [segment for segment in segments if segment.type == "fenced"]
    drafts: list[Draft] = []
    for segment in segments:
        if segment.type == "fenced":
            drafts += _read_fenced(segment, boxes)
        elif fenced and _is_chatter(segment.text):
            said = " ".join(segment.text.split())
            boxes.repairs.say("repaired", f"beside its answer the model wrote: {said}")
        else:
            drafts += _read_bare(segment.text, boxes)
    return drafts


def _is_chatter(text: str) -> bool:
    """Whether a text beside a fenced answer is about it, and not a part of it."""
    return len(text) <= _LONGEST_CHATTER and not _BLOCK_TAG.search(text) and not _JSON.search(text)


def _read_fenced(segment: Segment, boxes: BoxReader) -> list[Draft]:
    language, body = segment.language, segment.text
    if kind := _KIND_OF_FENCE.get(language):
        return [Draft(kind, None, body.strip("\n"))]
    if language in ("html", "xml"):
        return read_html(body, boxes)
    if language.startswith("json"):
        return _read_json(body, boxes)
    if language in _PLAIN_FENCES:
        return _read_bare(body, boxes)
    return [Draft("code", None, body.strip("\n"), label=language)]


def _read_bare(text: str, boxes: BoxReader) -> list[Draft]:
    """A text that no fence says anything about."""
    if text.lstrip()[:1] in ("{", "[") and _is_json(text):
        return _read_json(text, boxes)
    if plain.has_refs(text):
        return plain.read_refs(text, boxes)
    if plain.has_points(text):
        return list(plain.read_points(text, boxes))
    if _BLOCK_TAG.search(text) or _CUT_START.match(text):
        return read_html(text, boxes)
    if _is_json(text):
        return _read_json(text, boxes)
    if plain.has_boxed_lines(text):
        return list(plain.read_boxed_lines(text, boxes))
    return list(plain.read_lines(text))


def _is_json(text: str) -> bool:
    return bool(_JSON.search(text) or _JSON_LIST.match(text))


def _read_json(text: str, boxes: BoxReader) -> list[Draft]:
    """The values in a text, and the lines around them."""
    return [draft for part in _json_and_lines(text, boxes) for draft in part]


def _json_and_lines(text: str, boxes: BoxReader) -> Iterator[list[Draft]]:
    position = 0
    while position < len(text):
        start = position if _JSON_LIST.match(text, position) else None
        if start is None and (match := _JSON.search(text, position)):
            start = match.start()
        if start is None:
            break
        yield list(plain.read_lines(text[position:start]))
        parsed = parse_json(text, start)
        if parsed.is_mended:
            boxes.repairs.count("json")
        if parsed.is_cut:
            boxes.repairs.count("cut")
        yield read_values(parsed.values, boxes)
        if parsed.end <= start:
            break
        position = parsed.end
    yield list(plain.read_lines(text[position:]))
