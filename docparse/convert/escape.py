"""Markup and literal text to Markdown that every CommonMark and GFM parser reads as meant.

A character is escaped where it could be taken for markup and nowhere else, so that ordinary prose
(`a_b`, `5 * 3`, `1.5`, `#1`, `AT&T`) keeps its look. The rules are those of the CommonMark
specification 0.31, of GitHub's extensions (tables, strikethrough), and of `$`-math as the common
readers have it. Where parsers differ on a character, it is escaped.
"""

from __future__ import annotations

import re
import string
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from html.entities import html5
from itertools import groupby, islice

_PUNCTUATION = frozenset(string.punctuation)
_RUN = re.compile(r"\*+|_+|~+")
_SPECIAL = re.compile(r"\*+|_+|~+|`+|[\\\[\]<&$!]")
_LINE_END = re.compile(r"\s*?(?:\n|\Z)")
_ADDRESS = re.compile(r"(?:(?:https?|ftp)://|www\.)[^ \n<]*(\s*\n)?", re.IGNORECASE)
_BLANK = re.compile(r"\s*\n|[ <]")
_BEFORE_BREAK = re.compile(r"\s*?\n")
_NOTE_MARK = re.compile(r"\[\^[A-Za-z0-9]+\](?!\()")
_TAG_START = re.compile(r"<(?:[A-Za-z/!?]|[^\s<>]+@[^\s<>]+>)")
_ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6}|([A-Za-z][A-Za-z0-9]*));")
_DEFINITION = re.compile(r"\[(?:[^\[\]\\]|\\.)+\]:", re.DOTALL)
# What opens a block at the start of a line; the backslash goes after group 1.
_BLOCK_START = re.compile(
    r"([0-9]{1,9})[.)](?=[ \t]|$)|(?:[-+*]|#{1,6})(?=[ \t]|$)|>|\[\^(?:[^\]\\]|\\.)*\]:"
)
_RULE = re.compile(r"(?:(?:\*[ \t]*){3,}|(?:_[ \t]*){3,}|(?:-[ \t]*)+|~{3,}.*)$")
_UNDERLINE = re.compile(r"(?:=+|[-|:][-|: \t]*)$")


@dataclass(frozen=True, slots=True)
class Token:
    """A stretch of inline Markdown: markup, which goes out as it is, or literal text.

    `bracketed`: the text stands between the square brackets of a link or of an image.
    """

    text: str
    markup: bool = False
    bracketed: bool = False


def escape(tokens: Sequence[Token]) -> str:
    """The tokens as one string, in which no literal text can be taken for inline markup."""
    tokens = _merged(tokens)
    facts = _Facts.of(tokens)
    parts = [
        token.text if token.markup else facts.escaped(index) for index, token in enumerate(tokens)
    ]
    return "".join(
        part if token.markup or token.bracketed else _guard_addresses(parts, index)
        for index, (token, part) in enumerate(zip(tokens, parts, strict=True))
    )


def _merged(tokens: Sequence[Token]) -> list[Token]:
    """The tokens without empty ones, and with literal neighbours as one."""
    merged: list[Token] = []
    kept = (token for token in tokens if token.text)
    for style, group in groupby(kept, key=lambda token: (token.markup, token.bracketed)):
        same = list(group)
        if style[0] or len(same) == 1:
            merged += same
        else:
            merged.append(replace(same[0], text="".join(token.text for token in same)))
    return merged


def _guard_addresses(parts: Sequence[str], index: int) -> str:
    """Part `index`, in which no bare address swallows backslashes or marks.

    GitHub makes a link of everything up to the next blank or `<`, but for punctuation at its end
    (extended autolinks), and does so before it looks at escapes. Where that would show, the
    address is made plain text.
    """

    def guard(match: re.Match[str]) -> str:
        whole = run = match[0]
        if match.end() == len(match.string):
            whole += _up_to_blank(parts, index + 1)
        link = whole.rstrip("?!.,:*_~'\"")
        if not match[1] and "\\" not in link and len(link) <= len(run):
            return run
        return run.replace("://", "\\://").replace("www.", "www\\.")

    return _ADDRESS.sub(guard, parts[index])


def _up_to_blank(parts: Sequence[str], start: int) -> str:
    following = ""
    for part in islice(parts, start, start + 8):  # a link with more marks in it is no address
        following += part
        if match := _BLANK.search(following):
            return following[: match.start()] + "\\" * ("\n" in match[0])
    return following


def can_open(before: str, first: str) -> bool:
    """Whether `*` marks before `first` open emphasis, whatever the parser's Unicode version.

    `before`: the character outside, empty at the start of a paragraph.
    """
    return all(_flanks(before, first, symbols=symbols)[0] for symbols in (False, True))


def can_close(last: str, after: str) -> bool:
    """Whether `*` marks after `last` close emphasis; `after` is empty at a paragraph's end."""
    return all(_flanks(last, after, symbols=symbols)[1] for symbols in (False, True))


def is_mark(char: str) -> bool:
    """Whether any parser counts a character as punctuation."""
    return unicodedata.category(char)[0] in "PS"


def guard_lines(text: str) -> str:
    """The lines of a paragraph so that none of them opens a block; empty lines are dropped.

    `text` is inline Markdown; lines come out stripped.
    """
    lines = [line for line in map(str.strip, text.split("\n")) if line]
    counts = {mark: text.count(mark) for mark in "*_~"}
    guarded = "\n".join(
        _guard_line(line, first=number == 0, counts=counts) for number, line in enumerate(lines)
    )
    return "\\" + guarded if _DEFINITION.match(guarded) else guarded


def _guard_line(line: str, *, first: bool, counts: dict[str, int]) -> str:
    if line[0] in "*_~-" and _RULE.match(line):
        mark, rest = line[0], line.lstrip(line[0])
        if mark == "-" or counts[mark] == line.count(mark):
            return "\\" + line
        # The rest of the run could pair with marks on another line.
        return ("\\" + mark) * (len(line) - len(rest)) + rest
    if match := _BLOCK_START.match(line):
        at = match.end(1) if match[1] else 0
        return line[:at] + "\\" + line[at:]
    if not first and _UNDERLINE.match(line) and set(line) & set("-="):
        return "\\" + line
    return line


def _flanks(before: str, after: str, *, symbols: bool) -> tuple[bool, bool]:
    """Left- and right-flanking of a run of marks (CommonMark 0.31, section 6.2).

    `symbols`: whether Unicode symbols count as punctuation, as they do since version 0.31.
    """
    kinds = ("P", "S") if symbols else ("P",)

    def is_space(char: str) -> bool:
        return not char or char.isspace()

    def is_punctuation(char: str) -> bool:
        return bool(char) and (char in _PUNCTUATION or unicodedata.category(char)[0] in kinds)

    left = not is_space(after) and (
        not is_punctuation(after) or is_space(before) or is_punctuation(before)
    )
    right = not is_space(before) and (
        not is_punctuation(before) or is_space(after) or is_punctuation(after)
    )
    return left, right


@dataclass(frozen=True, slots=True)
class _Run:
    """A run of `*`, `_` or `~` in literal text, and what some parser could take it for.

    `touches`: it stands right beside our own markup.
    """

    place: tuple[int, int]
    opens: bool
    closes: bool
    touches: bool


def _runs(tokens: Sequence[Token]) -> dict[str, list[_Run]]:
    runs: dict[str, list[_Run]] = {"*": [], "_": [], "~": []}
    for index, token in enumerate(tokens):
        if token.markup:
            continue
        for match in _RUN.finditer(token.text):
            runs[match[0][0]].append(_judge(tokens, index, match))
    return runs


def _judge(tokens: Sequence[Token], index: int, match: re.Match[str]) -> _Run:
    text, (start, end) = tokens[index].text, match.span()
    if (start == 0 and index > 0) or (end == len(text) and index + 1 < len(tokens)):
        return _Run((index, start), opens=True, closes=True, touches=True)
    before, after = text[start - 1 : start] if start else "", text[end : end + 1]
    if _BEFORE_BREAK.match(text, end):
        after = "\\"  # with which the line will end
    if "~" in (before, after):  # parsers differ on whether they look past it
        return _Run((index, start), opens=True, closes=True, touches=False)
    opens = closes = False
    for symbols in (False, True):
        left, right = _flanks(before, after, symbols=symbols)
        if match[0][0] == "_":  # no emphasis inside a word
            opens |= left and (not right or is_mark(before))
            closes |= right and (not left or is_mark(after))
        else:
            opens |= left
            closes |= right
    return _Run((index, start), opens=opens, closes=closes, touches=False)


def _harmful(tokens: Sequence[Token]) -> frozenset[tuple[int, int]]:
    """The places of all runs that could pair with another run, ours or a literal one."""
    ours = any(token.markup and token.text.startswith("*") for token in tokens)
    places: set[tuple[int, int]] = set()
    for mark, runs in _runs(tokens).items():
        if mark == "*" and ours:
            first, last = -1, len(runs)
        else:
            first = next((number for number, run in enumerate(runs) if run.opens), len(runs))
            last = max((number for number, run in enumerate(runs) if run.closes), default=-1)
        places |= {
            run.place
            for number, run in enumerate(runs)
            # GitHub's parser looks past a bare ~ when it judges the mark beside it
            if (run.touches and mark == "~")
            or (first < last and first <= number <= last and (run.opens or run.closes))
        }
    return frozenset(places)


@dataclass(frozen=True, slots=True)
class _Facts:
    """What is known of a whole paragraph when one of its characters is judged."""

    tokens: Sequence[Token]
    harmful: frozenset[tuple[int, int]]
    escape_ticks: bool
    escape_dollars: bool
    last_angle: tuple[int, int]

    @classmethod
    def of(cls, tokens: Sequence[Token]) -> _Facts:
        literal = [token.text for token in tokens if not token.markup]
        ticks = [run for text in literal for run in re.findall("`+", text)]
        has_code = any(token.markup and "`" in token.text for token in tokens)
        has_math = any(token.markup and "$" in token.text for token in tokens)
        angles = [(i, t.text.rfind(">")) for i, t in enumerate(tokens) if ">" in t.text]
        return cls(
            tokens,
            _harmful(tokens),
            escape_ticks=has_code or len(ticks) > 1 or any(len(run) > 2 for run in ticks),
            escape_dollars=has_math or sum(text.count("$") for text in literal) > 1,
            last_angle=max(angles, default=(-1, -1)),
        )

    def escaped(self, index: int) -> str:
        """The text of token `index` with backslashes where they are needed."""
        following = self.tokens[index + 1].text[0] if index + 1 < len(self.tokens) else ""
        return _SPECIAL.sub(
            lambda match: self._replace(match, index, following), self.tokens[index].text
        )

    def _replace(self, match: re.Match[str], index: int, following: str) -> str:
        mark, text = match[0][0], match.string
        after = text[match.end() : match.end() + 1] or following
        if mark in "*_~":
            needed = (index, match.start()) in self.harmful
        elif mark == "`":
            needed = self.escape_ticks
        elif mark == "$":
            needed = self.escape_dollars
        elif mark == "\\":
            needed = after in _PUNCTUATION or bool(_LINE_END.match(text, match.end()))
        elif mark == "<":
            needed = self._opens_tag(match, index)
        elif mark == "&":
            needed = _is_entity(text, match.start())
        else:
            needed = self._is_bracket(match, after, index)
        return "".join("\\" + char for char in match[0]) if needed else match[0]

    def _opens_tag(self, match: re.Match[str], index: int) -> bool:
        text, start = match.string, match.start()
        if not _TAG_START.match(text, start):
            return False
        if self.last_angle > (index, start):
            return True
        while start and text[start - 1].isspace() and text[start - 1] != "\n":
            start -= 1
        return text[start - 1] == "\n" if start else index == 0

    def _is_bracket(self, match: re.Match[str], after: str, index: int) -> bool:
        if match[0] == "!":  # would make an image of the link
            return after == "[" and match.end() == len(match.string)
        if self.tokens[index].bracketed:
            return True
        if match[0] == "[":  # GitHub reads what looks like a footnote mark without its escapes
            return after == "^" and not _NOTE_MARK.match(match.string, match.start())
        return after == "("


def _is_entity(text: str, start: int) -> bool:
    match = _ENTITY.match(text, start)
    return match is not None and (match[1] is None or match[1] + ";" in html5)
