"""A font without ink for text that is there to be found and copied but not to be seen.

Its characters are numbered as they come (PDF 32000-1, 9.7: a Type 0 font with two-byte codes), and
a ToUnicode map says what they mean. A TrueType program of one empty glyph is embedded, so that no
viewer looks for another font.
"""

from __future__ import annotations

import struct
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from docparse.mupdf import pymupdf

# Thousandths of the font's size.
ASCENT, DESCENT = 800, -200
_WIDE, _NARROW = 1000, 500
_MOST = 0xFFFF
# Entries of one bfchar section (Adobe Technical Note 5014).
_SECTION = 100


def advance(char: str) -> int:
    """The width of a character in thousandths of the font's size."""
    if unicodedata.combining(char):
        return 0
    return _WIDE if unicodedata.east_asian_width(char) in "WF" else _NARROW


@dataclass
class GlyphlessFont:
    """One font of a PDF file; `finish` writes it once all texts have been encoded."""

    vertical: bool
    # In columns a character hangs from the middle of its top, so that it lies below its origin
    # for viewers that mind the font's metrics and for those that mind the origin only.
    _codes: dict[str, int] = field(default_factory=dict)

    def encode(self, text: str) -> str:
        """The text as a hexadecimal string of a content stream."""
        return "<" + "".join(f"{self._code(char):04X}" for char in text) + ">"

    def _code(self, char: str) -> int:
        if "\ud800" <= char <= "\udfff":
            char = "\ufffd"
        if char not in self._codes and len(self._codes) < _MOST:
            self._codes[char] = len(self._codes) + 1
        return self._codes.get(char, 0)

    def finish(self, pdf: pymupdf.Document, xref: int) -> None:
        """Writes the font as object `xref`."""
        chars = list(self._codes)
        program = _stream(pdf, _truetype(), "/Length1 {length}")
        # every character is glyph 1, which is empty
        glyphs = _stream(pdf, b"\0\1" * (len(chars) + 1), "")
        meaning = _stream(pdf, _to_unicode(chars).encode("ascii"), "")
        top, bottom = (0, -1000) if self.vertical else (ASCENT, DESCENT)
        descriptor = _object(
            pdf,
            "/Type/FontDescriptor/FontName/Docparse-Invisible/Flags 4/ItalicAngle 0/StemV 80"
            f"/Ascent {top}/Descent {bottom}/CapHeight {top}"
            f"/FontBBox[0 {bottom} 1000 {top}]/FontFile2 {program} 0 R",
        )
        widths = " ".join(str(advance(char)) for char in chars)
        metrics = "/DW2[0 -1000]" if self.vertical else f"/W[1[{widths}]]"
        descendant = _object(
            pdf,
            "/Type/Font/Subtype/CIDFontType2/BaseFont/Docparse-Invisible"
            "/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>"
            f"/FontDescriptor {descriptor} 0 R/CIDToGIDMap {glyphs} 0 R/DW {_WIDE}{metrics}",
        )
        pdf.update_object(
            xref,
            "<</Type/Font/Subtype/Type0/BaseFont/Docparse-Invisible"
            f"/Encoding/Identity-{'V' if self.vertical else 'H'}"
            f"/DescendantFonts[{descendant} 0 R]/ToUnicode {meaning} 0 R>>",
        )


def _object(pdf: pymupdf.Document, entries: str) -> int:
    xref: int = pdf.get_new_xref()
    pdf.update_object(xref, f"<<{entries}>>")
    return xref


def _stream(pdf: pymupdf.Document, data: bytes, entries: str) -> int:
    xref = _object(pdf, entries.format(length=len(data)))
    pdf.update_stream(xref, data, compress=True)
    return xref


def _to_unicode(chars: Sequence[str]) -> str:
    lines = [
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap",
        "/CIDSystemInfo <</Registry (Adobe) /Ordering (UCS) /Supplement 0>> def",
        "/CMapName /Adobe-Identity-UCS def /CMapType 2 def",
        "1 begincodespacerange <0000> <FFFF> endcodespacerange",
    ]
    for start in range(0, len(chars), _SECTION):
        section = chars[start : start + _SECTION]
        lines.append(f"{len(section)} beginbfchar")
        for code, char in enumerate(section, start=start + 1):
            lines.append(f"<{code:04X}> <{char.encode('utf-16-be').hex().upper()}>")
        lines.append("endbfchar")
    lines.append("endcmap CMapName currentdict /CMap defineresource pop end end")
    return "\n".join(lines)


def _truetype() -> bytes:
    """A TrueType program with two empty glyphs (OpenType 1.9, the tables that PDF asks for)."""
    box = (0, DESCENT, 1000, ASCENT)
    head = struct.pack(
        ">IIIIHHqqhhhhHHhhh",
        *(0x00010000, 0x00010000, 0, 0x5F0F3CF5, 3, 1000, 0, 0),
        *(*box, 0, 8, 2, 0, 0),
    )
    hhea = struct.pack(
        ">IhhhHhhhhhhhhhhhH",
        *(0x00010000, ASCENT, DESCENT, 0, 1000, 0, 0, 1000, 1, 0, 0, 0, 0, 0, 0, 0, 1),
    )
    maxp = struct.pack(">I14H", 0x00010000, 2, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0)
    hmtx = struct.pack(">Hhh", 1000, 0, 0)
    loca = struct.pack(">HHH", 0, 0, 0)
    tables = {
        b"glyf": b"\0\0",
        b"head": head,
        b"hhea": hhea,
        b"hmtx": hmtx,
        b"loca": loca,
        b"maxp": maxp,
    }
    offset = 12 + 16 * len(tables)
    directory, body = struct.pack(">IHHHH", 0x00010000, len(tables), 64, 2, 32), b""
    for tag, data in tables.items():
        padded = data + b"\0" * (-len(data) % 4)
        entry = (_checksum(padded), offset + len(body), len(data))
        directory += tag + struct.pack(">III", *entry)
        body += padded
    font = directory + body
    at = font.index(head) + 8
    whole = (0xB1B0AFBA - _checksum(font)) & 0xFFFFFFFF
    return font[:at] + struct.pack(">I", whole) + font[at + 4 :]


def _checksum(data: bytes) -> int:
    words: tuple[int, ...] = struct.unpack(f">{len(data) // 4}I", data)
    return sum(words) & 0xFFFFFFFF
