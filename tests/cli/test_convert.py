"""The command as a new user meets it: outputs, stdout, exit codes, one clear line per error."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pymupdf
import pytest

from tests.command import docparse

DATA = Path(__file__).parents[3] / "shared" / "data"


def start(*args: str | Path, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    """The command in processes of its own, as the shell starts it."""
    code = "from docparse.cli.main import run; run()"
    return subprocess.run(
        [sys.executable, "-c", code, *map(str, args)],
        input=stdin,
        capture_output=True,
        timeout=120,
        check=False,
    )


def one_line(result: subprocess.CompletedProcess[str]) -> str:
    text = result.stderr
    assert text.startswith("docparse: ") and text.count("\n") == 1, text
    return text


def make_pdf(path: Path, *pages: str, password: str = "") -> Path:
    with pymupdf.open() as pdf:
        for text in pages:
            page = pdf.new_page()
            if text:
                page.insert_textbox((72, 72, 520, 760), text, fontsize=11)
        options = {"encryption": pymupdf.PDF_ENCRYPT_AES_256, "user_pw": password}
        pdf.save(path, **(options if password else {}))
    return path


SENTENCE = "The quick brown fox jumps over the lazy dog and then it rests in the warm sun. "


@pytest.fixture
def pdf(tmp_path: Path) -> Path:
    return make_pdf(tmp_path / "fox.pdf", SENTENCE * 6, SENTENCE * 3)


def test_one_file_to_a_folder_in_three_formats_and_back(pdf: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    result = start(pdf, "-o", f"{out}/", "-f", "html", "-f", "md", "-f", "json", "-j", "2")
    assert (result.returncode, result.stdout, result.stderr) == (0, b"", b"")
    names = sorted(path.name for path in out.iterdir())
    assert names == [".docparse.sqlite", "fox.html", "fox.json", "fox.md"]
    assert (out / "fox.md").read_text().count("quick brown fox") == 9
    # our own HTML and JSON are inputs too, and hold the same document
    for again in ("fox.html", "fox.json"):
        result = docparse(out / again, "-f", "md")
        assert result.returncode == 0, result.stderr
        assert result.stdout == (out / "fox.md").read_text()


def test_stdin_to_stdout_is_pure(pdf: Path) -> None:
    result = start("-", "-f", "json", "--pages", "2", stdin=pdf.read_bytes())
    assert result.returncode == 0 and result.stderr == b""
    document = json.loads(result.stdout)
    assert [page["number"] for page in document["pages"]] == [2]


def test_overlay_draws_every_page(pdf: Path, tmp_path: Path) -> None:
    result = docparse(pdf, "-o", tmp_path / "a.html", "--overlay", tmp_path / "boxes")
    assert result.returncode == 0, result.stderr
    assert sorted(p.name for p in (tmp_path / "boxes").iterdir()) == [
        "page-0001.png",
        "page-0002.png",
    ]


def test_a_page_without_text_is_exit_3_and_written(tmp_path: Path) -> None:
    pdf = make_pdf(tmp_path / "a.pdf", SENTENCE)
    with pymupdf.open(pdf) as doc:
        page = doc.new_page()
        page.draw_rect((100, 100, 300, 200), fill=(0.1, 0.1, 0.1))
        page.draw_line((90, 300), (400, 420), width=4)
        doc.save(tmp_path / "b.pdf")
    result = docparse(tmp_path / "b.pdf", "-o", tmp_path / "b.md", "--reader", "off")
    assert result.returncode == 3
    assert "b.pdf p. 2: needs-reading" in one_line(result)
    text = (tmp_path / "b.md").read_text()
    assert "quick brown fox" in text and "Page 2" in text


@pytest.mark.parametrize(
    ("args", "code", "says"),
    [
        (["{dir}/none.pdf"], 4, "there is no file"),
        (["{pdf}", "-o", "{dir}/x.docx"], 2, ".html, .md, .json, .pdf or .jsonl"),
        (["{pdf}", "-f", "docx"], 2, "html, md, json"),
        (["{pdf}", "{dir}/fox2.pdf"], 2, "-o out/"),
        (["{pdf}", "--pages", "3-9"], 2, "2 pages"),
        (["{pdf}", "--dpi", "7"], 2, "--dpi"),
        (["{pdf}", "--nonsense"], 2, "--help"),
        (["{dir}/locked.pdf"], 5, "--password"),
        (["{dir}/locked.pdf", "--password", "wrong"], 5, "--password"),
        (["{dir}/empty.pdf", "-o", "{dir}/out.md"], 4, "empty"),
        (["{pdf}", "-o", "/proc/nowhere/out.md"], 6, "-o"),
    ],
)
def test_errors_are_one_line_and_a_code(
    pdf: Path, tmp_path: Path, args: list[str], code: int, says: str
) -> None:
    make_pdf(tmp_path / "locked.pdf", SENTENCE, password="fox")
    (tmp_path / "fox2.pdf").write_bytes(pdf.read_bytes())
    (tmp_path / "empty.pdf").write_bytes(b"")
    result = docparse(*(arg.format(pdf=pdf, dir=tmp_path) for arg in args))
    assert result.returncode == code, result.stderr
    assert says in one_line(result)
    assert result.stdout == ""
    assert not (tmp_path / "out.md").exists()


def test_a_failed_run_leaves_an_older_output_alone(tmp_path: Path) -> None:
    (tmp_path / "bad.pdf").write_bytes(b"%PDF-1.7\nthis is no PDF")
    (tmp_path / "out.md").write_text("precious")
    assert docparse(tmp_path / "bad.pdf", "-o", tmp_path / "out.md").returncode == 4
    assert (tmp_path / "out.md").read_text() == "precious"


def test_of_several_documents_each_failure_is_told(pdf: Path, tmp_path: Path) -> None:
    (tmp_path / "bad.pdf").write_bytes(b"no pdf at all \x00\x01\x02")
    result = docparse(pdf, tmp_path / "bad.pdf", "-o", tmp_path / "out", "-f", "md")
    assert result.returncode == 3
    error, summary, hint = result.stderr.splitlines()
    assert "bad.pdf" in error and "docparse status" in hint
    assert "2 documents: 1 done, 1 failed" in summary
    names = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert names == [".docparse.sqlite", "fox.md"]


@pytest.mark.parametrize("command", ["convert", "extract"])
def test_two_inputs_with_one_output_name_clash_before_work(
    pdf: Path, tmp_path: Path, command: str
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "FOX.pdf").write_bytes(pdf.read_bytes())
    result = docparse(command, pdf, other / "FOX.pdf", "-o", tmp_path / "out")
    assert result.returncode == 2 and "would both become" in one_line(result)
    assert not (tmp_path / "out").exists()


def test_a_saved_reply_converts(tmp_path: Path) -> None:
    reply = tmp_path / "reply.txt"
    reply.write_text(
        '```html\n<html><body><h1 data-bbox="10 10 300 40">Title</h1>'
        '<p data-bbox="10 60 300 90">Text &amp; more</p></body></html>\n```'
    )
    result = docparse(reply, "-f", "md")
    assert (result.returncode, result.stdout) == (0, "# Title\n\nText & more\n")


@pytest.mark.skipif(not DATA.is_dir(), reason="../shared/data is not there")
@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("gnarly/ocrmypdf/invalid.pdf", 4),
        ("gnarly/pdfjs/poppler-742-0-fuzzed.pdf", 4),
        ("gnarly/pdfplumber/empty.pdf", 4),
        ("gnarly/pdf-lib/encrypted_old.pdf", 5),
        ("gnarly/qpdf/bad40.pdf", 4),
        ("gnarly/pdf-lib/invalid_root_ref.pdf", 4),
    ],
)
def test_real_bad_files_are_refused_in_one_line(tmp_path: Path, name: str, code: int) -> None:
    result = docparse(DATA / name, "-o", tmp_path / "out.html")
    assert result.returncode == code, result.stderr
    one_line(result)
    assert not list(tmp_path.iterdir())


@pytest.mark.skipif(not DATA.is_dir(), reason="../shared/data is not there")
def test_a_file_whose_page_tree_goes_in_circles_is_read(tmp_path: Path) -> None:
    # MuPDF alone never comes back from it.
    path = DATA / "gnarly/pymupdf/test_2548.pdf"
    result = docparse(path, "--reader", "off", "--pages", "1,r1", "-o", tmp_path / "out.html")
    assert (result.returncode, result.stderr) == (0, "")
    assert "BRCA1" in (tmp_path / "out.html").read_text()


def test_no_arguments_show_the_help_and_nothing_else() -> None:
    result = docparse()
    assert result.returncode == 2
    assert "--version" in result.stdout
    assert result.stderr == ""
