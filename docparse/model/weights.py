"""Tensors of a checkpoint folder, checked to the last name and copied into the model.

What differs between the stored tensors and ours:
- the text model's q, k, v lie in one matrix, and so do gate and up (rows one after the other);
- two layouts of names are read: the released one (`visual.*`, `model.*`) and that of a raw v5
  state dict (`model.visual.*`, `model.language_model.*`);
- a tied model stores no `lm_head.weight`, or one equal to the embedding.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor, nn

from docparse.model.config import Family, ModelConfig, read_json
from docparse.model.prepack import PrepackedLinear, gains_from_prepacking
from docparse.model.problems import WeightsError
from docparse.model.quantize import Bits, is_packable, pack_linear
from docparse.model.vision import VisionTower
from docparse.model.vlm import VisionLanguageModel

SINGLE = "model.safetensors"
INDEX = "model.safetensors.index.json"
HEAD = "lm_head.weight"
EMBEDDING = "model.embed_tokens.weight"

# Our module -> the released modules whose tensors are stacked in it; {} is the layer.
COMMON = {
    "tower.patches": ["visual.patch_embed.proj"],
    "tower.blocks.{}.norm1": ["visual.blocks.{}.norm1"],
    "tower.blocks.{}.norm2": ["visual.blocks.{}.norm2"],
    "tower.blocks.{}.qkv": ["visual.blocks.{}.attn.qkv"],
    "tower.blocks.{}.proj": ["visual.blocks.{}.attn.proj"],
    "tower.merger.norm": ["visual.merger.ln_q"],
    "tower.merger.fc1": ["visual.merger.mlp.0"],
    "tower.merger.fc2": ["visual.merger.mlp.2"],
    "decoder.embedding": ["model.embed_tokens"],
    "decoder.layers.{}.norm1": ["model.layers.{}.input_layernorm"],
    "decoder.layers.{}.norm2": ["model.layers.{}.post_attention_layernorm"],
    "decoder.layers.{}.qkv": [f"model.layers.{{}}.self_attn.{name}_proj" for name in "qkv"],
    "decoder.layers.{}.out": ["model.layers.{}.self_attn.o_proj"],
    "decoder.layers.{}.mlp.gate_up": [
        "model.layers.{}.mlp.gate_proj",
        "model.layers.{}.mlp.up_proj",
    ],
    "decoder.layers.{}.mlp.down": ["model.layers.{}.mlp.down_proj"],
    "decoder.norm": ["model.norm"],
    "decoder.head": ["lm_head"],
}
TOWER_MLP: dict[Family, dict[str, list[str]]] = {
    "qwen2_5_vl": {
        "tower.blocks.{}.mlp.gate_up": [
            "visual.blocks.{}.mlp.gate_proj",
            "visual.blocks.{}.mlp.up_proj",
        ],
        "tower.blocks.{}.mlp.down": ["visual.blocks.{}.mlp.down_proj"],
    },
    "qwen2_vl": {
        "tower.blocks.{}.mlp.fc1": ["visual.blocks.{}.mlp.fc1"],
        "tower.blocks.{}.mlp.fc2": ["visual.blocks.{}.mlp.fc2"],
    },
}


@dataclass(frozen=True, slots=True)
class Part:
    """A stored tensor and the rows of our parameter `ours` that it fills."""

    stored: str
    ours: str
    start: int
    shape: tuple[int, ...]


def build_empty(config: ModelConfig) -> VisionLanguageModel:
    """The model without memory for its weights."""
    with torch.device("meta"):
        return VisionLanguageModel(config).eval()


def load_weights(
    config: ModelConfig,
    folder: Path,
    *,
    device: torch.device,
    dtype: torch.dtype,
    bits: Bits | None = None,
    frozen: bool = False,
) -> VisionLanguageModel:
    """The model of a checkpoint folder, with the decoder's matrices packed to `bits` if given.

    `frozen` lays weights out for speed, after which they can be neither trained nor saved.
    Tensors go from the mapped file to the device one by one. WeightsError, before any is read,
    if a name or a shape differs anywhere.
    """
    model = build_empty(config)
    with ExitStack() as files:
        stored = open_stored(folder, files)
        parts = parts_of(model)
        check(parts, stored, tied=config.tied)
        _fill(model, parts, stored, device=device, dtype=dtype, bits=bits, frozen=frozen)
        if config.tied:
            # The head shares the embedding's tensor, or has its own copy in another layout.
            tensors: dict[str, Tensor] = {"weight": model.decoder.embedding.weight}
            _place(model, "decoder.head", tensors, bits=bits, frozen=frozen)
    return model


def load_tower(
    config: ModelConfig, folder: Path, *, device: torch.device, dtype: torch.dtype
) -> VisionTower:
    """The tower without its merger, laid out for speed, from a folder that may hold nothing else.

    WeightsError as for `load_weights`.
    """
    model = build_empty(config)
    with ExitStack() as files:
        stored = {n: t for n, t in open_stored(folder, files).items() if is_of_tower(n)}
        parts = [part for part in parts_of(model) if is_of_tower(part.stored)]
        check(parts, stored, tied=False)
        _fill(model, parts, stored, device=device, dtype=dtype, bits=None, frozen=True)
    return model.tower


def is_of_tower(stored: str) -> bool:
    """Whether a stored tensor belongs to what sees, before the merger."""
    return stored.startswith(("visual.patch_embed.", "visual.blocks."))


def released_tensors(model: VisionLanguageModel) -> Iterator[tuple[str, Tensor]]:
    """Name and tensor of everything that a release of this model stores."""
    parameters = dict(model.named_parameters())
    for part in parts_of(model):
        yield part.stored, parameters[part.ours].detach()[part.start :][: part.shape[0]]


def parts_of(model: VisionLanguageModel) -> list[Part]:
    """All stored tensors that the model is made of, in the model's order."""
    config = model.config
    table = COMMON | TOWER_MLP[config.family]
    text = config.text
    heads, groups = text.heads * text.head_width, text.kv_heads * text.head_width
    parts: list[Part] = []
    for name, parameter in model.named_parameters():
        path, _, kind = name.rpartition(".")
        layer = next((word for word in path.split(".") if word.isdigit()), "")
        sources = table[path.replace(f".{layer}.", ".{}.") if layer else path]
        rows = len(parameter) // len(sources)
        sizes = [heads, groups, groups] if len(sources) == 3 else [rows] * len(sources)
        start = 0
        for source, size in zip(sources, sizes, strict=True):
            shape = (size, *parameter.shape[1:])
            parts.append(Part(f"{source.format(layer)}.{kind}", name, start, shape))
            start += size
    return parts


class Stored:
    """One tensor of an open file: its shape at once, its values when asked for."""

    def __init__(self, file: Any, name: str) -> None:
        self.file, self.name = file, name

    @property
    def shape(self) -> tuple[int, ...]:
        return tuple(self.file.get_slice(self.name).get_shape())

    def read(self) -> Tensor:
        tensor: Tensor = self.file.get_tensor(self.name)
        return tensor


def open_stored(folder: Path, files: ExitStack) -> dict[str, Stored]:
    """All tensors of a folder by their released names; the files stay open with `files`.

    WeightsError where a file is missing or damaged.
    """
    found: dict[str, Stored] = {}
    for path in _files_of(folder):
        try:
            file = files.enter_context(safe_open(path, framework="pt"))
        except (OSError, SafetensorError) as error:
            raise WeightsError(f"{path} cannot be read ({error}); fetch it again") from error
        for name in file.keys():  # noqa: SIM118  (not a dict)
            found[released_name(name)] = Stored(file, name)
    return found


def released_name(name: str) -> str:
    """A tensor's name in the released layout, from either."""
    for prefix, released in (("model.visual.", "visual."), ("model.language_model.", "model.")):
        if name.startswith(prefix):
            return released + name.removeprefix(prefix)
    return name


def check(parts: list[Part], stored: dict[str, Stored], *, tied: bool) -> None:
    """Raises one WeightsError with every missing, left-over and mis-shaped tensor."""
    wanted = {part.stored: part.shape for part in parts}
    problems = [f"missing: {name} {_sizes(wanted[name])}" for name in wanted if name not in stored]
    for name, tensor in stored.items():
        if name == HEAD and tied:
            if not torch.equal(tensor.read(), stored[EMBEDDING].read()):
                problems.append(f"left over: {name}, though config.json ties it to the embedding")
        elif name not in wanted:
            problems.append(f"left over: {name} {_sizes(tensor.shape)}")
        elif tensor.shape != wanted[name]:
            sizes = f"{_sizes(tensor.shape)}, not {_sizes(wanted[name])}"
            problems.append(f"mis-shaped: {name} is {sizes}")
    if problems:
        raise WeightsError(
            f"the checkpoint's tensors do not fit its config.json ({len(problems)} of "
            f"{len(wanted)}):\n  " + "\n  ".join(problems)
        )


def _sizes(shape: tuple[int, ...]) -> str:
    return "[" + ", ".join(str(size) for size in shape) + "]"


def _files_of(folder: Path) -> list[Path]:
    index = folder / INDEX
    if index.is_file():
        table = read_json(index).get("weight_map")
        if not isinstance(table, dict) or not table:
            raise WeightsError(f"{index} has no weight_map")
        paths = [folder / str(name) for name in dict.fromkeys(table.values())]
        lost = [path.name for path in paths if not path.is_file()]
        if lost:
            raise WeightsError(f"{folder} lacks {', '.join(lost)}, which {INDEX} names")
        return paths
    if (folder / SINGLE).is_file():
        return [folder / SINGLE]
    raise WeightsError(f"{folder} has neither {SINGLE} nor {INDEX}")


def _fill(
    model: VisionLanguageModel,
    parts: list[Part],
    stored: dict[str, Stored],
    *,
    device: torch.device,
    dtype: torch.dtype,
    bits: Bits | None,
    frozen: bool,
) -> None:
    """Module by module, so that no more than one is held twice."""
    by_module: dict[str, list[Part]] = {}
    for part in parts:
        by_module.setdefault(part.ours.rpartition(".")[0], []).append(part)
    for path, pieces in by_module.items():
        module = model.get_submodule(path)
        tensors = _filled(module, pieces, stored, device=device, dtype=dtype)
        _place(model, path, tensors, bits=bits, frozen=frozen)


def _filled(
    module: nn.Module,
    parts: list[Part],
    stored: dict[str, Stored],
    *,
    device: torch.device,
    dtype: torch.dtype,
) -> dict[str, Tensor]:
    """The tensors of one module, by their names in it."""
    tensors: dict[str, Tensor] = {}
    for part in parts:
        kind = part.ours.rpartition(".")[2]
        if kind not in tensors:
            shape = module.get_parameter(kind).shape
            tensors[kind] = torch.empty(shape, dtype=dtype, device=device)
        target = tensors[kind][part.start : part.start + part.shape[0]]
        target.copy_(stored[part.stored].read())
    return tensors


def _place(
    model: VisionLanguageModel,
    path: str,
    tensors: dict[str, Tensor],
    *,
    bits: Bits | None,
    frozen: bool,
) -> None:
    """Hands tensors to their module, or puts one that holds them in another form in its place."""
    module = model.get_submodule(path)
    weight, bias = tensors["weight"], tensors.get("bias")
    if bits is not None and is_packable(path):
        model.set_submodule(path, pack_linear(weight.detach(), bias, bits=bits, path=path))
    elif frozen and isinstance(module, nn.Linear) and gains_from_prepacking(weight):
        model.set_submodule(path, PrepackedLinear(weight.detach(), bias))
    else:
        for kind, tensor in tensors.items():
            parameter = tensor if isinstance(tensor, nn.Parameter) else nn.Parameter(tensor, False)
            setattr(module, kind, parameter)
