"""Prompt files with named slots, filled: what is said to a model, apart from the picture.

A prompt is a file `prompts/NAME.md` of four sections, each opened by a line of its own:

    --- about ---
    Where the wording comes from. Never sent.
    --- order ---
    text-first
    --- system ---
    You are a helpful assistant
    --- user ---
    Read this page: {{anchors}}

`order` says whether the user's text stands before the picture or after it. An empty `system`
sends none, so that the model's chat template puts in its own. A section's text is kept to the
letter, blanks at line ends too; only the line break before the next section, or at the end of the
file, does not belong to it. A slot is `{{name}}`, in small letters and underscores.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Literal, cast

Order = Literal["text-first", "image-first"]
_SECTIONS = ("about", "order", "system", "user")
_OPENING = re.compile(r"^--- ([a-z]+) ---\n", re.MULTILINE)
_SLOT = re.compile(r"\{\{([a-z_]+)\}\}")


@dataclass(frozen=True, slots=True)
class Message:
    """What is said to a model about one picture."""

    system: str
    user: str
    order: Order


@dataclass(frozen=True, slots=True)
class Prompt:
    """A prompt as its file has it, slots still open."""

    name: str
    system: str
    user: str
    order: Order

    @property
    def slots(self) -> frozenset[str]:
        return frozenset(_SLOT.findall(self.system) + _SLOT.findall(self.user))

    @property
    def digest(self) -> str:
        """SHA-256 of all that reaches a model, in hexadecimal: goes into outputs and job keys."""
        content = json.dumps([self.order, self.system, self.user])
        return hashlib.sha256(content.encode()).hexdigest()


def load(name: str) -> Prompt:
    """The prompt of that name; ValueError if there is none or its file is malformed."""
    if name not in names():
        raise ValueError(f"there is no prompt {name!r}, only {', '.join(names())}")
    return parse(name, (_folder() / f"{name}.md").read_text(encoding="utf-8"))


def names() -> list[str]:
    """The names of all prompts, sorted."""
    files = (entry.name for entry in _folder().iterdir())
    return sorted(name.removesuffix(".md") for name in files if name.endswith(".md"))


def parse(name: str, text: str) -> Prompt:
    """A prompt from the text of its file; ValueError unless that has the four sections in order."""
    before, *rest = _OPENING.split(text)
    if before or tuple(rest[::2]) != _SECTIONS:
        raise ValueError(
            f"prompt {name} has not the sections {', '.join(_SECTIONS)}, in this order"
        )
    _, order, system, user = (body.removesuffix("\n") for body in rest[1::2])
    if order not in ("text-first", "image-first"):
        raise ValueError(f"prompt {name}: order is {order!r}, not text-first or image-first")
    return Prompt(name, system, user, cast(Order, order))


def fill(prompt: Prompt, **slots: str) -> Message:
    """The prompt with each slot filled; ValueError names every slot that is missing or unknown.

    What is filled in is not searched for slots again: it may hold any text.
    """
    missing, unknown = sorted(prompt.slots - slots.keys()), sorted(slots.keys() - prompt.slots)
    if missing or unknown:
        faults = [f"{name} is missing" for name in missing]
        faults += [f"{name} is not one of its slots" for name in unknown]
        raise ValueError(f"prompt {prompt.name}: {'; '.join(faults)}")

    def value_of(slot: re.Match[str]) -> str:
        return slots[slot[1]]

    return Message(
        _SLOT.sub(value_of, prompt.system), _SLOT.sub(value_of, prompt.user), prompt.order
    )


def _folder() -> Traversable:
    """`prompts/` inside an installed package, or beside it in a source tree."""
    packed = resources.files("docparse") / "prompts"
    return packed if packed.is_dir() else Path(__file__).parent.parent / "prompts"
