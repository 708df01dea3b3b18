"""Pictures become the reference's rows, bit for bit."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from docparse.model.preprocess import (
    PixelConfig,
    doubled,
    model_size,
    parse_pixel_config,
    prepare_picture,
    prepare_video,
    read_pixel_config,
)
from docparse.model.problems import ConfigError
from docparse.model.resize import smart_resize

LIMITS = {"min_pixels": 3136, "max_pixels": 12845056}


def noise(width: int, height: int, mode: str = "RGB", seed: int = 0) -> Image.Image:
    """Noise with soft parts, so that resampling has something to do."""
    rng = np.random.default_rng(seed)
    bands = len(Image.new(mode, (1, 1)).getbands())
    coarse = rng.integers(0, 256, (height // 7 + 1, width // 7 + 1, bands), dtype=np.uint8)
    fine = np.kron(coarse, np.ones((7, 7, 1), dtype=np.uint8))[:height, :width]
    fine = fine ^ rng.integers(0, 32, fine.shape, dtype=np.uint8)
    return Image.fromarray(fine[:, :, 0] if bands == 1 else fine, mode=None)


@pytest.mark.parametrize(
    ("height", "width", "max_pixels", "expected"),
    [
        # From the reference (spec qwen_vl, section 9).
        (1754, 1240, 12845056, (1764, 1232)),
        (3508, 2480, 12845056, (3500, 2492)),
        (1532, 1014, 12845056, (1540, 1008)),
        (1398, 870, 12845056, (1400, 868)),
        (28, 224, 12845056, (28, 224)),
        (10, 2000, 12845056, (28, 812)),
        (42, 70, 12845056, (56, 56)),
        (100, 100, 12845056, (112, 112)),
        (4000, 6000, 12845056, (2912, 4368)),
        (20000, 100, 12845056, (19992, 112)),
        (1754, 1240, 1003520, (1176, 840)),
    ],
)
def test_smart_resize(height: int, width: int, max_pixels: int, expected: tuple[int, int]) -> None:
    got = smart_resize(height, width, factor=28, min_pixels=3136, max_pixels=max_pixels)
    assert got == expected
    again = smart_resize(*got, factor=28, min_pixels=3136, max_pixels=max_pixels)
    assert again == got


def test_smart_resize_equals_the_reference() -> None:
    from transformers.models.qwen2_vl.image_processing_pil_qwen2_vl import smart_resize as theirs

    for height in (1, 13, 28, 30, 42, 70, 99, 333, 1400, 2999):
        for width in (20, 28, 35, 98, 200, 1234, 2480):
            if max(height, width) / min(height, width) > 200:
                continue
            for limit in (3136, 50_000, 1003520, 12845056):
                ours = smart_resize(height, width, factor=28, min_pixels=3136, max_pixels=limit)
                assert ours == theirs(height, width, 28, 3136, limit), (height, width, limit)


@pytest.mark.parametrize(("height", "width"), [(0, 5), (5, 0), (1, 201)])
def test_smart_resize_refuses(height: int, width: int) -> None:
    with pytest.raises(ValueError, match="picture"):
        smart_resize(height, width, factor=28, min_pixels=3136, max_pixels=12845056)


def reference_rows(pictures: list[Image.Image], **limits: int) -> Any:
    from transformers.models.qwen2_vl.image_processing_pil_qwen2_vl import Qwen2VLImageProcessorPil

    return Qwen2VLImageProcessorPil(**(LIMITS | limits))(images=pictures, return_tensors="pt")


@pytest.mark.parametrize(
    ("width", "height", "mode"),
    [
        (28, 28, "RGB"),
        (29, 31, "RGB"),
        (224, 28, "RGB"),
        (123, 77, "L"),
        (100, 60, "RGBA"),
        (90, 61, "LA"),
        (640, 480, "RGB"),
        (560, 840, "RGB"),
        (57, 1201, "RGB"),
    ],
)
def test_a_picture_is_equal_to_the_bit(width: int, height: int, mode: str) -> None:
    picture = noise(width, height, mode)
    theirs = reference_rows([picture])
    ours = prepare_picture(picture, PixelConfig())
    assert torch.equal(doubled(ours, PixelConfig()), theirs["pixel_values"])
    assert list(ours.grid) == theirs["image_grid_thw"][0].tolist()
    assert ours.rows_NP.dtype == torch.float32 and ours.rows_NP.shape[1] == 588


def test_palettes_and_bilevel_pictures() -> None:
    coloured = noise(90, 70).quantize(16)
    with_hole = coloured.copy()
    with_hole.info["transparency"] = 3
    for picture in (coloured, with_hole, noise(90, 70, "L").convert("1")):
        ours = doubled(prepare_picture(picture, PixelConfig()), PixelConfig())
        assert torch.equal(ours, reference_rows([picture])["pixel_values"])


def test_several_pictures_and_a_tighter_limit() -> None:
    pictures = [noise(200, 300, seed=1), noise(333, 90, seed=2), noise(64, 64, seed=3)]
    theirs = reference_rows(pictures, max_pixels=40_000)
    config = PixelConfig(max_pixels=40_000)
    ours = [prepare_picture(picture, config) for picture in pictures]
    rows = torch.cat([doubled(pixels, config) for pixels in ours])
    assert torch.equal(rows, theirs["pixel_values"])
    asked = [prepare_picture(picture, PixelConfig(), max_pixels=40_000) for picture in pictures]
    assert [pixels.grid for pixels in asked] == [pixels.grid for pixels in ours]
    assert model_size(300, 200, config) == (ours[0].grid[1] * 14, ours[0].grid[2] * 14)


@pytest.mark.slow
def test_a_page_is_equal_to_the_bit() -> None:
    page = noise(1240, 1754)
    ours = doubled(prepare_picture(page, PixelConfig()), PixelConfig())
    assert ours.shape == (11088, 1176)
    assert torch.equal(ours, reference_rows([page])["pixel_values"])


@pytest.mark.parametrize("num", [1, 2, 3, 4])
def test_video_rows(num: int) -> None:
    """No video processor runs here without torchvision: each pair of frames is checked against
    the two halves of still pictures' rows, which the tests above hold to the reference."""
    frames = [noise(120, 90, seed=seed) for seed in range(num)]
    config = PixelConfig()
    video = prepare_video(frames, config, frames_per_second=2.0)
    assert video.is_video and video.seconds_per_slice == 1.0
    stills = [prepare_picture(frame, config) for frame in frames]
    stills += [stills[-1]] * (num % 2)
    assert video.grid == (len(stills) // 2, *stills[0].grid[1:])
    rows = video.rows_NP.view(video.grid[0], -1, 3, 2, 196)
    for index, still in enumerate(stills):
        assert torch.equal(rows[index // 2, :, :, index % 2].flatten(1), still.rows_NP)


def test_video_refuses_nothing_and_mixtures() -> None:
    with pytest.raises(ValueError, match="at least one frame"):
        prepare_video([], PixelConfig(), frames_per_second=2.0)
    with pytest.raises(ValueError, match="one size"):
        prepare_video([noise(56, 56), noise(56, 84)], PixelConfig(), frames_per_second=2.0)


def test_released_and_v5_processor_files(tmp_path: Path) -> None:
    from transformers.models.qwen2_vl.image_processing_pil_qwen2_vl import Qwen2VLImageProcessorPil

    released = {"min_pixels": 3136, "max_pixels": 50176, "patch_size": 14, "merge_size": 2}
    (tmp_path / "preprocessor_config.json").write_text(json.dumps(released))
    assert read_pixel_config(tmp_path) == PixelConfig(max_pixels=50176)
    Qwen2VLImageProcessorPil(min_pixels=3136, max_pixels=50176).save_pretrained(tmp_path)
    written = json.loads((tmp_path / "preprocessor_config.json").read_text())
    assert written["size"]["longest_edge"] == 50176 and "max_pixels" not in written
    assert read_pixel_config(tmp_path) == PixelConfig(max_pixels=50176)
    whole = {"image_processor": written | {"size": {"shortest_edge": 784, "longest_edge": 7840}}}
    (tmp_path / "processor_config.json").write_text(json.dumps(whole))
    assert read_pixel_config(tmp_path) == PixelConfig(min_pixels=784, max_pixels=7840)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"resample": 2}, "resamples by 2"),
        ({"do_normalize": False}, "do_normalize off"),
        ({"image_mean": [0.5]}, "three values"),
    ],
)
def test_processors_that_we_do_not_run(change: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        parse_pixel_config(change)
