"""The shape of a checkpoint, read from `config.json` in the released or the v5 layout.

Released files are flat (text keys at the top, `vision_config` below); files written by
transformers 5 nest `text_config` and `vision_config`. Values that a file leaves out are the
defaults of the transformers classes, because that is when those files leave them out
(spec qwen_vl, section 2.4). Sizes without which no model can be built have no default.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from docparse.model.problems import ConfigError

Family = Literal["qwen2_vl", "qwen2_5_vl"]


@dataclass(frozen=True, slots=True)
class VisionConfig:
    """The vision tower. `window` in pixels (0: every block is full), `out_width` that of the text
    model, `tokens_per_second` for the time axis of video (0: one step per slice)."""

    depth: int
    width: int
    heads: int
    mlp_width: int
    out_width: int
    patch: int
    temporal_patch: int
    merge: int
    channels: int
    window: int
    full_blocks: frozenset[int]
    tokens_per_second: int
    eps: float = 1e-6
    rope_theta: float = 10000.0

    @property
    def head_width(self) -> int:
        return self.width // self.heads

    @property
    def window_groups(self) -> int:
        """The side of an attention window in merge groups; 0 where there are no windows."""
        return self.window // self.patch // self.merge


@dataclass(frozen=True, slots=True)
class TextConfig:
    """The decoder. `mrope_section`: rotary channels of the time, row and column axis."""

    depth: int
    width: int
    heads: int
    kv_heads: int
    mlp_width: int
    vocabulary: int
    max_positions: int
    eps: float
    rope_theta: float
    mrope_section: tuple[int, int, int]

    @property
    def head_width(self) -> int:
        return self.width // self.heads


@dataclass(frozen=True, slots=True)
class ModelConfig:
    """A whole checkpoint; `dtype` is the one its tensors are stored in, as the file says."""

    family: Family
    vision: VisionConfig
    text: TextConfig
    tied: bool
    image_token: int
    video_token: int
    dtype: str


def read_config(folder: Path) -> ModelConfig:
    """The config of a checkpoint folder; ConfigError where it is missing or of another kind."""
    return parse_config(read_json(folder / "config.json"))


def read_json(path: Path) -> dict[str, Any]:
    """A JSON object from a file; ConfigError names the file where there is none."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror or error}") from error
    except ValueError as error:
        raise ConfigError(f"{path} is not JSON: {error}") from error
    if not isinstance(data, dict):
        raise ConfigError(f"{path} holds no JSON object")
    return data


def parse_config(data: Mapping[str, Any]) -> ModelConfig:
    """The config in either layout; ConfigError lists all that is missing or does not fit."""
    family = data.get("model_type")
    if family not in ("qwen2_vl", "qwen2_5_vl"):
        raise ConfigError(
            f"config.json has model_type {family!r}; only qwen2_vl and qwen2_5_vl can be run here"
        )
    if data.get("quantization_config"):
        method = dict(data["quantization_config"]).get("quant_method", "unknown")
        raise ConfigError(
            f"the checkpoint is stored quantised ({method}); take its bf16 release and choose "
            "int8 or int4 when loading"
        )
    nested = data.get("text_config")
    text = _Section(nested if isinstance(nested, Mapping) else data, "text")
    vision = _Section(data.get("vision_config") or {}, "vision")
    whole = _Section(data, "config")
    config = ModelConfig(
        family=family,
        vision=_vision_2_5(vision) if family == "qwen2_5_vl" else _vision_2(vision),
        text=_text(text),
        # Before transformers 5 the flag could also lie in text_config.
        tied=whole.flag("tie_word_embeddings") or text.flag("tie_word_embeddings"),
        image_token=whole.count("image_token_id", 151655),
        video_token=whole.count("video_token_id", 151656),
        dtype=str(data.get("dtype") or data.get("torch_dtype") or text.data.get("dtype") or ""),
    )
    problems = vision.problems + text.problems + whole.problems + _contradictions(config)
    if problems:
        raise ConfigError("config.json does not describe a model: " + "; ".join(problems))
    return config


class _Section:
    """Reads typed values of one JSON object and collects what is wrong with them."""

    def __init__(self, data: Mapping[str, Any], name: str) -> None:
        self.data = data
        self.name = name
        self.problems: list[str] = []

    def count(self, key: str, default: int | None = None) -> int:
        value = self.data.get(key, default)
        if isinstance(value, list) and len(set(value)) == 1:
            value = value[0]
        if isinstance(value, bool) or not isinstance(value, int) or value < 0:
            said = "is missing" if value is None else f"is {value!r}, not a count"
            self.problems.append(f"{self.name} {key} {said}")
            return 1
        return value

    def number(self, key: str, default: float) -> float:
        value = self.data.get(key, default)
        if isinstance(value, bool) or not isinstance(value, int | float) or value <= 0:
            self.problems.append(f"{self.name} {key} is {value!r}, not a positive number")
            return default
        return float(value)

    def flag(self, key: str) -> bool:
        return bool(self.data.get(key))

    def expect(self, key: str, *allowed: object) -> None:
        """The value must be one that we run; the first is the default."""
        value = self.data.get(key, allowed[0])
        if value not in allowed:
            self.problems.append(f"{self.name} {key} is {value!r}, we run {allowed[0]!r}")


def _vision_2_5(vision: _Section) -> VisionConfig:
    vision.expect("hidden_act", "silu")
    full = vision.data.get("fullatt_block_indexes", [7, 15, 23, 31])
    if not isinstance(full, list) or not all(isinstance(index, int) for index in full):
        vision.problems.append(f"vision fullatt_block_indexes is {full!r}, not a list of blocks")
        full = []
    return VisionConfig(
        depth=vision.count("depth", 32),
        width=vision.count("hidden_size"),
        heads=vision.count("num_heads", 16),
        mlp_width=vision.count("intermediate_size"),
        out_width=vision.count("out_hidden_size"),
        patch=vision.count("patch_size", 14),
        temporal_patch=vision.count("temporal_patch_size", 2),
        merge=vision.count("spatial_merge_size", 2),
        channels=_channels(vision),
        window=vision.count("window_size", 112),
        full_blocks=frozenset(full),
        tokens_per_second=vision.count("tokens_per_second", 4),
        rope_theta=_vision_theta(vision),
    )


def _vision_2(vision: _Section) -> VisionConfig:
    vision.expect("hidden_act", "quick_gelu")
    depth = vision.count("depth", 32)
    # Here hidden_size is the width that comes OUT of the tower, embed_dim the tower's own.
    width = vision.count("embed_dim", 1280)
    return VisionConfig(
        depth=depth,
        width=width,
        heads=vision.count("num_heads", 16),
        mlp_width=int(width * vision.number("mlp_ratio", 4)),
        out_width=vision.count("hidden_size"),
        patch=vision.count("patch_size", 14),
        temporal_patch=vision.count("temporal_patch_size", 2),
        merge=vision.count("spatial_merge_size", 2),
        channels=_channels(vision),
        window=0,
        full_blocks=frozenset(range(depth)),
        tokens_per_second=0,
        rope_theta=_vision_theta(vision),
    )


def _channels(vision: _Section) -> int:
    # Released files say in_chans, v5 files in_channels.
    return vision.count("in_channels", vision.data.get("in_chans", 3))


def _vision_theta(vision: _Section) -> float:
    rope = _Section(vision.data.get("rope_parameters") or {}, "vision rope_parameters")
    theta = rope.number("rope_theta", 10000.0)
    rope.expect("rope_type", "axial")
    vision.problems += rope.problems
    return theta


def _text(text: _Section) -> TextConfig:
    text.expect("hidden_act", "silu")
    if text.flag("use_sliding_window"):
        text.problems.append("text use_sliding_window is on, which we do not run")
    heads = text.count("num_attention_heads")
    theta, section = _rope(text)
    return TextConfig(
        depth=text.count("num_hidden_layers"),
        width=text.count("hidden_size"),
        heads=heads,
        kv_heads=text.count("num_key_value_heads", heads),
        mlp_width=text.count("intermediate_size"),
        vocabulary=text.count("vocab_size"),
        max_positions=text.count("max_position_embeddings", 32768),
        eps=text.number("rms_norm_eps", 1e-5),
        rope_theta=theta,
        mrope_section=section,
    )


def _rope(text: _Section) -> tuple[float, tuple[int, int, int]]:
    """Theta and section from `rope_parameters` (v5) or `rope_scaling` and `rope_theta`."""
    stored = text.data.get("rope_parameters") or text.data.get("rope_scaling") or {}
    rope = _Section(stored if isinstance(stored, Mapping) else {}, "text rope")
    theta = rope.number("rope_theta", text.number("rope_theta", 1e6))
    for key in ("rope_type", "type"):
        rope.expect(key, "default", "mrope")
    section = rope.data.get("mrope_section", [16, 24, 24])
    text.problems += rope.problems
    if not (isinstance(section, list) and len(section) == 3 and all(_count(n) for n in section)):
        text.problems.append(f"text mrope_section is {section!r}, not three counts")
        section = [16, 24, 24]
    return theta, (section[0], section[1], section[2])


def _count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _contradictions(config: ModelConfig) -> list[str]:
    vision, text = config.vision, config.text
    rules = [
        (vision.out_width == text.width, "the tower's output and the decoder differ in width"),
        (_divides(vision.heads, vision.width), "vision heads do not divide the width"),
        (_divides(text.heads, text.width), "text heads do not divide the width"),
        (_divides(text.kv_heads, text.heads), "key-value heads do not divide the heads"),
        (vision.head_width % 4 == 0, "the tower's head width is no multiple of 4"),
        (
            sum(text.mrope_section) * 2 == text.head_width,
            f"mrope_section {list(text.mrope_section)} does not add up to half of the head width "
            f"{text.head_width}",
        ),
        (
            vision.patch > 0 and vision.merge > 0 and vision.temporal_patch > 0,
            "patch sizes are zero",
        ),
        (
            vision.window == 0 or vision.window_groups > 0,
            "the window is smaller than a merge group",
        ),
    ]
    return [said for holds, said in rules if not holds]


def _divides(part: int, whole: int) -> bool:
    return part > 0 and whole % part == 0
