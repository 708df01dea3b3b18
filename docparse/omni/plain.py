"""The blocks of a reply without HTML and JSON: plain lines, lines with boxes, boxes in the text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from docparse.omni.draft import Draft
from docparse.omni.inline import read_text
from docparse.omni.repair import BoxReader, read_numbers
from docparse.types import Kind

_NUMBER = r"-?\d{1,5}(?:\.\d{1,6})?"
_BOXED_LINE = re.compile(
    rf"[ \t]*[\[(]?({_NUMBER},[ ]?{_NUMBER},[ ]?{_NUMBER},[ ]?{_NUMBER})[\])]?[ \t:,]+(\S.*)"
)
_POINTS = re.compile(r"<points?\s([^<>]*)>([^<>]*)(?:</points?\s*>|$)", re.IGNORECASE)
_POINT_ATTRIBUTE = re.compile(r"""\b([xy])\d*\s*=\s*["']?([^"'\s>]*)""", re.IGNORECASE)
_ALT = re.compile(r"""\balt\s*=\s*(?:"([^"]*)|'([^']*))""", re.IGNORECASE)

# Qwen-VL writes <ref>, <box>, <quad>; Qwen2-VL the same as tokens of other names.
_OPEN_REF = r"(?:<ref>|<\|object_ref_start\|>)"
_CLOSE_REF = r"(?:</ref>|<\|object_ref_end\|>)"
_AREA = re.compile(
    r"(?:<(box|quad)>|<\|(box|quad)_start\|>)([^<>]*)(?:</(?:box|quad)>|<\|(?:box|quad)_end\|>|$)"
)
_REF = re.compile(rf"{_OPEN_REF}([^<>]*)(?:{_CLOSE_REF}|$)")
_REF_MARK = re.compile(rf"{_OPEN_REF}|{_CLOSE_REF}")
_THOUSAND = 1000
_DISPLAY = {"$$": "$$", "\\[": "\\]"}


def has_refs(text: str) -> bool:
    """Whether a text names things with boxes, as Qwen-VL and Qwen2-VL do."""
    return _AREA.search(text) is not None


def read_refs(text: str, boxes: BoxReader) -> list[Draft]:
    """The sentence, if there is more than names, and a figure for each box; of a quad, its text.

    These boxes are relative to 1000, whatever picture the model saw (spec qwen_vl, sections 5.4
    and 6).
    """
    relative = replace(
        boxes, frame=replace(boxes.frame, model_width=_THOUSAND, model_height=_THOUSAND)
    )
    found: list[Draft] = []
    sentence: list[str] = []
    position = 0
    label = ""
    has_more = False
    for area in _AREA.finditer(text):
        between = text[position : area.start()]
        label = _label_of(between) or label
        has_more = has_more or bool(_REF_MARK.sub("", _REF.sub("", between)).strip())
        sentence.append(_REF_MARK.sub("", between))
        kind: Kind = "paragraph" if "quad" in (area[1], area[2]) else "figure"
        found.append(Draft(kind, relative.around(read_numbers(area[3])), label))
        position = area.end()
    rest = _REF_MARK.sub("", text[position:])
    sentence.append(rest)
    if has_more or rest.strip():
        found.insert(0, Draft("paragraph", None, " ".join("".join(sentence).split())))
    return found


def _label_of(text: str) -> str:
    names = _REF.findall(text)
    return " ".join(names[-1].split()) if names else ""


def has_points(text: str) -> bool:
    """Whether a text has Qwen2.5-VL's `<points x1=".." y1="..">name</points>`."""
    return _POINTS.search(text) is not None


def read_points(text: str, boxes: BoxReader) -> Iterator[Draft]:
    """A figure for each point, a paragraph for what stands between them."""
    position = 0
    for match in _POINTS.finditer(text):
        yield from read_lines(text[position : match.start()])
        position = match.end()
        alt = _ALT.search(match[1])
        name = match[2].strip() or (alt and (alt[1] or alt[2] or "").strip()) or ""
        numbers = read_numbers(" ".join(value for _, value in _POINT_ATTRIBUTE.findall(match[1])))
        for index in range(0, max(len(numbers) - 1, 1), 2):
            yield Draft("figure", boxes.around(numbers[index : index + 2]), name)
    yield from read_lines(text[position:])


def has_boxed_lines(text: str) -> bool:
    """Whether every line is `x1,y1,x2,y2 name`."""
    lines = [line for line in text.split("\n") if line.strip()]
    return bool(lines) and all(_BOXED_LINE.match(line) for line in lines)


def read_boxed_lines(text: str, boxes: BoxReader) -> Iterator[Draft]:
    """A figure for each line."""
    for line in text.split("\n"):
        if match := _BOXED_LINE.match(line):
            yield Draft("figure", boxes.around(read_numbers(match[1])), match[2].strip())


def read_lines(text: str) -> Iterator[Draft]:
    """A paragraph for each line; a formula for each that stands alone, over however many lines."""
    lines = [line for line in text.split("\n") if line.strip()]
    index = 0
    may_close = dict.fromkeys(_DISPLAY, True)
    while index < len(lines):
        end = index + 1
        opening = lines[index].strip()[:2]
        if may_close.get(opening) and _DISPLAY[opening] not in lines[index].strip()[2:]:
            found = _end_of_formula(lines, index + 1, _DISPLAY[opening])
            may_close[opening] = found is not None
            end = found or end
        inline = read_text("\n".join(lines[index:end]))
        kind: Kind = "formula" if inline.is_display else "paragraph"
        yield Draft(kind, None, inline.text, spans=inline.spans)
        index = end


def _end_of_formula(lines: list[str], start: int, closing: str) -> int | None:
    """The index after the line in which a formula over several lines ends."""
    for index in range(start, len(lines)):
        if closing in lines[index]:
            return index + 1 if lines[index].strip().endswith(closing) else None
    return None
