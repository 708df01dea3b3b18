"""Anchor text: olmOCR's v0.1 format to the letter, in the frame of the page as it is seen."""

from __future__ import annotations

from pathlib import Path

import pymupdf
import pytest

from docparse.anchors.linear import PageElements, TextChunk, clean_text, to_anchor_text
from docparse.anchors.merge import Box
from docparse.anchors.report import anchor_text
from docparse.errors import PasswordError, UnreadableInputError, UsageError

REAL = Path(__file__).parents[3] / "shared/data"
IMAGE = "<< /Subtype /Image /Width 1 /Height 1 /BitsPerComponent 8 /ColorSpace /DeviceGray"
FONT = "/Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >>"


def make_pdf(
    content: str,
    *,
    page: str = "/MediaBox [0 0 612 792]",
    xobjects: str = "",
    objects: tuple[tuple[str, str], ...] = (),
) -> bytes:
    """A PDF of one page; `objects`, dictionary and stream each, are numbered from 5."""
    resources = f"<< {FONT} /XObject << {xobjects} >> >>"
    bodies = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        f"<< /Type /Page /Parent 2 0 R /Contents 4 0 R /Resources {resources} {page} >>",
        f"<< /Length {len(content)} >>\nstream\n{content}\nendstream",
    ]
    for head, stream in objects:
        bodies.append(f"{head} /Length {len(stream)} >>\nstream\n{stream}\nendstream")
    data = b"%PDF-1.7\n"
    offsets = []
    for number, body in enumerate(bodies, start=1):
        offsets.append(len(data))
        data += f"{number} 0 obj\n{body}\nendobj\n".encode("latin-1")
    table = "".join(f"{offset:010d} 00000 n \n" for offset in offsets)
    size = len(bodies) + 1
    tail = f"xref\n0 {size}\n0000000000 65535 f \n{table}trailer\n<< /Size {size} /Root 1 0 R >>\n"
    return data + f"{tail}startxref\n{len(data)}\n%%EOF\n".encode()


def show(text: str, x: float, y: float) -> str:
    return f"BT /F1 12 Tf {x} {y} Td ({text}) Tj ET\n"


def test_the_format_to_the_letter() -> None:
    content = (
        show("First", 72, 720)
        + "q 100 0 0 50 72 600 cm /Im0 Do Q\n"
        + "q 100 0 0 50 72.4 650.4 cm /Im0 Do Q\n"  # 0.4 points above the first: one image
        + "q 20 0 0 20 400 100 cm /Im0 Do Q\n"
        + show("a [b]", 72.5, 700.6)
    )
    data = make_pdf(content, xobjects="/Im0 5 0 R", objects=((IMAGE, "x"),))
    assert anchor_text(data, 1) == (
        "Page dimensions: 612.0x792.0\n"
        "[Image 72x600 to 172x700]\n"
        "[Image 400x100 to 420x120]\n"
        "[72x720]First\n"
        "[72x701]a \\[b\\]\n"
    )


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("  plain ", "plain"),
        ("a\tb\r\nc", "a\\tb\\nc"),
        ("[x]", "\\[x\\]"),
        ("schÃ¶n ﬁne", "schön fine"),
        ("&amp; \x00\x07bell", "& bell"),
        ("x" * 250, "x" * 250),
        ("x" * 251, "x" * 122 + " ... " + "x" * 122),
        ("ab " * 100, "ab " * 39 + "ab ... " + "ab " * 39 + "ab"),
    ],
)
def test_cleaning_one_text(raw: str, clean: str) -> None:
    assert clean_text(raw) == clean


def test_a_text_of_a_megabyte_is_cut_before_it_is_cleaned() -> None:
    assert clean_text("word " * 200_000).startswith("word word")
    assert len(clean_text("[" * 1_000_000)) == 249


def test_the_mediabox_need_not_start_at_zero() -> None:
    data = make_pdf(show("Hi", 60, 70), page="/MediaBox [50 50 612 792]")
    assert anchor_text(data, 1) == "Page dimensions: 562.0x742.0\n[10x20]Hi\n"


def test_a_page_without_boxes_is_letter_size() -> None:
    assert anchor_text(make_pdf("", page=""), 1) == "Page dimensions: 612.0x792.0\n"
    upside_down = make_pdf("", page="/MediaBox [0 792 612 0]")
    assert anchor_text(upside_down, 1) == "Page dimensions: 612.0x792.0\n"


def test_what_is_cropped_away_is_left_out() -> None:
    content = show("in", 110, 210) + show("out", 20, 20) + "q 10 0 0 10 5 5 cm /Im0 Do Q"
    page = "/MediaBox [0 0 612 792] /CropBox [100 200 400 700]"
    data = make_pdf(content, page=page, xobjects="/Im0 5 0 R", objects=((IMAGE, "x"),))
    assert anchor_text(data, 1) == "Page dimensions: 300.0x500.0\n[10x10]in\n"


@pytest.mark.parametrize("rotation", [0, 90, 180, 270, -90, 450])
@pytest.mark.parametrize("crop", ["", "/CropBox [50 80 400 700]"])
def test_the_frame_is_the_one_that_mupdf_renders(rotation: int, crop: str) -> None:
    content = show("Mark", 100, 300) + "q 60 0 0 30 200 400 cm /Im0 Do Q"
    page = f"/MediaBox [10 20 510 720] {crop} /Rotate {rotation}"
    data = make_pdf(content, page=page, xobjects="/Im0 5 0 R", objects=((IMAGE, "x"),))
    with pymupdf.open(stream=data) as pdf:
        seen = pdf[0]
        width, height = seen.rect.width, seen.rect.height
        image = pymupdf.Rect(seen.get_image_info()[0]["bbox"]) * seen.rotation_matrix
        span = seen.get_text("dict")["blocks"][0]["lines"][0]["spans"][0]
        origin = pymupdf.Point(span["origin"]) * seen.rotation_matrix
    x0, y0, x1, y1 = (round(v) for v in (image.x0, height - image.y1, image.x1, height - image.y0))
    assert anchor_text(data, 1) == (
        f"Page dimensions: {width:.1f}x{height:.1f}\n"
        f"[Image {x0}x{y0} to {x1}x{y1}]\n"
        f"[{origin.x:.0f}x{height - origin.y:.0f}]Mark\n"
    )


def test_images_of_every_sort_are_found() -> None:
    # /Im0 is a picture on the page, and a form inside the outer form.
    outer = "<< /Type /XObject /Subtype /Form /BBox [0 0 100 100] /Matrix [2 0 0 2 0 0] "
    outer += f"/Resources << {FONT} /XObject << /Im0 7 0 R >> >>"
    inner = "<< /Subtype /Form /BBox [0 0 50 50] /Resources << /XObject << /X 5 0 R >> >>"
    content = (
        "q 1 0 0 1 300 500 cm /Fm Do Q\n"
        "q 10 0 0 10 20 30 cm /Im0 Do Q\n"
        "q 30 0 0 40 100 700 cm BI /W 1 /H 1 /BPC 8 /CS /G ID x EI Q\n"
        "q 10 10 -10 10 50 200 cm /Im0 Do Q\n"  # slanted by 45 degrees
    )
    data = make_pdf(
        show("before", 72, 720) + content + show("after", 72, 40),
        xobjects="/Im0 5 0 R /Fm 6 0 R",
        objects=(
            (IMAGE, "x"),
            (outer, show("inside", 5, 5) + "q 1 0 0 1 10 20 cm /Im0 Do Q"),
            (inner, "q 5 0 0 5 1 2 cm /X Do Q"),
        ),
    )
    assert anchor_text(data, 1).splitlines() == [
        "Page dimensions: 612.0x792.0",
        "[Image 322x544 to 332x554]",
        "[Image 20x30 to 30x40]",
        "[Image 100x700 to 130x740]",
        "[Image 40x200 to 60x220]",
        "[72x720]before",
        "[310x510]inside",
        "[72x40]after",
    ]


def crowd(num_texts: int, num_images: int = 0) -> PageElements:
    texts = tuple(TextChunk(f"text {i}", 10.0 * (i % 50), 7.0 * (i % 97)) for i in range(num_texts))
    images = tuple(Box(9.0 * i, 9.0 * i, 9.0 * i + 4, 9.0 * i + 4) for i in range(num_images))
    return PageElements(500, 700, texts, images)


def test_what_fits_is_neither_sorted_nor_dropped() -> None:
    page = PageElements(
        100, 100, (TextChunk("b", 9, 9), TextChunk(" \n", 5, 5), TextChunk("a", 1, 1))
    )
    whole = "Page dimensions: 100.0x100.0\n[9x9]b\n[1x1]a\n"
    assert to_anchor_text(page, max_length=len(whole)) == whole
    assert to_anchor_text(page, max_length=len(whole) - 1) != whole


@pytest.mark.parametrize("limit", [19, 20, 29, 40, 60, 207, 1000, 6000])
def test_the_limit_is_hard_and_the_choice_is_fixed(limit: int) -> None:
    text = to_anchor_text(crowd(2000, 50), max_length=limit)
    head = "Page dimensions: 500.0x700.0\n"
    assert text.startswith(head)
    assert len(text) <= max(limit, len(head))
    assert text == to_anchor_text(crowd(2000, 50), max_length=limit)
    if limit >= 1000:  # as much as fits: the next line would have been too long
        assert len(text) > limit - 40


def test_the_outermost_elements_survive_and_the_rest_is_spread() -> None:
    page = crowd(2000, 50)
    lines = to_anchor_text(page, max_length=2000).splitlines()[1:]
    assert {"[Image 0x0 to 4x4]", "[Image 441x441 to 445x445]", "[0x0]text 0"} <= set(lines)
    assert any(line.startswith("[490x") for line in lines)
    assert any("x672]" in line for line in lines)
    texts = [line for line in lines if "text" in line]
    places = [tuple(map(int, line.partition("]")[0][1:].split("x"))) for line in texts]
    assert places == sorted(places)
    # Spread over the page, not the first so many of the content stream.
    numbers = [int(line.rsplit(" ", 1)[1]) for line in texts]
    assert sum(number >= 1000 for number in numbers) > len(numbers) / 4


def test_no_negative_limit() -> None:
    with pytest.raises(ValueError, match="-1"):
        to_anchor_text(crowd(1), max_length=-1)


def test_coordinates_off_any_page_are_dropped() -> None:
    content = (
        show("far", 10000000000, 10) + show("near", 1, 2) + "q 10000000000 0 0 1 0 0 cm /Im0 Do Q"
    )
    data = make_pdf(content, xobjects="/Im0 5 0 R", objects=((IMAGE, "x"),))
    assert anchor_text(data, 1) == "Page dimensions: 612.0x792.0\n[1x2]near\n"


def test_a_form_that_holds_itself_ends() -> None:
    form = "<< /Type /XObject /Subtype /Form /BBox [0 0 9 9] "
    form += f"/Resources << {FONT} /XObject << /Fm 5 0 R >> >>"
    data = make_pdf("/Fm Do", xobjects="/Fm 5 0 R", objects=((form, show("x", 1, 1) + "/Fm Do"),))
    assert "[1x1]x" in anchor_text(data, 1)


def test_nested_forms_without_end_are_cut(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("docparse.anchors.reading._MAX_WORK", 5_000)
    objects = []
    for number in range(5, 13):  # each form paints the next one ten times
        head = "<< /Type /XObject /Subtype /Form /BBox [0 0 9 9] "
        head += f"/Resources << {FONT} /XObject << /Fm {number + 1} 0 R >> >>"
        objects.append((head, show(f"level {number}", 1, 1) + "/Fm Do " * 10))
    data = make_pdf(show("top", 1, 1) + "/Fm Do", xobjects="/Fm 5 0 R", objects=tuple(objects))
    text = anchor_text(data, 1, max_length=10_000_000)
    assert "top" in text and "level 12" not in text.partition("level 11")[0]
    assert text.count("\n") < 5_000
    assert "too heavy" in caplog.text


def test_damaged_content_gives_what_can_be_read() -> None:
    data = make_pdf(show("good", 10, 10) + "BT ]] >> (lost\n" + show("later", 10, 50))
    assert "[10x10]good" in anchor_text(data, 1)


@pytest.mark.parametrize("data", [b"", b"%PDF-1.7\n", b"\x89PNG\r\n\x1a\n" + bytes(99), b"hello"])
def test_what_is_no_pdf_is_refused(data: bytes) -> None:
    with pytest.raises(UnreadableInputError, match="qpdf"):
        anchor_text(data, 1)


def test_a_missing_file_is_unreadable(tmp_path: Path) -> None:
    with pytest.raises(UnreadableInputError):
        anchor_text(tmp_path / "none.pdf", 1)


@pytest.mark.parametrize("number", [0, 2, -1])
def test_a_page_that_is_not_there(number: int) -> None:
    with pytest.raises(UsageError, match="--page"):
        anchor_text(make_pdf(""), number)


@pytest.mark.parametrize("method", [pymupdf.PDF_ENCRYPT_AES_256, pymupdf.PDF_ENCRYPT_RC4_128])
def test_a_locked_file_needs_its_password(method: int) -> None:
    with pymupdf.open(stream=make_pdf(show("secret", 10, 20))) as pdf:
        locked = pdf.tobytes(encryption=method, user_pw="open", owner_pw="all")
        unlocked = pdf.tobytes(encryption=method, owner_pw="all")
    with pytest.raises(PasswordError, match="--password"):
        anchor_text(locked, 1)
    with pytest.raises(PasswordError):
        anchor_text(locked, 1, password="wrong")
    assert "[10x20]secret" in anchor_text(locked, 1, password="open")
    assert "[10x20]secret" in anchor_text(unlocked, 1)


def real(name: str) -> Path:
    path = REAL / name
    if not path.exists():
        pytest.skip(f"the real documents are not here: {path}")
    return path


def test_a_recorded_length_of_olmocr() -> None:
    # olmOCR's own anchors for this page, without a limit, have 8,555 characters.
    path = real("olmocr_bench_sample/gnarly_pdfs/small_page_size.pdf")
    assert len(anchor_text(path, 1, max_length=1_000_000)) == 8_555
    assert 5_700 < len(anchor_text(path, 1)) <= 6_000


def test_a_rotated_page_agrees_with_its_picture() -> None:
    path = real("olmocr_bench_sample/gnarly_pdfs/edgar-rotated90.pdf")
    assert anchor_text(path, 1).startswith("Page dimensions: 792.0x612.0\n")


def test_text_inside_forms_stands_where_mupdf_sees_it() -> None:
    path = real("olmocr_bench_sample/gnarly_pdfs/dolma-page-1.pdf")
    with pymupdf.open(path) as pdf:
        page = pdf[0]
        blocks = page.get_text("rawdict", flags=0)["blocks"]
        spans = [span for block in blocks for line in block["lines"] for span in line["spans"]]
        origins = {
            (char["c"], round(char["origin"][0]), round(page.rect.height - char["origin"][1]))
            for span in spans
            for char in span["chars"]
        }
    lines = anchor_text(path, 1, max_length=1_000_000).splitlines()[1:]
    placed = [line for line in lines if line.partition("]")[2][:1].isalnum()]
    assert len(placed) > 2_000
    for line in placed:
        x, y = map(int, line[1:].partition("]")[0].split("x"))
        char = line.partition("]")[2][0]
        near = {(char, x + dx, y + dy) for dx in (-1, 0, 1) for dy in (-1, 0, 1)}
        assert near & origins, line


def test_no_bad_file_brings_a_traceback() -> None:
    files = sorted(real("gnarly").rglob("*.pdf"))[::6]
    assert len(files) > 20
    for path in files:
        try:
            assert anchor_text(path, 1).startswith("Page dimensions: ")
        except (UnreadableInputError, PasswordError):
            continue
