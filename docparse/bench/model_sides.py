"""What is timed when our model is held against transformers: one page's tower, one reply's tokens.

All of this runs in child processes of `bench.model_speed`, one for each side, so that neither
shares threads, caches or settings with the other. It is the one part of bench that imports torch:
timing a torch model from outside torch would time something else. Both sides get the same files,
the same pixels and prompts, and as many threads.
"""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal, cast

import torch

from docparse.model.chat import PICTURE, Message
from docparse.model.config import ModelConfig, read_config
from docparse.model.generate import generate
from docparse.model.load import DTYPES, Checkpoint, load_checkpoint
from docparse.model.memory import memory_available, memory_needed
from docparse.model.preprocess import (
    PixelConfig,
    Pixels,
    doubled,
    prepare_picture,
    read_pixel_config,
)
from docparse.model.prompt import Prompt, build_prompt, prompt_of_ids
from docparse.model.quantize import Bits, bytes_per_weight, is_packable
from docparse.model.reply import Request
from docparse.model.runner import ModelRunner
from docparse.model.speculate import Drafter, LikelyReply
from docparse.model.tokenizer import Tokenizer
from docparse.model.weights import build_empty

Drafts = Literal["", "agree", "never"]
DEVICE = torch.device("cuda" if torch.cuda.is_available() else "cpu")


@dataclass(frozen=True, slots=True)
class Spell:
    """Seconds of one timed stretch, by the clock and of this process' CPU time, and of a reply its
    tokens and the passes that it took."""

    seconds: float
    cpu: float
    tokens: tuple[int, ...] = ()
    passes: int = 0


class _Wrong:
    """A drafter that always has something to say and is never right."""

    name = "wrong"

    def __init__(self, said: Sequence[int]) -> None:
        self._token = min(set(range(len(said) + 1)) - set(said))

    def propose(self, tokens: Sequence[int], limit: int) -> list[int]:
        return [self._token] * limit


@dataclass(frozen=True, slots=True)
class _Moment:
    """A point in time, by the clock and by CPU time."""

    clock: float
    cpu: float

    @classmethod
    def now(cls) -> _Moment:
        if DEVICE.type == "cuda":
            torch.cuda.synchronize()
        return cls(time.perf_counter(), time.process_time())

    def until_now(self, tokens: tuple[int, ...] = (), passes: int = 0) -> Spell:
        now = _Moment.now()
        return Spell(now.clock - self.clock, now.cpu - self.cpu, tokens, passes)


def set_threads(num: int) -> None:
    """How many threads torch may use in this process."""
    torch.set_num_threads(num)


def look_ours(folder: Path, dtype: str, size: tuple[int, int]) -> Spell:
    """One pass of our tower over a page."""
    checkpoint, (pixels, _) = _ours(folder, dtype), _page(folder, size)
    with torch.inference_mode():
        begun = _Moment.now()
        checkpoint.model.tower([pixels.rows_NP], [pixels.grid])
        return begun.until_now()


def look_theirs(folder: Path, dtype: str, size: tuple[int, int]) -> Spell:
    """One pass of transformers' tower over the same page."""
    model, (pixels, _) = _theirs(folder, dtype), _page(folder, size)
    rows = doubled(pixels, _parts_of(folder).pixels).to(DEVICE, model.dtype)
    grid = torch.tensor([pixels.grid], device=DEVICE)
    with torch.inference_mode():
        begun = _Moment.now()
        model.model.visual(rows, grid_thw=grid)
        return begun.until_now()


def write_ours(
    folder: Path,
    dtype: str,
    size: tuple[int, int],
    num: int,
    pages: int,
    bits: str,
    drafts: Drafts,
) -> Spell:
    """Writes `num` tokens more about each of `pages` pages at once, once all have their first."""
    checkpoint, (_, prompt) = _ours(folder, dtype, bits), _page(folder, size)
    drafters: tuple[Drafter, ...] = ()
    if drafts:
        said = _run_ours(checkpoint, prompt, num + 1, 1, ()).tokens
        drafters = (LikelyReply(said) if drafts == "agree" else _Wrong(said),)
    return _run_ours(checkpoint, prompt, num + 1, pages, drafters)


def write_theirs(
    folder: Path, dtype: str, size: tuple[int, int], num: int, pages: int = 1
) -> Spell:
    """The same by transformers, `pages` of them as one batch."""
    model, (_, prompt) = _theirs(folder, dtype), _page(folder, size)
    watch = _Watch()
    length = num + 1
    with torch.inference_mode():
        out = model.generate(
            **_inputs_of(folder, dtype, size, prompt.ids, pages),
            do_sample=False,
            max_new_tokens=length,
            min_new_tokens=length,
            streamer=watch,
        )
    return watch.moments[1].until_now(tuple(out[0, len(prompt.ids) :].tolist()), length)


def rivals_ours(
    folder: Path, dtype: str, size: tuple[int, int], said: tuple[int, ...], rivals: tuple[int, ...]
) -> list[float]:
    """Our logits of some tokens after a page and the beginning of a reply."""
    checkpoint, (pixels, prompt) = _ours(folder, dtype), _page(folder, size)
    whole = prompt_of_ids([*prompt.ids, *said], [pixels], config=checkpoint.config)
    places = whole.positions
    model = checkpoint.model
    with torch.inference_mode():
        x_TD = model.embed(whole.ids, model.look([pixels]))
        positions_3T = torch.tensor([places.time, places.row, places.column])
        hidden_TD = model.whole(x_TD, positions_3T, lengths=[len(whole.ids)])
        return [float(n) for n in model.logits(hidden_TD[-1:])[0, list(rivals)]]


def rivals_theirs(
    folder: Path, dtype: str, size: tuple[int, int], said: tuple[int, ...], rivals: tuple[int, ...]
) -> list[float]:
    """The same of transformers."""
    model, (_, prompt) = _theirs(folder, dtype), _page(folder, size)
    inputs = _inputs_of(folder, dtype, size, (*prompt.ids, *said), 1)
    with torch.inference_mode():
        logits = model(**inputs, logits_to_keep=1).logits
    return [float(n) for n in logits[0, -1, list(rivals)]]


def read_speed() -> _Moment:
    """Bytes that all threads together read from memory in a second, by the clock and of CPU time:
    the best of some sums."""
    numbers = torch.ones(1 << 28, dtype=torch.float32, device=DEVICE)  # 1 GiB, beyond any cache
    spells = []
    for _ in range(5):
        begun = _Moment.now()
        numbers.sum()
        spells.append(begun.until_now())
    size = numbers.numel() * 4
    return _Moment(size / min(s.seconds for s in spells), size / min(s.cpu for s in spells))


def bytes_per_token(folder: Path, dtype: str, bits: str) -> float:
    """Bytes of weights that one pass of the decoder reads; the cache of a page is small beside."""
    config = _parts_of(folder).config
    total = 0.0
    for path, module in build_empty(config).decoder.named_modules(prefix="decoder"):
        if path == "decoder.embedding":
            continue
        packed = bool(bits) and is_packable(path)
        each = bytes_per_weight(path, cast(Bits, bits)) if packed else DTYPES[dtype].itemsize
        total += sum(weight.numel() for weight in module.parameters(recurse=False)) * each
    return total


@dataclass(frozen=True, slots=True)
class Facts:
    """What decides on the parts that are timed."""

    has_gpu: bool
    fits_float32: bool


def facts(folder: Path) -> Facts:
    """Whether there is a GPU, and whether both sides can hold the model in float32 at once."""
    need = memory_needed(read_config(folder), torch.float32, device=DEVICE).total
    return Facts(DEVICE.type == "cuda", 2 * need < memory_available(DEVICE))


def describe() -> str:
    """What the figures depend on, as this process sees it."""
    name = torch.cuda.get_device_name() if DEVICE.type == "cuda" else platform.machine()
    return (
        f"{name}, {os.cpu_count()} cores, {torch.get_num_threads()} threads, "
        f"torch {torch.__version__}, transformers {version('transformers')}"
    )


def _run_ours(
    checkpoint: Checkpoint, prompt: Prompt, num: int, pages: int, drafters: tuple[Drafter, ...]
) -> Spell:
    runner = _Watched(checkpoint.model, slots=pages)
    found = dict(
        generate(
            runner,
            [Request(prompt, num, drafters=drafters) for _ in range(pages)],
            tokenizer=checkpoint.tokenizer,
            stops=(),
            slots=pages,
            context=checkpoint.config.text.max_positions,
            prefill_tokens=1 << 20,
        )
    )
    return runner.begun.until_now(found[0].tokens, found[0].usage.passes)


class _Watched(ModelRunner):
    """A runner that knows when its prompts were read."""

    begun = _Moment(0, 0)

    def fill(self, first: int, counts: Sequence[int]) -> torch.Tensor:
        logits_nV = super().fill(first, counts)
        self.begun = _Moment.now()
        return logits_nV


class _Watch:
    """A streamer for transformers that notes when it is handed the prompt and each token."""

    def __init__(self) -> None:
        self.moments: list[_Moment] = []

    def put(self, tokens: object) -> None:
        self.moments.append(_Moment.now())

    def end(self) -> None:
        """Nothing is left to do."""


@cache
def _ours(folder: Path, dtype: str, bits: str = "") -> Checkpoint:
    packing = cast(Bits, bits) if bits else None
    checkpoint = load_checkpoint(folder, device=DEVICE, dtype=DTYPES[dtype], bits=packing)
    model, seen = checkpoint.model, cast(dict[int, torch.Tensor], {})

    def look(pixels: Sequence[Pixels]) -> torch.Tensor:
        # The tower is timed by itself; a reply need not wait for it again in every round.
        for item in pixels:
            if id(item) not in seen:
                seen[id(item)] = model.tower([item.rows_NP], [item.grid])
        return torch.cat([seen[id(item)] for item in pixels])

    model.look = look  # type: ignore[method-assign]
    return checkpoint


@dataclass(frozen=True, slots=True)
class _Parts:
    """All of a checkpoint but its weights."""

    config: ModelConfig
    pixels: PixelConfig
    tokenizer: Tokenizer


@cache
def _parts_of(folder: Path) -> _Parts:
    tokenizer = Tokenizer.read(folder / "tokenizer.json")
    return _Parts(read_config(folder), read_pixel_config(folder), tokenizer)


@cache
def _theirs(folder: Path, dtype: str) -> Any:
    import transformers

    transformers.logging.set_verbosity_error()
    model = transformers.AutoModelForImageTextToText.from_pretrained(folder, dtype=DTYPES[dtype])
    model.generation_config = transformers.GenerationConfig(pad_token_id=0)
    model.to(DEVICE).eval()
    features, seen = model.model.get_image_features, cast(dict[int, Any], {})

    # generate() reads the names of these arguments.
    def look(pixel_values: torch.Tensor, image_grid_thw: torch.Tensor, **kwargs: Any) -> Any:
        if len(pixel_values) not in seen:
            seen[len(pixel_values)] = features(pixel_values, image_grid_thw, **kwargs)
        return seen[len(pixel_values)]

    model.model.get_image_features = look
    return model


def _inputs_of(
    folder: Path, dtype: str, size: tuple[int, int], ids: Sequence[int], pages: int
) -> dict[str, Any]:
    """What transformers needs to read some tokens about the page, several times in one batch."""
    pixels, _ = _page(folder, size)
    parts = _parts_of(folder)
    ids_BT = torch.tensor([ids] * pages, device=DEVICE)
    rows = doubled(pixels, parts.pixels).to(DEVICE, DTYPES[dtype])
    return {
        "input_ids": ids_BT,
        "attention_mask": torch.ones_like(ids_BT),
        "mm_token_type_ids": (ids_BT == parts.config.image_token).int(),
        "pixel_values": rows.repeat(pages, 1),
        "image_grid_thw": torch.tensor([pixels.grid] * pages, device=DEVICE),
    }


@cache
def _page(folder: Path, size: tuple[int, int]) -> tuple[Pixels, Prompt]:
    """A picture with strokes like print in it, as pixels and in a prompt; the same every time."""
    from PIL import Image, ImageDraw

    picture = Image.new("RGB", size, "white")
    pen = ImageDraw.Draw(picture)
    for y in range(20, size[1] - 20, 18):
        for x in range(20 + y % 7, size[0] - 20, 9):
            pen.line((x, y, x + (x * y) % 7, y + (x + y) % 11), fill=(x % 90, y % 90, 40))
    parts = _parts_of(folder)
    pixels = prepare_picture(picture, parts.pixels)
    messages = [Message("user", (PICTURE, "Read this page."))]
    prompt = build_prompt(messages, [pixels], tokenizer=parts.tokenizer, config=parts.config)
    return pixels, prompt
