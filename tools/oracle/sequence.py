"""Writes fixtures/nn-layers-sequence.json, nn-functions-losses.json, nn-sequence.json and nn-sequence-models.json: what
PyTorch makes of recurrent layers and their options, packed sequences, attention, Transformers, bags of embeddings, losses,
CTC, and of models of padded sequences.

    python3 tools/oracle/sequence.py

How a case is written down: harness.py. nn-sequence.json holds what takes more than one call: packed sequences (pack, layer,
pad) and CTC behind a softmax. Losses that PyTorch does not have are written here from their papers.
"""

import itertools
import math

import torch
import torch.nn.functional as F
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from harness import *  # noqa: F403

X = [{"$": i} for i in range(8)]

# Recurrent layers ----------------------------------------------------------------------------------------------------
layer("RNN", nn.RNN(3, 4, 2, batch_first=True, nonlinearity="relu"),
      [3, 4, {"numLayers": 2, "batchFirst": True, "nonlinearity": "relu"}], [randn(2, 5, 3), randn(2, 2, 4)])
layer("RNN", nn.RNN(3, 2, bidirectional=True), [3, 2, {"bidirectional": True}], [randn(5, 3), randn(2, 2)])
projected = {"numLayers": 2, "projSize": 2, "bidirectional": True}
layer("LSTM", nn.LSTM(3, 4, 2, proj_size=2, bidirectional=True), [3, 4, projected],
      [randn(4, 2, 3), randn(4, 2, 2), randn(4, 2, 4)], [X[0], X[1:3]], lambda x, h, c: (x, (h, c)))
layer("LSTM", nn.LSTM(3, 4, proj_size=3, bias=False), [3, 4, {"projSize": 3, "bias": False}], [randn(4, 3)])
layer("LSTM", nn.LSTM(3, 2, 2), [3, 2, {"numLayers": 2}], [randn(4, 3), randn(2, 2), randn(2, 2)],
      [X[0], X[1:3]], lambda x, h, c: (x, (h, c)))
layer("GRU", nn.GRU(3, 4, bidirectional=True, batch_first=True), [3, 4, {"bidirectional": True, "batchFirst": True}],
      [randn(4, 3), randn(2, 4)])
layer("RNNCell", nn.RNNCell(3, 4, bias=False, nonlinearity="relu"), [3, 4, {"bias": False, "nonlinearity": "relu"}],
      [randn(3)])
layer("LSTMCell", nn.LSTMCell(3, 2, bias=False), [3, 2, {"bias": False}], [randn(3), randn(2), randn(2)],
      [X[0], X[1:3]], lambda x, h, c: (x, (h, c)))
layer("GRUCell", nn.GRUCell(3, 2), [3, 2], [randn(2, 3)])


def reset_before(module):
    """A gated unit with the reset before the product, step by step: Cho et al. 2014, equations 5 to 8."""
    def step(x, h):
        hidden = h.shape[-1]
        p = {k.removesuffix("_l0"): v for k, v in module.named_parameters()}
        ri, zi, ni = F.linear(x, p["weight_ih"], p.get("bias_ih")).chunk(3, -1)
        bias = p.get("bias_hh", torch.zeros(3 * hidden))
        rh, zh = F.linear(h, p["weight_hh"][:2 * hidden], bias[:2 * hidden]).chunk(2, -1)
        r, z = torch.sigmoid(ri + rh), torch.sigmoid(zi + zh)
        n = torch.tanh(ni + F.linear(r * h, p["weight_hh"][2 * hidden:], bias[2 * hidden:]))
        return (1 - z) * n + z * h

    def sequence(x, h):
        states, h = [], h[0]
        for slice_ in x:
            h = step(slice_, h)
            states.append(h)
        return torch.stack(states), h[None]
    return step if isinstance(module, nn.GRUCell) else sequence


for bias in (True, False):
    module, cell = nn.GRU(3, 4, bias=bias), nn.GRUCell(3, 4, bias=bias)
    args = [3, 4, {"bias": bias, "resetAfter": False}]
    layer("GRU", module, args, [randn(4, 2, 3), randn(1, 2, 4)], forward=reset_before(module))
    layer("GRUCell", cell, args, [randn(2, 3), randn(2, 4)], forward=reset_before(cell))


# Attention -----------------------------------------------------------------------------------------------------------
def attention(inputs, options, call, torch_kwargs, args=(8, 2), order=(0, 1, 2)):
    names = {"batch_first": "batchFirst", "kdim": "kdim", "vdim": "vdim", "add_bias_kv": "addBiasKv", "bias": "bias",
             "add_zero_attn": "addZeroAttn"}

    def forward(*given):
        return module(*(given[i] for i in order), **{k: given[v[0]] if isinstance(v, list) else v
                                                     for k, v in torch_kwargs.items()})
    module = nn.MultiheadAttention(*args, **options)
    layer("MultiheadAttention", module, [*args, {names[k]: v for k, v in options.items()}], inputs,
          [X[i] for i in order] + [call], forward=forward)


padding = torch.tensor([[False] * 5, [False, False, False, True, True]])
other = [randn(2, 3, 8), randn(2, 5, 6), randn(2, 5, 4)]
attention(other + [padding], {"kdim": 6, "vdim": 4, "batch_first": True}, {"keyPaddingMask": X[3], "needWeights": True},
          {"key_padding_mask": [3]})
attention([randn(3, 2, 8), randn(5, 2, 8), randn(5, 2, 3)], {"vdim": 3, "bias": False}, {}, {"need_weights": False})
hidden = torch.ones(5, 5, dtype=torch.bool).triu(1)
same = [randn(2, 5, 8), padding, hidden]
extended = {"add_bias_kv": True, "add_zero_attn": True, "batch_first": True}
attention(same, extended, {"keyPaddingMask": X[1], "attnMask": X[2], "needWeights": True},
          {"key_padding_mask": [1], "attn_mask": [2]}, order=(0, 0, 0))
attention([same[0], hidden], extended, {"causal": True}, {"attn_mask": [1], "need_weights": False}, order=(0, 0, 0))
attention([randn(2, 5, 8), randn(4, 5, 5), randn(2, 5)], {"batch_first": True, "add_zero_attn": True},
          {"attnMask": X[1], "keyPaddingMask": X[2], "needWeights": True, "averageAttnWeights": False},
          {"attn_mask": [1], "key_padding_mask": [2], "average_attn_weights": False}, order=(0, 0, 0))
attention([randn(5, 8), padding[1]], {}, {"keyPaddingMask": X[1], "needWeights": True}, {"key_padding_mask": [1]},
          order=(0, 0, 0))
sdpa = F.scaled_dot_product_attention
q, k, v = randn(2, 4, 3, 3), randn(2, 2, 5, 3), randn(2, 2, 5, 3)
function("scaledDotProductAttention", lambda q, k, v: sdpa(q, k, v, enable_gqa=True), [q, k, v], {"enableGqa": True})
function("scaledDotProductAttention", lambda q, k, v: sdpa(q, k, v, is_causal=True, enable_gqa=True),
         [q[0], k[0, :1], v[0, :1]], {"enableGqa": True, "causal": True})
for mask in (randn(2, 4, 3, 5), torch.rand(2, 1, 3, 5) > 0.3):
    function("scaledDotProductAttention", lambda q, k, v, m: sdpa(q, k, v, m, scale=0.4, enable_gqa=True), [q, k, v, mask],
             X[:3] + [{"enableGqa": True, "mask": X[3], "scale": 0.4}])

# Transformers --------------------------------------------------------------------------------------------------------
plain = {"dim_feedforward": 6, "dropout": 0.0}
mine = {"dimFeedforward": 6, "dropout": 0}
other = {"activation": "gelu", "batch_first": True, "norm_first": True, "bias": False, "layer_norm_eps": 1e-3}
theirs = {"activation": "gelu", "batchFirst": True, "normFirst": True, "bias": False, "layerNormEps": 1e-3}
for options, spelled, shape in ((plain, mine, (5, 2, 4)), (plain | other, mine | theirs, (2, 5, 4))):
    encoder = nn.TransformerEncoderLayer(4, 2, **options)
    layer("TransformerEncoderLayer", encoder, [4, 2, spelled], [randn(*shape), padding],
          [X[0], {"keyPaddingMask": X[1], "causal": True}],
          forward=lambda x, p: encoder(x, src_mask=hidden, src_key_padding_mask=p, is_causal=True))
    decoder = nn.TransformerDecoderLayer(4, 2, **options)
    memory = randn(*((3, 2, 4) if shape[0] == 5 else (2, 3, 4)))
    layer("TransformerDecoderLayer", decoder, [4, 2, spelled], [randn(*shape), memory, randn(5, 3), padding],
          X[:2] + [{"tgtCausal": True, "memoryMask": X[2], "tgtKeyPaddingMask": X[3]}],
          forward=lambda x, m, mask, p: decoder(x, m, tgt_mask=hidden, memory_mask=mask, tgt_key_padding_mask=p))
stacks = {"num_encoder_layers": 2, "num_decoder_layers": 2}
for options, spelled, batched in ((plain, mine, False), (plain | other, mine | theirs, True)):
    transformer = nn.Transformer(4, 2, **stacks, **options)
    source, target = (randn(2, 5, 4), randn(2, 3, 4)) if batched else (randn(5, 4), randn(3, 4))
    causal = nn.Transformer.generate_square_subsequent_mask(3)
    layer("Transformer", transformer, [4, 2, spelled | {"numEncoderLayers": 2, "numDecoderLayers": 2}],
          [source, target, causal], X[:2] + [{"tgtMask": X[2]}], forward=lambda s, t, m: transformer(s, t, tgt_mask=m))
function("bilinear", F.bilinear, [randn(2, 3, 4), randn(2, 3, 2), randn(5, 4, 2), randn(5)])

# Embeddings ----------------------------------------------------------------------------------------------------------
index, offsets = torch.tensor([3, 0, 2, 2, 6, 1, 4]), torch.tensor([0, 2, 2, 5])
for mode in ("sum", "mean", "max"):
    for options, spelled in (({}, {}), ({"padding_idx": 2}, {"paddingIndex": 2})):
        layer("EmbeddingBag", nn.EmbeddingBag(7, 3, mode=mode, **options), [7, 3, {"mode": mode, **spelled}],
              [index, offsets], [X[0], {"offsets": X[1]}])
    layer("EmbeddingBag", nn.EmbeddingBag(7, 3, mode=mode), [7, 3, {"mode": mode}], [torch.randint(0, 7, (3, 4))])
bag = nn.EmbeddingBag(7, 3, mode="sum", include_last_offset=True)
layer("EmbeddingBag", bag, [7, 3, {"mode": "sum", "includeLastOffset": True}],
      [index, torch.tensor([0, 3, 7]), randn(7)], [X[0], {"offsets": X[1], "perSampleWeights": X[2]}],
      forward=lambda i, o, w: bag(i, o, w))
layer("Embedding", nn.Embedding(7, 3, scale_grad_by_freq=True), [7, 3, {"scaleGradByFreq": True}], [index])
renorm = nn.Embedding(7, 3, max_norm=0.6, norm_type=1)
layer("Embedding", renorm, [7, 3, {"maxNorm": 0.6, "normType": 1}], [index])

# Layers that end in a loss -------------------------------------------------------------------------------------------
layer("AdaptiveLogSoftmaxWithLoss", nn.AdaptiveLogSoftmaxWithLoss(8, 10, [3, 6], 2.0, True),
      [8, 10, [3, 6], {"divValue": 2, "headBias": True}], [randn(5, 8), torch.tensor([0, 9, 4, 2, 6])])
layer("LinearCrossEntropyLoss", nn.LinearCrossEntropyLoss(4, 5, bias=True, label_smoothing=0.1),
      [4, 5, {"bias": True, "labelSmoothing": 0.1}], [randn(3, 4), torch.tensor([1, 4, 0])])
layer("LinearCrossEntropyLoss", nn.LinearCrossEntropyLoss(4, 5, out_features=(2,), reduction="sum"),
      [4, 5, {"outFeatures": [2], "reduction": "sum"}], [randn(3, 4), torch.tensor([[1, 4], [0, 2], [3, 3]])])

# Losses --------------------------------------------------------------------------------------------------------------
a, b, y = randn(3, 4) * 2, randn(3, 4), torch.rand(3, 4)
w, signs, classes = torch.rand(3, 4) + 0.1, torch.tensor([1.0, -1.0, 1.0]), torch.tensor([1, 3, 0])
plus = torch.where(randn(3, 4) > 0, 1.0, -1.0)
several = torch.tensor([[3, 0, -1, 1], [-1, 0, 1, 2], [2, 1, 0, 3]])
binary = (torch.rand(3, 4) > 0.5).float()


def hinge(x, y, margin, squared, reduction):
    loss = (margin - y * x).clamp(min=0)
    loss = loss ** 2 if squared else loss
    return {"mean": loss.mean(), "sum": loss.sum(), "none": loss}[reduction]


def info_nce(q, k, negatives, temperature, cosine, reduction):
    """Equation 4 of van den Oord et al. 2018, sum by sum."""
    unit = (lambda x: x / x.norm(dim=-1, keepdim=True)) if cosine else (lambda x: x)
    q, k = unit(q), unit(k)
    losses = []
    for i in range(len(q)):
        right = torch.exp(q[i] @ k[i] / temperature)
        wrong = [k[j] for j in range(len(k)) if j != i] if negatives is None else list(unit(negatives))
        losses.append(-torch.log(right / (right + sum(torch.exp(q[i] @ n / temperature) for n in wrong))))
    return {"mean": torch.stack(losses).mean(), "sum": sum(losses), "none": torch.stack(losses)}[reduction]


def nt_xent(a, b, temperature):
    """Equation 1 of Chen et al. 2020."""
    z = torch.cat([a, b])
    n, losses = len(a), []
    sim = [[torch.cosine_similarity(u, v, dim=0) / temperature for v in z] for u in z]
    for i in range(2 * n):
        total = sum(torch.exp(sim[i][k]) for k in range(2 * n) if k != i)
        losses.append(-torch.log(torch.exp(sim[i][(i + n) % (2 * n)]) / total))
    return torch.stack(losses).mean()


def sigmoid_focal(x, t, alpha, gamma, reduction):
    """As torchvision.ops.sigmoid_focal_loss defines it."""
    p = torch.sigmoid(x)
    ce = F.binary_cross_entropy_with_logits(x, t, reduction="none")
    p_t = p * t + (1 - p) * (1 - t)
    loss = ce * ((1 - p_t) ** gamma)
    if alpha >= 0:
        loss = (alpha * t + (1 - alpha) * (1 - t)) * loss
    return {"mean": loss.mean(), "sum": loss.sum(), "none": loss}[reduction]


def focal(x, t, gamma, weight):
    p = torch.softmax(x, 1)[torch.arange(len(t)), t]
    return (-weight[t] * (1 - p) ** gamma * torch.log(p)).mean()


def dice(p, g, smooth, squared):
    losses = []
    for u, v in zip(p, g):
        size = (u ** 2).sum() + (v ** 2).sum() if squared else u.sum() + v.sum()
        losses.append(1 - (2 * (u * v).sum() + smooth) / (size + smooth))
    return torch.stack(losses).mean()


class_weight = torch.rand(4) + 0.2
for reduction in ("mean", "sum", "none"):
    r = {"reduction": reduction}
    for name, f, args, spelled in (
        ("mseLoss", F.mse_loss, {}, {}), ("l1Loss", F.l1_loss, {}, {}), ("huberLoss", F.huber_loss, {"delta": 0.7}, {"delta": 0.7}),
    ):
        function(name, lambda x, t: f(x, t, weight=w, **args, **r), [a, b], [*X[:2], {"weight": pack(w), **spelled, **r}])
    function("binaryCrossEntropy", lambda x, t: F.binary_cross_entropy(x, t, w, **r), [torch.sigmoid(a), y],
             [*X[:2], {"weight": pack(w), **r}])
    function("bceWithLogits", lambda x, t: F.binary_cross_entropy_with_logits(x, t, w, pos_weight=class_weight, **r), [a, y],
             [*X[:2], {"weight": pack(w), "posWeight": pack(class_weight), **r}])
    function("poissonNllLoss", lambda x, t: F.poisson_nll_loss(x, t, full=True, **r), [a, y * 5], {"full": True, **r})
    function("poissonNllLoss", lambda x, t: F.poisson_nll_loss(x, t, log_input=False, eps=0.1, **r), [y + 0.2, y * 5],
             {"logInput": False, "eps": 0.1, **r})
    function("gaussianNllLoss", lambda x, t, v: F.gaussian_nll_loss(x, t, v, full=True, eps=0.3, **r), [a, b, y],
             {"full": True, "eps": 0.3, **r})
    function("gaussianNllLoss", lambda x, t, v: F.gaussian_nll_loss(x, t, v, **r), [a, b, y[:, 0] + 0.1], r)
    function("hingeEmbeddingLoss", lambda x: F.hinge_embedding_loss(x, plus, margin=0.8, **r), [a.abs()],
             [X[0], pack(plus), {"margin": 0.8, **r}])
    function("softMarginLoss", lambda x: F.soft_margin_loss(x, plus, **r), [a], [X[0], pack(plus), r])
    function("multiMarginLoss", lambda x, t: F.multi_margin_loss(x, t, **r), [a, classes], r)
    function("multiMarginLoss", lambda x, t: F.multi_margin_loss(x, t, p=2, margin=0.6, weight=class_weight, **r), [a, classes],
             [*X[:2], {"p": 2, "margin": 0.6, "weight": pack(class_weight), **r}])
    function("multilabelMarginLoss", lambda x, t: F.multilabel_margin_loss(x, t, **r), [a, several], r)
    function("multilabelSoftMarginLoss", lambda x, t: F.multilabel_soft_margin_loss(x, t, class_weight, **r), [a, binary],
             [*X[:2], {"weight": pack(class_weight), **r}])
    function("cosineEmbeddingLoss", lambda u, v: F.cosine_embedding_loss(u, v, signs, margin=0.2, **r), [a, b],
             [*X[:2], pack(signs), {"margin": 0.2, **r}])
    function("marginRankingLoss", lambda u, v: F.margin_ranking_loss(u, v, signs, **r), [a[:, 0], b[:, 0]],
             [*X[:2], pack(signs), r])
    function("tripletMarginLoss", lambda u, v, n: F.triplet_margin_loss(u, v, n, 0.7, 3, 1e-4, True, **r), [a, b, randn(3, 4)],
             {"margin": 0.7, "p": 3, "eps": 1e-4, "swap": True, **r})
    function("tripletMarginWithDistanceLoss",
             lambda u, v, n: F.triplet_margin_with_distance_loss(u, v, n, margin=2, swap=True, **r), [a, b, randn(3, 4)],
             {"margin": 2, "swap": True, **r})
    for squared in (False, True):
        function("hingeLoss", lambda x: hinge(x, plus, 0.9, squared, reduction), [a],
                 [X[0], pack(plus), {"margin": 0.9, "squared": squared, **r}])
    function("infoNceLoss", lambda q, k: info_nce(q, k, None, 0.3, True, reduction), [a, b], {"temperature": 0.3, **r})
    function("infoNceLoss", lambda q, k, n: info_nce(q, k, n, 2, False, reduction), [a, b, randn(5, 4)],
             [*X[:2], {"temperature": 2, "negatives": X[2], "similarity": "dot", **r}])
    function("sigmoidFocalLoss", lambda x, t: sigmoid_focal(x, t, 0.25, 2, reduction), [a, y], r)
    function("sigmoidFocalLoss", lambda x, t: sigmoid_focal(x, t, -1, 1.5, reduction), [a, y],
             {"alpha": -1, "gamma": 1.5, **r})
function("ntXentLoss", lambda u, v: nt_xent(u, v, 0.4), [a, b], {"temperature": 0.4})
function("focalLoss", lambda x, t: focal(x, t, 1.5, class_weight), [a, classes],
         [*X[:2], {"gamma": 1.5, "weight": pack(class_weight)}])
for squared in (True, False):
    function("diceLoss", lambda p: dice(p, binary, 0.5, squared), [torch.sigmoid(a)],
             [X[0], pack(binary), {"smooth": 0.5, "squared": squared}])
function("multiMarginLoss", F.multi_margin_loss, [a[0], classes[0]])
function("multilabelMarginLoss", F.multilabel_margin_loss, [a[0], several[0]])
for p in (1, 3):
    function("pairwiseDistance", lambda u, v: F.pairwise_distance(u, v, p, 1e-3, True), [a, b],
             {"p": p, "eps": 1e-3, "keepdim": True})
function("cosineSimilarity", lambda u, v: F.cosine_similarity(u, v, 0), [a, b], 0)
many = randn(2, 4, 2, 3)
function("crossEntropy", lambda x, t: F.cross_entropy(x, t, class_weight, ignore_index=1, label_smoothing=0.1),
         [many, torch.randint(0, 4, (2, 2, 3))],
         [*X[:2], {"weight": pack(class_weight), "ignoreIndex": 1, "labelSmoothing": 0.1}])
function("crossEntropy", lambda x, t: F.cross_entropy(x, t, label_smoothing=0.1), [many, torch.softmax(randn(2, 4, 2, 3), 1)],
         {"labelSmoothing": 0.1})
function("nllLoss", F.nll_loss, [many.log_softmax(1), torch.randint(0, 4, (2, 2, 3))])
negative = randn(3, 5)
negative[0, 1:3] = -math.inf
function("logSumExp", lambda x: torch.logsumexp(x, 1), [negative], 1)
save("nn-layers-sequence", layers)
save("nn-functions-losses", functions)

# What takes more than one call ---------------------------------------------------------------------------------------
packed, ctc = [], []
lengths = [3, 5, 1, 4]


def packed_case(name, module, args, batch_first, states):
    def forward(x, *given):
        state = () if not given else (given[0],) if name != "LSTM" else (given,)
        together = pack_padded_sequence(x, lengths, batch_first, enforce_sorted=False)
        output, last = module(together, *state)
        return [pad_packed_sequence(output, batch_first, padding_value=0.5, total_length=6)[0], last]
    shape = (4, 5, 3) if batch_first else (5, 4, 3)
    layer(name, module, args, [randn(*shape), *states], forward=forward)
    packed.append(layers.pop() | {"lengths": lengths, "batchFirst": batch_first})


packed_case("RNN", nn.RNN(3, 2), [3, 2], False, [])
packed_case("GRU", nn.GRU(3, 2, 2, bidirectional=True, batch_first=True),
            [3, 2, {"numLayers": 2, "bidirectional": True, "batchFirst": True}], True, [randn(4, 4, 2)])
packed_case("LSTM", nn.LSTM(3, 4, 2, bidirectional=True, proj_size=2), [3, 4, projected], False,
            [randn(4, 4, 2), randn(4, 4, 4)])

for reduction in ("mean", "sum", "none"):
    for blank in (0, 4):
        # The second target repeats a class, the third is longer than its input, the fourth is empty.
        table = torch.tensor([[1, 2, 3, 3], [2, 2, 2, 1], [1, 2, 3, 1], [1, 1, 1, 1]])
        inputs, targets = torch.tensor([9, 8, 3, 5]), torch.tensor([4, 3, 4, 0])
        for form in ("table", "vector"):
            given = table if form == "table" else torch.cat([t[:n] for t, n in zip(table, targets)])
            function("ctcLoss", lambda x: F.ctc_loss(x.log_softmax(2), given, inputs, targets, blank, reduction, True),
                     [randn(9, 4, 5)],
                     [X[0], pack(given), inputs.tolist(), targets.tolist(),
                      {"blank": blank, "reduction": reduction, "zeroInfinity": True}])
            ctc.append(functions.pop())
function("ctcLoss", lambda x: F.ctc_loss(x.log_softmax(1), torch.tensor([1, 1]), torch.tensor(6), torch.tensor(2)),
         [randn(6, 3)], [X[0], pack(torch.tensor([1, 1])), [6], [2]])
ctc.append(functions.pop())
save("nn-sequence", {"packed": packed, "ctc": ctc})

# Models of padded sequences ------------------------------------------------------------------------------------------
models = []
words = torch.tensor([[5, 2, 7, 0, 0], [3, 4, 1, 6, 2], [8, 0, 0, 0, 0]])
letters = torch.randint(1, 6, (3, 5, 4)) * (torch.arange(4) < torch.randint(1, 5, (3, 5, 1))) * (words > 0)[..., None]


def read(rnn, x, words):
    """A recurrent layer over the words that are there: (B, T, features) to (B, T, directions * hidden)."""
    packed = pack_padded_sequence(x, (words > 0).sum(1), batch_first=True, enforce_sorted=False)
    return pad_packed_sequence(rnn(packed)[0], batch_first=True, total_length=words.shape[1])[0]


class Field(nn.Module):
    """The chance of tags, from the sum over all taggings of the places that are there, written out one by one."""
    def __init__(self, tags):
        super().__init__()
        self.start_transitions, self.end_transitions = nn.Parameter(randn(tags)), nn.Parameter(randn(tags))
        self.transitions = nn.Parameter(randn(tags, tags))

    def score(self, x, tags):
        steps = sum(self.transitions[a, b] for a, b in zip(tags, tags[1:]))
        places = sum(x[t, tag] for t, tag in enumerate(tags))
        return self.start_transitions[tags[0]] + places + steps + self.end_transitions[tags[-1]]

    def forward(self, x, tags):
        K = len(self.start_transitions)
        every = torch.stack([self.score(x, list(some)) for some in itertools.product(range(K), repeat=len(x))])
        return torch.logsumexp(every, 0) - self.score(x, tags.tolist())


class BiLSTMCRF(nn.Module):
    def __init__(self):
        super().__init__()
        self.words, self.characters = nn.Embedding(9, 4, padding_idx=0), nn.Embedding(6, 3, padding_idx=0)
        self.spelling = nn.Conv1d(3, 5, 3, padding=1)
        self.lstm = nn.LSTM(9, 4, bidirectional=True, batch_first=True)
        self.emission, self.crf = nn.Linear(8, 3), Field(3)

    def forward(self, words, letters, tags):
        flat = letters.reshape(-1, letters.shape[2])
        y = F.relu(self.spelling(self.characters(flat).mT)).masked_fill((flat == 0)[:, None], 0).amax(2)
        x = torch.cat([self.words(words), y.reshape(*words.shape, -1)], 2)
        emissions = self.emission(read(self.lstm, x, words))
        counts = (words > 0).sum(1)
        losses = [self.crf(e[:n], t[:n]) for e, t, n in zip(emissions, tags, counts)]
        return emissions.masked_fill((words == 0)[..., None], 0), torch.stack(losses).mean()


class SentimentClassifier(nn.Module):
    def __init__(self, rnn, pooling):
        super().__init__()
        self.embedding, self.recurrent = nn.Embedding(9, 3, padding_idx=0), rnn
        self.head = nn.Linear(4 * (1 + rnn.bidirectional), 2)
        self.pooling = pooling

    def forward(self, words):
        h, here = read(self.recurrent, self.embedding(words), words), (words > 0)[..., None]
        pooled = h.masked_fill(~here, -1).amax(1) if self.pooling == "max" else (h * here).sum(1) / here.sum(1)
        return self.head(pooled)


def model_case(name, module, args, inputs):
    layer(name, module, args, inputs, train=False)
    models.append(layers.pop())


model_case("BiLSTMCRF", BiLSTMCRF(), [{"words": 9, "characters": 6, "tags": 3, "embedding": 4, "characterEmbedding": 3,
                                       "filters": 5, "hidden": 4}],
           [words, letters, torch.randint(0, 3, (3, 5))])
for kind, bidirectional, pooling in (("gru", True, "max"), ("lstm", True, "mean"), ("lstm", False, "max")):
    rnn = (nn.GRU if kind == "gru" else nn.LSTM)(3, 4, bidirectional=bidirectional, batch_first=True)
    model_case("SentimentClassifier", SentimentClassifier(rnn, pooling),
               [{"vocabulary": 9, "embedding": 3, "hidden": 4, "cell": kind, "bidirectional": bidirectional,
                 "pooling": pooling}], [words])
save("nn-sequence-models", models)
