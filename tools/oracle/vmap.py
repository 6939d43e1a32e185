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
    return {"shape": list(t.shape), "dtype": "f64" if t.is_floating_point() else "i32", "data": t.flatten().tolist()}


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


def convolutional(kernel, bias, w, image, label):
    """A small convolutional network and its cross-entropy, one image."""
    hidden = F.max_pool2d(torch.relu(F.conv2d(image[None], kernel, bias, padding=1)), 2)
    return F.cross_entropy(hidden.flatten(1) @ w, label[None])


def attending(table, norm, w, tokens, label):
    """Embedding, layer norm, causal self-attention, mean, cross-entropy: one sequence."""
    x = F.layer_norm(table[tokens], (4,), norm)
    x = F.scaled_dot_product_attention(x[None], x[None], x[None], is_causal=True)[0]
    return F.cross_entropy((x.mean(0) @ w)[None], label[None])


def recurring(wx, wh, start, xs):
    """A recurrent network's last state, squared, one sequence."""
    h = start
    for x in xs:
        h = torch.tanh(x @ wx + h @ wh)
    return (h * h).sum()


def gradients_of(f, weights, examples):
    return vmap(grad(f, argnums=weights), in_dims=(None,) * len(weights) + (0,) * examples)


labels = torch.tensor([1, 0, 2])
case("convolutionalGradients", gradients_of(convolutional, (0, 1, 2), 2),
     r(2, 1, 3, 3), r(2), r(8, 3), r(3, 1, 4, 4), labels)
case("attendingGradients", gradients_of(attending, (0, 1, 2), 2),
     r(5, 4), r(4), r(4, 3), torch.tensor([[0, 1, 4], [2, 2, 3], [4, 0, 1]]), labels)
case("recurringGradients", gradients_of(recurring, (0, 1, 2), 1), r(2, 3), r(3, 3), r(3), r(4, 5, 2))
save("vmap", cases)
