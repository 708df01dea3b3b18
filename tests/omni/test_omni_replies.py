"""Real replies of Qwen-VL models: nothing of their text is lost, wherever they are cut."""

from __future__ import annotations

import html
import json
import re
from collections import Counter
from pathlib import Path

import pytest

from docparse.omni.emit import emit, emit_page_reply
from docparse.omni.parse import parse_document, parse_reply
from docparse.types import Block, Document, Frame, Page

REPLIES = Path(__file__).parents[3] / "shared" / "data" / "qwen_replies"
pytestmark = pytest.mark.skipif(not REPLIES.is_dir(), reason="the real replies are not here")
MANIFEST = json.loads((REPLIES / "manifest.json").read_text()) if REPLIES.is_dir() else []
# As large as the largest of their boxes, since the size of most pictures is not known.
FRAME = Frame(width=2100, height=2900, model_width=2100, model_height=2900, dpi=200)
CHATTER = "beside its answer the model wrote: "


def names(*kinds: str) -> list[str]:
    return [entry["file"] for entry in MANIFEST if entry["kind"] in kinds]


def read(name: str) -> str:
    return (REPLIES / name).read_bytes().decode()


def letters(text: str) -> Counter[str]:
    return Counter(c for c in text if not c.isspace() and c != "$")


def text_of(block: Block) -> str:
    cells = block.table.cells if block.table else ()
    items = "".join(item.marker + item.text for item in block.items)
    return block.label + block.text + items + "".join(cell.text for cell in cells)


def shown(page: Page, *, figures: bool) -> Counter[str]:
    """All letters of a page, and what the model said beside it."""
    blocks = [block for block in page.blocks if figures or block.kind != "figure"]
    notes = [note.message for note in page.notes if note.message.startswith(CHATTER)]
    chatter = "".join(message.removeprefix(CHATTER) for message in notes)
    return letters("".join(map(text_of, blocks)) + chatter)


def without_tags(reply: str) -> str:
    """The text of a reply in HTML, found without any of our code."""
    reply = re.sub(r"```(?:html)?[ \t]*$", "", reply, flags=re.MULTILINE)
    return html.unescape(re.sub(r"<[^<>]*(?:>|\Z)", "", reply))


def strings_of(reply: str, *, keys: bool) -> str:
    """The strings of a reply in JSON, and what stands around it, found without any of our code."""
    before, body, after = re.fullmatch(r"(.*)```json\n(.*)\n```(.*)", reply, re.DOTALL).groups()
    found: list[str] = [before, after]

    def collect(value: object) -> None:
        if isinstance(value, dict):
            for key, inner in value.items():
                if key not in ("bbox_2d", "point_2d"):
                    found.append(key if keys else "")
                    collect(inner)
        elif isinstance(value, list):
            for inner in value:
                collect(inner)
        else:
            found.append(str(value))

    collect(json.loads(re.sub(r",(\s*[\]}])", r"\1", body)))
    return "".join(found)


@pytest.mark.parametrize("name", names("qwenvl_html", "cleaned_html", "plain_html"))
def test_html_loses_nothing(name: str) -> None:
    reply = read(name)
    page = parse_reply(reply, FRAME)
    assert shown(page, figures=False) == letters(without_tags(reply))


@pytest.mark.parametrize("name", names("json"))
def test_json_loses_nothing(name: str) -> None:
    reply = read(name)
    page = parse_reply(reply, FRAME)
    is_kie = "kie" in name
    assert shown(page, figures=True) == letters(strings_of(reply, keys=is_kie))
    assert {block.kind for block in page.blocks} <= {"figure", "paragraph", "form-field"}


@pytest.mark.parametrize("name", names("text", "ocr"))
def test_lines_are_paragraphs(name: str) -> None:
    lines = [line.strip() for line in read(name).split("\n") if line.strip()]
    assert [block.text for block in parse_reply(read(name), FRAME).blocks] == lines


@pytest.mark.parametrize("name", names("v1_boxes"))
def test_marked_boxes_lose_nothing(name: str) -> None:
    reply = read(name)
    page = parse_reply(reply, FRAME)
    said = re.sub(r"<box>.*?</box>|<[^<>]*>", "", reply)
    assert not letters(said) - shown(page, figures=True)
    assert len(page.blocks) >= reply.count("<box>")


@pytest.mark.parametrize("name", names("qwenvl_html"))
def test_every_block_has_its_box(name: str) -> None:
    """One block for each box that is stated; an image repeats the box of its element."""
    reply = read(name)
    page = parse_reply(reply, FRAME)
    stated = re.findall(r'<(?!img)[^<>]*data-bbox="([^"]*)"', reply)
    boxes = [f"{b.bbox.x0} {b.bbox.y0} {b.bbox.x1} {b.bbox.y1}" for b in page.blocks]
    loose = sum(1 for note in page.notes if "stood beside" in note.message)
    assert list(dict.fromkeys(boxes)) == stated
    assert len(boxes) == len(stated) + loose
    assert not any(note.code == "bad-box" for note in page.notes)


@pytest.mark.parametrize("entry", [e for e in MANIFEST if "complete" in e], ids=lambda e: e["file"])
def test_a_cut_reply_says_so(entry: dict[str, object]) -> None:
    page = parse_reply(read(str(entry["file"])), FRAME)
    assert page.complete is entry["complete"]


@pytest.mark.parametrize("entry", MANIFEST, ids=lambda entry: entry["file"])
def test_html_of_it_gives_it_back(entry: dict[str, object]) -> None:
    page = parse_reply(read(str(entry["file"])), FRAME)
    document = Document(str(entry["file"]), (page,))
    assert parse_document(emit(document), source="") == document
    again = parse_reply(emit_page_reply(page, FRAME), FRAME)
    assert [block.text for block in again.blocks] == [block.text for block in page.blocks]


def test_oddities_of_real_replies() -> None:
    page = parse_reply(read("dp_cookbook_d08310c_example6_truncated.html.txt"), FRAME)
    team = page.blocks[1]
    assert (team.text, team.bbox.x0, team.bbox.y1) == ("Qwen Team", 429, 182)
    assert page.blocks[2].spans[0].href == "https://huggingface.co/Qwen"
    assert [note.code for note in page.notes] == ["truncated", "repaired"]

    page = parse_reply(read("blog_docparsing2.txt"), FRAME)
    formula = next(b for b in page.blocks if b.kind == "formula" and "quad(k=1" in b.text)
    loose = page.blocks[page.blocks.index(formula) + 1]
    assert loose.kind == "paragraph" and loose.bbox == formula.bbox
    assert loose.text.startswith("暗环条件为 \\quad") and loose.spans[0].math

    page = parse_reply(read("blog_kie_receipt.txt"), FRAME)
    assert ("票价", "8.00<全>") in [(block.label, block.text) for block in page.blocks]


def test_boxes_meet_the_picture() -> None:
    """Model pixels of the resized picture to those of the original (manifest: 1008 by 1540)."""
    frame = Frame(width=1014, height=1532, model_width=1008, model_height=1540, dpi=72)
    page = parse_reply(read("dp_cookbook_a065f96_example6.html.txt"), frame)
    title = page.blocks[0].bbox
    assert (title.x0, title.y0, title.x1, title.y1) == (312, 94, 662, 131)


@pytest.mark.parametrize(
    ("name", "step"),
    [("dp_cookbook_d08310c_example6_truncated.html.txt", 5), ("blog_docparsing2.txt", 3)],
)
def test_cut_anywhere_nothing_is_lost(name: str, step: int) -> None:
    data = read(name).encode()
    for end in range(0, len(data), step):
        cut = data[:end].decode(errors="ignore")
        # What the fence or its beginning left, no page has.
        cut = re.sub(r"\A`{1,3}h?t?m?l?\Z|\n`{1,2}\Z", "", cut)
        page = parse_reply(cut, FRAME)
        assert shown(page, figures=False) == letters(without_tags(cut)), cut[-60:]


@pytest.mark.parametrize(
    "name", ["ocr_f61c3cd_spotting_receipt.txt", "blog_grounding_counting_birds.txt"]
)
def test_cut_json_keeps_what_came(name: str) -> None:
    data = read(name).encode()
    whole = [(block.text, block.bbox) for block in parse_reply(data.decode(), FRAME).blocks]
    came = re.compile(r'"(?:text_content|label)": "((?:[^"\\]|\\.)*)"')
    for end in range(20, len(data), 7):
        cut = data[:end].decode(errors="ignore")
        page = parse_reply(cut, FRAME)
        strings = came.findall(cut)
        assert [block.text for block in page.blocks][: len(strings)] == strings
        full = [(block.text, block.bbox) for block in page.blocks][: len(strings)]
        assert full == whole[: len(strings)]


@pytest.mark.parametrize("entry", MANIFEST, ids=lambda entry: entry["file"])
def test_cut_anywhere_nothing_breaks(entry: dict[str, object]) -> None:
    data = read(str(entry["file"])).encode()
    for end in range(0, len(data), 11):
        page = parse_reply(data[:end].decode(errors="replace"), FRAME)
        assert page.blocks or page.notes
