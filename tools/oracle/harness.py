"""How fixtures are made: cases of layers and functions, packed numbers, and the files they go to.

A case names a layer or a function of Gradus, with its arguments in Gradus's spelling; {"$": i} stands for input i. The
gradients are those of sum(output * seed), seed[i] = cos(i), over all outputs in order. Numbers are base64 of
little-endian float32 (float64 for optimizers, int32 for indices, bytes for bool).

A generator imports this, calls `layer` and `function`, and ends with `save`: see nn.py.
"""

import base64
import json
import pathlib
import warnings

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
warnings.simplefilter("ignore")  # about klDiv's plain mean and convolutions with an odd padding
HERE = pathlib.Path(__file__).parent / "fixtures"
NAMES = {torch.float32: "f32", torch.float64: "f64", torch.int32: "i32", torch.int64: "i32", torch.bool: "bool"}


def pack(t):
    t = t.detach().contiguous()
    name = NAMES[t.dtype]
    if t.dtype == torch.int64:
        t = t.to(torch.int32)
    return {"dtype": name, "shape": list(t.shape), "data": base64.b64encode(t.numpy().tobytes()).decode()}


def flat(value):
    """All tensors of nested results, in order."""
    if torch.is_tensor(value):
        return [value]
    return [t for part in value or [] for t in flat(part)]


def gradients(outputs, wanted):
    total = sum((y * torch.cos(torch.arange(y.numel(), dtype=torch.float64)).to(y.dtype).reshape(y.shape)).sum()
                for y in outputs if y.requires_grad)
    if not torch.is_tensor(total):
        return [None] * len(wanted)
    return torch.autograd.grad(total, wanted, allow_unused=True)


def leaf(t):
    t = t.detach().clone()
    return t.requires_grad_() if t.is_floating_point() else t


def finish(case, outputs, inputs, state):
    leaves = [t for t in inputs if t.requires_grad] + [p for p in state.values()]
    found = iter(gradients(outputs, leaves))
    grads = [next(found) if t.requires_grad else None for t in inputs]
    case["inputs"] = [pack(t) for t in inputs]
    case["outputs"] = [pack(t) for t in outputs]
    case["inputGradients"] = [None if g is None else pack(g) for g in grads]
    case["stateGradients"] = {name: pack(g) for name, g in zip(state, found) if g is not None}
    return case


layers, functions = [], []


def layer(name, module, args, inputs, call=None, torch_call=None, forward=None, train=True):
    """One layer: `args` construct it in Gradus, `call` are the arguments of forward (default: the inputs)."""
    module.train(train)
    for p in module.parameters():
        p.data = torch.randn_like(p) * 0.4
    for b_name, b in module.named_buffers():
        if b.is_floating_point():
            b.data = torch.rand_like(b) + 0.5
    inputs = [leaf(t) for t in inputs]
    state = {k: pack(v) for k, v in module.state_dict().items()}
    outputs = flat((forward or module)(*(inputs if torch_call is None else torch_call(*inputs))))
    case = {"type": name, "args": args, "call": call if call is not None else [{"$": i} for i in range(len(inputs))],
            "train": train, "state": state}
    finish(case, outputs, inputs, dict(module.named_parameters()))
    after = {k: pack(v) for k, v in module.state_dict().items() if k in dict(module.named_buffers())}
    if after:
        case["after"] = after
    layers.append(case)


def function(name, f, inputs, *rest):
    """One function of F; `rest` follows the inputs in Gradus's spelling, unless it is one list: the whole call."""
    inputs = [leaf(t) for t in inputs]
    given = [{"$": i} for i in range(len(inputs))]
    call = rest[0] if len(rest) == 1 and isinstance(rest[0], list) else given + list(rest)
    functions.append(finish({"type": name, "call": call}, flat(f(*inputs)), inputs, {}))


def single(value):
    """What was computed in float64, as float32: what a float32 version should give, without its rounding."""
    if isinstance(value, dict) and value.get("dtype") == "f64":
        numbers = np.frombuffer(base64.b64decode(value["data"]), np.float64).astype(np.float32)
        return {**value, "dtype": "f32", "data": base64.b64encode(numbers.tobytes()).decode()}
    if isinstance(value, dict):
        return {k: single(v) for k, v in value.items()}
    return [single(v) for v in value] if isinstance(value, list) else value


def model(name, args, module, tokens, outputs, rename=lambda n: n, extra=()):
    """One model, computed in float64. `extra`: more tensors that forward is given: their name there, here, the tensor."""
    module.eval().double()
    for p in module.parameters():
        p.data = (torch.randn_like(p) * 0.3).float().double()
    state = {rename(k): p for k, p in module.named_parameters() if rename(k) is not None}
    made = outputs(module(tokens, **{there: t for there, _, t in extra}))
    item = {"type": name, "args": [args], "call": [{"$": 0}, *([{here: {"$": i + 1} for i, (_, here, _) in enumerate(extra)}]
                                                            if extra else [])],
            "train": False, "state": {k: pack(p) for k, p in state.items()}}
    return single(finish(item, made, [tokens, *(t for _, _, t in extra)], state))


def randn(*shape):
    return torch.randn(shape)


def save(name, value):
    """Writes fixtures/{name}.json: a case a line where it is a list."""
    path = HERE / f"{name}.json"
    if isinstance(value, list):
        text = "[\n" + ",\n".join(json.dumps(case) for case in value) + "\n]\n"
    else:
        text = json.dumps(value, indent=1) + "\n"
    path.write_text(text)
    print(path.name, len(text))
