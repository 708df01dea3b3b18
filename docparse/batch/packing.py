"""Pages to bytes and back, for the way between processes and for the ledger.

JSON and not pickle, since a ledger is a file that may come from somebody else.
"""

from __future__ import annotations

import json
import zlib
from typing import Any

from docparse.convert.records import decoder, encoder
from docparse.extraction.read import PageText, text_of
from docparse.types import Page


def pack(page: Page | PageText) -> bytes:
    """The page as compressed JSON."""
    kind: Any = type(page)
    text = json.dumps(encoder(kind)(page), separators=(",", ":"), allow_nan=False)
    return zlib.compress(text.encode("ascii"), level=1)


def unpack(data: bytes) -> Page:
    """The page that was packed; ValueError where the bytes are none."""
    page = decoder(Page)(_plain(data))
    assert isinstance(page, Page)
    return page


def unpack_text(data: bytes) -> PageText:
    """The text that was packed, or that of the page which was; ValueError as in `unpack`."""
    plain = _plain(data)
    if "facts" not in plain:  # a page that failed, whatever it was to be read for
        return text_of(decoder(Page)(plain))
    text = decoder(PageText)(plain)
    assert isinstance(text, PageText)
    return text


def _plain(data: bytes) -> Any:
    try:
        return json.loads(zlib.decompress(data))
    except zlib.error as error:
        raise ValueError(f"a recorded page is damaged: {error}") from error
