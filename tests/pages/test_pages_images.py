"""Pictures to pages: modes, rotation, resolution, frames, damage."""

from __future__ import annotations

import contextlib
import io

import numpy as np
import PIL.Image
import pytest
from pages_pdfs import as_bytes, scan

from docparse.errors import UnreadableInputError
from docparse.geometry import BBox
from docparse.pages import images, native
from docparse.pages.images import flatten, resolution
from docparse.pages.open import open_source
from docparse.pages.page import PageInput


def page_of(data: bytes, number: int = 1) -> PageInput:
    with open_source(data, name="picture") as source:
        return source.page(number)


def test_an_upright_page_without_text() -> None:
    page = page_of(as_bytes(scan(400, 300), "PNG", dpi=(150, 150)))
    assert (page.width, page.height, page.rotation, page.layer) == (400, 300, 0, "none")
    assert page.dpi == pytest.approx(150, abs=0.1)
    assert page.picture is not None and page.pdf_page is None and page.lines == ()


@pytest.mark.parametrize(
    ("orientation", "corner"),
    [(1, (0, 0)), (3, (59, 39)), (6, (39, 0)), (8, (0, 59))],
)
def test_exif_rotation_is_applied(orientation: int, corner: tuple[int, int]) -> None:
    image = PIL.Image.new("RGB", (60, 40), "white")
    image.paste((255, 0, 0), (0, 0, 8, 8))
    exif = PIL.Image.Exif()
    exif[0x0112] = orientation
    page = page_of(as_bytes(image, "PNG", exif=exif))
    assert (page.width, page.height) == ((60, 40) if orientation < 5 else (40, 60))
    assert page.picture is not None
    assert page.picture.convert("RGB").getpixel(corner) == (255, 0, 0)


def checks(mode: str, dark: object, light: object) -> PIL.Image.Image:
    """A picture in a mode: left half dark, right half light."""
    image = PIL.Image.new(mode, (20, 10), light)  # type: ignore[arg-type]
    image.paste(dark, (0, 0, 10, 10))  # type: ignore[arg-type]
    return image


def palette_with_transparency() -> PIL.Image.Image:
    image = checks("P", 1, 0)
    image.putpalette([200, 0, 0, 0, 0, 0])
    image.info["transparency"] = 0
    return image


MODES = [
    checks("1", 0, 1),
    checks("L", 0, 255),
    checks("LA", (0, 255), (90, 0)),
    checks("RGB", "black", "white").convert("P"),
    palette_with_transparency(),
    checks("RGB", "black", "white"),
    checks("RGBA", (0, 0, 0, 255), (80, 80, 80, 0)),
    checks("CMYK", (0, 0, 0, 255), (0, 0, 0, 0)),
    checks("YCbCr", (0, 128, 128), (255, 128, 128)),
    checks("LAB", (0, 128, 128), (255, 128, 128)),
    checks("HSV", (0, 0, 0), (0, 0, 255)),
    checks("I;16", 0, 65535),
    checks("I", 0, 65535),
    checks("I", 0, 255),
    checks("F", 0.0, 1.0),
    checks("F", 0.0, 255.0),
]


@pytest.mark.parametrize("image", MODES, ids=lambda image: image.mode)
def test_any_mode_comes_out_dark_and_light(image: PIL.Image.Image) -> None:
    flat = flatten(image)
    assert flat.mode in ("L", "RGB")
    gray = np.asarray(flat.convert("L"))
    assert gray[:, :10].max() < 40 and gray[:, 10:].min() > 215


def test_sixteen_bits_keep_their_shades() -> None:
    image = PIL.Image.fromarray(np.full((4, 4), 32896, dtype=np.uint16))
    image.putpixel((0, 0), 65535)
    assert flatten(image).getpixel((2, 2)) == 128


@pytest.mark.parametrize(
    ("size", "claimed", "dpi"),
    [
        ((1654, 2339), (200, 200), 200),
        ((1654, 2339), None, 2339 / 11.69),  # as if A4
        ((4000, 3000), (72, 72), 4000 / 11.69),  # a camera's 72
        ((595, 842), (72, 72), 72),
        ((1000, 1000), (1, 1), 1000 / 11.69),
        ((1000, 1000), (0, 0), 1000 / 11.69),
        ((60, 20), None, 72),
        ((30000, 10), None, 600),
        ((2000, 1000), (204, 98), 204),
    ],
)
def test_resolution_is_believed_if_it_makes_sense(
    size: tuple[int, int], claimed: tuple[int, int] | None, dpi: float
) -> None:
    image = PIL.Image.new("1", size)
    if claimed:
        image.info["dpi"] = claimed
    assert resolution(image) == pytest.approx(dpi)


def test_frames_of_a_tiff_are_pages_and_are_read_one_by_one() -> None:
    frames = [scan(200 + 10 * n, 100) for n in range(3)]
    data = as_bytes(frames[0], "TIFF", save_all=True, append_images=frames[1:], dpi=(100, 100))
    with open_source(data, name="t.tif") as source:
        assert source.num_pages == 3
        assert [source.page(n).width for n in (3, 1, 2)] == [220, 200, 210]
        assert source.page(2).dpi == pytest.approx(100)


def test_an_animation_is_one_page() -> None:
    frames = [PIL.Image.new("L", (30, 20), shade) for shade in (0, 90, 200)]
    for kind in ("GIF", "WEBP", "PNG"):
        data = as_bytes(frames[0], kind, save_all=True, append_images=frames[1:])
        with open_source(data, name="a") as source:
            assert source.num_pages == 1


def test_one_colour_is_blank() -> None:
    page = page_of(as_bytes(PIL.Image.new("RGB", (300, 200), (250, 248, 240)), "JPEG"))
    assert page.layer == "blank" and [note.code for note in page.notes] == ["blank"]


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "TIFF", "BMP", "WEBP"])
def test_truncated_files_are_refused(kind: str) -> None:
    noise = np.random.default_rng(0).integers(0, 255, (80, 90, 3), dtype=np.uint8)
    data = as_bytes(PIL.Image.fromarray(noise), kind)
    for part in (0.3, 0.6, 0.9):
        with pytest.raises(UnreadableInputError) as caught:
            page_of(data[: int(len(data) * part)])
        assert "save it again" in caught.value.hint


def test_damage_is_told_in_one_place(capfd: pytest.CaptureFixture[str]) -> None:
    """libtiff writes to stderr by itself."""
    data = bytearray(as_bytes(scan(800, 600).convert("1"), "TIFF", compression="group4"))
    data[40:60] = bytes(20)
    with contextlib.suppress(UnreadableInputError):
        page_of(bytes(data))
    assert capfd.readouterr().err == ""


def test_a_damaged_frame_costs_that_page_only() -> None:
    frames = [scan(200, 100), scan(200, 100)]
    data = as_bytes(frames[0], "TIFF", save_all=True, append_images=frames[1:])
    with open_source(data[:-40], name="t.tif") as source:
        pages = []
        for number in range(1, source.num_pages + 1):
            try:
                pages.append(source.page(number).number)
            except UnreadableInputError as error:
                assert "page" in str(error)
        assert pages == [1]


def test_bombs_are_refused_with_their_size() -> None:
    # a PNG header that claims 30000 x 30000 pixels, and little behind it
    data = as_bytes(PIL.Image.new("1", (8, 8)), "PNG")
    import struct
    import zlib

    header = b"IHDR" + struct.pack(">IIBBBBB", 30000, 30000, 8, 2, 0, 0, 0)
    chunk = struct.pack(">I", 13) + header + struct.pack(">I", zlib.crc32(header))
    bomb = data[:8] + chunk + data[33:]
    with pytest.raises(UnreadableInputError, match="900000000 pixels"):
        page_of(bomb)


def test_large_pictures_are_reduced_to_the_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(images, "MAX_PIXELS", 10_000)
    page = page_of(as_bytes(scan(400, 200), "PNG", dpi=(200, 200)))
    assert page.width * page.height <= 10_000
    assert page.width / page.dpi == pytest.approx(400 / 200, rel=0.02)


def test_render_and_crop() -> None:
    image = PIL.Image.new("L", (50, 40), 255)
    image.paste(0, (10, 10, 20, 20))
    page = page_of(as_bytes(image, "PNG"))
    assert native.render(page).size == (50, 40)
    assert native.render(page).mode == "RGB"
    assert native.render(page, dpi=page.dpi * 2).size == (100, 80)
    part = native.crop(page, BBox(10, 10, 30, 20))
    assert part.size == (20, 10) and part.getpixel((0, 0)) == (0, 0, 0)
    assert part.getpixel((15, 5)) == (255, 255, 255)
    assert native.crop(page, BBox(40, 30, 90, 90)).size == (10, 10)
    with pytest.raises(ValueError, match="no area"):
        native.crop(page, BBox(60, 60, 90, 90))
    with PIL.Image.open(io.BytesIO(native.to_png(part))) as again:
        assert again.size == (20, 10)
