"""Writes fixtures/nn-functions-attention.json and nn-layers-attention.json: attention that costs less than the square of
the length, written plainly in PyTorch: a mask over all pairs wherever the paper's form is one.

    python3 tools/oracle/efficient_attention.py

Child et al. 2019 (local, strided); Zaheer et al. 2020 (blocks); Wang et al. 2020 (Linformer); Choromanski et al. 2021
(Performer); Kitaev et al. 2020 (Reformer: hashing, sorting and chunks by hand, then a mask of what all rounds found).
"""

import math

import torch
import torch.nn.functional as F
from torch import nn

from harness import *  # noqa: F403

T, D, E = 11, 4, 3
X = [{"$": i} for i in range(4)]


def heads(*shape):
    return [randn(2, 2, *shape, D), randn(2, 2, *shape, D), randn(2, 2, *shape, E)]


def distance(length):
    at = torch.arange(length)
    return at[:, None] - at


def masked(seen):
    return lambda q, k, v: F.scaled_dot_product_attention(q, k, v, attn_mask=seen)


# Exact, in chunks --------------------------------------------------------------------------------------------------
function("chunkedAttention", lambda q, k, v: F.scaled_dot_product_attention(q, k, v, is_causal=True), heads(T),
         {"causal": True, "chunk": 4})
function("chunkedAttention", F.scaled_dot_product_attention, heads(T), {"chunk": 4})
function("chunkedAttention", lambda q, k, v, m: F.scaled_dot_product_attention(q, k, v, attn_mask=m),
         [*heads(T), randn(2, T, T)], [*X[:3], {"mask": X[3], "chunk": 5}])

# Sparse ------------------------------------------------------------------------------------------------------------
for causal in (False, True):
    ahead = distance(T) >= 0 if causal else torch.ones(T, T, dtype=torch.bool)
    near = distance(T).abs() <= 3
    function("localAttention", masked(near & ahead), heads(T), {"window": 3, "causal": causal})
    function("stridedAttention", masked((near | (distance(T) % 3 == 0)) & ahead), heads(T),
             {"stride": 3, "causal": causal})
    layout = [[0, 1], [0, 1, 2], [0, 1, 2, 3], [0, 3]]
    blocks = torch.zeros(4, 4, dtype=torch.bool)
    for row, seen in enumerate(layout):
        blocks[row, seen] = True
    cells = blocks.repeat_interleave(3, 0).repeat_interleave(3, 1)[:T, :T]
    function("blockSparseAttention", masked(cells & ahead), heads(T),
             [*X[:3], layout, {"block": 3, "causal": causal}])


# Low rank and random features --------------------------------------------------------------------------------------
def linformer(q, k, v, e, f):
    return F.scaled_dot_product_attention(q, e @ k, f @ v)


def features(x, w, axes):
    x = x / x.shape[-1] ** 0.25
    exponent = x @ w.T - (x * x).sum(-1, keepdim=True) / 2
    return (torch.exp(exponent - exponent.detach().amax(axes, keepdim=True)) + 1e-6) / math.sqrt(len(w))


def performer(q, k, v, w, causal):
    weights = features(q, w, (-1,)) @ features(k, w, (-2, -1)).transpose(-1, -2)
    if causal:
        weights = weights.tril()
    return weights / weights.sum(-1, keepdim=True) @ v


function("lowRankAttention", linformer, [*heads(T), randn(5, T), randn(5, T)])
for causal in (False, True):
    function("randomFeatureAttention", lambda q, k, v, w: performer(q, k, v, w, causal), [*heads(T), randn(6, D)],
             {"causal": causal})


# Hashing -----------------------------------------------------------------------------------------------------------
def reformer(qk, v, rotations, chunk, causal):
    length = qk.shape[-2]
    seen = torch.zeros(*qk.shape[:-1], length, dtype=torch.bool)
    for rotation in rotations:
        turned = qk.detach() @ rotation.detach()
        bucket = torch.cat([turned, -turned], -1).argmax(-1)
        place = torch.argsort(bucket, dim=-1, stable=True).argsort(-1) // chunk
        apart = place[..., :, None] - place[..., None, :]
        seen |= (bucket[..., :, None] == bucket[..., None, :]) & (apart >= 0) & (apart <= 1)
    if causal:
        seen &= distance(length) >= 0
    scores = qk @ F.normalize(qk, dim=-1).transpose(-1, -2) / math.sqrt(qk.shape[-1])
    scores = scores.masked_fill(~seen, -math.inf).masked_fill(torch.eye(length, dtype=torch.bool), -1e5)
    return scores.softmax(-1) @ v


for causal, rounds in ((False, 1), (True, 3)):
    function("lshAttention", lambda qk, v, r: reformer(qk, v, r, 4, causal),
             [randn(2, 2, T, D), randn(2, 2, T, E), randn(rounds, D, 2)], {"chunk": 4, "causal": causal})


# Layers ------------------------------------------------------------------------------------------------------------
class Linformer(nn.Module):
    def __init__(self, length, rank, share):
        super().__init__()
        self.E = nn.Parameter(torch.empty(rank, length))
        if not share:
            self.F = nn.Parameter(torch.empty(rank, length))

    def forward(self, q, k, v):
        length = k.shape[-2]
        return linformer(q, k, v, self.E[:, :length], getattr(self, "F", self.E)[:, :length])


class Performer(nn.Module):
    def __init__(self, count, causal):
        super().__init__()
        self.register_buffer("projection", torch.empty(count, D))
        self.causal = causal

    def forward(self, q, k, v):
        return performer(q, k, v, self.projection, self.causal)


class Lsh(nn.Module):
    def __init__(self, rounds, buckets):
        super().__init__()
        self.register_buffer("rotations", torch.empty(rounds, D, buckets // 2))

    def forward(self, qk, v):
        return reformer(qk, v, self.rotations, 4, True)


for share in (False, True):
    layer("LinformerAttention", Linformer(T + 2, 5, share), [{"length": T + 2, "rank": 5, "share": share}], heads(T))
layer("PerformerAttention", Performer(8, True), [D, {"features": 8, "causal": True}], heads(T))
layer("LSHAttention", Lsh(2, 4), [D, {"buckets": 4, "rounds": 2, "chunk": 4, "causal": True}],
      [randn(2, T, D), randn(2, T, E)])

save("nn-functions-attention", functions)
save("nn-layers-attention", layers)
