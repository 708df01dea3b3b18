"""The text of an element with its styled stretches, read exactly or as a browser would show it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from docparse.omni import tags
from docparse.omni.latex import split_math
from docparse.omni.markup import Element, decode
from docparse.types import Script, Span


@dataclass(frozen=True, slots=True)
class Inline:
    """`images`: the pictures that stand in the text, in order; they leave nothing in it.

    `is_display`: there is nothing but one display formula; `text` is then its LaTeX.
    """

    text: str
    spans: tuple[Span, ...] = ()
    images: tuple[Element, ...] = ()
    is_display: bool = False


@dataclass(frozen=True, slots=True)
class _Style:
    bold: bool = False
    italic: bool = False
    code: bool = False
    math: bool = False
    script: Script = ""
    href: str = ""


_PLAIN = _Style()
_SPACES = re.compile(r"[ \t\n\r\f]+")
# Between two of these a line break of the source is no space.
_WIDE = "\u3000-\u30ff\u3400-\u9fff\uf900-\ufaff\uff00-\uff65\U00020000-\U0003ffff"
_WIDE_BREAK = re.compile(rf"(?<=[{_WIDE}])[ \t]*\r?\n[ \t]*(?=[{_WIDE}])")
_ADDRESS = re.compile(r"https?://\S+")
_LINE_BREAK = re.compile(r"\r\n?|\n")
_CHECKBOXES = {True: "\u2611", False: "\u2610"}


def read_inline(
    children: Sequence[Element | str], *, lines: bool = False, dollars: bool = True
) -> Inline:
    """A reply's text: spaces collapse, `<br>` and blocks break the line, dollars mark formulas.

    With `lines` the line breaks of the source stay; without `dollars` those are characters.
    """
    if len(children) == 1 and isinstance(raw := children[0], str):
        # Most texts are nothing but text.
        is_plain = not (lines or (dollars and _may_have_math(raw)))
        if is_plain:
            return Inline(_SPACES.sub(" ", _WIDE_BREAK.sub("", decode(raw))).strip(" "))
    reader = _Reader(lines=lines, dollars=dollars)
    reader.read(children, _PLAIN)
    return reader.finish()


def read_code(children: Sequence[Element | str]) -> str:
    """A reply's text with all its spaces, but for empty lines at both ends."""
    parts: list[str] = []
    todo = list(children[::-1])
    while todo:
        child = todo.pop()
        if isinstance(child, str):
            parts.append(decode(child))
        elif child.name == "br":
            parts.append("\n")
        else:
            todo += child.children[::-1]
    return re.sub(r"\A(?:[ \t]*\r?\n)+", "", "".join(parts)).rstrip()


def read_text(text: str) -> Inline:
    """A text that is no markup: as it is, but for spaces at its ends; dollars mark formulas."""
    reader = _Reader(lines=True, dollars=True)
    reader.take_text(text.strip())
    return reader.finish()


def read_exactly(children: Sequence[Element | str]) -> Inline:
    """The text that `emit` wrote, character by character, with its spans one by one."""
    reader = _ExactReader()
    reader.read(children, None)
    return Inline("".join(reader.parts), tuple(reader.spans))


def _restyle(element: Element, style: _Style) -> _Style:
    """The style inside an element that stands in text of the given style."""
    match element.name:
        case "b" | "strong":
            return replace(style, bold=True)
        case "i" | "em":
            return replace(style, italic=True)
        case "code" | "kbd" | "samp" | "tt":
            return replace(style, code=True)
        case "sup":
            return replace(style, script="super")
        case "sub":
            return replace(style, script="sub")
        case "a" if href := _href(element):
            return replace(style, href=href)
        case "span" if "math" in element.attrs.get("class", "").split():
            return replace(style, math=True)
    return style


def _href(element: Element) -> str:
    """Where a link leads, "" for nowhere safe; one without `href` may show its address."""
    href = element.attrs.get("href")
    if href is None and len(element.children) == 1 and isinstance(element.children[0], str):
        shown = decode(element.children[0]).strip()
        href = shown if _ADDRESS.fullmatch(shown) else ""
    return href if href and tags.is_safe_href(href) else ""


@dataclass(slots=True)
class _ExactReader:
    parts: list[str] = field(default_factory=list)
    spans: list[Span] = field(default_factory=list)
    length: int = 0

    def read(self, children: Sequence[Element | str], style: _Style | None) -> None:
        start, first_part = self.length, len(self.parts)
        is_innermost = style is not None
        for child in children:
            if isinstance(child, str):
                self._add(decode(child))
            elif child.name == "br":
                self._add("\n")
            else:
                is_innermost = False
                self.read(child.children, _restyle(child, style or _PLAIN))
        if is_innermost and style is not None and start < self.length:
            if style.math:
                self._strip_dollars(first_part)
            self.spans.append(_span(start, self.length, style))

    def _add(self, text: str) -> None:
        self.parts.append(text)
        self.length += len(text)

    def _strip_dollars(self, first_part: int) -> None:
        """Takes off the dollars that a formula is written between, so that it shows what it is."""
        inside = "".join(self.parts[first_part:])
        if len(inside) > 2 and inside[0] == inside[-1] == "$":
            self.parts[first_part:] = [inside[1:-1]]
            self.length -= 2


def _span(start: int, end: int, style: _Style) -> Span:
    return Span(
        start,
        end,
        bold=style.bold,
        italic=style.italic,
        code=style.code,
        math=style.math,
        script=style.script,
        href=style.href,
    )


@dataclass(slots=True)
class _Run:
    text: str
    style: _Style
    is_display: bool = False


class _Reader:
    def __init__(self, *, lines: bool, dollars: bool) -> None:
        self._lines = lines
        self._dollars = dollars
        self._runs: list[_Run] = []
        self._images: list[Element] = []

    def read(self, children: Iterable[Element | str], style: _Style) -> None:
        for child in children:
            if isinstance(child, str):
                self._text(child, style)
            else:
                self._element(child, style)

    def _element(self, element: Element, style: _Style) -> None:
        match element.name:
            case "br" | "hr":
                self._break(style)
            case "img":
                self._images.append(element)
            case "input":
                self._append(_input_text(element), style)
            case "td" | "th":
                self._append(" ", style)
                self.read(element.children, style)
            case "rt":
                self._append("(", style)
                self.read(element.children, style)
                self._append(")", style)
            case "rp":
                pass
            case name if name in tags.BLOCKS:
                self._soft_break()
                self.read(element.children, style)
                self._soft_break()
            case _:
                self.read(element.children, _restyle(element, style))

    def _text(self, raw: str, style: _Style) -> None:
        if style.math:
            self._append(_strip_marks(decode(raw)), style)
        elif style.code or not self._dollars or not _may_have_math(raw):
            self._append(decode(raw), style)
        else:
            for piece in split_math(raw):
                if piece.is_math:
                    self._formula(decode(piece.text), style, is_display=piece.is_display)
                else:
                    self._append(decode(piece.text), style)

    def _formula(self, latex: str, style: _Style, *, is_display: bool) -> None:
        text = _SPACES.sub(" ", latex)
        self._runs.append(_Run(text, replace(style, math=True), is_display=is_display))

    def take_text(self, text: str) -> None:
        for piece in split_math(text):
            if piece.is_math:
                self._formula(piece.text, _PLAIN, is_display=piece.is_display)
            else:
                self._runs.append(_Run(piece.text, _PLAIN))

    def _append(self, text: str, style: _Style) -> None:
        """Adds text with its spaces collapsed, also against what stands before it."""
        if self._lines:
            first, *others = _LINE_BREAK.split(text)
            self._append_line(first, style)
            for line in others:
                self._break(style)
                self._append_line(line, style)
        else:
            self._append_line(_WIDE_BREAK.sub("", text), style)

    def _append_line(self, line: str, style: _Style) -> None:
        text = _SPACES.sub(" ", line)
        if text.startswith(" ") and (not self._runs or self._runs[-1].text.endswith((" ", "\n"))):
            text = text[1:]
        if text:
            self._runs.append(_Run(text, style))

    def _break(self, style: _Style) -> None:
        self._strip_end()
        self._runs.append(_Run("\n", style))

    def _soft_break(self) -> None:
        self._strip_end()
        if self._runs and not self._runs[-1].text.endswith("\n"):
            self._runs.append(_Run("\n", _PLAIN))

    def _strip_end(self) -> None:
        while self._runs and self._runs[-1].text.endswith(" "):
            self._runs[-1].text = self._runs[-1].text.rstrip(" ")
            if not self._runs[-1].text:
                self._runs.pop()

    def _trim(self) -> None:
        first, last = 0, len(self._runs)
        while first < last and not self._runs[first].text.strip(" \n"):
            first += 1
        while first < last and not self._runs[last - 1].text.strip(" \n"):
            last -= 1
        self._runs = self._runs[first:last]
        if self._runs:
            self._runs[0].text = self._runs[0].text.lstrip(" \n")
            self._runs[-1].text = self._runs[-1].text.rstrip(" \n")

    def finish(self) -> Inline:
        self._trim()
        self._runs = [run for run in self._runs if run.text]
        is_display = len(self._runs) == 1 and self._runs[0].is_display
        spans: list[Span] = []
        length = 0
        for run in self._runs:
            end = length + len(run.text)
            if run.style != _PLAIN:
                span = _span(length, end, run.style)
                if spans and not run.style.math and _continues(spans[-1], span):
                    span = replace(span, start=spans.pop().start)
                spans.append(span)
            length = end
        text = "".join(run.text for run in self._runs)
        return Inline(text, () if is_display else tuple(spans), tuple(self._images), is_display)


def _continues(earlier: Span, later: Span) -> bool:
    return (
        earlier.end == later.start and replace(earlier, start=later.start, end=later.end) == later
    )


def _may_have_math(raw: str) -> bool:
    return "$" in raw or "\\(" in raw or "\\[" in raw


def _strip_marks(latex: str) -> str:
    pieces = split_math(latex.strip())
    return pieces[0].text if len(pieces) == 1 else latex


def _input_text(element: Element) -> str:
    if element.attrs.get("type", "").lower() in ("checkbox", "radio"):
        return _CHECKBOXES["checked" in element.attrs]
    if element.attrs.get("type", "").lower() == "hidden":
        return ""
    return element.attrs.get("value", "")
