"""Writes fixtures/nn-*.json: what PyTorch makes of layers, functions, losses and two models.

    python3 tools/oracle/nn.py

How a case is written down: harness.py.
"""

import base64
import json
import math

import torch
import torch.nn.functional as F
from torch import nn

from harness import *  # noqa: F403

# Layers --------------------------------------------------------------------------------------------------------------
layer("Linear", nn.Linear(5, 3), [5, 3], [randn(2, 4, 5)])
layer("Linear", nn.Linear(5, 3, bias=False), [5, 3, {"bias": False}], [randn(4, 5)])
layer("Bilinear", nn.Bilinear(3, 4, 2), [3, 4, 2], [randn(5, 3), randn(5, 4)])
layer("Embedding", nn.Embedding(7, 3, padding_idx=2), [7, 3, {"paddingIndex": 2}], [torch.randint(0, 7, (3, 4))])
layer("Conv1d", nn.Conv1d(4, 6, 3, 2, 1), [4, 6, 3, {"stride": 2, "padding": 1}], [randn(2, 4, 9)])
layer("Conv1d", nn.Conv1d(4, 4, 4, padding=3, groups=4), [4, 4, 4, {"padding": 3, "groups": 4}], [randn(2, 4, 5)])
layer("Conv1d", nn.Conv1d(2, 3, 4, padding="same"), [2, 3, 4, {"padding": "same"}], [randn(1, 2, 6)])
layer("Conv2d", nn.Conv2d(1, 3, 5, padding=2), [1, 3, 5, {"padding": 2}], [randn(2, 1, 6, 6)])
layer("Conv2d", nn.Conv2d(4, 6, (3, 2), (2, 1), (1, 0), (1, 2), groups=2, bias=False),
      [4, 6, [3, 2], {"stride": [2, 1], "padding": [1, 0], "dilation": [1, 2], "groups": 2, "bias": False}],
      [randn(2, 4, 7, 6)])
layer("Conv3d", nn.Conv3d(2, 2, 2, padding=1), [2, 2, 2, {"padding": 1}], [randn(1, 2, 3, 3, 3)])
layer("ConvTranspose1d", nn.ConvTranspose1d(4, 6, 3, 2, 1, 1, groups=2),
      [4, 6, 3, {"stride": 2, "padding": 1, "outputPadding": 1, "groups": 2}], [randn(2, 4, 5)])
layer("ConvTranspose2d", nn.ConvTranspose2d(2, 3, 3, 2, padding=1, dilation=2),
      [2, 3, 3, {"stride": 2, "padding": 1, "dilation": 2}], [randn(1, 2, 4, 4)])
pooled = randn(2, 3, 7, 6).round(decimals=0)  # ties: the gradient goes to the first
layer("MaxPool2d", nn.MaxPool2d(2), [2], [pooled])
layer("MaxPool2d", nn.MaxPool2d((3, 2), (2, 1), (1, 1), (1, 2)),
      [[3, 2], {"stride": [2, 1], "padding": [1, 1], "dilation": [1, 2]}], [pooled])
layer("MaxPool1d", nn.MaxPool1d(3, 2), [3, {"stride": 2}], [pooled[0]])
layer("AvgPool1d", nn.AvgPool1d(3, 2, 1), [3, {"stride": 2, "padding": 1}], [randn(2, 3, 8)])
layer("AvgPool2d", nn.AvgPool2d(2), [2], [randn(2, 2, 5, 4)])
layer("AvgPool2d", nn.AvgPool2d((3, 2), (2, 1), (1, 1), count_include_pad=False),
      [[3, 2], {"stride": [2, 1], "padding": [1, 1], "countIncludePad": False}], [randn(2, 2, 6, 5)])
layer("AdaptiveAvgPool1d", nn.AdaptiveAvgPool1d(3), [3], [randn(2, 2, 7)])
layer("AdaptiveAvgPool2d", nn.AdaptiveAvgPool2d((2, 3)), [[2, 3]], [randn(2, 2, 6, 7)])
layer("BatchNorm1d", nn.BatchNorm1d(3), [3], [randn(6, 3)])
layer("BatchNorm1d", nn.BatchNorm1d(3, momentum=None), [3, {"momentum": None}], [randn(4, 3, 5)])
layer("BatchNorm2d", nn.BatchNorm2d(3, eps=1e-3, momentum=0.2), [3, {"eps": 1e-3, "momentum": 0.2}],
      [randn(2, 3, 4, 2)])
layer("BatchNorm2d", nn.BatchNorm2d(3), [3], [randn(2, 3, 4, 2)], train=False)
layer("BatchNorm2d", nn.BatchNorm2d(3, affine=False, track_running_stats=False),
      [3, {"affine": False, "trackRunningStats": False}], [randn(2, 3, 2, 2)], train=False)
layer("LayerNorm", nn.LayerNorm(5), [5], [randn(2, 3, 5)])
layer("LayerNorm", nn.LayerNorm((3, 4), eps=1e-2), [[3, 4], {"eps": 1e-2}], [randn(2, 3, 4)])
layer("LayerNorm", nn.LayerNorm(5, bias=False), [5, {"bias": False}], [randn(3, 5)])
layer("LayerNorm", nn.LayerNorm(5, elementwise_affine=False), [5, {"affine": False}], [randn(3, 5)])
layer("RMSNorm", nn.RMSNorm(6, eps=1e-5), [6, {"eps": 1e-5}], [randn(2, 3, 6)])
layer("GroupNorm", nn.GroupNorm(2, 4), [2, 4], [randn(2, 4, 3, 2)])
layer("PReLU", nn.PReLU(3), [3], [randn(2, 3, 4)])
two = {"numLayers": 2, "bidirectional": True}
layer("RNN", nn.RNN(3, 4, 2, bidirectional=True), [3, 4, two], [randn(5, 2, 3), randn(4, 2, 4)])
layer("RNN", nn.RNN(3, 4, nonlinearity="relu", bias=False), [3, 4, {"nonlinearity": "relu", "bias": False}],
      [randn(5, 2, 3)])
layer("LSTM", nn.LSTM(3, 4, 2, bidirectional=True), [3, 4, two], [randn(5, 2, 3), randn(4, 2, 4), randn(4, 2, 4)],
      [{"$": 0}, [{"$": 1}, {"$": 2}]], lambda x, h, c: (x, (h, c)))
layer("LSTM", nn.LSTM(3, 4, batch_first=True), [3, 4, {"batchFirst": True}], [randn(2, 6, 3)])
layer("GRU", nn.GRU(3, 4, 2, bidirectional=True), [3, 4, two], [randn(5, 2, 3), randn(4, 2, 4)])
layer("GRU", nn.GRU(3, 4, bias=False, batch_first=True), [3, 4, {"bias": False, "batchFirst": True}], [randn(2, 4, 3)])
layer("RNNCell", nn.RNNCell(3, 4), [3, 4], [randn(2, 3), randn(2, 4)])
layer("LSTMCell", nn.LSTMCell(3, 4), [3, 4], [randn(2, 3), randn(2, 4), randn(2, 4)],
      [{"$": 0}, [{"$": 1}, {"$": 2}]], lambda x, h, c: (x, (h, c)))
layer("GRUCell", nn.GRUCell(3, 4), [3, 4], [randn(2, 3), randn(2, 4)])


def attention(inputs, args, call, torch_kwargs, order=(0, 1, 2)):
    module = nn.MultiheadAttention(8, 2, **args)
    names = {"batch_first": "batchFirst", "bias": "bias"}

    def forward(*given):
        extra = {k: given[v] if isinstance(v, int) and not isinstance(v, bool) else v for k, v in torch_kwargs.items()}
        return module(*(given[i] for i in order), **extra)
    layer("MultiheadAttention", module, [8, 2, {names[k]: v for k, v in args.items()}], inputs,
          [{"$": i} for i in order] + [call], forward=forward)


padding = torch.tensor([[False] * 5, [False, False, False, True, True]])
attention([randn(2, 5, 8)], {"batch_first": True}, {}, {"need_weights": False}, (0, 0, 0))
attention([randn(3, 2, 8), randn(4, 2, 8), randn(4, 2, 8)], {"bias": False}, {"needWeights": True}, {})
attention([randn(2, 5, 8), padding], {"batch_first": True}, {"keyPaddingMask": {"$": 1}},
          {"key_padding_mask": 1, "need_weights": False}, (0, 0, 0))
hidden = torch.ones(5, 5, dtype=torch.bool).triu(1)
attention([randn(2, 5, 8), padding, hidden], {"batch_first": True},
          {"keyPaddingMask": {"$": 1}, "attnMask": {"$": 2}, "needWeights": True},
          {"key_padding_mask": 1, "attn_mask": 2}, (0, 0, 0))
attention([randn(2, 5, 8), randn(5, 5)], {"batch_first": True}, {"attnMask": {"$": 1}},
          {"attn_mask": 1, "need_weights": False}, (0, 0, 0))

# Functions -----------------------------------------------------------------------------------------------------------
wide = torch.tensor([-30.0, -6.0, -3.0, -1.5, -0.3, 0.0, 1e-3, 0.7, 2.0, 3.0, 6.0, 25.0])
for name, f in {
    "relu": F.relu, "relu6": F.relu6, "leakyRelu": F.leaky_relu, "elu": F.elu, "selu": F.selu, "gelu": F.gelu,
    "silu": F.silu, "softplus": F.softplus, "logSigmoid": F.logsigmoid, "mish": F.mish, "softsign": F.softsign,
    "sigmoid": torch.sigmoid, "tanh": torch.tanh, "tanhshrink": F.tanhshrink,
}.items():
    function(name, f, [wide])
for name, f in {"hardswish": F.hardswish, "hardSigmoid": F.hardsigmoid, "hardtanh": F.hardtanh}.items():
    function(name, f, [wide[(wide.abs() != 3)]])
function("leakyRelu", lambda x: F.leaky_relu(x, 0.2), [wide], 0.2)
function("elu", lambda x: F.elu(x, 0.5), [wide], 0.5)
function("gelu", lambda x: F.gelu(x, approximate="tanh"), [wide], "tanh")
function("softplus", lambda x: F.softplus(x, 3), [wide], 3)
function("glu", lambda x: F.glu(x, 1), [randn(2, 6, 3)], 1)
x = randn(3, 4, 5) * 3
for name, f in {"softmax": F.softmax, "logSoftmax": F.log_softmax, "softmin": F.softmin}.items():
    function(name, lambda x: f(x, -1), [x])
    function(name, lambda x: f(x, 1), [x], 1)
function("normalize", lambda x: F.normalize(x), [x])
function("normalize", lambda x: F.normalize(x, 3.0, -1), [x], 3, -1)
function("instanceNorm", F.instance_norm, [x])
function("rmsNorm", lambda x: F.rms_norm(x, (4, 5), eps=1e-6), [x], [{"$": 0}, [4, 5]])
logits, classes = randn(6, 5) * 2, torch.tensor([0, 4, 2, -100, 2, 1])
weight = torch.rand(5) + 0.2
for reduction in ("mean", "sum", "none"):
    function("crossEntropy", lambda x, t: F.cross_entropy(x, t, reduction=reduction), [logits, classes],
             {"reduction": reduction})
    function("crossEntropy", lambda x, t: F.cross_entropy(
        x, t, weight, reduction=reduction, label_smoothing=0.1, ignore_index=2), [logits, classes.clamp(min=0)],
        [{"$": 0}, {"$": 1}, {"reduction": reduction, "labelSmoothing": 0.1, "ignoreIndex": 2, "weight": pack(weight)}])
    shares = torch.softmax(randn(6, 5), -1)
    function("crossEntropy", lambda x, t: F.cross_entropy(x, t, weight, reduction=reduction, label_smoothing=0.2),
             [logits, shares],
             [{"$": 0}, {"$": 1}, {"reduction": reduction, "labelSmoothing": 0.2, "weight": pack(weight)}])
    logs = torch.log_softmax(logits, -1)
    function("nllLoss", lambda x, t: F.nll_loss(x, t, weight, reduction=reduction), [logs, classes],
             [{"$": 0}, {"$": 1}, {"reduction": reduction, "weight": pack(weight)}])
function("crossEntropy", F.cross_entropy, [randn(2, 4, 3), torch.randint(0, 4, (2, 3))])
function("crossEntropy", F.cross_entropy, [randn(4), torch.tensor(2)])
extreme = torch.tensor([[1e4, -1e4, 0.0], [3.0, -math.inf, 2.0]])
function("crossEntropy", F.cross_entropy, [extreme, torch.tensor([1, 0])])
a, b = randn(3, 4) * 2, randn(3, 4)
p, y = torch.rand(3, 4) * 0.9 + 0.05, torch.rand(3, 4)
for reduction in ("mean", "sum", "none"):
    r = {"reduction": reduction}
    function("mseLoss", lambda x, t: F.mse_loss(x, t, **r), [a, b], r)
    function("l1Loss", lambda x, t: F.l1_loss(x, t, **r), [a, b], r)
    function("smoothL1Loss", lambda x, t: F.smooth_l1_loss(x, t, beta=0.5, **r), [a, b], {"beta": 0.5, **r})
    function("huberLoss", lambda x, t: F.huber_loss(x, t, delta=1.5, **r), [a, b], {"delta": 1.5, **r})
    function("binaryCrossEntropy", lambda x, t: F.binary_cross_entropy(x, t, **r), [p, y], r)
    function("bceWithLogits", lambda x, t: F.binary_cross_entropy_with_logits(x, t, **r), [a * 10, y], r)
    function("klDiv", lambda x, t: F.kl_div(x, t, **r), [a.log_softmax(1), y.softmax(1)], r)
    function("klDiv", lambda x, t: F.kl_div(x, t, log_target=True, **r), [a.log_softmax(1), b.log_softmax(1)],
             {"logTarget": True, **r})
function("klDiv", lambda x, t: F.kl_div(x, t, reduction="batchmean"), [a.log_softmax(1), y.softmax(1)],
         {"reduction": "batchmean"})
positive, sample_weight = torch.rand(4) + 0.5, torch.rand(3, 4)
function("bceWithLogits", lambda x, t: F.binary_cross_entropy_with_logits(x, t, sample_weight, pos_weight=positive),
         [a, y], [{"$": 0}, {"$": 1}, {"weight": pack(sample_weight), "posWeight": pack(positive)}])
function("poissonNllLoss", F.poisson_nll_loss, [a, y])
function("gaussianNllLoss", F.gaussian_nll_loss, [a, b, y + 0.1])
signs = torch.tensor([1.0, -1.0, 1.0])
function("softMarginLoss", lambda x: F.soft_margin_loss(x, b.sign()), [a], [{"$": 0}, pack(b.sign())])
function("marginRankingLoss", lambda u, v, t: F.margin_ranking_loss(u, v, t, margin=0.3), [a[:, 0], b[:, 0], signs],
         {"margin": 0.3})
function("cosineSimilarity", F.cosine_similarity, [a, b])
function("cosineEmbeddingLoss", lambda u, v, t: F.cosine_embedding_loss(u, v, t, margin=0.1), [a, b, signs],
         {"margin": 0.1})
function("tripletMarginLoss", F.triplet_margin_loss, [a, b, randn(3, 4)])
q, k, v = randn(2, 2, 4, 3), randn(2, 2, 5, 3), randn(2, 2, 5, 3)
sdpa = F.scaled_dot_product_attention
three = [{"$": 0}, {"$": 1}, {"$": 2}]
seen = torch.rand(4, 5) > 0.4
seen[1] = False  # a row that sees nothing
function("scaledDotProductAttention", sdpa, [q, k, v])
function("scaledDotProductAttention", lambda q, k, v: sdpa(q, k, v, is_causal=True), [q, k, v], {"causal": True})
function("scaledDotProductAttention", lambda q, k, v: sdpa(q, k, v, scale=0.3), [q[0, 0], k[0, 0], v[0, 0]],
         {"scale": 0.3})
function("scaledDotProductAttention", lambda q, k, v, m: sdpa(q, k, v, m), [q, k, v, seen],
         three + [{"mask": {"$": 3}}])
function("scaledDotProductAttention", lambda q, k, v, m: sdpa(q, k, v, m), [q, k, v, randn(2, 1, 4, 5)],
         three + [{"mask": {"$": 3}}])


def selective_scan(x, dt, A, B, C, D):
    h = torch.zeros(x.shape[0], x.shape[2], A.shape[1])
    ys = []
    for t in range(x.shape[1]):
        h = torch.exp(dt[:, t, :, None] * A) * h + (dt[:, t] * x[:, t])[:, :, None] * B[:, t, None, :]
        ys.append((h * C[:, t, None, :]).sum(-1) + D * x[:, t])
    return torch.stack(ys, 1)


function("selectiveScan", selective_scan, [randn(2, 6, 3), torch.rand(2, 6, 3), -torch.rand(3, 4) - 0.2, randn(2, 6, 4),
                                           randn(2, 6, 4), randn(3)])
function("selectiveScan", selective_scan, [randn(1, 1, 2), torch.rand(1, 1, 2), -torch.rand(2, 3), randn(1, 1, 3),
                                           randn(1, 1, 3), randn(2)])

# Models --------------------------------------------------------------------------------------------------------------


def gpt(state, tokens, heads, layers):
    """GPT-2, written down from the paper and its checkpoint's names."""
    def norm(x, name):
        return F.layer_norm(x, x.shape[-1:], state[f"{name}.weight"], state[f"{name}.bias"])

    def project(x, name):
        return x @ state[f"{name}.weight"] + state[f"{name}.bias"]
    T = tokens.shape[1]
    x = state["wte.weight"][tokens.long()] + state["wpe.weight"][:T]
    hidden = torch.ones(T, T, dtype=torch.bool).triu(1)
    for i in range(layers):
        q, k, v = (t.unflatten(-1, (heads, -1)).transpose(1, 2)
                   for t in project(norm(x, f"h.{i}.ln_1"), f"h.{i}.attn.c_attn").chunk(3, -1))
        scores = (q @ k.transpose(-1, -2) / math.sqrt(q.shape[-1])).masked_fill(hidden, -math.inf)
        x = x + project((scores.softmax(-1) @ v).transpose(1, 2).flatten(2), f"h.{i}.attn.c_proj")
        h = F.gelu(project(norm(x, f"h.{i}.ln_2"), f"h.{i}.mlp.c_fc"), approximate="tanh")
        x = x + project(h, f"h.{i}.mlp.c_proj")
    return norm(x, "ln_f") @ state["wte.weight"].T


def mamba(state, tokens, layers):
    """Mamba, written down from algorithm 2 and figure 3 of the paper, one step of time after the other."""
    def norm(x, name):
        return x * (x.square().mean(-1, keepdim=True) + 1e-5).rsqrt() * state[f"{name}.weight"]
    x = state["backbone.embeddings.weight"][tokens.long()]
    for i in range(layers):
        w = {k.removeprefix(f"backbone.layers.{i}.mixer."): v for k, v in state.items()}
        u, gate = (norm(x, f"backbone.layers.{i}.norm") @ w["in_proj.weight"].T).chunk(2, -1)
        E, _, K = w["conv1d.weight"].shape
        past = F.pad(u.transpose(1, 2), (K - 1, 0))
        u = F.silu(F.conv1d(past, w["conv1d.weight"], w["conv1d.bias"], groups=E).transpose(1, 2))
        rank, N = w["dt_proj.weight"].shape[1], w["A_log"].shape[1]
        dt, B, C = (u @ w["x_proj.weight"].T).split([rank, N, N], -1)
        dt = F.softplus(dt @ w["dt_proj.weight"].T + w["dt_proj.bias"])
        y = selective_scan(u, dt, -w["A_log"].exp(), B, C, w["D"])
        x = x + (y * F.silu(gate)) @ w["out_proj.weight"].T
    return norm(x, "backbone.norm_f") @ state["backbone.embeddings.weight"].T


def word_mlp(state, tokens, order):
    """Equation 1 of Bengio et al. 2003, one place after the other; zeros before the first word."""
    rows = []
    for t in range(tokens.shape[1]):
        window = [state["embedding.weight"][tokens[:, i].long()] if i >= 0
                  else torch.zeros(tokens.shape[0], state["embedding.weight"].shape[1])
                  for i in range(t - order + 2, t + 1)]
        x = torch.cat(window, -1)
        hidden = torch.tanh(state["hidden.bias"] + x @ state["hidden.weight"].T)
        rows.append(state["output.bias"] + x @ state["direct.weight"].T + hidden @ state["output.weight"].T)
    return torch.stack(rows, 1)


def model(name, options, shapes, run, tokens):
    state = {k: (torch.randn(s) * 0.5).requires_grad_() for k, s in shapes.items()}
    case = {"type": name, "args": [options], "call": [{"$": 0}], "state": {k: pack(v) for k, v in state.items()}}
    return finish(case, [run(state, tokens)], [tokens], state)


def gpt_shapes(V, block, D, L):
    shapes = {"wte.weight": (V, D), "wpe.weight": (block, D), "ln_f.weight": (D,), "ln_f.bias": (D,)}
    for i in range(L):
        for name, rows, columns in (("attn.c_attn", D, 3 * D), ("attn.c_proj", D, D), ("mlp.c_fc", D, 4 * D),
                                    ("mlp.c_proj", 4 * D, D)):
            shapes |= {f"h.{i}.{name}.weight": (rows, columns), f"h.{i}.{name}.bias": (columns,)}
        for name in ("ln_1", "ln_2"):
            shapes |= {f"h.{i}.{name}.weight": (D,), f"h.{i}.{name}.bias": (D,)}
    return shapes


def mamba_shapes(V, D, L, N, K, R):
    E = 2 * D
    shapes = {"backbone.embeddings.weight": (V, D), "backbone.norm_f.weight": (D,)}
    for i in range(L):
        shapes |= {f"backbone.layers.{i}.norm.weight": (D,)}
        shapes |= {f"backbone.layers.{i}.mixer.{k}": s for k, s in {
            "A_log": (E, N), "D": (E,), "in_proj.weight": (2 * E, D), "conv1d.weight": (E, 1, K), "conv1d.bias": (E,),
            "x_proj.weight": (R + 2 * N, E), "dt_proj.weight": (E, R), "dt_proj.bias": (E,), "out_proj.weight": (D, E),
        }.items()}
    return shapes


models = [
    model("GPT", {"vocabulary": 7, "block": 6, "width": 8, "heads": 2, "layers": 2}, gpt_shapes(7, 6, 8, 2),
          lambda s, t: gpt(s, t, 2, 2), torch.randint(0, 7, (2, 5))),
    model("Mamba", {"vocabulary": 7, "width": 6, "layers": 2, "state": 4, "rank": 2}, mamba_shapes(7, 6, 2, 4, 4, 2),
          lambda s, t: mamba(s, t, 2), torch.randint(0, 7, (2, 6))),
    model("WordMLP", {"vocabulary": 7, "order": 4, "features": 3, "hidden": 5, "direct": True},
          {"embedding.weight": (7, 3), "hidden.weight": (5, 9), "hidden.bias": (5,), "output.weight": (7, 5),
           "output.bias": (7,), "direct.weight": (7, 9)},
          lambda s, t: word_mlp(s, t, 4), torch.randint(0, 7, (2, 5))),
]

for name, value in {
    "layers": layers, "functions": functions, "models": models,
}.items():
    save(f"nn-{name}", value)
