"""What stands in the element of a picture (formula, chart, image, ...), sorted by what it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from docparse.omni import tags
from docparse.omni.inline import Inline
from docparse.omni.latex import split_math
from docparse.omni.lists import LISTS
from docparse.omni.markup import Element
from docparse.omni.repair import read_numbers
from docparse.types import Span

_TEXTS = frozenset(["p", "div", "span", "figcaption", "address", "pre"])
_SEPARATE = LISTS | {"table", "dl", "figure"}
_PAIRS = (("$$", "$$"), ("\\[", "\\]"), ("\\(", "\\)"), ("$", "$"))
_SCRIPTS = {"super": "^", "sub": "_", "": ""}


@dataclass(slots=True)
class Parts:
    """`texts`: the elements that hold the text. `loose`: what stands outside of them.
    `descriptions`: of the images. `others`: parts that are blocks of their own. `box_of`: the part
    that states the box, where the element itself does not."""

    texts: list[list[Element | str]] = field(default_factory=list)
    loose: list[Element | str] = field(default_factory=list)
    descriptions: list[str] = field(default_factory=list)
    table: Element | None = None
    others: list[Element] = field(default_factory=list)
    box_of: Element | None = None


def sort_parts(element: Element) -> Parts:
    """The parts of a picture's element. That its image repeats its box means nothing."""
    parts = Parts()
    own = _stated_box(element)
    todo = element.children[::-1]
    while todo:
        child = todo.pop()
        if isinstance(child, str):
            parts.loose.append(child)
            continue
        stated = _stated_box(child)
        if not own and stated:
            own, parts.box_of = stated, child
        if child.name == "img":
            parts.descriptions.append(child.attrs.get("alt", "").strip())
        elif stated and stated != own:
            parts.others.append(child)
        else:
            todo += _sort_element(child, parts)
    return parts


def _sort_element(child: Element, parts: Parts) -> list[Element | str]:
    """Puts one element where it belongs; returns what has to be sorted in its place."""
    if child.name == "table" and parts.table is None:
        parts.table = child
    elif child.name in _SEPARATE:
        parts.others.append(child)
    elif child.has_block or any(_is_image(inner) for inner in child.children):
        return child.children[::-1]
    elif child.name in _TEXTS:
        parts.texts.append(child.children)
    else:
        parts.loose.append(child)
    return []


def _is_image(part: Element | str) -> bool:
    return isinstance(part, Element) and part.name == "img"


def _stated_box(element: Element) -> list[float]:
    found = (element.attrs[name] for name in tags.BOX_ATTRIBUTES if element.attrs.get(name))
    return read_numbers(next(found, ""))


def join_lines(lines: Sequence[Inline]) -> Inline:
    """Several texts as one, a line each."""
    spans: list[Span] = []
    start = 0
    for line in lines:
        spans += [
            replace(span, start=span.start + start, end=span.end + start) for span in line.spans
        ]
        start += len(line.text) + 1
    return Inline("\n".join(line.text for line in lines), tuple(spans))


def to_latex(inline: Inline) -> str:
    """The LaTeX of a formula's text: without dollars, raised and lowered parts as scripts.

    What is printed beside the formula, such as its number, stays where it stands.
    """
    text = _with_scripts(inline).strip()
    for opening, closing in _PAIRS:
        if text.startswith(opening) and text.endswith(closing):
            inside = text[len(opening) : len(text) - len(closing)]
            if inside.strip() and opening not in inside and closing not in inside:
                return inside.strip()
    pieces = split_math(text)
    if not any(piece.is_math for piece in pieces):
        return text
    return " ".join(stripped for piece in pieces if (stripped := piece.text.strip()))


def _with_scripts(inline: Inline) -> str:
    parts: list[str] = []
    position = 0
    for span in inline.spans:
        mark = _SCRIPTS[span.script]
        inside = inline.text[span.start : span.end]
        parts += [inline.text[position : span.start], f"{mark}{{{inside}}}" if mark else inside]
        position = span.end
    return "".join([*parts, inline.text[position:]])
