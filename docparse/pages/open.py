"""A path or bytes to a Source, by content and never by file name.

The one use of a name: plain text that calls itself a PDF or an image is refused, since it is a
failed download and not a model's reply.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Literal

from docparse.errors import UnreadableInputError
from docparse.pages.page import PageInput
from docparse.types import OutlineEntry

if TYPE_CHECKING:
    import PIL.Image

SourceKind = Literal["pdf", "images", "document", "reply"]

# Enough to recognise anything: a PDF header may stand anywhere in the first kilobyte.
_HEAD = 4096
# Longer texts are no replies; the limit keeps a mistyped path from filling the memory.
MAX_TEXT_BYTES = 256 * 1024 * 1024

_IMAGE_MAGIC = re.compile(
    rb"\x89PNG\r\n\x1a\n|\xff\xd8\xff|RIFF....WEBP|BM.{4}\0\0\0\0|II[*+]\0|MM\0[*+]|GIF8[79]a"
    rb"|\0\0\0\x0cjP  |\xff\x4f\xff\x51|....ftypavi[fs]",
    re.DOTALL,
)
# Parts of a PDF, wherever its header is; no text that a person or a model wrote has them.
_PDF_PARTS = re.compile(rb"\d+ \d+ obj\b.{0,4000}?\bendobj\b|startxref\s+\d+\s+%%EOF", re.DOTALL)
# What people try, and what it is called.
_OTHER_MAGIC = (
    (rb"PK\x03\x04", "a ZIP archive or an Office document"),
    (rb"\xd0\xcf\x11\xe0", "an old Office document"),
    (rb"\{\\rtf", "an RTF document"),
    (rb"%!PS", "a PostScript file"),
    (rb"\x1f\x8b|Rar!|7z\xbc\xaf", "a compressed archive"),
    (rb"AT&TFORM", "a DjVu document"),
    (rb"....ftyp(hei|hev|mif|msf)", "a HEIC photo"),
    (rb"8BPS", "a Photoshop file"),
)
_OUR_JSON = re.compile(r'\{.{0,4000}?"docparse"\s*:', re.DOTALL)
_READABLE = "docparse reads PDF, PNG, JPEG, WebP, BMP, GIF, TIFF, and its own HTML and JSON"
_BINARY_ENDING = re.compile(
    r"\.(pdf|png|jpe?g|jfif|webp|bmp|gif|tiff?|jp2|avif|heic|djvu)", re.IGNORECASE
)


@dataclass(slots=True)
class Source:
    """Something to read, open until its context ends.

    `text` is set for the kinds that need no reading: "document" is our own HTML or JSON, "reply"
    any other text. `meta`: what the file says about itself. `outline`: its bookmarks.
    """

    kind: SourceKind
    name: str
    num_pages: int = 0
    meta: dict[str, str] = field(default_factory=dict)
    outline: tuple[OutlineEntry, ...] = ()
    text: str = ""
    _load: Callable[[int], PageInput] | None = None
    _draw: Callable[[int, tuple[int, int]], PIL.Image.Image] | None = None

    def page(self, number: int) -> PageInput:
        """Page `number` from 1, read anew at each call and kept by nobody else.

        What it holds of the file is valid while the source is open. Raises UnreadableInputError
        if this one page is damaged, IndexError if there is no such page.
        """
        if self._load is None or not 1 <= number <= self.num_pages:
            raise IndexError(f"{self.name} has no page {number} to read")
        return self._load(number)

    def draw(self, number: int, size: tuple[int, int]) -> PIL.Image.Image:
        """The picture of page `number` as RGB, `size` pixels large; raises as `page` does."""
        if self._draw is None or not 1 <= number <= self.num_pages:
            raise IndexError(f"{self.name} has no page {number} to draw")
        return self._draw(number, size)


@contextmanager
def open_source(
    data: Path | bytes, *, name: str, password: str = "", dpi: float = 200
) -> Iterator[Source]:
    """The Source in a file or in bytes; `name` is what messages call it.

    `dpi`: resolution of page space, for pages that are not one full-page image. Raises
    UnreadableInputError for what is missing, empty, damaged or of an unknown kind, PasswordError
    for a locked PDF.
    """
    head, data = _read_head(data, name=name)
    if _IMAGE_MAGIC.match(head):
        from docparse.pages.images import ImagePages

        images = ImagePages(data, name=name)
        yield Source("images", name, images.num_pages, _load=images.page, _draw=images.draw)
        return
    text = _as_text(head, data, name=name)
    if text is not None:
        yield Source(_text_kind(text, name=name), name, text=text)
        return
    from docparse.pages.pdf import open_pdf

    with open_pdf(data, name=name, password=password, dpi=dpi) as pdf:
        yield Source(
            "pdf", name, pdf.num_pages, pdf.meta, pdf.outline, _load=pdf.page, _draw=pdf.draw
        )


def _read_head(data: Path | bytes, *, name: str) -> tuple[bytes, Path | bytes]:
    """The first bytes, and the data again: a pipe can be read once only, so it becomes bytes."""
    try:
        if isinstance(data, Path):
            if data.is_dir():
                raise UnreadableInputError(
                    f"{name} is a folder", hint="give a file in it, or docparse FOLDER -o FOLDER"
                )
            if not data.exists():
                raise UnreadableInputError(f"{name} does not exist", hint="check the path")
            if not data.is_file():
                data = data.read_bytes()
        if isinstance(data, bytes):
            head = data[:_HEAD]
        else:
            with data.open("rb") as file:
                head = file.read(_HEAD)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise UnreadableInputError(
            f"cannot read {name}: {reason}", hint="check the path and its permissions"
        ) from error
    if not head:
        raise UnreadableInputError(
            f"{name} is empty", hint="check that it was downloaded or piped in full"
        )
    return head, data


def _as_text(head: bytes, data: Path | bytes, *, name: str) -> str | None:
    """The text if it is that and nothing else, None if it is to be tried as a PDF.

    Raises UnreadableInputError for what is neither.
    """
    if head.lstrip().startswith(b"%PDF-"):
        return None
    for magic, what in _OTHER_MAGIC:
        if re.match(magic, head, re.DOTALL):
            raise UnreadableInputError(
                f"{name} is {what}, which is not read", hint=f"convert it to PDF first; {_READABLE}"
            )
    size = len(data) if isinstance(data, bytes) else data.stat().st_size
    if size <= MAX_TEXT_BYTES:
        content = data if isinstance(data, bytes) else data.read_bytes()
        text = _decode(content)
        if text is not None and not _PDF_PARTS.search(content[: 1 << 20]):
            return text
        if text is not None:
            return None
    if b"%PDF-" in head[:1024]:
        return None
    raise UnreadableInputError(f"{name} is nothing that is read here", hint=_READABLE)


def _decode(content: bytes) -> str | None:
    """UTF-8, or the UTF-16 that Windows shells write into a file; None for what is no text."""
    encoding = "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError:
        return None
    return None if "\0" in text else text


def _text_kind(text: str, *, name: str) -> SourceKind:
    """Whether a text is our own output or a reply; raises UnreadableInputError if it is neither."""
    stripped = text.strip()
    if not stripped:
        raise UnreadableInputError(f"{name} holds nothing but white space", hint=_READABLE)
    if stripped.startswith("<") and 'class="page"' in text and "data-page" in text:
        return "document"
    if _OUR_JSON.match(stripped):
        return "document"
    if _BINARY_ENDING.fullmatch(PurePath(name).suffix):
        what = "a web page" if stripped.startswith("<") else "plain text"
        raise UnreadableInputError(
            f"{name} is {what} and not what its name says",
            hint="download it again; if it is a saved model reply, name it .html or .txt",
        )
    return "reply"
