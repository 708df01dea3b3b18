"""A prompt ready for the model: tokens, pixels and positions that agree with each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from docparse.model.chat import Message, as_ids, render
from docparse.model.config import ModelConfig
from docparse.model.positions import Item, Positions, locate, num_tokens
from docparse.model.preprocess import Pixels
from docparse.model.tokenizer import Tokenizer


@dataclass(frozen=True, slots=True)
class Prompt:
    """Tokens with a run of marks for each of `pixels`, and the positions of them all."""

    ids: tuple[int, ...]
    pixels: tuple[Pixels, ...]
    positions: Positions


def build_prompt(
    messages: Sequence[Message],
    pixels: Sequence[Pixels],
    *,
    tokenizer: Tokenizer,
    config: ModelConfig,
) -> Prompt:
    """The prompt of a conversation whose marks stand for `pixels` in their order.

    PromptError where marks and pixels differ in number or kind.
    """
    merge = config.vision.merge
    sizes = [num_tokens(item.grid, merge) for item in pixels]
    return prompt_of_ids(as_ids(render(messages), tokenizer, sizes=sizes), pixels, config=config)


def prompt_of_ids(ids: Sequence[int], pixels: Sequence[Pixels], *, config: ModelConfig) -> Prompt:
    """The prompt of tokens that already have all their marks."""
    positions = locate(
        ids,
        [item_of(item, config) for item in pixels],
        image_token=config.image_token,
        video_token=config.video_token,
        merge=config.vision.merge,
    )
    return Prompt(tuple(ids), tuple(pixels), positions)


def item_of(pixels: Pixels, config: ModelConfig) -> Item:
    """How a picture or video lies in the prompt. Only Qwen2.5-VL measures a video's time."""
    per_second = config.vision.tokens_per_second
    is_timed = pixels.is_video and per_second > 0
    step = per_second * pixels.seconds_per_slice if is_timed else 1.0
    return Item(pixels.grid, pixels.is_video, step)
