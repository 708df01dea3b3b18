"""Every document at hand opens or is refused as its index says, and no word of a page is lost.

What MuPDF calls the words of a page is the measure, less what nobody can see.
"""

from __future__ import annotations

import json
import re
import resource
import subprocess
import sys
import unicodedata
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import pymupdf
import pytest

from docparse.errors import PasswordError, UnreadableInputError
from docparse.pages.open import Source, open_source
from docparse.pages.page import PageInput

DATA = Path(__file__).parents[3] / "shared" / "data"
pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="../shared/data is not there")

# MuPDF's clip, so that text outside the page or its clipping path does not count.
WORD_FLAGS = pymupdf.TEXT_PRESERVE_LIGATURES | pymupdf.TEXT_CLIP
# Pages that cost seconds, or whose "words" are symbols of a map that are drawn over each other.
SLOW = {"gnarly/unstructured/DA-619p.pdf", "olmocr_bench_sample/gnarly_pdfs/map1.pdf"}
# Opened in a process of its own: it hangs MuPDF unless its tag tree is cut off.
CIRCULAR = "gnarly/pymupdf/test_2548.pdf"
# One page of each is damaged.
DAMAGED = {"gnarly/pdfjs/Pages-tree-refs.pdf", "gnarly/qpdf/deep-pages.pdf"}
# The index counted the pages of these before it knew the password.
UNLOCKED = {"gnarly/pdfjs/issue3371.pdf"}
# Marks that are part of a letter in one reading and stand beside it in the other.
MARKS = "`^~\u00b4\u00a8\u02c6\u02dc\u00b8\u02c7\u02da\u00af\u02d9\u02dd\u0131\u0237-\u2010."


def index() -> dict[str, tuple[str, str]]:
    """File name to what it is and whether it opens, as INDEX.md says."""
    found: dict[str, tuple[str, str]] = {}
    if not DATA.is_dir():
        return found
    for line in (DATA / "INDEX.md").read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) >= 8 and cells[0].endswith(".pdf"):
            found[cells[0]] = (cells[2], cells[5])
    return found


INDEX = index()
MUST_BE_REFUSED = {
    name
    for name, (kind, opens) in INDEX.items()
    if (opens != "ok" or kind == "PDF with 0 pages") and name not in {CIRCULAR, *UNLOCKED}
}
READABLE = sorted(set(INDEX) - MUST_BE_REFUSED - SLOW - {CIRCULAR})


def password_of(name: str) -> str:
    words = json.loads((DATA / "gnarly" / "passwords.json").read_text(encoding="utf-8"))
    return words.get(name.removeprefix("gnarly/"), {}).get("user") or ""


def characters(text: str) -> Counter[str]:
    """The characters that print, ligatures apart and without marks."""
    plain = unicodedata.normalize("NFKD", text)
    return Counter(
        char
        for char in plain
        if not unicodedata.combining(char)
        and unicodedata.category(char) not in ("Cc", "Cf", "Co", "Cn", "Zs")
        and char not in MARKS
        and char != "\ufffd"
    )


def printed_words(pdf_page: pymupdf.Page) -> list[str]:
    """The words that MuPDF finds, those that are drawn twice on one spot once."""
    placed = {
        (word[4], round(word[0] / 2), round(word[1] / 2)): word[4]
        for word in pdf_page.get_text("words", flags=WORD_FLAGS)
    }
    return list(placed.values())


def check_page(page: PageInput) -> None:
    """Boxes on the page; nothing lost that is not noted as hidden."""
    words = [word for line in page.lines for word in line.words]
    for box in [word.bbox for word in words] + [*page.images]:
        assert 0 <= box.x0 <= box.x1 <= page.width and 0 <= box.y0 <= box.y1 <= page.height
    for word in words:
        assert word.text and not any(char.isspace() for char in word.text)
        word.text.encode("utf-8")
    codes = {note.code for note in page.notes}
    assert (page.layer == "rejected") == ("text-layer-rejected" in codes)
    assert (page.layer == "blank") == ("blank" in codes)
    assert bool(page.lines) == (page.layer == "good")
    if page.layer != "good":
        return
    assert page.pdf_page is not None
    wanted = characters("".join(printed_words(page.pdf_page)))
    found = characters("".join(word.text for word in words) + "".join(f.value for f in page.fields))
    missing = wanted - found
    num_hidden = sum(
        int(number)
        for note in page.notes
        if note.code == "hidden-text" and "outside" not in note.message
        for number in re.findall(r"^\d+", note.message)
    )
    assert missing.total() - num_hidden <= 0.005 * wanted.total(), missing


def check_pages(source: Source, *, name: str, numbers: Iterable[int]) -> None:
    for number in numbers:
        try:
            page = source.page(number)
        except UnreadableInputError as error:
            assert f"page {number} of {name} is damaged" in str(error)
            assert name in DAMAGED
        else:
            check_page(page)


@pytest.mark.parametrize("name", READABLE)
def test_opens_and_loses_nothing(name: str) -> None:
    with open_source(DATA / name, name=name, password=password_of(name)) as source:
        assert source.kind == "pdf" and source.num_pages > 0
        failed = 0
        for number in range(1, min(source.num_pages, 2) + 1):
            try:
                page = source.page(number)
            except UnreadableInputError as error:
                assert f"page {number} of {name} is damaged" in str(error)
                failed += 1
                continue
            check_page(page)
        assert failed <= (
            name in ("gnarly/pdfjs/Pages-tree-refs.pdf", "gnarly/qpdf/deep-pages.pdf")
        )


@pytest.mark.parametrize("name", sorted(MUST_BE_REFUSED))
def test_is_refused_in_one_line_that_says_what_to_do(name: str) -> None:
    with pytest.raises((UnreadableInputError, PasswordError)) as caught:
        open_source(DATA / name, name=name, password=password_of(name)).__enter__()
    assert isinstance(caught.value, PasswordError) == (INDEX[name][1] == "LOCKED")
    line = str(caught.value)
    assert line.startswith(name) and "\n" not in line and len(line) < 300


def test_locked_files_need_their_password() -> None:
    name = "gnarly/pypdf/encryption_r6-user-password.pdf"
    for wrong in ("", "wrong"):
        with pytest.raises(PasswordError):
            open_source(DATA / name, name=name, password=wrong).__enter__()
    # typed with characters that the standard takes out before it compares
    name = "gnarly/pdfjs/saslprep-r6.pdf"
    with open_source(DATA / name, name=name, password="S\u00aaSL\u00adprep") as source:
        assert source.page(1).layer == "good"


@pytest.mark.parametrize(
    ("name", "layer", "code"),
    [
        ("olmocr_bench_sample/gnarly_pdfs/olmo-page-1.pdf", "rejected", "text-layer-rejected"),
        ("olmocr_bench_sample/gnarly_pdfs/dolma-page-1.pdf", "rejected", "text-layer-rejected"),
        ("gnarly/pdfjs/font_ascent_descent.pdf", "rejected", "text-layer-rejected"),
        ("gnarly/ocrmypdf/truetype_font_nomapping.pdf", "rejected", "text-layer-rejected"),
        ("gnarly/pdfminer/issue-791-non-unicode-cmap.pdf", "rejected", "text-layer-rejected"),
        ("olmocr_bench_sample/gnarly_pdfs/handwriting_bad_ocr.pdf", "rejected", "hidden-text"),
        ("japanese/orbit_bench_ja/pdfs/ja/f_j6bRCKxN_pg60.pdf", "rejected", "text-layer-rejected"),
        ("olmocr_bench_sample/gnarly_pdfs/horribleocr.pdf", "good", "ocr-layer"),
        ("olmocr_bench_sample/gnarly_pdfs/small_page_size.pdf", "good", "ocr-layer"),
        ("gnarly/pypdf/Seige_of_Vicksburg_Sample_OCR.pdf", "good", "ocr-layer"),
        ("ocr_lines/ocrmypdf/graph_ocred.pdf", "good", "ocr-layer"),
        ("gnarly/docling/invisible_text_layer.pdf", "good", "hidden-text"),
        ("parsing_groundtruth/markitdown/ocr_pdf_complex_layout.pdf", "good", "hidden-text"),
        ("gnarly/camelot/empty.pdf", "blank", "blank"),
        ("ocr_lines/ocrmypdf/ccitt.pdf", "none", ""),
        ("gnarly/ocrmypdf/vector.pdf", "none", ""),
        ("japanese/pdfme_golden/納品書.pdf", "good", ""),
    ],
)
def test_what_is_made_of_a_layer(name: str, layer: str, code: str) -> None:
    with open_source(DATA / name, name=name) as source:
        page = source.page(1)
    assert page.layer == layer
    assert code in {note.code for note in page.notes} or (not code and not page.notes)


@pytest.mark.parametrize(
    ("name", "number", "wanted"),
    [
        ("japanese/pdfjs/vertical.pdf", 1, ["あいうえお", "日本語"]),
        ("japanese/pdfjs/issue11555.pdf", 1, ["abc あいうabc あいう"]),
        ("gnarly/pdfjs/ArabicCIDTrueType.pdf", 1, ["انواع الخطوط العربية"] * 4),
        ("parsing_groundtruth/docling/right_to_left_01.pdf", 1, ["للمشكلات. يمتلك كل من R"]),
        ("parsing_groundtruth/pypdf_text/multilang.pdf", 1, ["Привет, мир", "你好世界"]),
        ("gnarly/camelot/rotated_page.pdf", 1, ["Table S–4. Adjusted Baseline by Category 1"]),
        ("gnarly/pdfminer/zen_of_python_corrupted.pdf", 1, ["Beautiful is better than ugly."]),
        ("japanese/orbit_bench_ja/pdfs/ja/f_06Y5279t_pg53.pdf", 1, ["親会社株主に帰属す"]),
    ],
)
def test_lines_as_they_stand_on_the_page(name: str, number: int, wanted: list[str]) -> None:
    with open_source(DATA / name, name=name) as source:
        lines = [line.text for line in source.page(number).lines]
    for line in wanted:
        assert any(line in found for found in lines), lines[:20]


@pytest.mark.parametrize(
    ("name", "size"),
    [
        ("gnarly/ocrmypdf/epson.pdf", (2481, 3507)),
        ("gnarly/ocrmypdf/palette.pdf", (640, 682)),
        ("gnarly/pikepdf/cmyk-jpeg.pdf", (288, 288)),
        ("gnarly/pikepdf/pike-jp2.pdf", (120, 44)),
        ("gnarly/pikepdf/jbig2global.pdf", (4000, 2864)),
        ("gnarly/pdfjs/issue5747.pdf", (1748, 2480)),
        ("ocr_lines/ocrmypdf/ccitt.pdf", (2550, 3300)),
        ("parsing_groundtruth/docling/ocr_test_rotated_90.pdf", (7016, 4960)),
    ],
)
def test_scans_have_the_size_of_their_image(name: str, size: tuple[int, int]) -> None:
    with open_source(DATA / name, name=name) as source:
        page = source.page(1)
    assert (page.width, page.height) == size


def test_tags_that_go_round_in_circles_do_not_hang() -> None:
    """In a process of its own, since MuPDF never came back from it."""
    code = (
        "import sys\nfrom pathlib import Path\nfrom docparse.pages.open import open_source\n"
        "with open_source(Path(sys.argv[1]), name='x') as source:\n"
        "    print(source.num_pages, source.page(1).layer)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(DATA / CIRCULAR)],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stdout.split() == ["15", "good"] and not done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("name", [n for n in sorted(INDEX) if n not in MUST_BE_REFUSED])
def test_every_page_of_every_document(name: str) -> None:
    if name in SLOW:
        pytest.skip("too many pages, or symbols of a map")
    with open_source(DATA / name, name=name, password=password_of(name)) as source:
        check_pages(source, name=name, numbers=range(1, source.num_pages + 1))


@pytest.mark.slow
def test_memory_does_not_grow_with_the_pages() -> None:
    name = "gnarly/unstructured/DA-619p.pdf"
    with open_source(DATA / name, name=name) as source:
        for number in range(1, 61):
            source.page(number)
        early = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        for number in range(61, source.num_pages + 1):
            source.page(number)
        late = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert late - early < 40_000  # kilobytes
