"""Pages to bytes and back, for the way between processes and for the ledger.

JSON and not pickle, since a ledger is a file that may come from somebody else.
"""

from __future__ import annotations

import json
import zlib

from docparse.convert.records import decoder, encoder
from docparse.types import Page


def pack(page: Page) -> bytes:
    """The page as compressed JSON."""
    text = json.dumps(encoder(Page)(page), separators=(",", ":"), allow_nan=False)
    return zlib.compress(text.encode("ascii"), level=1)


def unpack(data: bytes) -> Page:
    """The page that was packed; ValueError where the bytes are none."""
    try:
        text = zlib.decompress(data)
    except zlib.error as error:
        raise ValueError(f"a recorded page is damaged: {error}") from error
    page = decoder(Page)(json.loads(text))
    assert isinstance(page, Page)
    return page
