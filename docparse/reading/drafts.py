"""The reply that is likely: a page's text layer in the form in which the model writes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from docparse.profiles import Grammar
from docparse.types import Document, Frame

if TYPE_CHECKING:
    from docparse.pages.page import PageInput

# Most pages stand upright, and most are in English; a wrong guess costs a few tokens.
_FACTS = {
    "primary_language": "en",
    "is_rotation_valid": True,
    "rotation_correction": 0,
    "is_table": False,
    "is_diagram": False,
}


def draft_reply(page: PageInput, frame: Frame, grammar: Grammar) -> str:
    """The reply that would say what the text layer says; empty where that cannot be trusted."""
    if page.layer != "good":
        return ""
    from docparse.convert.markdown import to_markdown
    from docparse.layout.page import lay_out
    from docparse.omni.emit import emit_page_reply

    laid_out = lay_out(page)
    if grammar == "omni":
        return emit_page_reply(laid_out, frame)
    body = to_markdown(Document("", (laid_out,)))
    if grammar == "olmocr-json":
        return json.dumps(_FACTS | {"natural_text": body}, ensure_ascii=False)
    head = "".join(f"{key}: {value}\n" for key, value in _FACTS.items())
    return f"---\n{head}---\n{body}"
