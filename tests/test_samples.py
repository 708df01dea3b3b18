"""The samples are what README says they are, and their script makes them again."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from pathlib import Path

import PIL.Image
import pymupdf
import pytest

ROOT = Path(__file__).parent.parent
SAMPLES = ROOT / "samples"
LIMITS = {
    "report.pdf": 150_000,
    "invoice-ja.pdf": 150_000,
    "vertical-ja.pdf": 150_000,
    "scan.pdf": 300_000,
    "scan.png": 300_000,
}


def text_of(path: Path) -> str:
    with pymupdf.open(path) as pdf:
        return "\n".join(page.get_text() for page in pdf)


def run_maker(folder: Path) -> None:
    """Runs a copy of the script in a folder of its own."""
    fonts = Path("/usr/share/fonts/truetype")
    folders = ("liberation2", "bizud-gothic", "bizud-mincho")
    if missing := [name for name in folders if not (fonts / name).is_dir()]:
        pytest.skip(f"the fonts of the samples are not installed: {', '.join(missing)}")
    if importlib.util.find_spec("fontTools") is None:
        pytest.skip("fonttools is not installed")
    folder.mkdir()
    for script in SAMPLES.glob("*.py"):
        (folder / script.name).write_bytes(script.read_bytes())
    subprocess.run(
        [sys.executable, folder / "make_samples.py"], check=True, capture_output=True, cwd=folder
    )


@pytest.mark.parametrize(("name", "limit"), LIMITS.items())
def test_every_sample_is_there_and_small(name: str, limit: int) -> None:
    assert 10_000 < (SAMPLES / name).stat().st_size < limit


@pytest.mark.slow
def test_the_script_makes_the_same_bytes_twice_and_the_same_words_as_kept(tmp_path: Path) -> None:
    run_maker(tmp_path / "one")
    run_maker(tmp_path / "two")
    for name in LIMITS:
        made = tmp_path / "one" / name
        assert made.read_bytes() == (tmp_path / "two" / name).read_bytes(), name
        # Bytes may differ from the kept ones with the versions of zlib, Pillow and the fonts.
        if name.endswith(".pdf"):
            assert text_of(made) == text_of(SAMPLES / name), name


def test_the_report_has_what_reports_have() -> None:
    with pymupdf.open(SAMPLES / "report.pdf") as pdf:
        assert len(pdf) == 2
        assert [entry[0] for entry in pdf.get_toc()].count(2) == 5
        assert [link["uri"] for page in pdf for link in page.get_links()] == [
            "https://example.org/harrow-bay/shade"
        ]
        first, second = (page.get_text() for page in pdf)
    assert re.search(r"be-\ncause", first)
    assert first.rstrip().endswith("two routes beside")  # goes on overleaf
    assert "Table 1." in second and "Figure 1." in second and "∑" in first


def test_the_invoice_adds_up() -> None:
    text = text_of(SAMPLES / "invoice-ja.pdf")
    number = re.search(r"T(\d{13})", text)
    assert number
    digits = [int(digit) for digit in number[1]]
    weighted = sum(d * (2 if i % 2 else 1) for i, d in enumerate(reversed(digits[1:])))
    assert digits[0] == 9 - weighted % 9
    rows = re.findall(r"(\d+)\n[袋箱本式回]\n(▲?[\d,]+)\n(\d+)％\n(▲?[\d,]+)\n", text)
    assert len(rows) == 9

    def yen(value: str) -> int:
        return int(value.replace("▲", "-").replace(",", ""))

    nets = {8: 0, 10: 0}
    for quantity, price, rate, amount in rows:
        assert int(quantity) * yen(price) == yen(amount)
        nets[int(rate)] += yen(amount)
    for rate, net in nets.items():  # the tax is rounded down, once for each rate
        assert f"{net:,}" in text and f"{net * rate // 100:,}" in text
    total = sum(net + net * rate // 100 for rate, net in nets.items())
    assert text.count(f"¥{total:,}") == 2


def test_the_vertical_page_is_vertical() -> None:
    with pymupdf.open(SAMPLES / "vertical-ja.pdf") as pdf:
        blocks = pdf[0].get_text("dict")["blocks"]
    modes = [line["wmode"] for block in blocks for line in block["lines"]]
    assert modes.count(1) > 400
    # The first column of the text stands right of the second.
    text = "".join(
        span["text"] for block in blocks for line in block["lines"] for span in line["spans"]
    )
    assert "港のはずれに、小さな時計店がある。看板の文字は潮風に洗われて" in text
    assert "ドライバーを" in text  # the turned long mark is still that character


def test_the_scan_is_a_picture_and_nothing_else() -> None:
    with pymupdf.open(SAMPLES / "scan.pdf") as pdf:
        page = pdf[0]
        assert page.get_text() == ""
        (image,) = page.get_image_info()
        assert pymupdf.Rect(image["bbox"]).contains(page.rect)
        assert round(image["width"] * 72 / page.rect.width) == 150
    with PIL.Image.open(SAMPLES / "scan.png") as picture:
        assert picture.size == (image["width"], image["height"])
        assert 2 < len(picture.getcolors() or []) <= 16
