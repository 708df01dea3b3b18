"""The lines of pages as the head reads them: what the tower sees along the rows they stand in.

Letters: B pages of one size, R rows and C columns of patches, G groups of a page, D tower width,
L lines of all pages, F frames of the longest.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from docparse.model.ctc import FRAMES, CTCHead
from docparse.train.lines import STEP
from docparse.train.pages import PageSample

PATCH = STEP // 2  # pixels


def line_frames(
    head: CTCHead, seen_BGUD: Tensor, pages: Sequence[PageSample]
) -> tuple[Tensor, Tensor]:
    """The head's vectors [L, F, D] and how many of them are each line's [L].

    A line is read along the two rows of patches that meet nearest to its middle, as if they were
    a line cut out: so the tower learns to see lines wherever they stand.
    """
    height, width = pages[0].picture.shape
    rows, columns = height // PATCH, width // PATCH
    patches_BRCD = (
        seen_BGUD.view(len(pages), rows // 2, columns // 2, 2, 2, -1)
        .transpose(2, 3)
        .reshape(len(pages), rows, columns, -1)
    )
    places = [(number, line.box) for number, page in enumerate(pages) for line in page.lines]
    of_page = torch.tensor([number for number, _ in places])
    middles = [(box.y0 + box.y1) / 2 / PATCH for _, box in places]
    below = torch.tensor([min(max(1, round(middle)), rows - 1) for middle in middles])
    pairs_LRCD = torch.stack([patches_BRCD[of_page, below - 1], patches_BRCD[of_page, below]], 1)
    groups_LGUD = pairs_LRCD.view(len(places), 2, columns // 2, 2, -1).transpose(1, 2).flatten(2, 3)
    frames_LFD = head.frames(groups_LGUD, vertical=False)
    # One column more at both ends, as lines that were cut out have margins.
    spans = [
        (max(0, box.x0 // PATCH - 1), min(columns, -(-box.x1 // PATCH) + 1)) for _, box in places
    ]
    counts = torch.tensor([FRAMES * (end - start) for start, end in spans])
    starts = torch.tensor([FRAMES * start for start, _ in spans])
    index_LF = starts[:, None] + torch.arange(int(counts.max()))
    index_LF = index_LF.clamp(max=frames_LFD.shape[1] - 1)
    return frames_LFD[torch.arange(len(places))[:, None], index_LF], counts
