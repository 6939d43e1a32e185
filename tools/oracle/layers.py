"""Writes fixtures/nn-layers-space.json, nn-functions-space.json and nn-parametrized.json: what PyTorch makes of
convolutions, padding, pooling, resampling, norms, activations, dropout after training, and parametrised weights.

    python3 tools/oracle/layers.py

How a case is written down: harness.py. A parametrised case has in "wrap" the function of Gradus that was applied.
"""

import torch
import torch.nn.functional as F
from torch import nn
from torch.nn.utils import parametrizations

from harness import function, functions, layer, layers, pack, randn, save

AXES = (1, 2, 3)
NAMES = {
    "stride": "stride", "padding": "padding", "dilation": "dilation", "groups": "groups", "bias": "bias",
    "padding_mode": "paddingMode", "output_padding": "outputPadding", "ceil_mode": "ceilMode",
    "count_include_pad": "countIncludePad", "divisor_override": "divisorOverride", "return_indices": "returnIndices",
    "scale_factor": "scaleFactor", "size": "size", "mode": "mode", "align_corners": "alignCorners",
    "affine": "affine", "track_running_stats": "trackRunningStats", "momentum": "momentum", "eps": "eps",
    "alpha": "alpha", "beta": "beta", "k": "k", "p": "p", "keepdim": "keepdim", "norm": "p",
}


def mine(options):
    """Options in Gradus's spelling."""
    return {NAMES[key]: list(value) if isinstance(value, tuple) else value for key, value in options.items()}


def plain(values):
    return [list(v) if isinstance(v, tuple) else v for v in values]


def case(name, args, inputs, train=True, **options):
    """A layer that is called alike in both libraries, with its options in a record."""
    layer(name, getattr(nn, name)(*args, **options), plain(args) + ([mine(options)] if options else []), inputs,
          train=train)


def f(name, torch_f, inputs, *args, **options):
    """A function that takes inputs, then `args`, then a record of options."""
    rest = plain(args) + ([mine(options)] if options else [])
    calls = [{"$": i} for i in range(len(inputs))] + rest
    function(name, lambda *x: torch_f(*x, *args, **options), inputs, calls)


space = {1: (6,), 2: (4, 3), 3: (3, 3, 2)}


def volume(rank, channels=2, batch=2):
    return randn(batch, channels, *space[rank])


def ties(*shape):
    """Numbers with equals among them: the gradient goes to the first."""
    return randn(*shape).round(decimals=0)


# Convolutions --------------------------------------------------------------------------------------------------------
for rank in AXES:
    for mode in ("zeros", "reflect", "replicate", "circular"):
        case(f"Conv{rank}d", (2, 2, 3 if rank < 3 else 2), [volume(rank, batch=1)], padding=1, padding_mode=mode)
    case(f"Conv{rank}d", (2, 2, 2), [volume(rank, batch=1)], padding="same", padding_mode="replicate")
    case(f"Conv{rank}d", (2, 2, 2), [volume(rank, batch=1)], padding="same", dilation=2)
    case(f"Conv{rank}d", (2, 2, 2), [volume(rank, batch=1)[0]], padding="valid", stride=2, groups=2)
    case(f"ConvTranspose{rank}d", (2, 4, 2), [volume(rank, batch=1)], stride=2, padding=1, output_padding=1, groups=2)
    case(f"ConvTranspose{rank}d", (2, 2, 2), [volume(rank, batch=1)[0]], dilation=2, bias=False)
    weight, bias = randn(4, 1, *[2] * rank), randn(4)
    f(f"conv{rank}d", getattr(F, f"conv{rank}d"), [volume(rank, batch=1), weight, bias], padding="same", groups=2)
    f(f"conv{rank}d", getattr(F, f"conv{rank}d"), [volume(rank, batch=1), weight, bias], padding=1, stride=2, groups=2)
    weight, bias = randn(2, 1, *[2] * rank), randn(2)
    f(f"convTranspose{rank}d", getattr(F, f"conv_transpose{rank}d"), [volume(rank, batch=1), weight, bias],
      stride=2, groups=2)
case("Conv2d", (2, 4, (3, 1)), [volume(2, batch=1)], padding=(2, 1), padding_mode="circular", stride=(2, 1), groups=2)

# Padding -------------------------------------------------------------------------------------------------------------
for rank in AXES:
    sides = (1, 2 if rank == 1 else 0) + (0, 2) * (rank > 1) + (2, 1) * (rank > 2)
    x = randn(1, 1, *space[rank])
    for kind in ("Reflection", "Replication", "Circular", "Zero"):
        case(f"{kind}Pad{rank}d", (1,), [x])
        case(f"{kind}Pad{rank}d", (sides,), [x])
    case(f"ConstantPad{rank}d", (sides, 1.5), [x])
    for mode in ("constant", "reflect", "replicate", "circular"):
        function("pad", lambda x: F.pad(x, sides, mode=mode), [x], list(sides), {"mode": mode})
function("pad", lambda x: F.pad(x, (-1, 2, 0, -2), value=3.0), [volume(2)], [-1, 2, 0, -2], {"value": 3})
case("ReflectionPad1d", ((2, 0),), [randn(2, 4)])

# Pooling -------------------------------------------------------------------------------------------------------------
for rank in AXES:
    x = ties(1, 2 if rank < 3 else 1, *[n + 2 for n in space[rank]])
    for name in ("MaxPool", "AvgPool"):
        case(f"{name}{rank}d", (2,), [x])
        case(f"{name}{rank}d", (3,), [x], stride=2, padding=1, ceil_mode=True)
        case(f"{name}{rank}d", (2,), [x[0]], stride=3, ceil_mode=True)
    case(f"MaxPool{rank}d", (2,), [x], stride=2, dilation=2, ceil_mode=True)
    case(f"MaxPool{rank}d", (2,), [x], return_indices=True)
    case(f"MaxPool{rank}d", (3,), [x], stride=2, padding=1, ceil_mode=True, return_indices=True)
    case(f"AvgPool{rank}d", (3,), [x], stride=2, padding=1, ceil_mode=True, count_include_pad=False)
    if rank > 1:
        case(f"AvgPool{rank}d", (2,), [x], divisor_override=3, ceil_mode=True)
    for size in (1, 3, 4):
        case(f"AdaptiveAvgPool{rank}d", (size,), [x])
        case(f"AdaptiveMaxPool{rank}d", (size,), [x])
    case(f"AdaptiveMaxPool{rank}d", (3,), [x], return_indices=True)
    case(f"AdaptiveMaxPool{rank}d", (4,), [x], return_indices=True)
    even = randn(1, 2, *[4] * rank)
    case(f"MaxUnpool{rank}d", (2,), getattr(F, f"max_pool{rank}d")(even, 2, return_indices=True))
    values, indices = getattr(F, f"max_pool{rank}d")(x, 2, return_indices=True)
    size = list(x.shape[2:])
    layer(f"MaxUnpool{rank}d", getattr(nn, f"MaxUnpool{rank}d")(2), [2], [values, indices],
          [{"$": 0}, {"$": 1}, size], lambda v, i: (v, i, size))
    positive = torch.rand(1, 2, *[n + 1 for n in space[rank]]) + 0.1
    for p in (1, 2, 3.5):
        case(f"LPPool{rank}d", (p, 2), [positive], stride=2, ceil_mode=p == 2)
case("AdaptiveAvgPool2d", ((None, 2),), [volume(2)])
case("AdaptiveMaxPool2d", ((2, None),), [volume(2)[0]])
case("AvgPool2d", ((3, 2),), [volume(2)], stride=(2, 1), padding=(1, 0), ceil_mode=True)

# Resampling ----------------------------------------------------------------------------------------------------------
for rank, modes in {1: ("linear",), 2: ("bilinear", "bicubic"), 3: ("trilinear",)}.items():
    x = randn(1, 1, *space[rank]) if rank > 1 else randn(1, 2, 6)
    for mode in ("nearest", "nearest-exact", "area") + modes:
        smooth = mode in modes
        for options in ({"size": tuple(n + 2 for n in space[rank])}, {"scale_factor": 2.0}, {"scale_factor": 0.6},
                        {"size": tuple(n - 1 for n in space[rank])}):
            for align in ((False, True) if smooth else (None,)):
                both = options | {"mode": mode} | ({} if align is None else {"align_corners": align})
                if smooth or options.get("scale_factor") != 0.6 or rank < 3:
                    layer("Upsample", nn.Upsample(**both), [mine(both)], [x])
f("interpolate", F.interpolate, [volume(2)], scale_factor=(1.7, 0.8), mode="bilinear")
f("interpolate", F.interpolate, [volume(2)], size=(1, 9), mode="bicubic", align_corners=True)
image, cube = randn(2, 2, 4, 3), randn(1, 2, 2, 3, 3)
for align in (False, True):
    for what in ("zeros", "border", "reflection"):
        for mode in ("bilinear", "nearest"):
            record = {"mode": mode, "paddingMode": what, "alignCorners": align}

            for x, grid in ((image, randn(2, 3, 2, 2) * 1.2), (cube, randn(1, 2, 1, 3, 3) * 1.2)):
                if mode == "bilinear":
                    function("gridSample", lambda a, b: F.grid_sample(a, b, mode, what, align), [x, grid], record)
                else:  # the nearest cell does not move with the point
                    function("gridSample", lambda a: F.grid_sample(a, grid, mode, what, align), [x],
                             pack(grid), record)
    function("affineGrid", lambda t: F.affine_grid(t, (2, 1, 3, 4), align), [randn(2, 2, 3)], [2, 1, 3, 4],
             {"alignCorners": align})
    function("affineGrid", lambda t: F.affine_grid(t, (1, 1, 2, 1, 3), align), [randn(1, 3, 4)], [1, 1, 2, 1, 3],
             {"alignCorners": align})
case("PixelShuffle", (2,), [randn(1, 8, 2, 3)])
case("PixelUnshuffle", (2,), [randn(2, 2, 4, 2)])
case("ChannelShuffle", (2,), [randn(1, 6, 2, 2)])
layer("Unflatten", nn.Unflatten(1, (2, 3)), [1, [2, 3]], [randn(2, 6, 2)])
layer("Unflatten", nn.Unflatten(-1, (-1, 2)), [-1, [-1, 2]], [randn(2, 6)])
case("Unfold", ((2, 3),), [randn(1, 2, 4, 5)])
case("Unfold", (2,), [randn(2, 4, 5)], dilation=(2, 1), padding=1, stride=(1, 2))
case("Fold", ((4, 5), (2, 3)), [randn(1, 12, 9)])
case("Fold", ((4, 5), 2), [randn(1, 8, 12)], dilation=(2, 1), padding=1, stride=(1, 2))

# Norms ---------------------------------------------------------------------------------------------------------------
for rank in AXES:
    x = volume(rank, channels=3) if rank < 3 else randn(2, 2, 2, 2, 2)
    c = x.shape[1]
    case(f"InstanceNorm{rank}d", (c,), [x])
    case(f"InstanceNorm{rank}d", (c,), [x], affine=True, track_running_stats=True)
    case(f"InstanceNorm{rank}d", (c,), [x], affine=True, track_running_stats=True, momentum=None, eps=1e-3)
    case(f"InstanceNorm{rank}d", (c,), [x], train=False, affine=True, track_running_stats=True)
    case(f"InstanceNorm{rank}d", (c,), [x[0]], affine=True)
case("BatchNorm3d", (2,), [randn(2, 2, 2, 2, 2)])
case("BatchNorm3d", (2,), [randn(2, 2, 2, 2, 2)], train=False, momentum=0.3)
case("BatchNorm3d", (2,), [randn(2, 2, 2, 2, 2)], momentum=None, affine=False)
case("LocalResponseNorm", (3,), [randn(1, 5, 4)])
case("LocalResponseNorm", (2,), [randn(2, 4, 2, 2)], alpha=0.5, beta=0.6, k=2.0)
case("LocalResponseNorm", (4,), [randn(1, 3, 2, 1, 2)], alpha=0.1)

# Activations ---------------------------------------------------------------------------------------------------------
wide = torch.tensor([-30.0, -6.0, -2.9, -1.5, -0.6, -0.3, 0.0, 1e-3, 0.3, 0.7, 2.0, 3.1, 6.5, 25.0])
for name, args in (
    ("ELU", ()), ("ELU", (0.5,)), ("SELU", ()), ("CELU", ()), ("CELU", (2.0,)), ("GELU", ()), ("Hardshrink", ()),
    ("Hardshrink", (1.0,)), ("Hardsigmoid", ()), ("Hardswish", ()), ("Hardtanh", ()), ("Hardtanh", (-2.0, 0.5)),
    ("LeakyReLU", ()), ("LeakyReLU", (0.3,)), ("LogSigmoid", ()), ("Mish", ()), ("ReLU", ()), ("ReLU6", ()),
    ("Sigmoid", ()), ("SiLU", ()), ("Softplus", ()), ("Softplus", (3.0,)), ("Softshrink", ()), ("Softshrink", (1.0,)),
    ("Softsign", ()), ("Tanh", ()), ("Tanhshrink", ()), ("Threshold", (0.1, 20.0)),
):
    case(name, args, [wide])
layer("GELU", nn.GELU(approximate="tanh"), [{"approximate": "tanh"}], [wide])
for axis in (0, 1, -1):
    for name in ("Softmax", "Softmin", "LogSoftmax"):
        case(name, (axis,), [randn(2, 3, 2)])
    case("GLU", (axis,), [randn(2, 4, 2)])
case("Softmax2d", (), [randn(2, 3, 2, 2)])
case("Softmax2d", (), [randn(3, 2, 2)])
case("PReLU", (), [randn(2, 3)])
case("PReLU", (3,), [randn(2, 3, 2, 2)])
case("RReLU", (), [wide], train=False)
case("RReLU", (0.1, 0.5), [wide], train=False)


class Gated(nn.Module):
    """The feed-forward layer of Llama, with the names of its checkpoints."""

    def __init__(self, features, hidden, unit, bias=False):
        super().__init__()
        self.unit = unit
        self.gate_proj = nn.Linear(features, hidden, bias)
        self.up_proj = nn.Linear(features, hidden, bias)
        self.down_proj = nn.Linear(hidden, features, bias)

    def forward(self, x):
        return self.down_proj(self.unit(self.gate_proj(x)) * self.up_proj(x))


layer("SwiGLU", Gated(3, 5, F.silu), [3, 5], [randn(2, 2, 3)])
layer("GEGLU", Gated(3, 5, F.gelu, True), [3, 5, {"bias": True}], [randn(2, 3)])

# Dropout draws nothing after training; distances --------------------------------------------------------------------
for name in ("Dropout", "Dropout1d", "Dropout2d", "Dropout3d", "AlphaDropout", "FeatureAlphaDropout"):
    case(name, (0.4,), [randn(2, 3, 2)], train=False)
case("CosineSimilarity", (), [randn(3, 4), randn(3, 4)])
case("CosineSimilarity", (0,), [randn(3, 2, 2), randn(3, 2, 2)])
for options in ({}, {"p": 1.0}, {"p": 3.5, "keepdim": True}):
    case("PairwiseDistance", (), [randn(3, 4), randn(3, 4)], **options)
for p in (1.0, 2.0, 3.0):
    function("normalize", lambda x: F.normalize(x, p, 0), [torch.cat([randn(2, 3), torch.zeros(2, 1)], 1)], p, 0)
function("celu", lambda x: F.celu(x, 1.5), [wide], 1.5)
function("swiglu", lambda g, x: F.silu(g) * x, [randn(2, 3), randn(2, 3)])

save("nn-layers-space", layers)
save("nn-functions-space", functions)

# Parametrised weights ------------------------------------------------------------------------------------------------
layers.clear()


def wrapped(name, args, inputs, wrap, torch_wrap, train=True, **options):
    layer(name, torch_wrap(getattr(nn, name)(*args, **options)), plain(args) + ([mine(options)] if options else []),
          inputs, train=train)
    layers[-1]["wrap"] = wrap


for axis in (0, 1, None):
    wrapped("Linear", (3, 4), [randn(2, 3)], ["weightNorm", "weight", axis],
            lambda m: parametrizations.weight_norm(m, dim=axis))
wrapped("Conv2d", (2, 3, 2), [randn(1, 2, 3, 3)], ["weightNorm"], parametrizations.weight_norm, bias=False)
for train in (True, False):
    wrapped("Linear", (3, 4), [randn(2, 3)], ["spectralNorm"], parametrizations.spectral_norm, train)
    wrapped("Conv2d", (2, 3, 2), [randn(1, 2, 3, 3)], ["spectralNorm", "weight", {"iterations": 3}],
            lambda m: parametrizations.spectral_norm(m, n_power_iterations=3), train)
    wrapped("ConvTranspose1d", (2, 3, 2), [randn(1, 2, 3)], ["spectralNorm"], parametrizations.spectral_norm, train)
wrapped("Linear", (3, 4), [randn(2, 3)], ["spectralNorm", "bias"],
        lambda m: parametrizations.spectral_norm(m, "bias"))
save("nn-parametrized", layers)
