"""Characters straight from the tower: a CTC head over lines one group thick, and their reading.

A horizontal line is one row of groups, read in 14-pixel columns; a vertical line is one column of
groups, read in 14-pixel rows. Each column or row gives FRAMES frames.

Letters: B lines of one size, G groups of a line, S steps (columns or rows, 2 G), F frames
(FRAMES x S), D tower width, V characters and a blank.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
import torch.nn.functional as F
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from docparse.model.prepack import PrepackedLinear, gains_from_prepacking
from docparse.model.problems import WeightsError

if TYPE_CHECKING:
    from numpy.typing import NDArray

FRAMES = 3
BLANK = 0
# What else a character may be: so many at the most, and none less likely than this.
RIVALS = 5
LEAST_RIVAL = 1e-3


@dataclass(frozen=True, slots=True)
class CharRead:
    """A character by its number (from 1 on), how sure, and its frames [first, last].

    `rivals`: what else it may be, the likeliest first, as numbers and how sure each is, in the
    same frame.
    """

    number: int
    confidence: float
    first: int
    last: int
    rivals: tuple[tuple[int, float], ...] = ()


class CTCHead(nn.Module):
    """Tower vectors to scores of characters; number 0 is the blank.

    Both directions share everything but the step from two patches to three frames.
    """

    def __init__(self, width: int, num_chars: int) -> None:
        super().__init__()
        self.across = nn.Linear(2 * width, FRAMES * width)
        self.down = nn.Linear(2 * width, FRAMES * width)
        self.norm = nn.LayerNorm(width)
        self.classify = nn.Linear(width, num_chars + 1)

    def frames(self, x_BGUD: Tensor, *, vertical: bool) -> Tensor:
        """Vectors [B, F, D], one for each frame, from the tower's groups [B, G, 4, D].

        A group's patches are top left, top right, bottom left, bottom right.
        """
        batch, groups, _, width = x_BGUD.shape
        patches_BGRCD = x_BGUD.view(batch, groups, 2, 2, width)
        if vertical:
            pairs_BSD = patches_BGRCD.reshape(batch, 2 * groups, 2 * width)
            spread = self.down(pairs_BSD)
        else:
            pairs_BSD = patches_BGRCD.transpose(2, 3).reshape(batch, 2 * groups, 2 * width)
            spread = self.across(pairs_BSD)
        frames_BFD: Tensor = self.norm(F.gelu(spread.view(batch, 2 * groups * FRAMES, width)))
        return frames_BFD

    def forward(self, x_BGUD: Tensor, *, vertical: bool) -> Tensor:
        """Logits [B, F, V]."""
        logits_BFV: Tensor = self.classify(self.frames(x_BGUD, vertical=vertical))
        return logits_BFV


def read_greedily(logits_BFV: Tensor) -> list[list[CharRead]]:
    """The best path of each line: repeats joined, blanks dropped.

    A character is as sure as the surest of its frames, and its rivals are those of that frame.
    """
    best_BF = logits_BFV.amax(-1)
    # Most frames are blank, and need not be looked at closer.
    is_char_BF = logits_BFV[..., BLANK] < best_BF
    sure_NV = logits_BFV[is_char_BF].softmax(-1, dtype=torch.float32)
    # numpy finds the place of a maximum several times as fast
    best_N = torch.from_numpy(sure_NV.numpy().argmax(-1))
    sure_N = sure_NV.gather(1, best_N[:, None])[:, 0]
    rivals = _rivals(sure_NV, best_N)
    seen = iter(zip(best_N.tolist(), sure_N.tolist(), rivals, strict=True))
    lines: list[list[CharRead]] = []
    for row in is_char_BF.tolist():
        read: list[CharRead] = []
        for frame, is_char in enumerate(row):
            if not is_char:
                continue
            number, sure, others = next(seen)
            char = CharRead(number, sure, frame, frame, others)
            if read and read[-1].number == char.number and read[-1].last == frame - 1:
                before = read.pop()
                surer = max(before, char, key=lambda one: one.confidence)
                char = replace(surer, first=before.first, last=frame)
            read.append(char)
        lines.append(read)
    return lines


def log_probability(log_probs_FV: NDArray[np.float32], numbers: Sequence[int]) -> float:
    """The natural logarithm of how likely frames say these characters (Graves et al. 2006, eq. 8).

    Letters here: S the characters with blanks before, between and after them.
    """
    if not numbers:
        return float(log_probs_FV[:, BLANK].sum(dtype=np.float64))
    states = np.full(2 * len(numbers) + 1, BLANK)
    states[1::2] = numbers
    # Only from one character to another one may the blank between them be left out.
    may_skip = np.zeros(len(states), dtype=bool)
    may_skip[3::2] = states[3::2] != states[1:-2:2]
    said_FS = log_probs_FV[:, states].astype(np.float64)
    ahead_S = np.full(len(states), -np.inf)
    ahead_S[:2] = said_FS[0, :2]
    for said_S in said_FS[1:]:
        step_S = np.logaddexp(ahead_S, np.concatenate(([-np.inf], ahead_S[:-1])))
        skip_S = np.where(may_skip, np.concatenate(([-np.inf, -np.inf], ahead_S[:-2])), -np.inf)
        ahead_S = np.logaddexp(step_S, skip_S) + said_S
    return float(np.logaddexp(ahead_S[-1], ahead_S[-2]))


def _rivals(sure_NV: Tensor, best_N: Tensor) -> list[tuple[tuple[int, float], ...]]:
    """What else than the best each frame may be, where that leaves room for it."""
    found: list[tuple[tuple[int, float], ...]] = [()] * len(best_N)
    left_N = 1 - sure_NV.gather(1, best_N[:, None])[:, 0]
    open_N = (left_N >= LEAST_RIVAL).nonzero()[:, 0]
    top = sure_NV[open_N].topk(min(1 + RIVALS, sure_NV.shape[-1]), dim=-1)
    rows = zip(open_N.tolist(), top.indices.tolist(), top.values.tolist(), strict=True)
    for frame, numbers, sure in rows:
        none = (BLANK, int(best_N[frame]))
        pairs = zip(numbers, sure, strict=True)
        found[frame] = tuple((n, p) for n, p in pairs if n not in none and p >= LEAST_RIVAL)
    return found


def write_head(head: CTCHead, characters: str, path: Path) -> None:
    """The head in bf16, with the characters that its numbers from 1 on stand for."""
    tensors = {
        name: tensor.detach().to(torch.bfloat16).contiguous()
        for name, tensor in head.state_dict().items()
    }
    save_file(tensors, path, metadata={"characters": characters})


def read_head(path: Path, *, dtype: torch.dtype, frozen: bool) -> tuple[CTCHead, str]:
    """A head that `write_head` wrote, and its characters.

    `frozen` lays it out for speed, after which it can be neither trained nor saved. WeightsError
    where the file is missing, damaged or does not fit itself.
    """
    try:
        with safe_open(path, framework="pt") as file:
            characters = (file.metadata() or {}).get("characters", "")
            tensors = {name: file.get_tensor(name).to(dtype) for name in file.keys()}  # noqa: SIM118
        with torch.device("meta"):
            head = CTCHead(len(tensors["norm.weight"]), len(characters))
        head.load_state_dict(tensors, assign=True)
    except (OSError, SafetensorError, KeyError, RuntimeError) as error:
        raise WeightsError(f"{path} cannot be read ({error}); fetch it again") from error
    for name, module in list(head.named_children()) if frozen else ():
        if isinstance(module, nn.Linear) and gains_from_prepacking(module.weight):
            bias = module.bias.detach()
            head.set_submodule(name, PrepackedLinear(module.weight.detach(), bias))
    return head.eval().requires_grad_(False), characters
