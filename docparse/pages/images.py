"""Image files to pages: one picture per frame, upright, RGB or gray, with a resolution."""

from __future__ import annotations

import contextlib
import io
import math
import os
import struct
import warnings
import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import PIL.Image
import PIL.ImageOps

from docparse.errors import UnreadableInputError
from docparse.log import logger
from docparse.pages.native import MAX_PIXELS
from docparse.pages.page import PageInput
from docparse.types import Note

# The formats that may be opened; Pillow has more, some of which run other programs.
FORMATS = ("PNG", "JPEG", "MPO", "WEBP", "BMP", "TIFF", "GIF", "JPEG2000", "AVIF")
# A resolution that a file claims is believed within these limits, and if it makes a page that is
# no longer than MAX_INCHES: cameras write 72 whatever the size.
MIN_DPI, MAX_DPI, MAX_INCHES = 50.0, 2400.0, 48.0
# Otherwise the long side is taken to be that of an A4 page, within these limits.
A4_INCHES, MIN_GUESS, MAX_GUESS = 11.69, 72.0, 600.0
# A picture whose gray values differ by less has nothing on it (JPEG noise stays below).
BLANK_CONTRAST = 12

# What Pillow raises on damaged files, by experience and by its source.
_DAMAGE = (
    OSError,
    SyntaxError,
    ValueError,
    EOFError,
    KeyError,
    IndexError,
    TypeError,
    AttributeError,
    OverflowError,
    MemoryError,
    struct.error,
    zlib.error,
)


class ImagePages:
    """The frames of one image file; `page` decodes one at a time and keeps none.

    Only a TIFF has pages; of an animation the first frame counts.
    """

    def __init__(self, data: Path | bytes, *, name: str) -> None:
        """Raises UnreadableInputError if no first frame can be decoded."""
        self._data = data
        self._name = name
        with self._guard("cannot be read as an image"), self._open() as image:
            is_tiff = image.format == "TIFF"
            self.num_pages: int = getattr(image, "n_frames", 1) if is_tiff else 1
        # A file of one frame that cannot be decoded is refused now, not as a failed page later.
        self._first = self._load(1) if self.num_pages == 1 else None

    def page(self, number: int) -> PageInput:
        """Page `number` from 1; a damaged frame raises UnreadableInputError."""
        page, self._first = self._first or self._load(number), None
        return page

    def draw(self, number: int, size: tuple[int, int]) -> PIL.Image.Image:
        """The picture of a page as RGB, `size` pixels large; raises as `page` does."""
        picture = self.page(number).picture
        assert picture is not None
        return picture.convert("RGB").resize(size, PIL.Image.Resampling.LANCZOS)

    def _open(self) -> PIL.Image.Image:
        file = io.BytesIO(self._data) if isinstance(self._data, bytes) else self._data
        PIL.Image.init()  # or Pillow knows only its five commonest formats
        return PIL.Image.open(file, formats=[name for name in FORMATS if name in PIL.Image.OPEN])

    def _load(self, number: int) -> PageInput:
        what = f"is damaged at page {number}" if self.num_pages > 1 else "is a damaged image"
        with self._guard(what), self._open() as image:
            image.seek(number - 1)
            upright = PIL.ImageOps.exif_transpose(image)
            dpi = resolution(upright)
            picture = flatten(upright)
        full = picture.size
        if full[0] * full[1] > MAX_PIXELS:
            factor = math.sqrt(MAX_PIXELS / (full[0] * full[1]))
            picture.thumbnail((int(full[0] * factor), int(full[1] * factor)))
            dpi *= picture.width / full[0]
            logger.debug("%d x %d pixels are too many: reduced to %d x %d", *full, *picture.size)
        blank = is_blank(picture)
        return PageInput(
            number=number,
            width=picture.width,
            height=picture.height,
            dpi=dpi,
            rotation=0,
            layer="blank" if blank else "none",
            notes=(Note("blank", "the picture is one colour"),) if blank else (),
            picture=picture,
        )

    @contextlib.contextmanager
    def _guard(self, what: str) -> Iterator[None]:
        """Turns whatever Pillow raises on bad data into an UnreadableInputError."""
        try:
            with warnings.catch_warnings(), _quiet():
                # Metadata that Pillow grumbles about, and sizes that we limit ourselves.
                warnings.simplefilter("ignore")
                yield
        except PIL.Image.DecompressionBombError as error:
            raise UnreadableInputError(
                f"{self._name} is too large a picture: {str(error).split(',')[0]}",
                hint="scale it down, to 600 dpi at most, or cut it into pages",
            ) from error
        except _DAMAGE as error:
            detail = " ".join(str(error).split())[:120] or type(error).__name__
            raise UnreadableInputError(
                f"{self._name} {what} ({detail})",
                hint="open it in a viewer and save it again as PNG, JPEG or PDF",
            ) from error


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keeps off stderr what libtiff says of damaged files, for it asks nobody first."""
    try:
        kept = os.dup(2)
    except OSError:  # there is no stderr
        yield
        return
    try:
        with Path(os.devnull).open("wb") as nothing:
            os.dup2(nothing.fileno(), 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)


def resolution(image: PIL.Image.Image) -> float:
    """Pixels per inch: what the file says if that makes sense, else as if it were an A4 page."""
    long_side = max(image.size)
    try:
        claimed = max(float(value) for value in image.info["dpi"])
    except (KeyError, TypeError, ValueError, ZeroDivisionError):
        claimed = 0.0
    if MIN_DPI <= claimed <= MAX_DPI and long_side / claimed <= MAX_INCHES:
        return claimed
    return min(max(long_side / A4_INCHES, MIN_GUESS), MAX_GUESS)


def flatten(image: PIL.Image.Image) -> PIL.Image.Image:
    """Any mode to 8-bit gray (L) or RGB, transparent parts over white."""
    if image.mode in ("L", "RGB") and "transparency" not in image.info:
        return image
    if image.mode in ("1", "L", "LA", "La") and "transparency" not in image.info:
        target = "LA" if image.mode in ("LA", "La") else "L"
    elif image.mode.startswith(("I", "F")):
        return _from_deep(image)
    elif image.has_transparency_data:
        target = "RGBA"
    else:
        target = "RGB"
    image = image.convert(target)
    if target in ("LA", "RGBA"):
        white = PIL.Image.new(target[:-1], image.size, "white")
        white.paste(image, mask=image.getchannel("A"))
        return white
    return image


def _from_deep(image: PIL.Image.Image) -> PIL.Image.Image:
    """16-bit, 32-bit or floating gray to 8-bit gray; the range is that of the type in use."""
    values = np.nan_to_num(np.asarray(image, dtype=np.float32), posinf=0.0, neginf=0.0)
    top = float(values.max(initial=0.0))
    scale = next((full for full in (1.0, 255.0, 65535.0, 2.0**32 - 1) if top <= full), top)
    if scale == 1.0 and not image.mode.startswith("F"):
        scale = 255.0
    gray = np.clip(values * (255.0 / scale), 0, 255).astype(np.uint8)
    return PIL.Image.fromarray(gray)


def is_blank(picture: PIL.Image.Image) -> bool:
    """Whether a picture shows nothing: all of it is nearly the same gray."""
    gray = picture.convert("L")
    gray.thumbnail((600, 600), PIL.Image.Resampling.BOX)
    values = np.asarray(gray)
    return int(values.max()) - int(values.min()) < BLANK_CONTRAST
