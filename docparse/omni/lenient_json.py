"""JSON as models write it, cut and with slips, to lists, pairs and scalars; never an error.

Trailing and missing commas, Python's quotes and names, raw line breaks and stray quotes in strings,
repeated keys, comments and a missing end are read for what they mean. Linear in the text, and of
bounded depth.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TypeAlias

MAX_DEPTH = 50


@dataclass(slots=True)
class Pairs:
    """An object, with its keys in order and as often as they stand there; "" for a missing key."""

    items: list[tuple[str, Value]] = field(default_factory=list)


Value: TypeAlias = "str | int | float | bool | list[Value] | Pairs | None"


@dataclass(frozen=True, slots=True)
class Parsed:
    """`values`: all that stand one after another. `end`: where the JSON ends in the text.

    `is_cut`: the text ends inside of a value. `is_mended`: it was not quite JSON.
    """

    values: list[Value]
    end: int
    is_cut: bool
    is_mended: bool


# A quote inside a string is one that nothing follows that could follow a string.
_STRING_END = r"""(?=\s*+(?:[,:\]}]|$|\n|["'][^"'\n]{0,60}+["']\s*:))"""
_TOKEN = re.compile(
    r"(?:\s++|//[^\n]*+|/\*(?:[^*]|\*(?!/))*+\*/)*+"
    r"(?:(?P<mark>[{}\[\]:,])"
    r'|"(?P<double>(?:[^"\\]++|\\.|"(?!' + _STRING_END[3:-1] + r'))*+)(?P<double_end>"|$)'
    r"|'(?P<single>(?:[^'\\]++|\\.|'(?!" + _STRING_END[3:-1] + r"))*+)(?P<single_end>'|$)"
    r"|(?P<bare>[^\s,:\[\]{}\"']++|.))",
    re.DOTALL,
)
# \b and \f are no characters of a page: a model that writes them began \beta or \frac. Likewise for
# these, in which JSON would see a line break or a tab.
_COMMAND = (
    r"(?:nabla|neq|theta|times|tau|tilde|tfrac|triangle|text[a-z]*+(?={)|rho|right|rangle|"
    r"rightarrow)(?![a-zA-Z])"
)
_ESCAPE = re.compile(rf"\\(?:u([0-9a-fA-F]{{4}})|(?!{_COMMAND})(.))", re.DOTALL)
_ESCAPED = {"n": "\n", "t": "\t", "r": "\r", '"': '"', "'": "'", "\\": "\\", "/": "/"}
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_NAMES: dict[str, Value] = {
    "true": True,
    "True": True,
    "false": False,
    "False": False,
    "null": None,
    "None": None,
    "NaN": None,
}
_WHOLE = re.compile(r"-?[0-9]{1,15}")
_NUMBER = re.compile(r"-?[0-9]{1,15}(?:\.[0-9]{1,20})?(?:[eE][-+]?[0-9]{1,2})?")
_CLOSES = {"]": list, "}": Pairs}


def parse_json(text: str, start: int = 0) -> Parsed:
    """The values that begin at `start`, up to where what follows is no JSON any more."""
    parser = _Parser()
    position = start
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None or (parser.is_outside and not _begins_value(match, parser)):
            break
        parser.take(match)
        position = match.end()
    return parser.finish(position)


def _begins_value(match: re.Match[str], parser: _Parser) -> bool:
    """Outside of all brackets, only another object or list goes on the JSON."""
    if match["mark"] in ("[", "{"):
        return True
    return match["mark"] == "," and bool(parser.values)


class _Parser:
    def __init__(self) -> None:
        self.values: list[Value] = []
        self._stack: list[list[Value] | Pairs] = []
        self._num_flattened = 0
        self._key: str | None = None  # of the pair whose value is awaited
        self._pending: Value | _Nothing = _NOTHING  # may turn out to be a key
        self._after_comma = False
        self._is_cut = False
        self._is_mended = False

    @property
    def is_outside(self) -> bool:
        return not self._stack

    def take(self, match: re.Match[str]) -> None:
        mark = match["mark"]
        if mark is None:
            self._scalar(self._read_scalar(match), is_bare=match["bare"] is not None)
        elif mark in "{[":
            self._open(mark)
        elif mark in "}]":
            self._close(mark)
        elif mark == ":":
            self._colon()
        else:
            self._settle_pending()
            self._is_mended |= self._after_comma
        self._after_comma = mark == ","

    def _read_scalar(self, match: re.Match[str]) -> Value:
        for kind in ("double", "single"):
            if match[kind] is not None:
                is_open = not match[f"{kind}_end"]
                self._is_cut |= is_open
                self._is_mended |= kind == "single"
                return _unescape(match[kind])
        word = match["bare"]
        if word in _NAMES:
            return _NAMES[word]
        if _WHOLE.fullmatch(word):
            return int(word)
        if _NUMBER.fullmatch(word):
            return float(word)
        self._is_mended = True
        return word

    def _scalar(self, value: Value, *, is_bare: bool) -> None:
        pending = self._pending
        if isinstance(pending, _Nothing):
            self._pending = value
        elif is_bare and isinstance(pending, str):
            # Words without quotes.
            self._pending = f"{pending} {value}"
        elif self._key is None and self._stack and isinstance(self._stack[-1], Pairs):
            # A colon is missing.
            self._key, self._pending = str(pending), value
            self._is_mended = True
        else:
            self._settle_pending()
            self._pending = value
            self._is_mended = True

    def _colon(self) -> None:
        if not self._stack or not isinstance(self._stack[-1], Pairs) or self._key is not None:
            self._is_mended = True
            return
        if self._pending is not _NOTHING:
            self._key = str(self._pending)
            self._pending = _NOTHING

    def _settle_pending(self) -> None:
        """Puts what was read where it belongs."""
        if isinstance(self._pending, _Nothing):
            if self._key is not None:
                self._put(None)
            return
        value, self._pending = self._pending, _NOTHING
        self._put(value)

    def _put(self, value: Value) -> None:
        parent = self._stack[-1] if self._stack else self.values
        if isinstance(parent, Pairs):
            self._is_mended |= self._key is None
            parent.items.append((self._key or "", value))
            self._key = None
        else:
            parent.append(value)

    def _open(self, mark: str) -> None:
        if not isinstance(self._pending, _Nothing):
            self._settle_pending()
        if len(self._stack) >= MAX_DEPTH:
            self._num_flattened += 1
            self._is_mended = True
            return
        new: list[Value] | Pairs = Pairs() if mark == "{" else []
        self._put(new)
        self._stack.append(new)

    def _close(self, mark: str) -> None:
        self._is_mended |= self._after_comma
        self._settle_pending()
        if self._num_flattened:
            self._num_flattened -= 1
            return
        for index in range(len(self._stack) - 1, -1, -1):
            if isinstance(self._stack[index], _CLOSES[mark]):
                self._is_mended |= index < len(self._stack) - 1
                del self._stack[index:]
                return
        self._is_mended = True

    def finish(self, end: int) -> Parsed:
        self._is_cut |= bool(self._stack)
        self._settle_pending()
        return Parsed(self.values, end, self._is_cut, self._is_mended)


class _Nothing:
    pass


_NOTHING = _Nothing()


def _unescape(inside: str) -> str:
    if "\\" not in inside:
        return inside
    text = _ESCAPE.sub(_escaped, inside)
    if not _SURROGATE.search(text):
        return text
    # Two halves are one character; a lone half is none.
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _escaped(match: re.Match[str]) -> str:
    if match[1]:
        return chr(int(match[1], 16))
    return _ESCAPED.get(match[2], match[0])
