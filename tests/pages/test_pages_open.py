"""What is opened as what, by content, and what is refused."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import PIL.Image
import pytest
from pages_pdfs import as_bytes, pdf, text

from docparse.errors import PasswordError, UnreadableInputError
from docparse.pages.open import open_source

IMAGE = PIL.Image.new("RGB", (40, 30), "white")
HTML = '<!DOCTYPE html><body><section class="page" data-page="1"></section></body>'
KINDS = [
    # content, kind
    (pdf(text("hello", x=20, y=100)), "pdf"),
    (b"\xef\xbb\xbf\n " + pdf(), "pdf"),
    (b"some words before it\n" + pdf(), "pdf"),
    (as_bytes(IMAGE, "PNG"), "images"),
    (as_bytes(IMAGE, "JPEG"), "images"),
    (as_bytes(IMAGE, "WEBP"), "images"),
    (as_bytes(IMAGE, "BMP"), "images"),
    (as_bytes(IMAGE, "TIFF"), "images"),
    (as_bytes(IMAGE, "TIFF", big_tiff=True), "images"),
    (as_bytes(IMAGE, "GIF"), "images"),
    (as_bytes(IMAGE, "JPEG2000"), "images"),
    (HTML.encode(), "document"),
    (b"\xef\xbb\xbf" + HTML.encode(), "document"),
    (b'{\n  "docparse": 1,\n  "pages": []}', "document"),
    (b'{"pages": [], "docparse": {"schema": 1', "document"),
    (b"A paragraph.\n", "reply"),
    ("請求書\n合計 1,000円".encode(), "reply"),
    ('<p data-bbox="1 2 3 4">x</p>'.encode("utf-16"), "reply"),
    (b'```html\n<html><body><p data-bbox="1 2 3 4">x</p>', "reply"),
    (b'{"invoice": "docparse"}', "reply"),
    (b"BMW sells cars", "reply"),
    (b"P1 2 3 is a line of text", "reply"),
    (b"It says %PDF-1.7 at the top of the file.", "reply"),
]
REFUSED = [
    # content, what the message says
    (b"", "empty"),
    (b" \n\t ", "nothing but white space"),
    (b"PK\x03\x04" + bytes(60), "ZIP archive or an Office document"),
    (b"\xd0\xcf\x11\xe0" + bytes(60), "old Office document"),
    (b"{\\rtf1 hello}", "RTF"),
    (b"%!PS-Adobe-3.0\n", "PostScript"),
    (b"\0\0\0\x18ftypheic" + bytes(60), "HEIC"),
    (bytes(range(256)) * 4, "nothing that is read"),
    (b"\0" * 100, "nothing that is read"),
    (b"%PDF-1.7\nno objects at all", "damaged PDF"),
    (b"%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\n%%EOF", "damaged PDF"),
    (b"7 0 obj << >> endobj startxref 0 %%EOF", "damaged PDF"),
    (as_bytes(IMAGE, "PNG")[:60], "image"),
]


@pytest.mark.parametrize(("content", "kind"), KINDS)
@pytest.mark.parametrize("name", ["-", "x.exe"])
def test_kind_is_by_content(content: bytes, kind: str, name: str) -> None:
    with open_source(content, name=name) as source:
        assert (source.kind, source.name) == (kind, name)
        assert bool(source.text) == (kind in ("document", "reply"))
        if source.num_pages:
            assert source.page(1).number == 1
            with pytest.raises(IndexError):
                source.page(source.num_pages + 1)


@pytest.mark.parametrize(("content", "kind"), KINDS)
def test_a_path_gives_what_bytes_give(content: bytes, kind: str, tmp_path: Path) -> None:
    path = tmp_path / "file.bin"
    path.write_bytes(content)
    with open_source(path, name="file.bin") as source:
        assert source.kind == kind


@pytest.mark.parametrize(("content", "message"), REFUSED)
def test_refuses_and_says_why(content: bytes, message: str) -> None:
    with (
        pytest.raises(UnreadableInputError, match=message) as caught,
        open_source(content, name="a"),
    ):
        pass
    assert "\n" not in str(caught.value)
    assert str(caught.value).startswith("a ")


@pytest.mark.parametrize("name", ["a.pdf", "a.PNG", "b.tar.jpeg"])
def test_text_that_calls_itself_a_picture_is_a_failed_download(name: str) -> None:
    for content in (b"<html><title>404</title></html>", b"oops\n"):
        with pytest.raises(UnreadableInputError, match="not what its name says"):
            open_source(content, name=name).__enter__()
    with open_source(HTML.encode(), name=name) as source:
        assert source.kind == "document"


def test_utf16_and_byte_order_marks_are_decoded() -> None:
    for encoding in ("utf-16", "utf-8-sig", "utf-8"):
        with open_source("表 1".encode(encoding), name="-") as source:
            assert source.text == "表 1"


def test_missing_folder_and_forbidden(tmp_path: Path) -> None:
    with pytest.raises(UnreadableInputError, match="does not exist"):
        open_source(tmp_path / "none.pdf", name="none.pdf").__enter__()
    with pytest.raises(UnreadableInputError, match="is a folder"):
        open_source(tmp_path, name="x").__enter__()
    with pytest.raises(UnreadableInputError, match="cannot read"):
        open_source(tmp_path / ("n" * 5000), name="x").__enter__()


def test_a_pipe_is_read_once(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_bytes, args=(pdf(text("piped", x=9, y=9)),))
    writer.start()
    with open_source(pipe, name="pipe") as source:
        assert source.page(1).lines[0].text == "piped"
    writer.join()


def test_locked_needs_the_right_password() -> None:
    import pymupdf

    document = pymupdf.open(stream=pdf(text("secret", x=20, y=100)), filetype="pdf")
    locked = document.tobytes(encryption=pymupdf.PDF_ENCRYPT_AES_256, user_pw="pässwört")
    with pytest.raises(PasswordError, match=r"is locked.*--password"):
        open_source(locked, name="l.pdf").__enter__()
    with pytest.raises(PasswordError, match=r"does not open.*--password"):
        open_source(locked, name="l.pdf", password="wrong").__enter__()
    with open_source(locked, name="l.pdf", password="pässwört") as source:
        assert source.page(1).lines[0].text == "secret"
    # an owner's password alone locks nothing that is read
    owned = document.tobytes(encryption=pymupdf.PDF_ENCRYPT_AES_256, owner_pw="boss")
    with open_source(owned, name="o.pdf") as source:
        assert source.page(1).lines[0].text == "secret"
