"""How large a page is in native pixels, and what its picture shows."""

from __future__ import annotations

import logging

import numpy as np
import PIL.Image
import pymupdf
import pytest
from pages_pdfs import first_page, opened, pdf, scan, text

from docparse.geometry import BBox
from docparse.pages.native import MAX_PIXELS, crop, native_size, render


def placed(name: str, x: float, y: float, width: float, height: float) -> str:
    return f"q {width} 0 0 {height} {x} {y} cm /{name} Do Q\n"


def sized(data: bytes, dpi: float = 200) -> tuple[int, int, float]:
    with pymupdf.open(stream=data, filetype="pdf") as document:
        width, height, real = native_size(document[0], dpi)
        return width, height, real


@pytest.mark.parametrize(
    ("size", "dpi", "wanted"),
    [
        ((595.276, 841.89), 200, (1654, 2339, 200)),
        ((612, 792), 300, (2550, 3300, 300)),
        ((612, 792), 72, (612, 792, 72)),
        ((4, 4), 200, (11, 11, 200)),
        ((234, 14295), 200, (650, 39708, 200)),
        ((0.5, 0.5), 72, (1, 1, 72)),
    ],
)
def test_pages_are_drawn_at_the_dpi_asked_for(
    size: tuple[float, float], dpi: float, wanted: tuple[int, int, float]
) -> None:
    if min(size) < 3:  # smaller pages than a writer of PDFs allows
        from docparse.pages.native import fit_size

        assert fit_size(pymupdf.Rect(0, 0, *size), dpi, scan_dpi=None) == wanted
    else:
        assert sized(pdf(size=size), dpi) == wanted


@pytest.mark.parametrize("size", [(8400, 8400), (18000, 36000), (9, 200_000), (612, 792)])
def test_monster_pages_stay_within_the_budget(
    size: tuple[float, float], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG, logger="docparse"):
        width, height, dpi = sized(pdf(size=size), dpi=1200)
    assert width * height <= MAX_PIXELS * 1.001
    assert width == pytest.approx(size[0] * dpi / 72, abs=0.51)
    assert height == pytest.approx(size[1] * dpi / 72, abs=0.51)
    assert "too large" in caplog.text


SCAN = scan(250, 300)
SCANS = [
    # what is drawn, whether the page is that image
    (placed("Im", 0, 0, 200, 240), True),
    (placed("Im", 0.5, 0.5, 199, 239), True),  # a hair of a margin
    (placed("Im", -5, -5, 210, 250), True),
    (placed("Im", 0, 0, 200, 240) + text("hidden", x=9, y=99, extra="3 Tr"), True),
    (text("below", x=9, y=99) + placed("Im", 0, 0, 200, 240), True),
    ("1 1 1 rg 0 0 200 240 re f\n" + placed("Im", 0, 0, 200, 240), True),
    (placed("Im", 10, 10, 180, 220), False),
    (placed("Im", 0, 0, 200, 240) + text("stamp", x=9, y=99), False),
    (placed("Im", 0, 0, 200, 240) + "0 0 m 50 50 l S\n", False),
    (text("only text", x=9, y=99), False),
]


@pytest.mark.parametrize(("content", "is_scan"), SCANS)
def test_a_full_page_image_is_taken_at_its_own_pixels(content: str, is_scan: bool) -> None:
    width, height, dpi = sized(pdf(content, size=(200, 240), images={"Im": SCAN}))
    if is_scan:
        assert dpi == pytest.approx(90, rel=0.06)
        assert (width, height) == (round(200 * dpi / 72), round(240 * dpi / 72))
    else:
        assert (width, height, dpi) == (556, 667, 200)


@pytest.mark.parametrize(
    ("pixels", "dpi"), [((20, 24), 72), ((4000, 4800), 600), ((250, 150), 90), ((125, 300), 90)]
)
def test_its_resolution_stays_within_limits(pixels: tuple[int, int], dpi: float) -> None:
    image = PIL.Image.new("L", pixels, 128)
    content = placed("Im", 0, 0, 200, 240)
    found = sized(pdf(content, size=(200, 240), images={"Im": image}))[2]
    assert found == pytest.approx(dpi, rel=1e-5)


def test_the_sharper_layer_of_a_scan_counts() -> None:
    content = placed("Back", 0, 0, 200, 240) + placed("Front", 10, 10, 180, 220)
    images = {"Back": scan(100, 120), "Front": scan(450, 550)}
    assert sized(pdf(content, size=(200, 240), images=images))[2] == pytest.approx(180, rel=1e-5)


@pytest.mark.parametrize("rotate", [0, 90, 180, 270])
def test_a_scan_comes_out_pixel_for_pixel_and_turned(rotate: int) -> None:
    data = pdf(placed("Im", 0, 0, 200, 240), size=(200, 240), rotate=rotate, images={"Im": SCAN})
    with first_page(data) as page:
        assert page.rotation == rotate and page.dpi == pytest.approx(90)
        drawn = np.asarray(render(page).convert("L"), dtype=int)
    wanted = np.asarray(SCAN.rotate(-rotate, expand=True), dtype=int)
    assert drawn.shape == wanted.shape
    assert np.abs(drawn - wanted).mean() < 0.5


def test_a_scan_turned_by_its_matrix() -> None:
    # the image's x axis goes up the page
    content = "q 0 240 -200 0 200 0 cm /Im Do Q"
    data = pdf(content, size=(200, 240), images={"Im": scan(300, 250)})
    with first_page(data) as page:
        assert (page.width, page.height) == (250, 300)
        drawn = np.asarray(render(page).convert("L"), dtype=int)
    wanted = np.asarray(scan(300, 250).rotate(90, expand=True), dtype=int)
    assert np.abs(drawn - wanted).mean() < 0.5


@pytest.mark.parametrize("rotate", [0, 90, 180, 270])
def test_words_stand_where_their_ink_is(rotate: int) -> None:
    """Rotation and crop box: every word's box holds dark pixels, and nothing else does."""
    content = "".join(text(f"word{n}", x=60 + 40 * n, y=60 + 25 * n) for n in range(3))
    data = pdf(content, rotate=rotate, crop=(40, 30, 240, 180))
    with first_page(data) as page:
        assert {page.width, page.height} == {round(200 * 200 / 72), round(150 * 200 / 72)}
        ink = np.asarray(render(page).convert("L")) < 128
        words = [word for line in page.lines for word in line.words]
        assert [word.text for word in words] == ["word0", "word1", "word2"]
        for word in words:
            box = word.bbox
            assert ink[box.y0 : box.y1, box.x0 : box.x1].any()
            ink[box.y0 : box.y1, box.x0 : box.x1] = False
        assert not ink.any()


def test_render_and_crop_agree_to_the_pixel() -> None:
    content = "".join(text(f"line {n} of the page", x=20, y=20 + 15 * n) for n in range(11))
    with first_page(pdf(content, size=(301.3, 200.7), rotate=90)) as page:
        whole = render(page)
        assert whole.size == (page.width, page.height)
        for box in (BBox(0, 0, 50, 70), BBox(100, 31, 333, 500), BBox(0, 0, *whole.size)):
            part = crop(page, box)
            assert part.size == (box.width, box.height)
            cut = np.asarray(whole.crop((box.x0, box.y0, box.x1, box.y1)), dtype=int)
            assert np.abs(np.asarray(part, dtype=int) - cut).mean() < 1.0
        assert render(page, dpi=page.dpi / 2).size == (
            round(page.width / 2),
            round(page.height / 2),
        )
        assert crop(page, BBox(whole.width - 5, whole.height - 5, 9999, 9999)).size == (5, 5)
        with pytest.raises(ValueError, match="no area"):
            crop(page, BBox(10, 10, 10, 50))


def test_outline_links_and_meta() -> None:
    document = pymupdf.open(stream=pdf(text("A chapter", x=20, y=150)), filetype="pdf")
    document.new_page(width=300, height=200)
    document.set_toc([[1, "One\tand", 1], [2, "Two", 2], [1, "Web", -1]])
    document[0].insert_link(
        {"kind": pymupdf.LINK_GOTO, "from": pymupdf.Rect(20, 40, 60, 50), "page": 1}
    )
    for uri in ("https://example.org/a b", "javascript:alert(1)", "file:///etc/passwd", "x.com/y"):
        document[0].insert_link(
            {"kind": pymupdf.LINK_URI, "from": pymupdf.Rect(72, 72, 144, 90), "uri": uri}
        )
    document.set_metadata({"title": "A\u200etitle", "author": ""})
    with opened(document.tobytes()) as source:
        assert source.meta["title"] == "Atitle" and "author" not in source.meta
        entries = [(e.level, e.title, e.page) for e in source.outline]
        assert entries == [(1, "One and", 1), (2, "Two", 2), (1, "Web", 0)]
        links = source.page(1).links
        assert links[0].href == "#page=2"
        assert [link.href for link in links[1:]] == ["https://example.org/ab", "https://x.com/y"]
        assert links[1].bbox == BBox(200, 200, 400, 250)
