"""Writes fixtures/linalg.json: matrices in float64 by numpy and scipy.

    VENV/bin/python tools/oracle/linalg.py      (scipy: see metrics.py)

A case names a function of `linalg`, its tensors and options, and the results that are unique; complex numbers are pairs
in a last axis. Factors are unique up to signs: the tests put them together again.
"""

import numpy as np
import scipy.linalg
import torch

from harness import pack, save

rng = np.random.default_rng(1)
cases = []


def packed(x):
    x = np.asarray(x)
    if np.iscomplexobj(x):
        x = np.stack([x.real, x.imag], -1)
    return pack(torch.from_numpy(np.array(x, dtype=np.float64)))


def case(name, inputs, outputs, *rest):
    cases.append({"name": name, "inputs": [packed(x) for x in inputs], "rest": rest,
                  "outputs": [packed(x) for x in outputs]})


def normal(*shape):
    return rng.normal(size=shape).round(3)


a, b, many = normal(5, 5), normal(5, 2), normal(2, 3, 4, 4)
spd = a @ a.T + np.eye(5)
case("solve", [a, b], [np.linalg.solve(a, b)])
case("solve", [a, b[:, 0]], [np.linalg.solve(a, b[:, 0])])
right = normal(2, 3, 4, 3)
case("solve", [many, right], [np.linalg.solve(many, right)])
case("solveTriangular", [a, b], [scipy.linalg.solve_triangular(a, b, lower=True)])
case("solveTriangular", [a, b], [scipy.linalg.solve_triangular(a, b)], {"upper": True})
case("inv", [many], [np.linalg.inv(many)])
case("cholesky", [spd], [np.linalg.cholesky(spd)])
case("lu", [normal(5, 3)], [])
case("lu", [a], scipy.linalg.lu(a))
case("det", [many], [np.linalg.det(many)])
case("slogdet", [a * 100], np.linalg.slogdet(a * 100))
for shape in ((5, 3), (3, 5), (4, 4)):
    m = normal(*shape)
    case("qr", [m], [])
    case("svd", [m], [])
    case("svdvals", [m], [np.linalg.svd(m, compute_uv=False)])
    case("pinv", [m], [np.linalg.pinv(m)])
    right = normal(shape[0], 2)
    case("lstsq", [m, right], [np.linalg.lstsq(m, right, rcond=None)[0]])
    for order, mine in (("fro", "fro"), ("nuc", "nuc"), (1, 1), (2, 2), (-2, -2), (np.inf, "inf")):
        case("matrixNorm", [m], [np.linalg.norm(m, order)], mine)
deficient = normal(5, 2) @ normal(2, 4)
case("matrixRank", [deficient], [np.linalg.matrix_rank(deficient)])
case("pinv", [deficient], [np.linalg.pinv(deficient)])
case("svdvals", [np.vander(np.linspace(0.1, 1, 7))], [np.linalg.svd(np.vander(np.linspace(0.1, 1, 7)),
                                                                     compute_uv=False)])
case("cond", [a], [np.linalg.cond(a)])
case("eigh", [spd - 3 * np.eye(5)], [np.linalg.eigh(spd - 3 * np.eye(5))[0]])
wide = normal(12, 12)
case("eigh", [wide + wide.T], [np.linalg.eigh(wide + wide.T)[0]])
turn = np.array([[0, -1, 0], [1, 0, 0], [0, 0, 2.0]])
stochastic = rng.random((4, 4))
stochastic /= stochastic.sum(1, keepdims=True)
for m in (a, wide, turn, stochastic, np.array([[2.0, 1], [0, 2]]), np.eye(3), np.triu(a)):
    values = np.linalg.eigvals(m).astype(complex)
    case("eig", [m], [values[np.lexsort((values.imag.round(9), values.real.round(9)))]])
case("matrixPower", [a], [np.linalg.matrix_power(a, 5)], 5)
case("matrixPower", [a], [np.linalg.matrix_power(a, -3)], -3)
case("matrixPower", [many], [np.broadcast_to(np.eye(4), many.shape)], 0)
case("expm", [a], [scipy.linalg.expm(a)])
case("expm", [a / 50], [scipy.linalg.expm(a / 50)])
case("expm", [many], [scipy.linalg.expm(many)])
for n in (1, 2, 3, 8, 12, 37, 74, 96):
    z = normal(n) + 1j * normal(n)
    case("fft", [z], [np.fft.fft(z)])
    case("ifft", [z], [np.fft.ifft(z)])
    real = normal(2, n)
    case("rfft", [real], [np.fft.rfft(real)])
    if n > 2:
        case("irfft", [z[: n // 2 + 1]], [np.fft.irfft(z[: n // 2 + 1], n)], n)
z = normal(3, 6, 10) + 1j * normal(3, 6, 10)
case("fft", [z], [np.fft.fft(z, axis=1)], 1)
case("fft2", [z], [np.fft.fft2(z)])
case("ifft2", [z], [np.fft.ifft2(z)])

save("linalg", cases)
