"""The app over HTTP: reading, correcting, what it gives out, and whom and what it refuses."""

from __future__ import annotations

import io
import json
import re
import socket
import struct
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import PIL.Image
import pymupdf
import pytest

from docparse.convert.data import to_json
from docparse.serve.corrections import Correction, correct, merge
from docparse.serve.run import is_loopback
from docparse.serve.store import Entry, Store, shown_name
from docparse.serve.waiting import ReadingQueue
from docparse.settings import ReadSettings
from docparse.types import BBox, Block, Document, ListItem, Page, Word

EVIL = "<script>document.title='hacked'</script><img src=x onerror=\"document.title='hacked'\">"


def saved(text: str = "A quiet habrour", name: str = "saved.pdf") -> bytes:
    words = tuple(
        Word(word, BBox(100 + 90 * i, 100, 180 + 90 * i, 130))
        for i, word in enumerate(text.split())
    )
    items = (ListItem("One", BBox(100, 200, 200, 220)), ListItem("Two", BBox(100, 230, 200, 250)))
    blocks = (
        Block("paragraph", BBox(100, 100, 460, 130), text, words=words),
        Block("list", BBox(100, 200, 200, 250), items=items),
    )
    return to_json(Document(name, (Page(1, 1000, 1400, 120, blocks=blocks),))).encode()


@pytest.fixture(scope="module")
def read_pdf(client: Any, pdf_file: bytes) -> str:
    id_: str = client.send(pdf_file, "harbour.pdf")
    item = client.wait(id_)
    assert (item["state"], item["pages"], item["pages_done"]) == ("done", 1, 1), item
    return id_


def test_a_document_is_read_shown_and_given_out(client: Any, read_pdf: str) -> None:
    status, html, headers = client.ask("GET", f"/documents/{read_pdf}/")
    assert status == 200
    assert b"The harbour" in html
    assert "script-src 'self'" in headers["content-security-policy"]
    status, picture, _ = client.ask("GET", f"/documents/{read_pdf}/pages/1.webp")
    assert status == 200
    assert PIL.Image.open(io.BytesIO(picture)).size == (1240, 1754)
    (figure,) = re.findall(r'src="(pages/1-[0-9]+\.webp)"', html.decode())
    status, picture, _ = client.ask("GET", f"/documents/{read_pdf}/{figure}")
    assert status == 200
    assert PIL.Image.open(io.BytesIO(picture)).size == pytest.approx((933, 625), abs=20)
    assert client.ask("GET", f"/documents/{read_pdf}/pages/1-99.webp")[0] == 404
    for kind, start in (("md", b"# The harbour"), ("json", b"{"), ("pdf", b"%PDF-")):
        status, data, headers = client.ask("GET", f"/documents/{read_pdf}/result/{kind}")
        assert status == 200, data
        assert data.startswith(start)
        assert headers["content-disposition"].startswith("attachment")


def test_corrections_are_kept_beside_the_result_and_given_out_as_pairs(
    client: Any, read_pdf: str
) -> None:
    folder = client.folder / read_pdf
    before = (folder / "result.json").read_bytes()
    change = {"page": 1, "block": 0, "text": "The Harbour", "bbox": [190, 200, 520, 300]}
    status, body, _ = client.ask(
        "PATCH", f"/documents/{read_pdf}", json.dumps(change), content_type="application/json"
    )
    assert (status, json.loads(body)) == (200, {"corrections": 1})
    assert (folder / "result.json").read_bytes() == before
    assert b"The Harbour" in client.ask("GET", f"/documents/{read_pdf}/result/md")[1]
    status, data, _ = client.ask("GET", f"/documents/{read_pdf}/result/pairs")
    assert status == 200, data
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        (line,) = archive.read("pairs.jsonl").decode().splitlines()
        pair = json.loads(line)
        assert (pair["text"], pair["bbox"]) == ("The Harbour", change["bbox"])
        assert PIL.Image.open(io.BytesIO(archive.read(pair["image"]))).size == (330, 100)
    # a restart finds all of it again
    found = Store(client.folder).find(read_pdf)
    assert found is not None
    assert found.corrected().pages[0].blocks[0].text == "The Harbour"


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"page": 2, "block": 0, "text": "x"}, 422),
        ({"page": 1, "block": 99, "text": "x"}, 422),
        ({"page": 1, "block": 0, "kind": "nonsense"}, 422),
        ({"page": 1, "block": 0, "bbox": [9, 9, 1, 1]}, 422),
        ({"page": 1, "block": 0, "part": 5, "text": "x"}, 422),
        ({"page": 1, "block": 0, "text": "x" * 200_000}, 422),
    ],
)
def test_nonsense_corrects_nothing(
    client: Any, read_pdf: str, change: dict[str, Any], status: int
) -> None:
    kept = client.folder / read_pdf / "corrections.json"
    before = kept.read_bytes() if kept.exists() else b""
    body = json.dumps(change)
    found = client.ask("PATCH", f"/documents/{read_pdf}", body, content_type="application/json")
    assert found[0] == status
    assert (kept.read_bytes() if kept.exists() else b"") == before


def test_other_programs_convert_in_one_request(client: Any) -> None:
    status, body, headers = client.ask("POST", "/v1/convert?format=md", saved())
    assert (status, headers["docparse-complete"]) == (200, "true")
    assert body.startswith(b"A quiet habrour")
    status, body, _ = client.ask("POST", "/v1/convert?format=md", b"\0\1\2 nothing")
    assert status == 422
    assert "error" in json.loads(body)
    assert client.ask("POST", "/v1/convert?format=exe", saved())[0] == 422
    schema = json.loads(client.ask("GET", "/openapi.json")[1])
    assert "/v1/convert" in schema["paths"]
    page = client.ask("GET", "/api")[1].decode()
    assert "/v1/convert" in page
    assert "https://" not in page
    # nothing of it is kept
    kept = {path.name for path in client.folder.iterdir()}
    assert kept == {item["id"] for item in json.loads(client.ask("GET", "/documents")[1])}


def test_names_of_uploads_lead_nowhere(client: Any) -> None:
    names = ["../../etc/passwd", "..%2F..%2Fx", "C:\\x\\y.pdf", "a%00b", "%2e%2e%2f", "x" * 900]
    before = {path for path in client.folder.parent.rglob("*")}
    ids = [client.send(saved(), name) for name in names]
    assert all(client.wait(id_)["state"] == "done" for id_ in ids)
    new = {path for path in client.folder.parent.rglob("*")} - before
    assert {path.relative_to(client.folder).parts[0] for path in new} == set(ids)
    for item in json.loads(client.ask("GET", "/documents")[1]):
        assert "/" not in item["name"] and "\\" not in item["name"] and len(item["name"]) <= 200
    for id_ in ids:
        assert client.ask("DELETE", f"/documents/{id_}")[0] == 204
        assert not (client.folder / id_).exists()


@pytest.mark.parametrize(
    "path",
    [
        "/documents/../../etc/passwd", "/documents/%2e%2e/", "/static/../app.py", "/static/app.py",
        "/static/..%2Fapp.py", "/documents/aaaaaaaaaaaaaaaaaaaaaaaa/", "/documents/A/",
        "/documents/aaaaaaaaaaaaaaaaaaaaaaaa/pages/..%2F..%2Fresult.webp",
    ],
)  # fmt: skip
def test_no_path_of_a_request_is_opened(client: Any, path: str) -> None:
    assert client.ask("GET", path)[0] in (404, 422)


def test_other_sites_and_other_names_are_refused(client: Any) -> None:
    assert client.ask("GET", "/", host="evil.example")[0] == 403
    assert client.ask("POST", "/documents", saved(), origin="https://evil.example")[0] == 403
    assert client.ask("POST", "/documents", saved(), sec_fetch_site="cross-site")[0] == 403
    headers = client.ask("GET", "/")[2]
    assert "access-control-allow-origin" not in headers
    assert headers["x-content-type-options"] == "nosniff"
    assert "frame-ancestors 'none'" in headers["content-security-policy"]


def test_beyond_loopback_a_token_is_asked_for(start: Callable[..., Any]) -> None:
    client = start(token="s3cret")
    assert client.ask("GET", "/documents")[0] == 401
    assert client.ask("GET", "/documents?token=wrong")[0] == 401
    status, _, headers = client.ask("GET", "/?token=s3cret")
    assert (status, headers["location"]) == (303, "/")
    assert "HttpOnly" in headers["set-cookie"] and "SameSite=strict" in headers["set-cookie"]
    assert client.ask("GET", "/documents", cookie="docparse_token=s3cret")[0] == 200
    assert client.ask("GET", "/documents", authorization="Bearer s3cret")[0] == 200
    assert is_loopback("127.0.0.2") and is_loopback("::1") and is_loopback("localhost")
    assert not is_loopback("0.0.0.0") and not is_loopback("192.168.1.5")


def test_large_uploads_are_refused(start: Callable[..., Any]) -> None:
    client = start(most_bytes=100_000)

    def chunks() -> Any:
        for _ in range(40):
            yield b"x" * 10_000

    assert client.ask("POST", "/documents", b"x" * 100_001)[0] == 413
    status = client.ask("POST", "/documents", chunks())[0]
    assert status == 413
    assert client.ask("POST", "/documents", b"")[0] == 422
    assert list(client.folder.iterdir()) == []


def test_an_upload_that_stands_still_is_given_up(start: Callable[..., Any]) -> None:
    client = start(most_silence=0.2)
    head = b"POST /documents HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1000\r\n\r\n"
    with socket.create_connection(("127.0.0.1", client.port), timeout=20) as connection:
        connection.sendall(head + b"a part of it")
        assert connection.recv(100).startswith(b"HTTP/1.1 408 ")
    assert list(client.folder.iterdir()) == []


def bomb() -> bytes:
    """A PNG of some hundred kilobytes that is 40,000 by 40,000 pixels large, all of them there."""
    rows = zlib.compress(bytes(40_000 * (1 + 40_000 // 8)), 1)
    found = b"\x89PNG\r\n\x1a\n"
    head = struct.pack(">IIBBBBB", 40_000, 40_000, 1, 0, 0, 0, 0)
    for kind, data in ((b"IHDR", head), (b"IDAT", rows), (b"IEND", b"")):
        check = struct.pack(">I", zlib.crc32(kind + data))
        found += struct.pack(">I", len(data)) + kind + data + check
    return found


def scripted(plain: bytes) -> bytes:
    """A PDF with a script for its title and in its text."""
    with pymupdf.open(stream=plain) as pdf:
        pdf[0].insert_text((72, 320), EVIL, fontsize=8)
        pdf.set_metadata({"title": EVIL, "author": EVIL})
        data: bytes = pdf.tobytes()
        return data


def enormous() -> bytes:
    """A page of 60,000 by 300 pixels."""
    buffer = io.BytesIO()
    picture = PIL.Image.new("L", (60_000, 300), "white")
    picture.paste(0, (100, 100, 50_000, 200))
    picture.save(buffer, "PNG")
    return buffer.getvalue()


def test_hostile_files_fail_alone(client: Any, pdf_file: bytes) -> None:
    ids = {
        "bomb": client.send(bomb(), "bomb.png"),
        "garbage": client.send(b"%PDF-1.7\n" + b"\xff\0" * 5000, "garbage.pdf"),
        "script": client.send(scripted(pdf_file), "script.pdf"),
        "enormous": client.send(enormous(), "enormous.png"),
    }
    items = {what: client.wait(id_) for what, id_ in ids.items()}
    assert items["bomb"]["state"] == items["garbage"]["state"] == "failed"
    assert items["bomb"]["error"]
    assert items["script"]["state"] == items["enormous"]["state"] == "done"
    html = client.ask("GET", f"/documents/{ids['script']}/")[1].decode()
    assert "hacked" in html
    assert "<script>document" not in html and "<img src=x" not in html
    picture = client.ask("GET", f"/documents/{ids['enormous']}/pages/1.webp")[1]
    width, height = PIL.Image.open(io.BytesIO(picture)).size
    assert width < 17_000 and width * height < 2_200_000


def test_names_are_shown_plainly() -> None:
    assert shown_name("../a/b.pdf") == "b.pdf"
    assert shown_name("a\nb\x00.pdf") == "ab.pdf"
    assert shown_name("/") == "document"


def test_words_keep_their_boxes_where_their_number_stays(tmp_path: Path) -> None:
    words = (Word("quiet", BBox(0, 0, 5, 5), 0.4), Word("habrour", BBox(6, 0, 9, 5), 0.3))
    block = Block("paragraph", BBox(0, 0, 9, 5), "quiet habrour", words=words, source="ocr")
    document = Document("a", (Page(1, 10, 10, 72, blocks=(block,)),))
    same = correct(document, [Correction(1, 0, text="quiet harbour")]).pages[0].blocks[0]
    assert [(w.text, w.bbox.x0, w.confidence) for w in same.words] == [
        ("quiet", 0, 0.4), ("harbour", 6, 1.0),
    ]  # fmt: skip
    other = correct(document, [Correction(1, 0, text="a quiet harbour")]).pages[0].blocks[0]
    assert other.words == ()
    merged = merge([Correction(1, 0, text="x")], Correction(1, 0, kind="title"))
    assert merged == [Correction(1, 0, text="x", kind="title")]


def test_what_is_removed_while_its_state_is_written_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, waiting = Store(tmp_path), ReadingQueue(ReadSettings(), jobs=1, timeout=10)
    monkeypatch.setattr(waiting, "_read", lambda entry: None)
    keep = Entry.keep

    def keep_late(entry: Entry) -> None:
        store.remove(entry)
        entry.folder.mkdir()
        keep(entry)

    monkeypatch.setattr(Entry, "keep", keep_late)
    entry = store.create("letter.pdf")
    waiting.read(entry)
    assert not entry.folder.exists()
