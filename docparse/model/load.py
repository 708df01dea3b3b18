"""A checkpoint folder as a model that is ready to reply; nothing here uses the network."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from docparse.model.chat import Message
from docparse.model.config import ModelConfig, read_config, read_json
from docparse.model.constrain import GrammarCompiler
from docparse.model.generate import generate
from docparse.model.memory import check_memory
from docparse.model.prepack import has_fast_bf16
from docparse.model.preprocess import PixelConfig, Pixels, read_pixel_config
from docparse.model.problems import ConfigError
from docparse.model.prompt import Prompt, build_prompt
from docparse.model.quantize import Bits
from docparse.model.reply import Request, Result
from docparse.model.runner import ModelRunner
from docparse.model.sampling import Sampling
from docparse.model.tokenizer import Tokenizer
from docparse.model.vlm import VisionLanguageModel
from docparse.model.weights import load_weights

# What a file may say, and what we run.
DTYPES = {
    "bfloat16": torch.bfloat16,
    "float16": torch.float16,
    "float32": torch.float32,
}


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A loaded model with all that belongs to it. `sampling`: as its generation_config.json says;
    replies are greedy unless a request asks for it."""

    config: ModelConfig
    pixels: PixelConfig
    tokenizer: Tokenizer
    stops: frozenset[int]
    sampling: Sampling
    model: VisionLanguageModel

    def prompt(self, messages: Sequence[Message], pixels: Sequence[Pixels]) -> Prompt:
        """The prompt of a conversation whose marks stand for `pixels` in their order."""
        return build_prompt(messages, pixels, tokenizer=self.tokenizer, config=self.config)

    def generate(
        self, requests: Iterable[Request], *, slots: int, prefill_tokens: int = 2048
    ) -> Iterator[tuple[int, Result]]:
        """Each request's number with its reply, as they end; see `generate.generate`."""
        return generate(
            ModelRunner(self.model, slots=slots),
            requests,
            tokenizer=self.tokenizer,
            stops=self.stops,
            slots=slots,
            context=self.config.text.max_positions,
            prefill_tokens=prefill_tokens,
        )

    def grammars(self) -> GrammarCompiler:
        """Compiles grammars for this model's replies; keep it, it takes a second to make."""
        vocabulary = self.config.text.vocabulary
        return GrammarCompiler(self.tokenizer, vocabulary=vocabulary, stops=self.stops)


def load_checkpoint(
    folder: Path,
    *,
    device: torch.device,
    dtype: torch.dtype | None = None,
    bits: Bits | None = None,
    slots: int = 1,
) -> Checkpoint:
    """The checkpoint in a folder of the released or the v5 layout.

    `dtype` None takes the stored one where the device is quick at it; memory must do for `slots`
    replies at once. Raises ConfigError,
    WeightsError or MemoryProblem, each before it reads the weights.
    """
    config = read_config(folder)
    pixels = read_pixel_config(folder)
    vision = config.vision
    sides = (vision.patch, vision.temporal_patch, vision.merge)
    if (pixels.patch, pixels.temporal_patch, pixels.merge) != sides:
        raise ConfigError("the processor's patch sizes are not those of config.json")
    tokenizer = Tokenizer.read(folder / "tokenizer.json")
    stops, sampling = read_generation(folder, tokenizer)
    chosen = dtype or choose_dtype(device, config.dtype)
    check_memory(config, chosen, bits, device=device, slots=slots)
    model = load_weights(config, folder, device=device, dtype=chosen, bits=bits, frozen=True)
    return Checkpoint(config, pixels, tokenizer, stops, sampling, model)


def choose_dtype(device: torch.device, stored: str) -> torch.dtype:
    """The stored dtype; on a CPU without fast bf16, and for half precision there, float32."""
    dtype = DTYPES.get(stored.removeprefix("torch."), torch.bfloat16)
    if device.type != "cpu":
        return dtype
    return dtype if dtype == torch.bfloat16 and has_fast_bf16() else torch.float32


def read_generation(folder: Path, tokenizer: Tokenizer) -> tuple[frozenset[int], Sampling]:
    """The tokens that end a reply and the settings of generation_config.json, if there is one.

    The end of a turn ends a reply whatever the file says.
    """
    path = folder / "generation_config.json"
    try:
        return _generation(read_json(path) if path.is_file() else {}, tokenizer)
    except (TypeError, ValueError) as error:
        raise ConfigError(f"{path} has a value that is none: {error}") from error


def _generation(data: dict[str, Any], tokenizer: Tokenizer) -> tuple[frozenset[int], Sampling]:
    ends = data.get("eos_token_id") or []
    stops = frozenset(ends if isinstance(ends, list) else [ends])
    stops |= {tokenizer.special("<|im_end|>"), tokenizer.special("<|endoftext|>")}
    temperature = float(data.get("temperature") or 1.0) if data.get("do_sample") else 0.0
    return stops, Sampling(
        temperature=temperature,
        # transformers' own default where the file is silent
        top_k=int(data.get("top_k", 50) or 0),
        top_p=float(data.get("top_p") or 1.0),
        repetition_penalty=float(data.get("repetition_penalty") or 1.0),
    )
