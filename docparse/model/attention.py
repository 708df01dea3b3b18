"""Attention over segments that do not see each other, many of one length in one call.

Letters: N patches, H heads, K head width, C segments of one length, L that length.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from docparse.model.windows import Bucket


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
    out_CHLK = F.scaled_dot_product_attention(q_CHLK, k_CHLK, v_CHLK)
    return out_CHLK.transpose(1, 2).reshape(q_NHK.shape)
