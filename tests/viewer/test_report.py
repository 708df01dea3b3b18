"""Reports in a real browser: what lights up where, what loads when, and that nothing else runs."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import PIL.Image
import PIL.ImageChops
import PIL.ImageDraw
import pytest
from typer.testing import CliRunner

from docparse.cli.main import app
from docparse.convert.data import to_json
from docparse.settings import Format
from docparse.types import BBox, Block, Document, Note, Page, Table, Word
from docparse.types import Cell as TableCell
from docparse.viewer.checks import find_checks
from docparse.viewer.pictures import screen_size, to_webp
from docparse.viewer.report import to_report

PAPER = (1000, 1400)


def draw(page: Page) -> PIL.Image.Image:
    """A sheet with a grey bar where each block is."""
    picture = PIL.Image.new("RGB", (page.width, page.height), "white")
    ink = PIL.ImageDraw.Draw(picture)
    for block in page.blocks:
        ink.rectangle((block.bbox.x0, block.bbox.y0, block.bbox.x1, block.bbox.y1), fill="#bbb")
    return picture


def sheet(number: int = 1, blocks: int = 8) -> Page:
    made = [
        Block("paragraph", BBox(100, 80 + 150 * i, 900 - 40 * i, 150 + 150 * i), f"Block {i + 1}.")
        for i in range(blocks)
    ]
    return Page(number, *PAPER, dpi=120, blocks=tuple(made))


def on_screen(browser: Any, bbox: BBox) -> tuple[int, int, int, int]:
    """Where a box of page 1 is to be seen, by the frame of its picture alone."""
    frame = browser.execute_script(
        "const r = document.querySelector('#p1 .paper').getBoundingClientRect();"
        "return [r.x, r.y, r.width, r.height]"
    )
    across, down = frame[2] / PAPER[0], frame[3] / PAPER[1]
    return (
        round(frame[0] + bbox.x0 * across),
        round(frame[1] + bbox.y0 * down),
        round(frame[0] + bbox.x1 * across),
        round(frame[1] + bbox.y1 * down),
    )


def point_at(browser: Any, script: str) -> None:
    """Moves the pointer onto the element that a script returns."""
    from selenium.webdriver import ActionChains

    ActionChains(browser, duration=0).move_to_element(browser.execute_script(script)).perform()


def block(number: int, page: int = 1) -> str:
    return f"return document.querySelectorAll('#p{page} section > :not(.note)')[{number - 1}]"


def classes(browser: Any, script: str) -> set[str]:
    found: str = browser.execute_script(f"{script}.getAttribute('class')")
    return set((found or "").split())


def test_a_hovered_block_lights_up_its_box_at_the_right_pixels(
    opened: Callable[..., Any], look: Callable[[], PIL.Image.Image]
) -> None:
    page = sheet()
    browser = opened(to_report(Document("seven.pdf", (page,)), draw))
    point_at(browser, "return document.querySelector('.bar h1')")
    before = look()
    point_at(browser, block(7))
    after = look()
    left, top, right, bottom = on_screen(browser, page.blocks[6].bbox)
    # The label above the box changes too, so the rows from the middle of the box on are compared.
    edge = (left + right) // 2 + 260
    half = (left - 40, (top + bottom) // 2, edge, bottom + 40)
    changed = PIL.ImageChops.difference(before.crop(half), after.crop(half)).getbbox()
    assert changed is not None
    assert changed[0] + half[0] == pytest.approx(left, abs=4)
    assert changed[2] + half[0] == pytest.approx(right, abs=4)
    assert changed[3] + half[1] == pytest.approx(bottom, abs=4)
    assert browser.execute_script("return document.querySelector('.tag').textContent") == (
        "7 paragraph"
    )


def test_a_clicked_box_marks_its_text_and_the_address_brings_it_back(
    opened: Callable[..., Any],
) -> None:
    html = to_report(Document("a.pdf", (sheet(1), sheet(2))), draw)
    browser = opened(html)
    browser.execute_script("return document.querySelectorAll('#p1 rect')[3]").click()
    assert {"on", "pin"} <= classes(browser, block(4))
    assert browser.current_url.endswith("#p1b4")
    browser = opened(html, "#p2b3")
    assert {"on", "pin"} <= classes(browser, block(3, page=2))
    assert browser.execute_script("return document.getElementById('page').value") == "2"


def test_cells_of_a_table_have_boxes_of_their_own(opened: Callable[..., Any]) -> None:
    cells = tuple(
        TableCell(
            r, c, f"{r}{c}", bbox=BBox(100 + 200 * c, 100 + 50 * r, 300 + 200 * c, 150 + 50 * r)
        )
        for r in range(2)
        for c in range(2)
    )
    table = Block("table", BBox(100, 100, 500, 200), table=Table(2, 2, cells))
    browser = opened(to_report(Document("t.pdf", (Page(1, *PAPER, 120, blocks=(table,)),)), draw))
    point_at(browser, "return document.querySelectorAll('#p1 rect')[3]")
    assert "on" in classes(browser, "return document.querySelectorAll('#p1 td')[2]")
    assert "on" not in classes(browser, "return document.querySelectorAll('#p1 td')[1]")


def test_keys_zoom_kinds_and_the_list_of_checks(opened: Callable[..., Any]) -> None:
    from selenium.webdriver import ActionChains

    unsure = Block(
        "paragraph",
        BBox(100, 100, 400, 140),
        "A quiet habrour, a habrour",
        words=(
            Word("A", BBox(100, 100, 120, 140)),
            Word("quiet", BBox(130, 100, 150, 140)),
            Word("habrour,", BBox(150, 100, 180, 140)),
            Word("a", BBox(190, 100, 200, 140)),
            Word("habrour", BBox(210, 100, 400, 140), confidence=0.41, source="ocr"),
        ),
        source="ocr",
    )
    failed = Page(2, *PAPER, dpi=120, notes=(Note("page-failed", "it is damaged"),))
    document = Document("k.pdf", (Page(1, *PAPER, dpi=120, blocks=(unsure,)), failed))
    assert [check.anchor for check in find_checks(document)] == ["p1b1", "p2n1"]
    browser = opened(to_report(document, draw))

    def press(keys: str) -> None:
        ActionChains(browser).send_keys(keys).perform()

    assert browser.execute_script("return document.querySelectorAll('rect.doubt').length") == 1
    marked = "return [...CSS.highlights.get('doubt')].map(r => [r.startOffset, r.endOffset])"
    assert browser.execute_script(marked) == [[19, 26]]  # the second one is meant
    assert browser.execute_script("return document.querySelector('.tabs b').textContent") == "2"
    press("c")
    assert browser.current_url.endswith("#p1b1")
    press("c")
    assert browser.current_url.endswith("#p2n1")
    width = "return document.querySelector('#p1 .paper').clientWidth"
    before = browser.execute_script(width)
    press("++")
    assert browser.execute_script(width) == pytest.approx(before * 1.25**2, rel=0.02)
    press("b")
    assert "bare" in classes(browser, "return document.body")
    shown = "return getComputedStyle(document.querySelector('#p1 rect')).display"
    assert browser.execute_script(shown) != "none"
    browser.execute_script("document.querySelector('.kinds input[value=paragraph]').click()")
    assert browser.execute_script(shown) == "none"
    press("t")
    assert browser.execute_script("return document.documentElement.dataset.theme") == "dark"


def test_pictures_load_as_they_are_scrolled_to(opened: Callable[..., Any]) -> None:
    document = Document("long.pdf", tuple(sheet(number, blocks=3) for number in range(1, 61)))
    browser = opened(to_report(document, draw))
    loaded = (
        "return [...document.querySelectorAll('.paper img[src]')].map(i => i.closest('.row').id)"
    )
    assert "p1" in browser.execute_script(loaded)
    assert len(browser.execute_script(loaded)) < 10
    browser.execute_script("document.querySelector('.pages a[href=\"#p50\"]').click()")
    deadline = time.monotonic() + 10
    while "p50" not in browser.execute_script(loaded) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert "p50" in browser.execute_script(loaded)
    assert len(browser.execute_script(loaded)) < 20
    seen = "return document.querySelector('.facts').textContent"
    assert browser.execute_script(seen).startswith("60 pages, ")
    assert " MB" in browser.execute_script(seen)


EVIL = "<script>document.title='hacked'</script><img src=x onerror=\"document.title='hacked'\">"


def test_nothing_of_a_document_runs_and_nothing_is_fetched(opened: Callable[..., Any]) -> None:
    blocks = (
        Block("paragraph", BBox(10, 10, 500, 60), EVIL),
        Block("code", BBox(10, 70, 500, 120), "</code></pre>" + EVIL, label='x"><script>'),
        Block("figure", BBox(10, 130, 500, 180), EVIL, image="https://example.org/spy.png"),
        Block("form-field", BBox(10, 190, 500, 240), EVIL, label=EVIL),
    )
    words = (Word(EVIL, BBox(10, 250, 90, 280), confidence=0.1),)
    doubtful = Block("paragraph", BBox(10, 250, 500, 290), EVIL, words=words)
    page = Page(1, *PAPER, dpi=120, blocks=(*blocks, doubtful), notes=(Note("repaired", EVIL),))
    document = Document("'\">" + EVIL, (page,), {"title": EVIL, "lang": '"><script>'})
    browser = opened(to_report(document, draw))
    browser.execute_script("document.querySelector('.checks a').click()")
    assert browser.title != "hacked"
    assert browser.execute_script("return document.querySelectorAll('script').length") == 1
    assert browser.execute_script("return document.querySelectorAll('[onerror]').length") == 0
    fetched = browser.execute_script(
        "return performance.getEntriesByType('resource').map(e => e.name)"
    )
    assert [name for name in fetched if not name.startswith("data:")] == []
    # Our own script and styles are let through by the policy, and nothing was refused.
    assert browser.execute_script("return document.querySelectorAll('#p1 rect').length") == 6
    assert [entry for entry in browser.get_log("browser") if entry["level"] == "SEVERE"] == []


def test_prints_every_picture_beside_its_text(opened: Callable[..., Any]) -> None:
    import base64

    import pymupdf

    document = Document("p.pdf", tuple(sheet(number, blocks=2) for number in range(1, 13)))
    browser = opened(to_report(document, draw))
    printed = browser.execute_cdp_cmd("Page.printToPDF", {"printBackground": True})
    with pymupdf.open(stream=base64.b64decode(printed["data"]), filetype="pdf") as pdf:
        assert len(pdf) == 12
        assert all(page.get_images() for page in pdf)
        assert all("Block 2." in page.get_text() for page in pdf)


@pytest.mark.parametrize(
    ("size", "shown"),
    [
        ((1654, 2339), (1240, 1754)),
        ((60_000, 600), (14_748, 147)),
        ((3, 5), (3, 5)),
        ((0, 9), (1, 9)),
    ],
)
def test_pictures_are_no_larger_than_a_screen_needs(
    size: tuple[int, int], shown: tuple[int, int]
) -> None:
    found = screen_size(*size)
    assert found == pytest.approx(shown, abs=1)
    assert found[0] * found[1] <= 1240 * 1755
    assert max(found) <= 16_383


def run(*args: str | Path) -> None:
    result = CliRunner().invoke(app, ["convert", *map(str, args)])
    assert result.exit_code == 0, result.output


def test_the_command_writes_reports(tmp_path: Path) -> None:
    picture = tmp_path / "page.png"
    PIL.Image.new("RGB", PAPER, "white").save(picture, dpi=(120, 120))
    saved = tmp_path / "saved.json"
    saved.write_text(to_json(Document("page.png", (sheet(),))), encoding="utf-8")
    run(saved, "-o", tmp_path / "bare.html", "--report")
    assert "no picture of this page" in (tmp_path / "bare.html").read_text(encoding="utf-8")
    formats = [word for kind in get_args(Format) for word in ("-f", kind)]
    run(saved, "-o", f"{tmp_path}/out/", *formats, "--original", picture)
    assert len(list((tmp_path / "out").glob("saved.*"))) == len(get_args(Format))
    report = (tmp_path / "out" / "saved.report.html").read_text(encoding="utf-8")
    assert "data:image/webp" in report
    assert "data-docparse" in (tmp_path / "out" / "saved.html").read_text(encoding="utf-8")


def test_webp_of_a_page_is_small() -> None:
    assert len(to_webp(draw(sheet()))) < 30_000


def test_a_report_needs_no_torch(tmp_path: Path) -> None:
    code = (
        "import sys\nfrom docparse.viewer.report import to_report\n"
        "from docparse.types import Document, Page\n"
        "to_report(Document('a', (Page(1, 100, 100, 72.0),)), lambda page: None)\n"
        "assert not {'torch', 'transformers'} & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, env=dict(os.environ))
