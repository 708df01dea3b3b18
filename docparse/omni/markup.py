"""Any text with tags in it as a tree of elements; nothing that is no tag is taken for one.

Why a parser of our own: a model writes bare `<` and `&`, names such as `<全>`, tags cut in the
middle, and nests without end. libxml2 drops what follows a NUL, refuses deep trees and swallows
`<全>`; html5lib is slow; html.parser needs the same repairs on top. This one is a single pass, in
time linear in the text whatever stands in it, with a tree of bounded depth, and it keeps spaces,
control characters and unknown names exactly. A quoted value may hold `<`, but no whole tag: a
forgotten quote then costs one attribute and not the rest of the page.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.entities import html5
from typing import Literal, NamedTuple

from docparse.omni import tags

MAX_DEPTH = 100

_NAMES = "|".join(sorted(tags.ELEMENTS, key=len, reverse=True))
_NO_TAG = rf"<(?!/?(?:{_NAMES})[\s/>])"
_ATTRIBUTES = rf"""(?:[^<>"']++|"(?:[^"<]++|{_NO_TAG})*+"|'(?:[^'<]++|{_NO_TAG})*+'|["'])*+"""
_TAG = re.compile(rf"<(/?)([a-zA-Z][a-zA-Z0-9]*+)((?:[\s/]{_ATTRIBUTES})?+)>", re.IGNORECASE)
_DECLARATION = re.compile(r"<(?:!doctype\b|\?xml\b)[^<>]*>", re.IGNORECASE)
_ATTRIBUTE = re.compile(
    r"""([^\s"'<>/=]++)(?:\s*+=\s*+(?:"([^"]*+)(?:"|$)|'([^']*+)(?:'|$)|([^\s"'>]*+)))?"""
)
_CUT_TAG = re.compile(
    r"</?(?:([a-zA-Z][a-zA-Z0-9]*+)"
    r"""(?:\s++[\w:-]++\s*+=\s*+(?:"[^"]*+"|'[^']*+'|[^\s"'<>]++))*+"""
    r"""(?:\s++(?:([\w:-]++)(?:\s*+=\s*+(?:"[^"]*+|'[^']*+)?)?)?)?/?)?$"""
)
_REFERENCE = re.compile(r"&(?:#(\d{1,7})|#[xX]([0-9a-fA-F]{1,6})|([a-zA-Z][a-zA-Z0-9]{1,31}));")

_HEADINGS = frozenset(["h1", "h2", "h3", "h4", "h5", "h6"])
_CELLS = frozenset(["td", "th", "caption"])
_ROWS = _CELLS | {"tr"}
# Opening the key ends the open elements of the first set, looked for up to one of the second.
_ENDS: dict[str, tuple[frozenset[str], frozenset[str]]] = {
    "li": (frozenset(["li"]), frozenset(["ul", "ol", "menu"]) | _CELLS),
    **dict.fromkeys(["dt", "dd"], (frozenset(["dt", "dd"]), frozenset(["dl"]) | _CELLS)),
    **dict.fromkeys(_CELLS, (_CELLS, frozenset(["tr", "table"]))),
    "tr": (_ROWS, frozenset(["table"])),
    **dict.fromkeys(
        ["thead", "tbody", "tfoot"],
        (_ROWS | {"thead", "tbody", "tfoot"}, frozenset(["table"])),
    ),
    "table": (frozenset(["table"]), _CELLS),
    **dict.fromkeys(
        _HEADINGS, (_HEADINGS, frozenset(["div", "section", "article", "li", "table"]) | _CELLS)
    ),
}
# An open paragraph ends where a block begins, if none of these stands between them.
_PARAGRAPH_SCOPE = _CELLS | {"table", "li", "div", "dd"}
_TABLE_PARTS = _ROWS | {"table", "thead", "tbody", "tfoot"}


@dataclass(slots=True, eq=False)
class Element:
    """A tag with its attributes and what stands in it; texts are as written (see `decode`).

    `has_block`: some descendant, not just a child, is a block of its own.
    """

    name: str
    attrs: dict[str, str] = field(default_factory=dict)
    children: list[Element | str] = field(default_factory=list)
    has_block: bool = False


@dataclass(frozen=True, slots=True)
class Tree:
    """A parsed text. `root` has no name.

    `is_cut`: the text ends inside a tag. `is_open`: it ends inside an element, or an `<html>` or
    `<body>` was never closed. `num_flattened`: elements that stood too deep to be kept as such.
    """

    root: Element
    is_cut: bool
    is_open: bool
    num_flattened: int


_BREAK = Element("br")


def parse_markup(text: str) -> Tree:
    """The tree of any string, in linear time; html, head and body are left out of it."""
    builder = _Builder()
    for token in _scan(text):
        if token.type == "text":
            builder.text(token.raw)
        elif token.type == "open":
            builder.open(token)
        elif token.type == "close":
            builder.close(token)
        else:
            builder.is_cut = True
    return Tree(builder.root, builder.is_cut, builder.is_open, builder.num_flattened)


def decode(raw: str) -> str:
    """A text with its character references replaced; only those that end with a semicolon.

    `Qwen-VL-Chat&...` and `x&copy=1` are what a model meant to write.
    """
    return _REFERENCE.sub(_character, raw) if "&" in raw else raw


def _character(match: re.Match[str]) -> str:
    decimal, hexadecimal, name = match.groups()
    if name:
        return html5.get(name + ";", match[0])
    code = int(decimal) if decimal else int(hexadecimal, 16)
    if 0x80 <= code <= 0x9F:
        # The web reads these as Windows-1252 (HTML standard, section 13.2.5.80).
        return bytes([code]).decode("cp1252", errors="ignore") or chr(code)
    if code > 0x10FFFF or 0xD800 <= code <= 0xDFFF:
        return match[0]
    return chr(code)


class _Token(NamedTuple):
    type: Literal["text", "open", "close", "cut"]
    raw: str
    name: str = ""
    attrs: str = ""


def _scan(text: str) -> Iterator[_Token]:
    start = position = 0
    scanner = _Scanner(text)
    while (at := text.find("<", position)) >= 0:
        token, end = scanner.markup_at(at)
        if end == at:
            position = at + 1
            continue
        if at > start:
            yield _Token("text", text[start:at])
        if token is not None:
            yield token
        start = position = end
    if start < len(text):
        yield _Token("text", text[start:])


class _Scanner:
    """Finds what stands at a `<`; remembers what does not occur any more, to stay linear."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._last_bracket = text.rfind(">")
        self._last_comment_end = text.rfind("-->")
        self._no_end_of: set[str] = set()

    def markup_at(self, at: int) -> tuple[_Token | None, int]:
        """The token at `at` and where it ends; the end is `at` itself if it is mere text."""
        text = self._text
        if at > self._last_bracket:
            return self._cut_tag_at(at)
        if match := _TAG.match(text, at):
            token = _as_token(match)
            if token is None:
                return None, at
            if token.name in tags.SILENT:
                return None, self._end_of_silent(token, match.end())
            return token, match.end()
        if text.startswith("<!--", at) and at + 4 <= self._last_comment_end:
            return None, text.index("-->", at + 4) + 3
        if match := _DECLARATION.match(text, at):
            return None, match.end()
        return None, at

    def _end_of_silent(self, token: _Token, at: int) -> int:
        """Where a style or script ends; one that is never closed ends at once."""
        if token.type == "close" or token.name in self._no_end_of:
            return at
        end = re.compile(rf"</{token.name}\s*+>", re.IGNORECASE).search(self._text, at)
        if end is None:
            self._no_end_of.add(token.name)
            return at
        return end.end()

    def _cut_tag_at(self, at: int) -> tuple[_Token | None, int]:
        match = _CUT_TAG.match(self._text, at)
        if match is None:
            return None, at
        name, attribute = (match[1] or "").lower(), (match[2] or "").lower()
        whole_name = match.end(1) < len(self._text)
        if name and whole_name and name not in tags.ELEMENTS:
            return None, at
        if not whole_name and not any(known.startswith(name) for known in tags.ELEMENTS):
            return None, at
        if not any(known.startswith(attribute) for known in tags.ATTRIBUTES):
            return None, at
        return _Token("cut", match[0]), len(self._text)


def _as_token(match: re.Match[str]) -> _Token | None:
    closing, name, attrs = match.groups()
    name = name.lower()
    if name not in tags.ELEMENTS:
        return None
    if closing:
        return _Token("close", match[0], name)
    if attrs and "=" not in attrs:
        words = attrs.replace("/", " ").lower().split()
        if any(word not in tags.BARE_ATTRIBUTES for word in words):
            return None
    return _Token("open", match[0], name, attrs)


class _Builder:
    def __init__(self) -> None:
        self.root = Element("")
        self.is_cut = False
        self.num_flattened = 0
        self._stack = [self.root]
        self._flattened: Counter[str] = Counter()
        self._outer_open = False

    @property
    def is_open(self) -> bool:
        return self._outer_open or any(element.name != "li" for element in self._stack[1:])

    def text(self, raw: str) -> None:
        self._stack[-1].children.append(raw)

    def open(self, token: _Token) -> None:
        name = token.name
        if name in tags.OUTER:
            self._outer_open = self._outer_open or name != "head"
            if name != "html" or not token.attrs:
                return
            # Our own documents are known by an attribute here.
            self.root.attrs = _read_attributes(token.attrs)
            return
        if self._is_printed(token):
            self.text(token.raw)
            return
        if name in tags.BLOCKS:
            self._end({"p"}, _PARAGRAPH_SCOPE)
        if name in _ENDS:
            self._end(*_ENDS[name])
        is_void = name in tags.VOID or token.attrs.endswith("/")
        if len(self._stack) > MAX_DEPTH and not is_void:
            self._flatten(name)
            return
        element = Element(name, _read_attributes(token.attrs) if token.attrs else {})
        self._stack[-1].children.append(element)
        if name in tags.BLOCKS:
            self._mark_blocks()
        if not is_void:
            self._stack.append(element)

    def close(self, token: _Token) -> None:
        name = token.name
        if name in tags.OUTER:
            self._outer_open = self._outer_open and name == "head"
            return
        if self._flattened[name]:
            self._flattened[name] -= 1
            return
        for index in range(len(self._stack) - 1, 0, -1):
            above = self._stack[index].name
            if above == name:
                del self._stack[index:]
                return
            if above in _CELLS and name not in _TABLE_PARTS:
                break
        if name == "br":
            self._stack[-1].children.append(_BREAK)
        elif name in tags.SHY:
            self.text(token.raw)

    def _is_printed(self, token: _Token) -> bool:
        """Whether this is a word in angle brackets, such as `<time>`, and no element."""
        if token.name == "title":
            return any(element.name in ("p", "td", "th", "li", "pre") for element in self._stack)
        return token.name in tags.SHY and not token.attrs

    def _end(self, targets: frozenset[str] | set[str], scope: frozenset[str]) -> None:
        cut = None
        for index in range(len(self._stack) - 1, 0, -1):
            name = self._stack[index].name
            if name in targets:
                cut = index
            elif name in scope:
                break
        if cut is not None:
            del self._stack[cut:]

    def _flatten(self, name: str) -> None:
        self._flattened[name] += 1
        self.num_flattened += 1
        children = self._stack[-1].children
        if name in tags.BLOCKS and (not children or children[-1] is not _BREAK):
            children.append(_BREAK)

    def _mark_blocks(self) -> None:
        for element in reversed(self._stack):
            if element.has_block:
                return
            element.has_block = True


def _read_attributes(source: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for match in _ATTRIBUTE.finditer(source):
        value = match[2] if match[2] is not None else match[3] or match[4] or ""
        found.setdefault(match[1].lower(), decode(value))
    return found
