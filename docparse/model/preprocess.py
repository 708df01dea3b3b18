"""Pictures and video frames as rows of normalised pixels, equal to the reference to the bit.

Letters: N patches, P pixel values of a patch (channel, row, column; for video also the slice).
A still picture is one frame that the reference shows twice. Both halves of a row would be the
same, so a row holds them once; `doubled` gives the reference's rows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from docparse.model.config import read_json
from docparse.model.problems import ConfigError
from docparse.model.resize import smart_resize
from docparse.model.windows import Grid

# CLIP's, with which all of these models were trained (spec qwen_vl, section 1.2).
MEAN = (0.48145466, 0.4578275, 0.40821073)
STD = (0.26862954, 0.26130258, 0.27577711)
# Of the released checkpoints; 4 and 16384 tokens. The bare classes of transformers stop at 1280.
MIN_PIXELS = 3136
MAX_PIXELS = 12845056
RESAMPLE_BICUBIC = 3


@dataclass(frozen=True, slots=True)
class PixelConfig:
    """How pictures are resized and normalised; limits in pixels of the resized picture."""

    min_pixels: int = MIN_PIXELS
    max_pixels: int = MAX_PIXELS
    patch: int = 14
    temporal_patch: int = 2
    merge: int = 2
    mean: tuple[float, float, float] = MEAN
    std: tuple[float, float, float] = STD
    scale: float = 1 / 255


@dataclass(frozen=True, slots=True)
class Pixels:
    """One picture or video for the tower: `rows_NP` and its grid in patches.

    `seconds_per_slice`: of a video; the time between two slices of `temporal_patch` frames.
    """

    rows_NP: Tensor
    grid: Grid
    is_video: bool = False
    seconds_per_slice: float = 1.0

    @property
    def num_patches(self) -> int:
        return self.grid[0] * self.grid[1] * self.grid[2]


def read_pixel_config(folder: Path) -> PixelConfig:
    """The settings of a checkpoint folder, released or v5 layout; ConfigError where none fits.

    `processor_config.json` (a whole v5 processor) goes before `preprocessor_config.json`.
    """
    whole = folder / "processor_config.json"
    if whole.is_file():
        nested = read_json(whole).get("image_processor")
        if isinstance(nested, Mapping):
            return _parsed(nested, whole)
    path = folder / "preprocessor_config.json"
    return _parsed(read_json(path), path)


def _parsed(data: Mapping[str, Any], path: Path) -> PixelConfig:
    try:
        return parse_pixel_config(data)
    except (AttributeError, TypeError, ValueError) as error:
        raise ConfigError(f"{path} has a value that is none: {error}") from error


def parse_pixel_config(data: Mapping[str, Any]) -> PixelConfig:
    """Settings in either layout; `min_pixels` and `max_pixels` go before `size`, whose
    `shortest_edge` and `longest_edge` are counts of pixels too, whatever their names say."""
    size = data.get("size") or {}
    low = data.get("min_pixels") or size.get("shortest_edge") or MIN_PIXELS
    high = data.get("max_pixels") or size.get("longest_edge") or MAX_PIXELS
    if data.get("resample", RESAMPLE_BICUBIC) != RESAMPLE_BICUBIC:
        raise ConfigError(f"the processor resamples by {data['resample']!r}; we do bicubic (3)")
    for step in ("do_resize", "do_rescale", "do_normalize", "do_convert_rgb"):
        if data.get(step) is False:
            raise ConfigError(f"the processor has {step} off, which we do not run")
    mean, std = data.get("image_mean") or MEAN, data.get("image_std") or STD
    if len(mean) != 3 or len(std) != 3:
        raise ConfigError("the processor's image_mean and image_std need three values each")
    return PixelConfig(
        min_pixels=int(low),
        max_pixels=int(high),
        patch=int(data.get("patch_size", 14)),
        temporal_patch=int(data.get("temporal_patch_size", 2)),
        merge=int(data.get("merge_size", 2)),
        mean=(float(mean[0]), float(mean[1]), float(mean[2])),
        std=(float(std[0]), float(std[1]), float(std[2])),
        scale=float(data.get("rescale_factor", 1 / 255)),
    )


def model_size(
    height: int, width: int, config: PixelConfig, *, max_pixels: int | None = None
) -> tuple[int, int]:
    """Height and width in pixels at which a picture reaches the model; `max_pixels` tightens."""
    limit = min(config.max_pixels, max_pixels or config.max_pixels)
    return smart_resize(
        height,
        width,
        factor=config.patch * config.merge,
        min_pixels=min(config.min_pixels, limit),
        max_pixels=limit,
    )


def prepare_picture(
    picture: Image.Image, config: PixelConfig, *, max_pixels: int | None = None
) -> Pixels:
    """A still picture as rows [N, 3 * patch * patch] of float32; ValueError if it has no area."""
    height, width = model_size(picture.height, picture.width, config, max_pixels=max_pixels)
    frames = _resized(picture, height, width)[None]
    grid = (1, height // config.patch, width // config.patch)
    return Pixels(_rows(frames, config), grid)


def prepare_video(
    frames: Sequence[Image.Image],
    config: PixelConfig,
    *,
    frames_per_second: float,
    max_pixels: int | None = None,
) -> Pixels:
    """Frames of one size as rows [N, 3 * temporal_patch * patch * patch] of float32.

    The last frame is repeated until the slices are full. `max_pixels` is per frame.
    ValueError where there are no frames or their sizes differ.
    """
    if not frames:
        raise ValueError("a video needs at least one frame")
    if len({frame.size for frame in frames}) > 1:
        raise ValueError("the frames of a video must have one size")
    height, width = model_size(frames[0].height, frames[0].width, config, max_pixels=max_pixels)
    padded = list(frames) + [frames[-1]] * (-len(frames) % config.temporal_patch)
    stack = np.stack([_resized(frame, height, width) for frame in padded])
    grid = (
        len(padded) // config.temporal_patch,
        height // config.patch,
        width // config.patch,
    )
    return Pixels(
        _rows(stack, config, slices=config.temporal_patch),
        grid,
        is_video=True,
        seconds_per_slice=config.temporal_patch / frames_per_second,
    )


def doubled(pixels: Pixels, config: PixelConfig) -> Tensor:
    """Rows as the reference has them: those of a still picture with its frame repeated."""
    if pixels.is_video:
        return pixels.rows_NP
    num = len(pixels.rows_NP)
    rows = pixels.rows_NP.view(num, 3, 1, config.patch * config.patch)
    return rows.expand(-1, -1, config.temporal_patch, -1).reshape(num, -1)


def to_rgb(picture: Image.Image) -> Image.Image:
    """The picture in RGB, whatever shines through it white."""
    if "A" in picture.getbands() or picture.info.get("transparency") is not None:
        picture = picture.convert("RGBA")
        paper = Image.new("RGBA", picture.size, (255, 255, 255, 255))
        picture = Image.alpha_composite(paper, picture)
    return picture.convert("RGB")


def _resized(picture: Image.Image, height: int, width: int) -> NDArray[np.uint8]:
    """RGB bytes [height, width, 3]."""
    resized = to_rgb(picture).resize((width, height), Image.Resampling.BICUBIC)
    return np.asarray(resized, dtype=np.uint8)


def _rows(frames: NDArray[np.uint8], config: PixelConfig, *, slices: int = 1) -> Tensor:
    """Rows from frames [T, height, width, 3], the patches of a merge group next to each other."""
    num, height, width, _ = frames.shape
    patch, merge = config.patch, config.merge
    side = patch * merge
    parts = frames.reshape(
        (num // slices, slices, height // side, merge, patch, width // side, merge, patch, 3)
    )
    #  slice step, group row, group column, row in group, column in group, channel, frame, y, x
    parts = parts.transpose(0, 2, 5, 3, 6, 8, 1, 4, 7)
    bytes_NCP = parts.reshape(-1, 3, slices * patch * patch)
    # A byte has 256 values: normalising is looking up, in the reference's order of rounding.
    table = _normalised_bytes(config)
    rows_NCP = np.empty(bytes_NCP.shape, dtype=np.float32)
    for channel in range(3):
        np.take(table[channel], bytes_NCP[:, channel], out=rows_NCP[:, channel], mode="clip")
    return torch.from_numpy(rows_NCP.reshape(len(rows_NCP), -1))


def _normalised_bytes(config: PixelConfig) -> NDArray[np.float32]:
    """[3, 256]: what a byte becomes in each channel; scaled in double, the rest in single."""
    scaled = (np.arange(256, dtype=np.float64) * config.scale).astype(np.float32)
    mean = np.array(config.mean, dtype=np.float32)[:, None]
    std = np.array(config.std, dtype=np.float32)[:, None]
    return (scaled[None] - mean) / std
