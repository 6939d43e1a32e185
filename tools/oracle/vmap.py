"""Writes fixtures/vmap.json: functions of one example applied to many by torch.func.vmap, in float64.

    python3 tools/oracle/vmap.py
"""

import torch
import torch.nn.functional as F
from torch.func import grad, hessian, vmap

from harness import save

torch.set_default_dtype(torch.float64)
cases = []


def plain(t):
    return {"shape": list(t.shape), "data": t.flatten().tolist()}


def case(name, f, *inputs):
    outputs = f(*inputs)
    outputs = outputs if isinstance(outputs, tuple) else (outputs,)
    cases.append({"name": name, "inputs": [plain(t) for t in inputs], "outputs": [plain(t) for t in outputs]})


def loss(w, b, x, y):
    return F.mse_loss(torch.tanh(x @ w + b), y)


r = torch.randn
case("dot", vmap(lambda a, b: (a * b).sum()), r(4, 3), r(4, 3))
case("matrixVector", vmap(torch.matmul, in_dims=(None, 1), out_dims=1), r(2, 3), r(3, 4))
case("nested", lambda a, b: vmap(lambda x: vmap(lambda y: ((x - y) ** 2).sum())(b))(a), r(2, 3), r(4, 3))
case("perExampleGradients", vmap(grad(loss, argnums=(0, 1)), in_dims=(None, None, 0, 0)), r(3, 2), r(2), r(5, 3), r(5, 2))
case("hessian", hessian(lambda x: torch.sin(x).prod()), r(4))
case("convolution", vmap(lambda x, w: F.conv2d(x[None], w, padding=1)), r(2, 2, 4, 4), r(2, 3, 2, 3, 3))
case("softmaxGradient", vmap(grad(lambda x, s: (torch.softmax(x, -1) * s).sum())), r(3, 4), r(3, 4))
save("vmap", cases)
