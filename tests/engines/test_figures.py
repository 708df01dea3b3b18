"""Numbers whose figures are counted in their picture."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import PIL.Image
import PIL.ImageDraw
import PIL.ImageFont
import pytest

from docparse.engines.figures import count_high, num_high, with_commas
from docparse.engines.lines import LineText
from docparse.engines.nano import NanoReader


def written(text: str) -> PIL.Image.Image:
    picture = PIL.Image.new("L", (20 + 16 * len(text), 32), 255)
    PIL.ImageDraw.Draw(picture).text((10, 2), text, 0, PIL.ImageFont.load_default(24))
    return picture


@pytest.mark.parametrize(
    ("text", "corrected"),
    [
        ("40.000.281円", "40,000,281円"),
        ("合計74,777.777円", "合計74,777,777円"),
        ("¥1.234.567", "¥1,234,567"),
        ("3.490円", "3.490円"),
        ("192.168.100.200", "192.168.100.200"),
        ("¥1.234.56", "¥1.234.56"),
    ],
)
def test_thousands_of_yen_are_parted_by_commas(text: str, corrected: str) -> None:
    assert with_commas(text) == corrected


@pytest.mark.parametrize("text", ["445", "1,144", "No. 86666", "(2,048)", "-5.5"])
def test_figures_are_counted_in_their_picture(text: str) -> None:
    picture = np.asarray(written(text))
    assert count_high(picture) == count_high(255 - picture) == num_high(text) > 0
    ruled = picture.copy()
    ruled[:, :2] = 0
    ruled[30:] = 0
    assert count_high(ruled) == num_high(text)


def test_words_are_not_counted() -> None:
    assert [num_high(text) for text in ("Total 445", "第445号", "")] == [0, 0, 0]


@pytest.mark.parametrize(
    ("again", "told", "is_sure"), [("445", "445", True), ("45", "45", False), ("4a5b", "45", False)]
)
def test_a_number_that_lacks_a_figure_is_read_again(
    again: str, told: str, is_sure: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of rows of one figure, one was dropped without doubt: N=144 was read as N=14."""
    reader = NanoReader()
    replies = iter(["45", again])

    def read(_: NanoReader, lines: Sequence[object]) -> list[LineText]:
        text = next(replies) if lines else ""
        spans = tuple((place / len(text), (place + 1) / len(text)) for place in range(len(text)))
        return [LineText(text, (0.99,) * len(text), spans, "model") for _ in lines]

    monkeypatch.setattr(NanoReader, "_texts", read)
    (found,) = reader.read([written("445")])
    assert found.text == told
    assert (found.mean_confidence > 0.9) == is_sure
