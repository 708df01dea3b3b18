"""What a CommonMark parser with GitHub's tables and strikethrough, and `$`-math, reads."""

from __future__ import annotations

import re
from dataclasses import dataclass

from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token


def _dollars(state: StateInline, silent: bool) -> bool:
    """`$latex$`: no blank after the first sign nor before the last, no digit after that."""
    match = re.compile(r"\$\$?(?![\s$])((?:\\.|[^$\\])+?)(?<!\s)\$\$?(?![0-9$])", re.DOTALL).match(
        state.src, state.pos
    )
    if not match:
        return False
    if not silent:
        state.push("math_inline", "math", 0).content = match[1]
    state.pos = match.end()
    return True


def parser(*, math: bool) -> MarkdownIt:
    md = MarkdownIt("commonmark", {"maxNesting": 100}).enable(["table", "strikethrough"])
    if math:
        md.inline.ruler.before("escape", "dollars", lambda s, silent: (
            s.src[s.pos] == "$" and _dollars(s, silent)))  # fmt: skip
    return md


@dataclass(frozen=True)
class Char:
    """A rendered character that is no blank, with the marks that it stands in."""

    char: str
    marks: frozenset[str]


def chars(inline: Token) -> list[Char]:
    """All rendered characters but blanks; raises on anything that prose cannot become."""
    found: list[Char] = []
    marks: list[str] = []
    for child in inline.children or []:
        if child.nesting == 1:
            marks.append((child.attrs.get("href", "") and "a") or child.tag)
        elif child.nesting == -1:
            marks.pop()
        elif child.type in ("text", "code_inline", "math_inline"):
            own = {"code_inline": ["code"], "math_inline": ["math"]}.get(child.type, [])
            found += [
                Char(char, frozenset(marks + own)) for char in child.content if not char.isspace()
            ]
        elif child.type == "html_inline" and child.content == "<br>":
            found.append(Char("\n", frozenset()))
        elif child.type not in ("softbreak", "hardbreak"):
            raise AssertionError(f"{child.type}: {child.content!r}")
    return found


def plain(inline: Token) -> str:
    """The rendered text: line breaks as newlines, blanks as one, none at the ends of lines."""
    text = ""
    for child in inline.children or []:
        if child.type in ("softbreak", "hardbreak"):
            text += "\n"
        elif child.nesting == 0:
            text += "\n" if child.type == "html_inline" else child.content
    return squeezed(text)


def squeezed(text: str) -> str:
    lines = (" ".join(line.split()) for line in re.split("\r\n?|[\n\u0085\u2028\u2029]", text))
    return "\n".join(line for line in lines if line)
