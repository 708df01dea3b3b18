"""The blocks of a reply in JSON: text lines, layout elements, found objects, keys and values."""

from __future__ import annotations

from collections.abc import Iterator

from docparse.omni import tags
from docparse.omni.blocks import read_html
from docparse.omni.draft import Draft
from docparse.omni.inline import Inline, read_text
from docparse.omni.lenient_json import Pairs, Value
from docparse.omni.lists import split_entry
from docparse.omni.pictures import to_latex
from docparse.omni.repair import BoxReader, read_numbers
from docparse.types import BBox, Kind, ListItem

# Keys as Qwen's cookbooks and its fine-tuned relatives write them, in small letters.
_BOX_KEYS = frozenset(
    [
        "bbox_2d",
        "bbox",
        "block_bbox",
        "box_2d",
        "box",
        "point_2d",
        "point",
        "quad",
        "polygon",
        "poly",
        "points",
    ]
)
_TEXT_KEYS = frozenset(
    ["text_content", "text", "content", "transcription", "ocr", "html", "latex", "block_content"]
)
_LAYOUT_KEYS = frozenset(["category", "type", "layout_type", "block_label"])
_LABEL_KEYS = _LAYOUT_KEYS | {"label", "class", "name"}
_SCORE_KEYS = frozenset(["score", "confidence"])


def read_values(values: list[Value], boxes: BoxReader) -> list[Draft]:
    """The blocks of JSON values, in the order in which they stand.

    An object with a box and a text is a line of text, or the element that its label says; one with
    a box and a label only is a figure. Keys and values without boxes are form fields, named by
    their path (`items[0].price`).
    """
    drafts: list[Draft] = []
    for value in values:
        drafts += _read_value(value, "", boxes)
    return drafts


def _read_value(value: Value, path: str, boxes: BoxReader) -> Iterator[Draft]:
    if isinstance(value, Pairs):
        found = _Record.of(value)
        if found.box is not None:
            yield from found.to_drafts(path, boxes)
            return
        for key, inner in value.items:
            yield from _read_value(inner, f"{path}.{key}" if path and key else path or key, boxes)
    elif isinstance(value, list):
        if not path and _is_box(value):
            yield Draft("figure", boxes.around(_numbers_of(value)))
            return
        for index, inner in enumerate(value):
            yield from _read_value(inner, f"{path}[{index}]" if path else "", boxes)
    elif path:
        yield _field(path, _printed(value), None)
    elif text := _printed(value):
        yield Draft("paragraph", None, text)


def _field(label: str, text: str, box: BBox | None) -> Draft:
    return Draft("form-field", box, text, label=label)


class _Record:
    """An object, its members sorted by what their keys say."""

    def __init__(self) -> None:
        self.box: Value = None
        self.text: str | None = None
        self.label = ""
        self.is_layout = False  # whether the label says what part of a page this is
        self.score = 1.0
        self.others: list[tuple[str, Value]] = []

    @classmethod
    def of(cls, pairs: Pairs) -> _Record:
        record = cls()
        for key, value in pairs.items:
            record._take(key, key.lower().strip(), value)
        return record

    def _take(self, written: str, key: str, value: Value) -> None:
        is_scalar = not isinstance(value, list | Pairs)
        if key in _BOX_KEYS and self.box is None and _numbers_of(value):
            self.box = value
        elif key in _TEXT_KEYS and self.text is None and is_scalar:
            self.text = _printed(value)
        elif key in _LABEL_KEYS and not self.label and is_scalar:
            self.label = _printed(value)
            self.is_layout = key in _LAYOUT_KEYS
        elif key in _SCORE_KEYS and isinstance(value, int | float) and 0 <= value <= 1:
            self.score = float(value)
        else:
            self.others.append((written, value))

    def to_drafts(self, path: str, boxes: BoxReader) -> Iterator[Draft]:
        box = boxes.around(_numbers_of(self.box))
        for draft in self._own_drafts(path, box, boxes):
            draft.confidence = self.score
            yield draft
        for key, value in self.others:
            if isinstance(value, list | Pairs):
                yield from _read_value(value, key, boxes)

    def _own_drafts(self, path: str, box: BBox | None, boxes: BoxReader) -> list[Draft]:
        # A second label says more of the same thing: "LeBron James", "left hand".
        extra = [
            _printed(value) if "label" in key.lower() else f"{key}: {_printed(value)}"
            for key, value in self.others
            if not isinstance(value, list | Pairs) and value is not None
        ]
        kind = tags.kind_of_label(self.label) if self.label else None
        name = "" if path.endswith("]") else path
        if self.text is None:
            if kind and self.is_layout:
                return [Draft(kind, box, " ".join(extra), level=_level(kind))]
            text = " ".join(part for part in [self.label, *extra] if part)
            return [_field(name, text, box) if name else Draft("figure", box, text)]
        if self.label and kind is None:
            extra = [self.label, *extra] if name else extra
            name = name or self.label
        if name:
            return [_field(name, " ".join([self.text, *extra]), box)]
        drafts = _read_text(self.text, kind or "paragraph", box, boxes)
        return [*drafts, Draft("paragraph", box, " ".join(extra))] if extra else drafts


def _level(kind: Kind) -> int:
    return 2 if kind == "heading" else 0


def _read_text(text: str, kind: Kind, box: BBox | None, boxes: BoxReader) -> list[Draft]:
    """A text of the given kind; a table comes as HTML, a formula as LaTeX."""
    if "<table" in text:
        drafts = read_html(text, boxes)
        for draft in drafts:
            draft.bbox = draft.bbox or box
        return drafts
    if kind == "list":
        entries = (split_entry(read_text(line)) for line in text.split("\n") if line.strip())
        items = tuple(ListItem(rest, marker=mark, spans=spans) for mark, rest, spans in entries)
        return [Draft("list", box, items=items, is_lone_item=len(items) == 1)]
    if kind == "formula":
        return [Draft("formula", box, to_latex(Inline(text)))]
    if tags.FORMS[kind].verbatim:
        return [Draft(kind, box, text)]
    inline = read_text(text)
    kind = "paragraph" if kind == "table" else kind
    kind = "formula" if inline.is_display and kind == "paragraph" else kind
    return [Draft(kind, box, inline.text, level=_level(kind), spans=inline.spans)]


def _is_box(values: list[Value]) -> bool:
    return len(values) in (4, 8) and all(isinstance(value, int | float) for value in values)


def _numbers_of(value: Value) -> list[float]:
    """All numbers in a value, also those in strings; two coordinates may share one."""
    numbers: list[float] = []
    todo = [value]
    while todo:
        part = todo.pop()
        if isinstance(part, list):
            todo += part[::-1]
        elif isinstance(part, str):
            numbers += read_numbers(part)
        elif isinstance(part, int | float) and not isinstance(part, bool):
            numbers.append(float(part))
        elif isinstance(part, Pairs):
            todo += [inner for _, inner in part.items][::-1]
    return numbers


def _printed(value: Value) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value).strip() if isinstance(value, str) else str(value)
