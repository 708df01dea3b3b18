"""The page numbers that a spec such as `1-5,8,12-end,r3-r1` asks for, in the order written."""

from __future__ import annotations

import re

from docparse.errors import UsageError
from docparse.log import logger

_NUMBER = re.compile(r"(?P<back>r)?(?P<count>[0-9]{1,9})|(?P<end>end)")


def select_pages(spec: str, num_pages: int) -> tuple[int, ...]:
    """Page numbers from 1, each once; an empty spec means all pages.

    `5` is one page, `2-4` a range, `4-2` the same backwards, `end` the last page, `r1` the last,
    `r2` the one before it. A page that is asked for twice is read once, and a warning says so.
    Raises UsageError when the spec has another form or names a page that is not there.
    """
    if not spec.strip():
        return tuple(range(1, num_pages + 1))
    wanted: list[int] = []
    for part in spec.split(","):
        wanted += _expand(part.strip().lower(), spec=spec, num_pages=num_pages)
    unique = tuple(dict.fromkeys(wanted))
    if len(unique) < len(wanted):
        logger.warning("--pages %s names pages twice; each is read once", spec)
    return unique


def _expand(part: str, *, spec: str, num_pages: int) -> range:
    ends = part.split("-")
    if len(ends) > 2 or not part:
        raise _bad(f"{part!r} in --pages {spec!r} is no page or range of pages", num_pages)
    first, last = (
        _number(end.strip(), spec=spec, num_pages=num_pages) for end in (ends[0], ends[-1])
    )
    step = 1 if first <= last else -1
    return range(first, last + step, step)


def _number(text: str, *, spec: str, num_pages: int) -> int:
    match = _NUMBER.fullmatch(text)
    if match is None:
        raise _bad(f"{text!r} in --pages {spec!r} is no page number", num_pages)
    if match["end"]:
        return num_pages
    count = int(match["count"])
    if not 1 <= count <= num_pages:
        raise _bad(f"there is no page {text} (--pages {spec!r})", num_pages)
    return num_pages + 1 - count if match["back"] else count


def _bad(message: str, num_pages: int) -> UsageError:
    have = "1 page" if num_pages == 1 else f"{num_pages} pages"
    return UsageError(
        message,
        hint=f"the document has {have}; write --pages like 1-5,8,12-end,r3-r1 (r1 is the last)",
    )
