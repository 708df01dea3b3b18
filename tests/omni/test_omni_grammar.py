"""The element grammar takes what we write and what the models wrote, and nothing that is broken."""

from __future__ import annotations

from pathlib import Path

import llguidance
import pytest
import tokenizers

from docparse.layout.page import lay_out
from docparse.omni.emit import emit_page_reply
from docparse.omni.grammar import reply_grammar
from docparse.pages.open import open_source
from docparse.types import Frame

ROOT = Path(__file__).parents[2]
BOX = 'data-bbox="1 2 3 4"'


@pytest.fixture(scope="module")
def tokenizer() -> tokenizers.Tokenizer:
    """A token for each byte."""
    alphabet = sorted(tokenizers.pre_tokenizers.ByteLevel.alphabet())
    made = tokenizers.Tokenizer(
        tokenizers.models.BPE({character: n for n, character in enumerate(alphabet)}, [])
    )
    made.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = tokenizers.decoders.ByteLevel()
    made.add_special_tokens(["<|endoftext|>"])
    return made


@pytest.fixture(scope="module")
def accepts(tokenizer: tokenizers.Tokenizer) -> object:
    matcher = llguidance.LLMatcher(
        llguidance.LLTokenizer(tokenizer.to_str()), reply_grammar(), log_level=0
    )
    assert not matcher.is_error(), matcher.get_error()

    def accepts(text: str) -> bool:
        matcher.reset()
        ids = tokenizer.encode(text, add_special_tokens=False).ids
        return matcher.try_consume_tokens(ids) == len(ids) and matcher.is_accepting()

    return accepts


@pytest.mark.parametrize(
    ("body", "is_taken"),
    [
        ("", True),
        (f"<p {BOX}> a < 5 &amp; <b>x</b><br/> 請求書 </p>\n<h2 {BOX}>T</h2>", True),
        (f'<div class="image" {BOX}><img {BOX}/></div>', True),
        (f'<style>table1 style</style><table {BOX} class="t1"><tr><td>1</td></tr></table>', True),
        ("<p>no box</p>", False),
        ('<p data-bbox="1 2 3">three numbers</p>', False),
        ('<p data-bbox="1 2 3 4.5">a half</p>', False),
        (f"<p {BOX}>not closed", False),
        (f"<p {BOX}><b>crossed</p></b>", False),
        (f"<script {BOX}>x</script>", False),
        (f'<p onclick="x" {BOX}>x</p>', False),
        ("text on the page itself", False),
    ],
)
def test_what_is_taken(accepts: object, body: str, is_taken: bool) -> None:
    assert accepts(f"<html><body>\n{body}\n</body></html>") == is_taken  # type: ignore[operator]


@pytest.mark.parametrize("name", ["report.pdf", "invoice-ja.pdf", "vertical-ja.pdf"])
def test_drafts_of_real_pages_are_taken(accepts: object, name: str) -> None:
    with open_source(ROOT / "samples" / name, name=name, password="", dpi=100) as source:
        for number in range(1, source.num_pages + 1):
            page = lay_out(source.page(number))
            frame = Frame(page.width, page.height, page.width, page.height, 100)
            assert accepts(emit_page_reply(page, frame))  # type: ignore[operator]
