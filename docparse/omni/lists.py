"""The entries of a list element with their levels and markers."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from docparse.omni.inline import Inline
from docparse.omni.markup import Element
from docparse.types import BBox, ListItem, Span

LISTS = frozenset(["ul", "ol", "menu"])
# A block without text: what stands before and after it is on lines of its own.
_BREAK = Element("div")
# What is printed before an entry: bullets, (1), 1., a), iv., ①, （一）, 第3条.
_MARKER = re.compile(
    r"[•●○◦■□◆◇▪▫‣⁃・※★☆✓✔☑☐–—*+-](?=\s)"
    r"|[•●○◦■□◆◇▪▫‣⁃・※★☆✓✔☑☐](?=\S)"
    r"|[①-⑳㉑-㉟❶-❿㊀-㊉]"
    r"|\((?:\d{1,3}|[a-zA-Z]|[ivxIVX]{1,5})\)"
    r"|（(?:[\d０-９]{1,3}|[一二三四五六七八九十]{1,3}|[ア-ン])）"
    r"|\d{1,3}[.)](?=\s|[^\x00-\x7f])"
    r"|[０-９]{1,3}[．）]"
    r"|(?:[a-zA-Z]|[ivxIVX]{1,5})[.)](?=\s)"
)


def split_marker(text: str) -> tuple[str, str]:
    """What is printed before an entry, and the rest: "(1) Scope" to "(1)", "Scope"."""
    match = _MARKER.match(text)
    if match is None or not text[match.end() :].strip():
        return "", text
    return match[0], text[match.end() :].lstrip(" \u3000\t")


def read_list(
    element: Element,
    read_inline: Callable[[Sequence[Element | str]], Inline],
    read_box: Callable[[Mapping[str, str]], BBox | None],
) -> tuple[tuple[ListItem, ...], tuple[Element, ...]]:
    """The entries of a model's list, outer before inner, and the pictures that stood in them."""
    items: list[ListItem] = []
    images: list[Element] = []

    def read_entries(parent: Element, level: int) -> None:
        number = _whole(parent.attrs.get("start"))
        loose: list[Element | str] = []
        for child in [*parent.children, Element("li")]:
            if isinstance(child, Element) and child.name in LISTS:
                read_entries(child, level + 1)
            elif isinstance(child, str) or child.name != "li":
                loose.append(child)
            else:
                if loose:
                    add(Element("li", {}, loose), parent, level, None)
                    loose = []
                number = _whole(child.attrs.get("value")) or number
                add(child, parent, level, number)
                number = number and number + 1

    def add(entry: Element, parent: Element, level: int, number: int | None) -> None:
        own, inner = _split_nested(entry)
        inline = read_inline(own)
        images.extend(inline.images)
        if inline.text or "data-bbox" in entry.attrs:
            bbox = read_box(entry.attrs) or _box_inside(own, read_box)
            items.append(_item(entry, inline, bbox, level, parent.name == "ol", number))
        for nested in inner:
            read_entries(nested, level + 1)

    read_entries(element, 0)
    return tuple(items), tuple(images)


def _item(
    entry: Element,
    inline: Inline,
    bbox: BBox | None,
    level: int,
    is_ordered: bool,
    number: int | None,
) -> ListItem:
    marker, text, spans = entry.attrs.get("data-marker"), inline.text, inline.spans
    if marker is None:
        marker, text, spans = split_entry(inline)
    if not marker and number is not None:
        marker = f"{number}."
    return ListItem(text, bbox, level, marker, is_ordered, spans)


def split_entry(inline: Inline) -> tuple[str, str, tuple[Span, ...]]:
    """The marker of an entry, its text without it, and the spans of that."""
    marker, text = split_marker(inline.text)
    by = len(inline.text) - len(text)
    if inline.spans and inline.spans[0].start < by:
        return "", inline.text, inline.spans
    moved = (replace(s, start=s.start - by, end=s.end - by) for s in inline.spans)
    return marker, text, tuple(moved)


def _split_nested(entry: Element) -> tuple[list[Element | str], list[Element]]:
    """What an entry says itself, and the lists that stand below it."""
    own: list[Element | str] = []
    inner: list[Element] = []
    todo: list[Element | str] = entry.children[::-1]
    while todo:
        child = todo.pop()
        if isinstance(child, Element) and child.name in LISTS:
            inner.append(child)
        elif isinstance(child, Element) and child.has_block and child.name != "table":
            todo += [_BREAK, *child.children[::-1], _BREAK]
        else:
            own.append(child)
    return own, inner


def _box_inside(
    own: Sequence[Element | str], read_box: Callable[[Mapping[str, str]], BBox | None]
) -> BBox | None:
    boxes = (read_box(child.attrs) for child in own if isinstance(child, Element))
    return next((box for box in boxes if box), None)


def _whole(value: str | None) -> int | None:
    return int(value) if value and re.fullmatch(r"[0-9]{1,6}", value) else None
