"""Lines set sideways on an upright page are read as they are turned."""

from __future__ import annotations

import PIL.Image
import PIL.ImageDraw
import PIL.ImageFont
import pytest

from docparse.engines.readers import load_reader
from docparse.pages.page import PageInput
from docparse.reading.scans import ScanReading
from docparse.types import Word

PROSE = ("The gauge is read every morning", "before the first boat leaves the bay", "in summer")


@pytest.mark.parametrize("angle", [90, 270])
def test_a_line_up_or_down_the_margin(angle: int) -> None:
    """As the page head of a table on its side, which was read as ］］な."""
    picture = PIL.Image.new("L", (1654, 1400), "white")
    draw, font = PIL.ImageDraw.Draw(picture), PIL.ImageFont.load_default(34)
    for number, line in enumerate(PROSE * 3):
        draw.text((300, 250 + 60 * number), line, fill=0, font=font)
    margin = PIL.Image.new("L", (600, 60), "white")
    PIL.ImageDraw.Draw(margin).text((20, 8), "SUMMARY TABLES", fill=0, font=font)
    picture.paste(margin.rotate(angle, expand=True), (1500, 300))
    page = PageInput(
        number=1, width=1654, height=1400, dpi=200, rotation=0, layer="none", picture=picture
    )
    reader = load_reader("nano")
    assert reader is not None
    read = ScanReading(reader).read(page)
    (block,) = [block for block in read.blocks if "SUMMARY" in block.text]
    assert block.text == "SUMMARY TABLES"
    assert [word.text for word in block.words] == ["SUMMARY", "TABLES"]
    first, second = (middle(word) for word in block.words)
    assert (first > second) == (angle == 90)
    assert all(1490 < word.bbox.x0 < word.bbox.x1 < 1580 for word in block.words)


def middle(word: Word) -> float:
    return word.bbox.center[1]
