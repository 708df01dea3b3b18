"""A reply without its loops and fences, boxes from what a model writes, and Notes on all of it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from docparse.omni import tags
from docparse.types import BBox, Frame, Note, NoteCode

# Each cause, most serious first: the code of its Note, and what it says of one or of several.
_CAUSES: dict[str, tuple[NoteCode, str, str]] = {
    "cut": ("truncated", "the reply stops before its end", ""),
    "huge-table": (
        "bad-table",
        "1 table was too ragged for a grid and was kept as text",
        "{} tables were too ragged for a grid and were kept as text",
    ),
    "table": (
        "bad-table",
        "1 table had holes or overlaps, which were filled or cut",
        "{} tables had holes or overlaps, which were filled or cut",
    ),
    "unreadable": ("bad-box", "1 box could not be read", "{} boxes could not be read"),
    "turned": (
        "bad-box",
        "1 box was inside out and was turned",
        "{} boxes were inside out and were turned",
    ),
    "outside": (
        "bad-box",
        "1 box reached over the page and was cut",
        "{} boxes reached over the page and were cut",
    ),
    "no-box": (
        "bad-box",
        "1 block came without a box and has the page's",
        "{} blocks came without a box and have the page's",
    ),
    "joined": (
        "repaired",
        "1 empty element gave its box to the text next to it",
        "{} empty elements gave their boxes to the texts next to them",
    ),
    "loose": (
        "repaired",
        "1 text stood beside the one of its picture and became a paragraph",
        "{} texts stood beside those of their pictures and became paragraphs",
    ),
    "twice": (
        "repaired",
        "1 element came again with the same box and text and was left out",
        "{} elements came again with the same box and text and were left out",
    ),
    "deep": (
        "repaired",
        "1 element stood too deep in others and was merged",
        "{} elements stood too deep in others and were merged",
    ),
    "no-picture": (
        "repaired",
        "1 picture without box and description was left out",
        "{} pictures without box and description were left out",
    ),
    "json": ("repaired", "the JSON of the reply had to be mended", ""),
}


class Repairs:
    """Counts what was mended in one reply; each cause is one Note."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self._notes: list[Note] = []

    def count(self, cause: str, times: int = 1) -> None:
        """Remembers that `cause`, a key of the table above, was met."""
        self._counts[cause] += times

    def met(self, cause: str) -> bool:
        """Whether `cause` was counted."""
        return self._counts[cause] > 0

    def say(self, code: NoteCode, message: str) -> None:
        """Remembers a Note of its own wording."""
        self._notes.append(Note(code, message))

    def notes(self) -> tuple[Note, ...]:
        """All Notes, most serious first, in an order that depends on the reply alone."""
        notes = list(self._notes)
        for cause, (code, one, several) in _CAUSES.items():
            if times := self._counts[cause]:
                notes.append(Note(code, several.format(times) if times > 1 and several else one))
        return tuple(notes)


# Boxes

_NUMBER = re.compile(r"(?<![\w.])[-+]?\d{1,9}(?:\.\d{1,20})?(?=px\b|\b)(?!\.\d)")


def read_numbers(text: str) -> list[float]:
    """All numbers of a text, whatever stands between them: `1 2`, `1,2`, `[1, 2]`, `"1", "2"`."""
    return [float(match) for match in _NUMBER.findall(text)]


@dataclass(frozen=True, slots=True)
class BoxReader:
    """Model coordinates to native boxes; what is wrong with them is counted."""

    frame: Frame
    repairs: Repairs

    def of(self, attrs: Mapping[str, str]) -> BBox | None:
        """The box that an element states, or None."""
        for name in tags.BOX_ATTRIBUTES:
            if value := attrs.get(name):
                return self.around(read_numbers(value))
        return None

    def around(self, numbers: Sequence[float]) -> BBox | None:
        """The box of two corners, around a polygon of three and more points, or of one point."""
        if len(numbers) == 2:
            numbers = [*numbers, *numbers]
        if len(numbers) < 4 or len(numbers) % 2:
            self.repairs.count("unreadable")
            return None
        if len(numbers) > 4:
            xs, ys = numbers[::2], numbers[1::2]
            numbers = [min(xs), min(ys), max(xs), max(ys)]
        x0, y0, x1, y1 = numbers
        if x0 > x1 or y0 > y1:
            self.repairs.count("turned")
        frame = self.frame
        if min(numbers) < 0 or max(x0, x1) > frame.model_width or max(y0, y1) > frame.model_height:
            self.repairs.count("outside")
        return frame.from_model(x0, y0, x1, y1)


# Loops

_WINDOW = 32_768
_MIN_LOOP = 240
_MIN_COPIES = 4
_ENDING = re.compile(r"</\w+>\n?|\},?\n?|\n")
_MAX_CYCLE = 8
_MIN_CYCLES = 10


def cut_loop(text: str) -> tuple[str, int]:
    """The text without the loop that it ends in, but for one copy, and how often that stood there.

    A loop is a stretch that fills the end of the text at least four times and over at least 240
    characters; the number is 0 where there is none. A last copy may be cut anywhere.
    """
    tail = text[-_WINDOW:]
    reach = _reach_of_periods(tail, len(tail) // _MIN_COPIES)
    period = next((p for p in range(1, len(reach)) if _is_loop(p, p + reach[p])), None)
    if period is None:
        return text, 0
    start = len(text) - period - reach[period]
    if start <= len(text) - len(tail):
        start = _start_of_loop(text, start, period)
    end = start + period
    # What stands before a loop often ends as its copies do, so that the first seems to begin early.
    if ending := _ENDING.search(text, end, end + period):
        end = ending.end()
    return text[:end], (len(text) - start) // period


def _is_loop(period: int, length: int) -> bool:
    return length >= max(_MIN_COPIES * period, _MIN_LOOP)


def _reach_of_periods(tail: Sequence[object], longest: int) -> list[int]:
    """For each p up to `longest`, how far from its end backwards a sequence equals itself p
    earlier (the Z-function of its reverse)."""
    items = tail[::-1]
    size = len(items)
    reach = [0] * (longest + 1)
    left = right = 0
    for p in range(1, longest + 1):
        known = min(right - p, reach[p - left]) if p < right else 0
        while p + known < size and items[known] == items[p + known]:
            known += 1
        reach[p] = known
        if p + known > right:
            left, right = p, p + known
    return reach


def _start_of_loop(text: str, start: int, period: int) -> int:
    """Follows a loop that fills the whole window back to where it begins."""
    copy = text[start : start + period]
    while start >= period and text[start - period : start] == copy:
        start -= period
    while start > 0 and text[start - 1] == text[start - 1 + period]:
        start -= 1
    return start


def count_repeated(items: Sequence[object]) -> tuple[int, int]:
    """The length of the cycle that a sequence ends in, at least ten times over, and how often it
    stands there; 0, 0 without one. Cycles of up to eight items are looked for."""
    tail = items[-_MAX_CYCLE * _MIN_CYCLES * 8 :]
    reach = _reach_of_periods(tail, min(_MAX_CYCLE, len(tail) // _MIN_CYCLES))
    for period in range(1, len(reach)):
        length = period + reach[period]
        if length >= _MIN_CYCLES * period:
            while length < len(items) and items[-length - 1] == items[-length - 1 + period]:
                length += 1
            return period, length // period
    return 0, 0


# Fences

_SPECIAL_TOKENS = re.compile(
    r"<\|(?:endoftext|im_start|im_end|vision_start|vision_end|image_pad|video_pad|vision_pad)\|>"
)
_OPENING = re.compile(
    r"^[ \t]*(`{3,}|~{3,})[ \t]*(?:([\w+#.-]*)[ \t]*$|(html|xml|json)?(?=[ \t]*[<{\[]))",
    re.MULTILINE | re.IGNORECASE,
)
_LONE_END = re.compile(r"\n[ \t]*(?:`{3,}|~{3,})\s*\Z")


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of a reply. `language`: of a fenced one, in small letters ("" if none is said).

    `is_closed`: False only for a fence without an end.
    """

    text: str
    type: Literal["prose", "fenced"]
    language: str = ""
    is_closed: bool = True


def strip_tokens(text: str) -> str:
    """The reply without a byte order mark and the tokens that a decoder should have left out."""
    return _SPECIAL_TOKENS.sub("", text.removeprefix("\ufeff"))


def split_fences(text: str) -> list[Segment]:
    """The reply as prose and fenced stretches in order, blank ones left out.

    A reply that begins with markup or JSON has no fence of its own: what looks like one in it is
    printed on the page. Only a lone one at the end is taken off, whose beginning stood in the
    prompt.
    """
    if text.lstrip()[:1] in ("<", "{", "["):
        if len(_OPENING.findall(text)) == 1:
            text = _LONE_END.sub("", text)
        return [Segment(text, "prose")]
    segments: list[Segment] = []
    position = 0
    last_page_end = text.rfind("</html>")
    while opening := _OPENING.search(text, position):
        segments.append(Segment(text[position : opening.start()], "prose"))
        language = (opening[2] or opening[3] or "").lower()
        start = opening.end()
        if language == "html" and start < last_page_end:
            # A page may show fences; the reply's own comes after the end of the page.
            start = text.index("</html>", start)
        end, position = _end_of_fence(text, start, opening[1])
        body = text[opening.end() : end]
        segments.append(Segment(body, "fenced", language, is_closed=position > end))
    segments.append(Segment(text[position:], "prose"))
    return [segment for segment in segments if segment.text.strip()]


def _end_of_fence(text: str, start: int, fence: str) -> tuple[int, int]:
    """Where the fenced text ends and the reply goes on; the same place if nothing closes it."""
    closing = re.compile(rf"(?:^[ \t]*|(?<=[>\]}}])){fence}[ \t]*$", re.MULTILINE)
    if match := closing.search(text, start):
        return match.start(), match.end()
    # The last line may be a part of the closing fence.
    cut = re.compile(rf"\n[ \t]*{fence[0]}{{1,{len(fence) - 1}}}\s*\Z")
    if match := cut.search(text, start):
        return match.start(), len(text)
    return len(text), len(text)
