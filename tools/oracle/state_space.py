"""Writes fixtures/state-space.json and fixtures/nn-models-relatives.json: state spaces and the relatives of Mamba.

    python3 -m pip install torch==2.13.0 scipy==1.17.1 && python3 tools/oracle/state_space.py

The first file is what scipy makes of state spaces in float64; the second holds models written from their papers as
plainly as PyTorch allows: every sum over the past is a sum over all pairs of positions, without chunks or recurrences.
"""

import base64
import math

import numpy as np
import scipy.linalg
import scipy.signal
import torch
import torch.nn.functional as F
from torch import nn

from harness import model, save

rng = np.random.default_rng(5)
METHODS = {"zeroOrderHold": "zoh", "bilinear": "bilinear"}


def numbers(a):
    """A real array, or a complex one with real and imaginary part along a last axis."""
    a = np.asarray(a)
    if np.iscomplexobj(a):
        a = np.stack([a.real, a.imag], -1)
    a = np.ascontiguousarray(a, np.float64)
    return {"dtype": "f64", "shape": list(a.shape), "data": base64.b64encode(a.tobytes()).decode()}


def respond(A, B, C, x):
    """y[t] = C h[t], h[t] = A h[t-1] + B x[t], by scipy, whose output at t does not hear x[t] yet: one step is added."""
    ahead = np.append(x, 0)[:, None]
    _, _, h = scipy.signal.dlsim((A, B, C, np.zeros((1, 1)), 1), ahead)
    return (h[1:] @ C.T)[:, 0]


def hippo(N):
    """HiPPO-LegS: Gu et al. 2020, equation 2."""
    n = np.arange(N)
    root = np.sqrt(2 * n + 1)
    return -(np.tril(np.outer(root, root), -1) + np.diag(n + 1.0)), root[:, None]


def dense():
    cases = []
    for N, dt in ((4, 0.1), (8, 0.02)):
        A, B = hippo(N)
        C, x = rng.standard_normal((1, N)), rng.standard_normal(12)
        for ours, theirs in METHODS.items():
            Ad, Bd, *_ = scipy.signal.cont2discrete((A, B, C, np.zeros((1, 1))), dt, theirs)
            cases.append({"method": ours, "dt": dt, "size": N, "C": numbers(C[0]), "x": numbers(x), "A": numbers(A),
                          "B": numbers(B[:, 0]), "discreteA": numbers(Ad), "discreteB": numbers(Bd[:, 0]),
                          "y": numbers(respond(Ad, Bd, C, x))})
    return cases


def diagonal():
    """Two channels of three complex states each, as real state spaces of six."""
    cases = []
    A = -rng.uniform(0.2, 2, (2, 3)) + 1j * rng.uniform(-6, 6, (2, 3))
    B, C = (rng.standard_normal((2, 3)) + 1j * rng.standard_normal((2, 3)) for _ in range(2))
    dt, x = np.array([0.05, 0.4]), rng.standard_normal((2, 11, 2))
    real = lambda z: scipy.linalg.block_diag(*[[[v.real, -v.imag], [v.imag, v.real]] for v in z])
    column = lambda z: np.stack([z.real, z.imag], -1).reshape(-1, 1)
    for ours, theirs in METHODS.items():
        y, discrete = np.zeros_like(x), []
        for d in range(2):
            row = np.stack([C[d].real, -C[d].imag], -1).reshape(1, -1)
            Ad, Bd, *_ = scipy.signal.cont2discrete((real(A[d]), column(B[d]), row, np.zeros((1, 1))), dt[d], theirs)
            discrete.append((np.diag(Ad)[::2] + 1j * np.diag(Ad, -1)[::2], Bd[::2, 0] + 1j * Bd[1::2, 0]))
            for b in range(2):
                y[b, :, d] = respond(Ad, Bd, row, x[b, :, d])
        cases.append({"method": ours, "A": numbers(A), "B": numbers(B), "C": numbers(C), "dt": numbers(dt),
                      "x": numbers(x), "y": numbers(y), "discreteA": numbers(np.array([a for a, _ in discrete])),
                      "discreteB": numbers(np.array([b for _, b in discrete]))})
    return cases


def normal_part(N):
    A, _ = hippo(N)
    P = np.sqrt(np.arange(N) + 0.5)
    return {"size": N, "eigenvalues": numbers(sorted(np.linalg.eigvals(A + np.outer(P, P)), key=lambda z: z.imag))}


a, b = rng.standard_normal((2, 3, 37)), rng.standard_normal((2, 3, 70))
save("state-space", {
    "dense": dense(), "diagonal": diagonal(), "normal": [normal_part(8), normal_part(15)],
    "convolution": {"a": numbers(a), "b": numbers(b), "full": numbers(scipy.signal.fftconvolve(a, b, axes=-1))},
})


class Frame(nn.Module):
    """x + mixer(norm(x)), then x + feedForward(norm(x)), as often as there are mixers."""

    def __init__(self, vocabulary, width, inner, mixers, waves=False):
        super().__init__()
        self.embedding = nn.Embedding(vocabulary, width)
        self.blocks = nn.ModuleList(nn.ModuleDict({
            "norm_1": nn.LayerNorm(width), "mixer": mixer, "norm_2": nn.LayerNorm(width),
            "linear1": nn.Linear(width, inner), "linear2": nn.Linear(inner, width)}) for mixer in mixers)
        self.norm = nn.LayerNorm(width)
        self.waves = waves

    def forward(self, tokens):
        x = self.embedding(tokens)
        if self.waves:
            rate = 10000 ** (-torch.arange(x.shape[2] // 2) / (x.shape[2] // 2))
            angle = torch.arange(x.shape[1])[:, None] * rate.double()
            x = x * x.shape[2] ** 0.5 + torch.cat([angle.sin(), angle.cos()], 1)  # Vaswani et al. 2017, section 3.4
        for block in self.blocks:
            x = x + block["mixer"](block["norm_1"](x))
            x = x + block["linear2"](F.gelu(block["linear1"](block["norm_2"](x))))
        return self.norm(x) @ self.embedding.weight.T


class S4DKernel(nn.Module):
    def __init__(self, width, state):
        super().__init__()
        self.log_dt = nn.Parameter(torch.empty(width))
        self.C = nn.Parameter(torch.empty(width, state // 2, 2))
        self.log_A_real = nn.Parameter(torch.empty(width, state // 2))
        self.A_imag = nn.Parameter(torch.empty(width, state // 2))


class S4D(nn.Module):
    """Gu et al. 2022, listing 1: the kernel is a Vandermonde product, the convolution goes through the frequencies."""

    def __init__(self, width, state):
        super().__init__()
        self.D = nn.Parameter(torch.empty(width))
        self.kernel = S4DKernel(width, state)
        self.output_linear = nn.Linear(width, 2 * width)

    def forward(self, x):
        k, T = self.kernel, x.shape[1]
        A = torch.complex(-k.log_A_real.exp(), k.A_imag)
        step = A * k.log_dt.exp()[:, None]
        weight = torch.view_as_complex(k.C) * (step.exp() - 1) / A
        kernel = 2 * (weight[:, :, None] * (step[:, :, None] * torch.arange(T)).exp()).sum(1).real
        wave = torch.fft.rfft(kernel, n=2 * T) * torch.fft.rfft(x.transpose(1, 2), n=2 * T)
        y = torch.fft.irfft(wave, n=2 * T)[..., :T].transpose(1, 2)
        return F.glu(self.output_linear(F.gelu(y + x * self.D)))


class LinearAttention(nn.Module):
    """Katharopoulos et al. 2020, equation 8 with a causal mask."""

    def __init__(self, width, heads):
        super().__init__()
        self.in_proj, self.out_proj, self.heads = nn.Linear(width, 3 * width), nn.Linear(width, width), heads

    def forward(self, x):
        B, T, D = x.shape
        q, k, v = (y.reshape(B, T, self.heads, -1).transpose(1, 2) for y in self.in_proj(x).chunk(3, 2))
        scores = ((F.elu(q) + 1) @ (F.elu(k) + 1).transpose(2, 3)).tril()
        y = scores @ v / (scores.sum(3, keepdim=True) + 1e-6)
        return self.out_proj(y.transpose(1, 2).reshape(B, T, D))


class Retention(nn.Module):
    """Sun et al. 2023, equations 5, 7 and 8: the parallel form, with complex rotations."""

    def __init__(self, width, heads):
        super().__init__()
        self.q_proj, self.k_proj = nn.Linear(width, width, False), nn.Linear(width, width, False)
        self.v_proj, self.g_proj = nn.Linear(width, 2 * width, False), nn.Linear(width, 2 * width, False)
        self.group_norm, self.out_proj = nn.GroupNorm(heads, 2 * width), nn.Linear(2 * width, width, False)
        self.heads = heads

    def forward(self, x):
        B, T, D = x.shape
        split = lambda y: y.reshape(B, T, self.heads, -1).transpose(1, 2)
        n, half = torch.arange(T, dtype=torch.float64), D // self.heads // 2
        turn = torch.polar(torch.ones(T, half).double(), n[:, None] * 10000 ** (-torch.arange(half) / half).double())
        pairs = lambda y: torch.complex(*split(y).chunk(2, 3)) * turn
        q, k, v = pairs(self.q_proj(x)), pairs(self.k_proj(x)) / math.sqrt(2 * half), split(self.v_proj(x))
        gamma = 1 - 2.0 ** (-5 - torch.arange(self.heads).double())
        fade = (gamma[:, None, None] ** (n[:, None] - n)).tril()
        y = ((q @ k.conj().transpose(2, 3)).real * fade) @ v
        y = self.group_norm(y.transpose(1, 2).reshape(B * T, -1)).reshape(B, T, -1)
        return self.out_proj(F.silu(self.g_proj(x)) * y)


torch.manual_seed(7)
tokens = torch.randint(0, 11, (2, 7))
sizes = {"vocabulary": 11, "width": 8, "layers": 2, "inner": 12}


def case(name, options, mixer, waves=False):
    frame = Frame(11, 8, 12, [mixer() for _ in range(2)], waves)
    return model(name, {**sizes, **options}, frame, tokens, lambda y: [y])


save("nn-models-relatives", [
    case("S4", {"state": 6}, lambda: S4D(8, 6)),
    case("LinearAttention", {"heads": 2, "chunk": 3}, lambda: LinearAttention(8, 2), True),
    case("RetNet", {"heads": 2, "chunk": 3}, lambda: Retention(8, 2)),
])
