"""The seam between what asks and what answers: requests, replies, and who turns one into another.

An engine knows nothing of pages or documents.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Protocol

from docparse.prompting import Message

if TYPE_CHECKING:
    import PIL.Image

Finish = Literal["stop", "length", "repeat", "failed"]


@dataclass(frozen=True, slots=True)
class Request:
    """One picture and what is asked about it.

    `picture` already has the size that the model is to see; an engine never resizes it. `draft`:
    text that the reply is likely to follow; it may speed an engine up and never changes a greedy
    reply. The reply is held to `schema`, a JSON Schema, or to `grammar`, in Lark, if there is one.
    `with_chances`: log-probabilities are wanted, even where they have a cost. `on_text` gets the
    reply as it grows.
    """

    message: Message
    picture: PIL.Image.Image
    max_tokens: int
    temperature: float = 0.0
    draft: str = ""
    schema: Mapping[str, Any] | None = None
    grammar: str = ""
    with_chances: bool = False
    on_text: Callable[[str], None] | None = None


@dataclass(frozen=True, slots=True)
class Usage:
    """What a reply took: tokens, passes of the model, and by the kind of draft, how many tokens
    were proposed and how many proved right."""

    prompt_tokens: int = 0
    new_tokens: int = 0
    passes: int = 0
    drafts: Mapping[str, tuple[int, int]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reply:
    """The text of a reply and how it ended; `problem` says why it failed.

    `log_probabilities`: of each token written, where the engine knows them; `token_ends`: how far
    the text reaches after each.
    """

    text: str
    finish: Finish
    problem: str = ""
    log_probabilities: tuple[float, ...] = ()
    token_ends: tuple[int, ...] = ()
    usage: Usage = field(default_factory=Usage)


class Engine(Protocol):
    """Answers requests."""

    @property
    def name(self) -> str: ...

    @property
    def takes_drafts(self) -> bool:
        """Whether a likely reply makes it faster."""
        ...

    def generate(self, requests: Iterable[Request]) -> Iterator[tuple[int, Reply]]:
        """Each request's number, from 0 on, with its reply, as they end.

        Requests are pulled as there is room; a request that fails is a reply with finish "failed".
        """
        ...

    def size_for(self, width: int, height: int, *, max_pixels: int | None) -> tuple[int, int]:
        """Width and height in pixels at which a picture should be handed in."""
        ...
