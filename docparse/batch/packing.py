"""Pages to bytes and back, for the way between processes and for the ledger.

MessagePack and not pickle, since a ledger is a file that may come from somebody else.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass

import msgspec

from docparse.extraction.read import PageText, text_of
from docparse.types import Page


@dataclass(frozen=True, slots=True)
class _Packed:
    """One of the two."""

    page: Page | None = None
    text: PageText | None = None


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(_Packed).decode


def pack(page: Page | PageText) -> bytes:
    """The page, compressed."""
    packed = _Packed(page=page) if isinstance(page, Page) else _Packed(text=page)
    return zlib.compress(_encode(packed), level=1)


def unpack(data: bytes) -> Page:
    """The page that was packed; ValueError where the bytes are none."""
    page = _packed(data).page
    if page is None:
        raise ValueError("a recorded page is missing")
    return page


def unpack_text(data: bytes) -> PageText:
    """The text that was packed, or that of the page which was; ValueError as in `unpack`."""
    # A page that failed is packed as such, whatever it was to be read for.
    return _packed(data).text or text_of(unpack(data))


def _packed(data: bytes) -> _Packed:
    try:
        return _decode(zlib.decompress(data))
    except (zlib.error, msgspec.MsgspecError) as error:
        raise ValueError(f"a recorded page is damaged: {error}") from error
