"""Writes fixtures/ops.json: what PyTorch makes of the operations that Gradus has as primitives.

    python3 tools/oracle/ops.py

A case is a little program: `inputs` are tensors; each step applies one primitive, with its parameters in the spelling
of packages/gradus/src/ir/op.ts, to values named by number (inputs first, then all outputs of every step in order);
`expected` are the outputs of the last step. Numbers that JSON lacks are the strings "nan", "inf" and "-inf".
Tensors of f16 and bf16 hold their 16-bit patterns.
"""

import json
import pathlib

import numpy as np
import torch
import torch.nn.functional as F

torch.manual_seed(0)
NAMES = {
    torch.float32: "f32", torch.float64: "f64", torch.int32: "i32", torch.bool: "bool", torch.float16: "f16",
    torch.bfloat16: "bf16", torch.int8: "i8", torch.uint8: "u8",
}
cases = []


def number(value):
    if isinstance(value, (bool, np.bool_)):
        return int(value)
    if isinstance(value, np.integer):
        return int(value)
    if np.isnan(value):
        return "nan"
    if np.isinf(value):
        return "inf" if value > 0 else "-inf"
    # The shortest text that stands for this value among the numbers of its own precision.
    value = float(str(value))
    return int(value) if value.is_integer() and 0 < abs(value) < 1e6 else value


def tensor(t):
    dtype = NAMES[t.dtype]
    t = t.detach().contiguous()
    if dtype in ("f16", "bf16"):
        data = [int(v) & 0xFFFF for v in t.view(torch.int16).flatten().tolist()]
    else:
        data = [number(v) for v in t.numpy().flatten()]
    return {"dtype": dtype, "shape": list(t.shape), "data": data}


def program(name, inputs, steps, expected):
    cases.append({
        "name": name,
        "inputs": [tensor(t) for t in inputs],
        "steps": [{"op": op, "params": params, "inputs": args} for op, params, args in steps],
        "expected": [tensor(t) for t in expected],
    })


def case(name, op, params, inputs, *expected):
    program(name, inputs, [(op, params, list(range(len(inputs))))], expected)


def randn(*shape, dtype=torch.float32):
    """Normal numbers rounded to sixteenths: short in the file."""
    return torch.randn(shape).mul(16).round().div(16).to(dtype)


def i32(t):
    return t.to(torch.int32)


# One operand --------------------------------------------------------------------------------------------------------
inf, nan = float("inf"), float("nan")
edges = [
    -inf, -3e38, -200.0, -88.5, -20.0, -6.5, -3.5, -2.5, -2.0, -1.5, -1.0, -0.75, -0.5, -1e-3, -1e-8, -1e-40, -0.0,
    0.0, 1e-40, 1e-8, 1e-3, 0.3, 0.5, 0.9, 1.0, 1.25, 1.5, 2.0, 2.5, 3.0, 4.5, 10.0, 40.0, 88.5, 2.0**24 + 1, 3e38,
    inf, nan,
]
unary = {
    "neg": torch.neg, "abs": torch.abs, "sign": torch.sign, "floor": torch.floor, "ceil": torch.ceil,
    "round": torch.round, "trunc": torch.trunc, "sqrt": torch.sqrt, "reciprocal": torch.reciprocal, "exp": torch.exp,
    "log": torch.log, "expm1": torch.expm1, "log1p": torch.log1p, "sin": torch.sin, "cos": torch.cos,
    "tanh": torch.tanh, "sigmoid": torch.sigmoid, "erf": torch.erf,
}
for dtype in (torch.float32, torch.float64):
    x = torch.tensor(edges, dtype=dtype)
    for op, f in unary.items():
        case(f"{op} {NAMES[dtype]}", op, {}, [x], f(x))
whole = torch.tensor([-(2**31), -7, -1, 0, 1, 7, 2**31 - 1], dtype=torch.int32)
for op in ("neg", "abs", "sign"):
    case(f"{op} i32", op, {}, [whole], unary[op](whole))
case("not", "not", {}, [torch.tensor([True, False])], torch.tensor([False, True]))

# Two operands -------------------------------------------------------------------------------------------------------
arithmetic = {
    "add": torch.add, "sub": torch.sub, "mul": torch.mul, "div": torch.div, "pow": torch.pow,
    "maximum": torch.maximum, "minimum": torch.minimum, "remainder": torch.remainder,
}
compare = {
    "eq": torch.eq, "ne": torch.ne, "lt": torch.lt, "le": torch.le, "gt": torch.gt, "ge": torch.ge,
}
some = torch.tensor([-inf, -5.5, -1.0, -0.3, 0.0, 0.7, 3.0, inf, nan])
a, b = (t.flatten() for t in torch.meshgrid(some, some, indexing="ij"))
for op, f in {**arithmetic, **compare}.items():
    case(f"{op} f32", op, {}, [a, b], f(a, b))
a, b = (t.flatten() for t in torch.meshgrid(whole, whole, indexing="ij"))
for op in ("add", "sub", "mul", "maximum", "minimum"):
    case(f"{op} i32", op, {}, [a, b], arithmetic[op](a, b))
for op, f in compare.items():
    case(f"{op} i32", op, {}, [a, b], f(a, b))
for op, f in {"bitAnd": torch.bitwise_and, "bitOr": torch.bitwise_or, "bitXor": torch.bitwise_xor}.items():
    case(f"{op} i32", op, {}, [a, b], f(a, b))
# Division by zero and of the least integer by -1 are undefined in PyTorch.
a, b = (t.flatten() for t in torch.meshgrid(whole, i32(torch.tensor([-9, -2, 1, 2, 7])), indexing="ij"))
case("div i32", "div", {}, [a, b], torch.div(a, b, rounding_mode="trunc"))
case("remainder i32", "remainder", {}, [a, b], torch.remainder(a, b))
a, b = (t.flatten() for t in torch.meshgrid(whole, i32(torch.tensor([0, 1, 5, 31])), indexing="ij"))
case("shiftLeft i32", "shiftLeft", {}, [a, b], torch.bitwise_left_shift(a, b))
case("shiftRight i32", "shiftRight", {}, [a, b], torch.bitwise_right_shift(a, b))
a, b = (t.flatten() for t in torch.meshgrid(
    i32(torch.tensor([-3, -1, 0, 1, 2, 3])), i32(torch.tensor([-3, -2, -1, 0, 1, 2, 5, 31, 40])), indexing="ij"))
keep = (a != 0) | (b >= 0)
case("pow i32", "pow", {}, [a[keep], b[keep]], torch.pow(a[keep], b[keep]))
for dtype in (torch.int8, torch.uint8):
    a, b = (torch.randint(0, 256, (12,)).to(dtype) for _ in range(2))
    for op in ("add", "sub", "mul", "maximum"):
        case(f"{op} {NAMES[dtype]}", op, {}, [a, b], arithmetic[op](a, b))
for dtype in (torch.float16, torch.bfloat16):
    a, b = (torch.randn(12).mul(100).to(dtype) for _ in range(2))
    for op in ("add", "mul", "div"):
        case(f"{op} {NAMES[dtype]}", op, {}, [a, b], arithmetic[op](a, b))
yes = torch.tensor([True, False, True])
a, b = torch.tensor([1.0, nan, 3.0]), torch.tensor([nan, 5.0, 6.0])
case("where", "where", {}, [yes, a, b], torch.where(yes, a, b))
for op, f in {"bitAnd": torch.bitwise_and, "bitOr": torch.bitwise_or, "bitXor": torch.bitwise_xor}.items():
    a, b = torch.tensor([True, True, False, False]), torch.tensor([True, False, True, False])
    case(f"{op} bool", op, {}, [a, b], f(a, b))

# Between dtypes -----------------------------------------------------------------------------------------------------
halves = torch.tensor([
    0.0, -0.0, 1.0, -1.0, 1.0 + 2**-11, 1.0 + 3 * 2**-11, 1.0 + 2**-8, 1.0 + 3 * 2**-8, 65504.0, 65519.0, 65520.0,
    -1e5, 6e-5, 6.1e-5, 6.103e-5, 1e-7, 2.9e-8, 2.98e-8, 2.99e-8, 3e-8, 8.9e-8, 1e-40, 3.3e38, 3.4e38, inf, -inf, 0.1,
])
for dtype in (torch.float16, torch.bfloat16):
    narrow = halves.to(dtype)
    case(f"cast f32 to {NAMES[dtype]}", "cast", {"dtype": NAMES[dtype]}, [halves], narrow)
    case(f"cast {NAMES[dtype]} to f32", "cast", {"dtype": "f32"}, [narrow], narrow.float())
x = torch.tensor([-2.7, -1.0, -0.5, 0.0, 0.5, 1.9, 100.2, nan])
case("cast f32 to i32", "cast", {"dtype": "i32"}, [x[:-1]], x[:-1].to(torch.int32))
case("cast f32 to bool", "cast", {"dtype": "bool"}, [x], x.to(torch.bool))
case("cast f64 to f32", "cast", {"dtype": "f32"}, [torch.tensor([0.1, 1e40, 1e-46, nan], dtype=torch.float64)],
     torch.tensor([0.1, 1e40, 1e-46, nan], dtype=torch.float64).float())
for dtype in (torch.float32, torch.uint8, torch.int8, torch.bool):
    case(f"cast i32 to {NAMES[dtype]}", "cast", {"dtype": NAMES[dtype]}, [whole], whole.to(dtype))
case("bitcast f32 to i32", "bitcast", {"dtype": "i32"}, [torch.tensor([1.0, -0.0, inf])],
     torch.tensor([1.0, -0.0, inf]).view(torch.int32))

# Movement -----------------------------------------------------------------------------------------------------------
x = torch.arange(24.0).reshape(2, 3, 4)
case("permute", "permute", {"axes": [2, 0, 1]}, [x], x.permute(2, 0, 1))
case("expand", "expand", {"shape": [2, 3, 4]}, [x[:, :1]], x[:, :1].expand(2, 3, 4))
case("slice", "slice", {"start": [0, 1, 0], "stop": [2, 3, 4], "step": [1, 1, 3]}, [x], x[:, 1:3, ::3])
case("flip", "flip", {"axes": [0, 2]}, [x], x.flip(0, 2))
case("concat", "concat", {"axis": 1}, [x, x[:, :1], x[:, :0]], torch.cat([x, x[:, :1], x[:, :0]], 1))
case("pad", "pad", {"low": [0, 1, 0], "high": [0, 2, 3], "interior": [0, 0, 0], "value": 7.5}, [x],
     F.pad(x, (0, 3, 1, 2), value=7.5))
dilated = torch.full((2, 1 + 5, 1 + 10 + 2), -1.0)
dilated[:, 1::2, 1:11:3] = x
case("pad with interior", "pad", {"low": [0, 1, 1], "high": [0, 0, 2], "interior": [0, 1, 2], "value": -1.0}, [x],
     dilated)
for at, start in ((-5, 0), (1, 1), (9, 2)):
    case(f"sliceAt {at}", "sliceAt", {"axis": 2, "size": 2}, [x, i32(torch.tensor(at))], x.narrow(2, start, 2))
    piece = torch.randn(2, 3, 2)
    updated = x.clone()
    updated[:, :, start:start + 2] = piece
    case(f"updateAt {at}", "updateAt", {"axis": 2}, [x, piece, i32(torch.tensor(at))], updated)
x = torch.randn(2, 9, 8, requires_grad=True)
w = x.unfold(1, 3, 2).unfold(2, 2, 3)
p = {"axes": [1, 2], "size": [3, 2], "stride": [2, 3], "dilation": [1, 1]}
case("windows", "windows", p, [x], w)
g = torch.randn_like(w)
case("foldWindows", "foldWindows", {**p, "shape": [2, 9, 8]}, [g], torch.autograd.grad(w, x, g)[0])
x = randn(2, 3, 8, 7)
p = {"axes": [2, 3], "size": [3, 2], "stride": [2, 1], "dilation": [2, 3]}
steps = [("windows", p, [0]), ("reduce", {"kind": "max", "axes": [4, 5]}, [1])]
program("max_pool2d, dilated", [x], steps, [F.max_pool2d(x, (3, 2), (2, 1), 0, (2, 3))])
p = {"axes": [2, 3], "size": [2, 2], "stride": [2, 2], "dilation": [1, 1]}
steps = [("windows", p, [0]), ("reduce", {"kind": "sum", "axes": [4, 5]}, [1])]
program("avg_pool2d times 4", [x], steps, [F.avg_pool2d(x, 2) * 4])

# Reductions ---------------------------------------------------------------------------------------------------------
x = torch.randn(3, 4, 5)
for kind, f in {"sum": torch.sum, "max": torch.amax, "min": torch.amin}.items():
    for axes in ([0], [1], [2], [0, 2], [0, 1, 2]):
        case(f"reduce {kind} {axes}", "reduce", {"kind": kind, "axes": axes}, [x], f(x, dim=axes))
case("reduce prod [1]", "reduce", {"kind": "prod", "axes": [1]}, [x], x.prod(1))
case("reduce sum, empty axis", "reduce", {"kind": "sum", "axes": [1]}, [torch.zeros(2, 0, 3)], torch.zeros(2, 3))
case("reduce prod, empty axis", "reduce", {"kind": "prod", "axes": [1]}, [torch.zeros(2, 0)], torch.ones(2))
gaps = torch.tensor([[1.0, nan, 3.0], [nan, 2.0, nan], [4.0, 4.0, -inf], [-0.5, -inf, inf]])
case("amax with NaN", "reduce", {"kind": "max", "axes": [1]}, [gaps], gaps.amax(1))
case("amin with NaN", "reduce", {"kind": "min", "axes": [1]}, [gaps], gaps.amin(1))
case("argmax with NaN", "argReduce", {"kind": "max", "axis": 1}, [gaps], i32(gaps.argmax(1)))
case("argmin with NaN", "argReduce", {"kind": "min", "axis": 1}, [gaps], i32(gaps.argmin(1)))
ties = torch.randint(0, 4, (3, 6, 2)).float()
case("argmax with ties", "argReduce", {"kind": "max", "axis": 1}, [ties], i32(ties.argmax(1)))
case("argmin with ties", "argReduce", {"kind": "min", "axis": 1}, [ties], i32(ties.argmin(1)))
x = torch.randint(-(2**31), 2**31 - 1, (3, 50), dtype=torch.int32)
case("reduce sum i32 wraps", "reduce", {"kind": "sum", "axes": [1]}, [x], i32(x.sum(1)))
case("reduce prod i32 wraps", "reduce", {"kind": "prod", "axes": [1]}, [x[:, :3]], i32(x[:, :3].long().prod(1)))

# Indexing -----------------------------------------------------------------------------------------------------------
x = torch.randn(4, 5, 3)
index = torch.tensor([4, 0, 0, 2])
case("index_select", "gather", {"axis": 1}, [x, i32(index)], x.index_select(1, index))
grid = torch.tensor([[3, 0, 1], [1, 1, 2]])
case("embedding", "gather", {"axis": 0}, [x[:, :, 0], i32(grid)], F.embedding(grid, x[:, :, 0]))
case("one entry", "gather", {"axis": 2}, [x, i32(torch.tensor(1))], x[:, :, 1])
updates = torch.randn(4, 4, 3)
case("index_add", "scatter", {"axis": 1, "mode": "add"}, [x, i32(index), updates], x.index_add(1, index, updates))
case("index_reduce amax", "scatter", {"axis": 1, "mode": "max"}, [x, i32(index), updates],
     x.index_reduce(1, index, updates, "amax"))
last = x.clone()
for j, i in enumerate(index.tolist()):
    last[:, i] = updates[:, j]
case("set, the last wins", "scatter", {"axis": 1, "mode": "set"}, [x, i32(index), updates], last)
updates = torch.randn(2, 3, 5)
case("gradient of embedding", "scatter", {"axis": 0, "mode": "add"}, [torch.zeros(4, 5), i32(grid), updates],
     torch.zeros(4, 5).index_add(0, grid.flatten(), updates.reshape(6, 5)))
case("scatter_add i32", "scatter", {"axis": 0, "mode": "add"},
     [i32(torch.zeros(3)), i32(torch.tensor([2, 0, 2, 2])), i32(torch.tensor([1, 2, 3, 4]))],
     i32(torch.tensor([2, 0, 8])))
messy = torch.tensor([[3.0, nan, -inf, 3.0, 0.0, -0.0, inf], [1.0, 1.0, nan, nan, 2.0, -1.0, 1.0]])
for t, what in ((messy, "NaN"), (ties, "ties")):
    for descending in (False, True):
        values, places = torch.sort(t, dim=1, descending=descending, stable=True)
        name = f"sort with {what}, " + ("descending" if descending else "ascending")
        case(name, "sort", {"axis": 1, "descending": descending}, [t], values, i32(places))

# Contractions -------------------------------------------------------------------------------------------------------


def contractions(name, x, w, y, spec):
    """The result y = f(x, w) and both gradients for one upstream gradient, as the three modes of one form."""
    g = randn(*y.shape, dtype=y.dtype)
    gx, gw = torch.autograd.grad(y, (x, w), g)
    case(name, "contract", {"spec": spec, "output": 2, "shape": list(y.shape)}, [x, w], y)
    case(f"{name}, gradient of x", "contract", {"spec": spec, "output": 0, "shape": list(x.shape)}, [w, g], gx)
    case(f"{name}, gradient of w", "contract", {"spec": spec, "output": 1, "shape": list(w.shape)}, [x, g], gw)


def leaf(*shape, dtype=torch.float32):
    return randn(*shape, dtype=dtype).requires_grad_()


for spec, xs, ws in (
    ("mk,kn->mn", (3, 5), (5, 4)),
    ("mk,nk->mn", (3, 5), (4, 5)),
    ("bmk,bkn->bmn", (2, 3, 4), (2, 4, 5)),
    ("bqhd,bkhd->bhqk", (2, 3, 2, 4), (2, 5, 2, 4)),
    ("k,k->", (6,), (6,)),
    ("m,n->mn", (3,), (4,)),
    ("abcd,dcae->eab", (2, 3, 4, 2), (2, 4, 2, 3)),
    ("mk,kn->mn", (3, 0), (0, 4)),
):
    x, w = leaf(*xs), leaf(*ws)
    left, y = spec.split("->")
    named = dict(zip("xw", left.split(",")), y=y, windows=[])
    contractions(f"einsum {spec} {list(xs)}", x, w, torch.einsum(spec, x, w), named)
x, w = leaf(3, 5, dtype=torch.float64), leaf(5, 4, dtype=torch.float64)
contractions("matmul f64", x, w, x @ w, {"x": "mk", "w": "kn", "y": "mn", "windows": []})
x, w = (torch.randint(-(2**31), 2**31 - 1, s, dtype=torch.int32) for s in ((3, 5), (5, 4)))
mm = {"spec": {"x": "mk", "w": "kn", "y": "mn", "windows": []}, "output": 2, "shape": [3, 4]}
case("matmul i32 wraps", "contract", mm, [x, w], i32(x.long() @ w.long()))
x, w = (torch.randint(-128, 128, s).to(torch.int8) for s in ((3, 5), (5, 4)))
case("matmul i8 into i32", "contract", mm, [x, w], i32(x.long() @ w.long()))
x, w = (torch.randn(s).half() for s in ((3, 5), (5, 4)))
case("matmul f16 into f32", "contract", mm, [x, w], x.float() @ w.float())

for rank, cells, stride, pad, dilation, groups in (
    (1, (11,), (1,), (0,), (1,), 1),
    (1, (12,), (3,), (2,), (2,), 2),
    (2, (4, 5), (1, 1), (1, 1), (1, 1), 1),
    (2, (7, 7), (2, 3), (1, 2), (2, 1), 2),
    (2, (4, 4), (1, 1), (1, 1), (1, 1), 4),
    (3, (3, 4, 4), (1, 2, 1), (1, 0, 1), (1, 1, 2), 1),
):
    kernel = (3, 2, 2)[:rank] if rank > 1 else (4,)
    channels, filters = (4, 4) if groups > 1 else (2, 3)
    x = leaf(2, channels, *cells)
    w = leaf(filters, channels // groups, *kernel)
    f = (F.conv1d, F.conv2d, F.conv3d)[rank - 1]
    y = f(x, w, None, stride, pad, dilation, groups)
    i, u, o = "ijk"[:rank], "uvs"[:rank], "opq"[:rank]
    spec = {
        "x": f"bgc{i}", "w": f"gnc{u}", "y": f"bgn{o}",
        "windows": [
            {"x": i[r], "w": u[r], "y": o[r], "stride": stride[r], "dilation": dilation[r], "pad": pad[r]}
            for r in range(rank)
        ],
    }
    # Groups become an axis of their own; the rest of the names is PyTorch's.
    g = randn(*y.shape, dtype=y.dtype)
    gx, gw = torch.autograd.grad(y, (x, w), g)
    x, gx = (t.detach().reshape(2, groups, channels // groups, *cells) for t in (x, gx))
    w, gw = (t.detach().reshape(groups, filters // groups, channels // groups, *kernel) for t in (w, gw))
    y, g = (t.detach().reshape(2, groups, filters // groups, *y.shape[2:]) for t in (y, g))
    name = f"conv{rank}d stride {stride} padding {pad} dilation {dilation} groups {groups}"
    case(name, "contract", {"spec": spec, "output": 2, "shape": list(y.shape)}, [x, w], y)
    case(f"{name}, gradient of x", "contract", {"spec": spec, "output": 0, "shape": list(x.shape)}, [w, g], gx)
    case(f"{name}, gradient of w", "contract", {"spec": spec, "output": 1, "shape": list(w.shape)}, [x, g], gw)
# A transposed convolution is the form solved for x, with output padding as room beyond the last window.
x, w = randn(2, 3, 4, 5), randn(3, 2, 3, 3)
y = F.conv_transpose2d(x, w, None, stride=2, padding=1, output_padding=1)
spec = {
    "x": "bcij", "w": "ncuv", "y": "bnop",
    "windows": [{"x": a, "w": k, "y": o, "stride": 2, "dilation": 1, "pad": 1} for a, k, o in ("iuo", "jvp")],
}
case("conv_transpose2d", "contract", {"spec": spec, "output": 0, "shape": list(y.shape)}, [w, x], y)

# Recurrences --------------------------------------------------------------------------------------------------------
a, b, h0 = torch.rand(2, 7, 3), torch.randn(2, 7, 3), torch.randn(2, 3)
for reverse in (False, True):
    h, out = h0, torch.empty_like(b)
    for t in (reversed(range(7)) if reverse else range(7)):
        h = a[:, t] * h + b[:, t]
        out[:, t] = h
    case(f"recurrence, reverse {reverse}", "recurrence", {"axis": 1, "reverse": reverse}, [a, b, h0], out)
x = randn(3, 40)
case("cumsum", "recurrence", {"axis": 1, "reverse": False}, [torch.ones(3, 40), x, torch.zeros(3)], x.cumsum(1))

path = pathlib.Path(__file__).parent / "fixtures" / "ops.json"
path.parent.mkdir(exist_ok=True)
with path.open("w") as file:
    file.write(json.dumps({"torch": torch.__version__.split("+")[0]})[:-1] + ', "cases": [\n')
    file.write(",\n".join(json.dumps(c, separators=(",", ":")) for c in cases))
    file.write("\n]}\n")
print(f"{len(cases)} cases, {path.stat().st_size} bytes")
