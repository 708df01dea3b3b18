"""A conversation as the tokens that the models were trained on (spec qwen_vl, section 4.3).

The checkpoints carry this as a Jinja template; it is the same for all of them, so it is written
out here, and nothing from a checkpoint is executed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from docparse.model.problems import PromptError
from docparse.model.tokenizer import Tokenizer

DEFAULT_SYSTEM = "You are a helpful assistant."


@dataclass(frozen=True, slots=True)
class Mark:
    """The place of the next picture or video in a message."""

    kind: Literal["image", "video"] = "image"


PICTURE = Mark("image")
VIDEO = Mark("video")


@dataclass(frozen=True, slots=True)
class Message:
    """What `role` (system, user, assistant) says: texts and marks in their order."""

    role: str
    parts: tuple[str | Mark, ...]


@dataclass(frozen=True, slots=True)
class Special:
    """A token that has a name of its own."""

    name: str


Piece = str | Special


def render(messages: Sequence[Message], *, reply: bool = True) -> list[Piece]:
    """Texts and special tokens in their order, ready for the model to reply (or not).

    A conversation that does not begin with a system message gets the default one.
    """
    pieces: list[Piece] = []
    if messages and messages[0].role != "system":
        messages = [Message("system", (DEFAULT_SYSTEM,)), *messages]
    for message in messages:
        pieces += [Special("<|im_start|>"), f"{message.role}\n"]
        for part in message.parts:
            if isinstance(part, Mark):
                pad = Special(f"<|{part.kind}_pad|>")
                pieces += [Special("<|vision_start|>"), pad, Special("<|vision_end|>")]
            else:
                pieces.append(part)
        pieces += [Special("<|im_end|>"), "\n"]
    if reply:
        pieces += [Special("<|im_start|>"), "assistant\n"]
    return pieces


def as_text(pieces: Sequence[Piece]) -> str:
    """The prompt as one text, for people."""
    return "".join(piece.name if isinstance(piece, Special) else piece for piece in pieces)


def as_ids(pieces: Sequence[Piece], tokenizer: Tokenizer, *, sizes: Sequence[int]) -> list[int]:
    """The prompt's tokens; the n-th picture or video takes `sizes[n]` of them.

    PromptError where there are more or fewer marks than sizes.
    """
    ids: list[int] = []
    waiting = list(sizes)
    text = ""
    for piece in pieces:
        if isinstance(piece, str):
            text += piece
            continue
        # Neighbouring texts are one to the tokenizer; special tokens part them.
        ids += tokenizer.encode(text) if text else []
        text = ""
        repeats = 1
        if piece.name in ("<|image_pad|>", "<|video_pad|>"):
            if not waiting:
                raise PromptError(f"the messages have marks for more than {len(sizes)} pictures")
            repeats = waiting.pop(0)
        ids += [tokenizer.special(piece.name)] * repeats
    ids += tokenizer.encode(text) if text else []
    if waiting:
        raise PromptError(f"the messages have no marks for {len(waiting)} of the pictures")
    return ids
