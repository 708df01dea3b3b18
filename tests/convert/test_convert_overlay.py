"""Overlays: each kind is seen, scaled to the picture, and nothing in a page can break them."""

from __future__ import annotations

import time

import pytest
from convert_samples import first_page
from PIL import Image

from docparse.convert.figures import figure_name, wants_picture
from docparse.convert.overlay import COLOURS, draw_boxes
from docparse.types import KINDS, BBox, Block, Cell, ListItem, Page, Table

WHITE = (255, 255, 255)


def page_of(*blocks: Block, width: int = 400, height: int = 600) -> Page:
    return Page(1, width, height, 72.0, blocks=blocks)


def blank(width: int = 400, height: int = 600, mode: str = "RGB") -> Image.Image:
    return Image.new(mode, (width, height), 255 if mode == "L" else 1 if mode == "1" else "white")


def distance(one: tuple[int, ...], other: tuple[int, ...]) -> float:
    return max(abs(a - b) for a, b in zip(one, other, strict=True))


def test_every_kind_has_a_colour_that_is_seen_on_paper() -> None:
    assert set(COLOURS) == set(KINDS)
    for kind in KINDS:
        red, green, blue = COLOURS[kind]
        assert 0.2126 * red + 0.7152 * green + 0.0722 * blue < 150
        block = Block(kind, BBox(100, 200, 300, 400))
        assert draw_boxes(blank(), page_of(block)).getpixel((200, 401)) == COLOURS[kind]


@pytest.mark.parametrize("mode", ["RGB", "L", "1", "RGBA", "P"])
def test_the_picture_itself_stays_as_it_was(mode: str) -> None:
    picture = blank(mode=mode)
    before = picture.copy()
    drawn = draw_boxes(picture, page_of(Block("paragraph", BBox(100, 200, 300, 400))))
    assert picture.tobytes() == before.tobytes()
    assert drawn.mode == "RGB"
    assert drawn.size == picture.size
    assert drawn.getpixel((10, 590)) == WHITE


def test_boxes_are_scaled_to_the_picture() -> None:
    block = Block("paragraph", BBox(100, 200, 300, 400))
    drawn = draw_boxes(blank(200, 1200), page_of(block))
    assert drawn.getpixel((100, 801)) == COLOURS["paragraph"]
    assert drawn.getpixel((49, 600)) == COLOURS["paragraph"]
    assert drawn.getpixel((100, 900)) == WHITE
    inside = drawn.getpixel((100, 600))
    assert isinstance(inside, tuple)
    assert inside != WHITE
    assert distance(inside, WHITE) < 30  # a tint that the text can be read through


def test_cells_items_and_captions_have_lines_of_their_own() -> None:
    table = Table(1, 2, (Cell(0, 0, bbox=BBox(100, 100, 200, 200), header=True),
                         Cell(0, 1, bbox=BBox(200, 100, 300, 200))))  # fmt: skip
    page = page_of(
        Block("table", BBox(100, 100, 300, 200), table=table),
        Block("caption", BBox(100, 240, 300, 260), target=0),
        Block("list", BBox(50, 300, 350, 500), items=(ListItem("a", BBox(100, 350, 300, 400)),)),
    )
    drawn = draw_boxes(blank(), page)
    head, body, border = (drawn.getpixel((x, 150)) for x in (150, 250, 200))
    assert isinstance(head, tuple) and isinstance(body, tuple) and isinstance(border, tuple)
    assert distance(head, WHITE) > distance(body, WHITE)
    assert distance(border, COLOURS["table"]) < 70
    assert drawn.getpixel((200, 220)) == COLOURS["caption"]
    dashes = [drawn.getpixel((x, 400)) == COLOURS["list"] for x in range(100, 300)]
    assert 60 < sum(dashes) < 140


def test_labels_stay_clear_of_boxes_and_of_each_other() -> None:
    blocks = [Block("heading", BBox(200, 100, 380, 120), level=1),
              Block("paragraph", BBox(200, 122, 380, 200)),
              Block("paragraph", BBox(200, 201, 380, 300))]  # fmt: skip
    drawn = draw_boxes(blank(), page_of(*blocks))
    for block in blocks:
        # The strip below a box's upper left corner holds no label.
        strip = [drawn.getpixel((x, block.bbox.y0 + 6)) for x in range(210, 300)]
        assert COLOURS[block.kind] not in strip
    # Left of the second and third there is room for theirs.
    for block in blocks[1:]:
        assert drawn.getpixel((198, block.bbox.y0 + 1)) != WHITE


@pytest.mark.parametrize(
    "page",
    [
        page_of(Block("figure", BBox(-50, -50, 9000, 9000))),
        page_of(Block("figure", BBox(9000, 9000, 9001, 9001))),
        page_of(Block("figure", BBox(5, 5, 5, 5)), Block("seal", BBox(0, 0, 0, 0))),
        page_of(Block("figure", BBox(5, 5, 9, 9)), width=0, height=0),
        page_of(Block("caption", BBox(5, 5, 9, 9), target=7)),
        page_of(Block("caption", BBox(5, 5, 9, 9), target=0)),
        page_of(Block("caption", BBox(5, 5, 9, 9), target=-1)),
        page_of(Block("list", BBox(0, 0, 10**9, 10**9),
                      items=(ListItem("a", BBox(0, 0, 10**9, 10**9)),))),
    ],
)  # fmt: skip
@pytest.mark.parametrize("size", [(400, 600), (1, 1), (3, 900)])
def test_odd_pages_can_be_drawn(page: Page, size: tuple[int, int]) -> None:
    assert draw_boxes(blank(*size), page).size == size


def test_a_page_of_very_many_blocks_is_drawn_in_time() -> None:
    blocks = [Block("paragraph", BBox(n % 390, n % 590, n % 390 + 9, n % 590 + 9))
              for n in range(5000)]  # fmt: skip
    start = time.process_time()
    draw_boxes(blank(), page_of(*blocks))
    assert time.process_time() - start < 10


def test_the_sample_page_is_drawn_on_a4() -> None:
    page = first_page()
    drawn = draw_boxes(blank(page.width, page.height), page)
    colours = {colour for _, colour in drawn.getcolors(maxcolors=10**6) or []}
    assert {COLOURS[block.kind] for block in page.blocks} <= colours


def test_file_names_of_pictures() -> None:
    assert figure_name(3, 2, "figure") == "page-0003-figure-02.png"
    assert figure_name(12345, 100, "music-sheet") == "page-12345-music-sheet-100.png"
    assert figure_name(1, 9, "figure") < figure_name(1, 10, "figure") < figure_name(2, 1, "figure")


def test_which_blocks_get_a_picture() -> None:
    wanted = {kind for kind in KINDS if wants_picture(Block(kind, BBox(0, 0, 1, 1), "text"))}
    assert wanted == {"figure", "chart", "image-ocr", "music-sheet", "chemical-formula", "seal"}
    assert wants_picture(Block("formula", BBox(0, 0, 1, 1), " "))
