"""Attention over segments that do not see each other, many of one length in one call.

Letters: N patches, H heads, K head width, C segments of one length, L that length, Q queries at a
time.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from docparse.model.prepack import PrepackedLinear, can_prepack
from docparse.model.windows import Bucket

# From this length on, on a CPU, bf16 products and softmax one after the other beat torch's fused
# kernel, whose products run at half speed where there is no AMX.
LONG_SEGMENT = 1024
QUERIES_PER_THREAD = 128


def attend_segments(
    q_NHK: Tensor, k_NHK: Tensor, v_NHK: Tensor, buckets: Sequence[Bucket]
) -> Tensor:
    """[N, H, K]: every patch attends to the patches of its own segment, in both directions."""
    if len(buckets) == 1 and buckets[0].groups is None:
        return _attend(q_NHK, k_NHK, v_NHK, buckets[0])
    out_NHK = torch.empty_like(q_NHK)
    for bucket in buckets:
        if bucket.groups is None:
            rows = slice(bucket.start, bucket.start + bucket.count * bucket.length)
            parts = (q_NHK[rows], k_NHK[rows], v_NHK[rows])
            out_NHK[rows] = _attend(*parts, bucket)
        else:
            index = patch_index(bucket, q_NHK.device)
            parts = (q_NHK[index], k_NHK[index], v_NHK[index])
            out_NHK[index] = _attend(*parts, bucket)
    return out_NHK


def patch_index(bucket: Bucket, device: torch.device) -> Tensor:
    """The places of the patches of a bucket's groups."""
    groups = torch.tensor(bucket.groups, dtype=torch.long)
    unit = bucket.count * bucket.length // len(groups)
    return (groups[:, None] * unit + torch.arange(unit)).flatten().to(device)


def _attend(q_NHK: Tensor, k_NHK: Tensor, v_NHK: Tensor, bucket: Bucket) -> Tensor:
    shape = (bucket.count, bucket.length, *q_NHK.shape[1:])
    q_CHLK, k_CHLK, v_CHLK = (x.reshape(shape).transpose(1, 2) for x in (q_NHK, k_NHK, v_NHK))
    if bucket.length >= LONG_SEGMENT and _has_slow_fused_kernel(q_NHK):
        pairs = [
            attend_long(q_LK, k_LK, v_LK)
            for segment in zip(q_CHLK, k_CHLK, v_CHLK, strict=True)
            for q_LK, k_LK, v_LK in zip(*segment, strict=True)
        ]
        return torch.stack(pairs).view(q_CHLK.shape).transpose(1, 2).reshape(q_NHK.shape)
    out_CHLK = F.scaled_dot_product_attention(q_CHLK, k_CHLK, v_CHLK)
    return out_CHLK.transpose(1, 2).reshape(q_NHK.shape)


def attend_long(q_LK: Tensor, k_LK: Tensor, v_LK: Tensor) -> Tensor:
    """One head's attention, a block of queries at a time: product, softmax, product.

    Scores are rounded to the dtype. Taking the mean key away leaves the softmax as it is, since it
    lowers all scores of a query by the same, but makes them small, and so the rounding. Keys and
    values are laid out once for all blocks.
    """
    scores_of = PrepackedLinear((k_LK - k_LK.mean(0)) * k_LK.shape[1] ** -0.5, None)
    mixture_of = PrepackedLinear(v_LK.T, None)
    out_LK = q_LK.new_empty(v_LK.shape)
    step = QUERIES_PER_THREAD * torch.get_num_threads()
    for start in range(0, len(q_LK), step):
        scores_QL = scores_of(q_LK[start : start + step].contiguous())
        out_LK[start : start + step] = mixture_of(torch.softmax(scores_QL, dim=-1))
    return out_LK


def _has_slow_fused_kernel(x: Tensor) -> bool:
    is_half = x.dtype == torch.bfloat16 and not torch.cpu._is_amx_tile_supported()
    return is_half and can_prepack(x) and not x.requires_grad
