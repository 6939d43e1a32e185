"""Writes fixtures/distributions.json: what torch.distributions, torch and SciPy make of parameters, in float64.

    python3 tools/oracle/distributions.py

A case builds a distribution from its inputs and calls methods; the gradients are those of all results (harness.py).
"""

import torch
from scipy.special import polygamma
from torch import distributions as D

from harness import *  # noqa: F403

torch.set_default_dtype(torch.float64)
D.Distribution.set_default_validate_args(False)
X = [{"$": i} for i in range(8)]
cases, divergences, special = [], [], []
CALLS = {"logProb": "log_prob", "cdf": "cdf", "icdf": "icdf", "entropy": "entropy", "mean": "mean", "variance": "variance"}
DISCRETE = ("Bernoulli", "Geometric", "Binomial", "Categorical", "OneHotCategorical", "Multinomial", "Poisson")
SHARES = torch.tensor([0.05, 0.3, 0.8])


class PolyGamma(torch.autograd.Function):
    """SciPy's: PyTorch's trigamma, the derivative of its digamma, is exact to 1e-10 only."""

    @staticmethod
    def forward(ctx, n, x):
        ctx.n = n
        ctx.save_for_backward(x)
        return torch.from_numpy(polygamma(n, x.detach().numpy()))

    @staticmethod
    def backward(ctx, g):
        return None, g * torch.from_numpy(polygamma(ctx.n + 1, ctx.saved_tensors[0].numpy()))


def digamma(x):
    return PolyGamma.apply(0, x)


torch.digamma = torch.Tensor.digamma = digamma


def rand(*shape):
    return torch.rand(shape)


def finished(case, outputs, inputs):
    finish(case, outputs, inputs, {})
    case.pop("stateGradients")
    return case


def case(name, make, arguments, inputs, value, methods="logProb entropy mean variance"):
    """`arguments` build it in Gradus from the inputs, `make` in PyTorch; the value is a further input."""
    inputs = [leaf(t) for t in inputs] + [value if name in DISCRETE else leaf(value)]
    made, outputs = make(*inputs[:-1]), []
    for method in methods.split():
        attribute = getattr(made, CALLS[method])
        given = {"logProb": inputs[-1], "cdf": inputs[-1], "icdf": SHARES}.get(method)
        outputs.append(attribute if torch.is_tensor(attribute) else attribute() if given is None else attribute(given))
    cases.append(finished({"type": name, "call": arguments, "methods": methods.split()}, outputs, inputs))


def divergence(name, make, arguments, first, second, other=None, other_arguments=None):
    """From a distribution to another one of its kind, or to one that `other` makes."""
    inputs = [leaf(t) for t in (*first, *second)]
    p, q = make(*inputs[:len(first)]), (other or (name, make))[1](*inputs[len(first):])
    shift = lambda v: {"$": v["$"] + len(first)} if isinstance(v, dict) and "$" in v else (  # noqa: E731
        {k: shift(w) for k, w in v.items()} if isinstance(v, dict) else v)
    to = [(other or (name, make))[0], [shift(v) for v in (other_arguments or arguments)]]
    divergences.append(finished({"type": name, "call": arguments, "to": to}, [D.kl_divergence(p, q)], inputs))


closed = "logProb entropy mean variance cdf icdf"
two, positive = (lambda: [randn(2, 1), rand(3) + 0.3]), (lambda: [rand(2, 1) * 4 + 0.4, rand(3) + 0.3])
for name in ("Normal", "LogNormal", "Laplace", "Gumbel", "Cauchy"):
    made = getattr(D, name)
    value = randn(2, 3).exp() if name == "LogNormal" else randn(2, 3) * 2
    case(name, made, X[:2], two(), value, closed.replace("mean variance ", "") if name == "Cauchy" else closed)
    divergence(name, made, X[:2], two(), two())
case("Uniform", D.Uniform, X[:2], [-rand(2, 1), rand(3)], rand(2, 3) - 0.5, closed)
divergence("Uniform", D.Uniform, X[:2], [rand(3), rand(3) + 1], [-rand(3), rand(3) + 2])
divergence("Uniform", D.Uniform, X[:2], [rand(3), rand(3) + 1], two(), ("Normal", D.Normal))
case("Exponential", D.Exponential, X[:1], [rand(3) + 0.2], rand(2, 3) * 3, closed)
divergence("Exponential", D.Exponential, X[:1], [rand(3) + 0.2], [rand(3) + 0.2])
divergence("Exponential", D.Exponential, X[:1], [rand(3) + 0.2], positive(), ("Gamma", D.Gamma), X[:2])
divergence("Gamma", D.Gamma, X[:2], positive(), [rand(3) + 0.2], ("Exponential", D.Exponential), X[:1])
for name in ("Gamma", "Beta"):
    made = getattr(D, name)
    case(name, made, X[:2], positive(), rand(2, 3) * 0.9 + 0.05)
    divergence(name, made, X[:2], positive(), positive())
case("Dirichlet", D.Dirichlet, X[:1], [rand(2, 4) * 3 + 0.2], torch.softmax(randn(2, 4), -1))
divergence("Dirichlet", D.Dirichlet, X[:1], [rand(2, 4) * 3 + 0.2], [rand(2, 4) * 3 + 0.2])
case("StudentT", D.StudentT, X[:3], [rand(2, 1) * 4 + 2.5, randn(3), rand(3) + 0.3], randn(2, 3) * 2)
case("StudentT", lambda df: D.StudentT(df), X[:1], [torch.tensor([2.1, 3.5, 9.0])], randn(3))
for form in ("probs", "logits"):
    given = (lambda *s: rand(*s) * 0.8 + 0.1) if form == "probs" else (lambda *s: randn(*s) * 2)
    argument = [{form: X[0]}]
    case("Bernoulli", lambda p: D.Bernoulli(**{form: p}), argument, [given(3)], torch.tensor([[0.0, 1, 1], [1, 0, 0]]))
    case("Geometric", lambda p: D.Geometric(**{form: p}), argument, [given(3)], torch.tensor([[0.0, 1, 5], [2, 3, 9]]))
    case("Binomial", lambda p: D.Binomial(7, **{form: p}), [7, {form: X[0]}], [given(3)],
         torch.tensor([[0.0, 1, 5], [2, 3, 7]]))
    case("Categorical", lambda p: D.Categorical(**{form: p}), argument, [given(2, 4)], torch.tensor([[0, 1], [3, 2]]),
         "logProb entropy")
    case("OneHotCategorical", lambda p: D.OneHotCategorical(**{form: p}), argument, [given(2, 4)], torch.eye(4)[[1, 3]])
    case("Multinomial", lambda p: D.Multinomial(5, **{form: p}), [5, {form: X[0]}], [given(2, 4)],
         torch.tensor([[0.0, 1, 4, 0], [2, 1, 1, 1]]))
    for name in ("Bernoulli", "Geometric", "Categorical", "OneHotCategorical"):
        shape = (2, 4) if "Cat" in name else (3,)
        divergence(name, lambda p: getattr(D, name)(**{form: p}), argument, [given(*shape)], [given(*shape)])
    divergence("Binomial", lambda p: D.Binomial(7, **{form: p}), [7, {form: X[0]}], [given(3)], [given(3)])
case("Poisson", D.Poisson, X[:1], [rand(3) * 5 + 0.1], torch.tensor([[0.0, 1, 5], [2, 3, 20]]), "logProb mean variance")
divergence("Poisson", D.Poisson, X[:1], [rand(3) * 5], [rand(3) * 5])


def factor(*shape):
    return (randn(*shape) * 0.4).tril() + 1.2 * torch.eye(shape[-1])


normal = lambda m, L: D.MultivariateNormal(m, scale_tril=L)  # noqa: E731
case("MultivariateNormal", normal, [X[0], {"scaleTril": X[1]}], [randn(2, 1, 3), factor(4, 3, 3)], randn(2, 4, 3))
divergence("MultivariateNormal", normal, [X[0], {"scaleTril": X[1]}], [randn(4, 3), factor(4, 3, 3)],
           [randn(4, 3), factor(4, 3, 3)])

x = torch.cat([torch.linspace(0.01, 12, 40), torch.tensor([1e-6, 1.0, 1.5, 2.0, 2.5, 8.5, 30.0, 1e3, 1e6])])
below = torch.tensor([-0.3, -1.7, -2.5, -4.99, -20.4])
wide = torch.tensor([-1e4, -3.0, -1.0, -0.4, 0.0, 1e-3, 0.9, 1.1, 7.0, 1e4])
for name, f, at in (("lgamma", torch.lgamma, x), ("lgamma", torch.lgamma, below), ("digamma", digamma, x),
                    ("digamma", digamma, below), ("trigamma", lambda t: PolyGamma.apply(1, t), x),
                    ("trigamma", lambda t: PolyGamma.apply(1, t), below), ("atan", torch.atan, wide)):
    value = leaf(at)
    special.append(finished({"type": name, "call": X[:1]}, [f(value)], [value]))

save("distributions", {"cases": cases, "divergences": divergences, "special": special})
