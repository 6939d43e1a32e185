"""Fits the polynomials of packages/gradus/src/compiler/math-f32.ts and math-trig.ts.

Run: python3 tools/fit-polynomials.py (needs numpy).

Each is the polynomial of a given degree with the smallest greatest relative error of the *function* it serves (the
weight), found on Chebyshev points by least squares with Lawson's reweighting. Then its coefficients are rounded to f32
one after the other, lowest degree first, and the remaining ones are fitted again, so that later ones take up the
rounding of earlier ones.
"""
import math
import numpy as np

def points(low, high, n=4001):
    k = np.arange(n)
    return (low + high) / 2 + (high - low) / 2 * np.cos(np.pi * (k + 0.5) / n)


def minimax(columns, target, weight, steps=150):
    """Coefficients c with the least max |weight * (columns @ c - target)|."""
    lawson = np.full(len(target), 1.0)
    best, best_error = None, math.inf
    for _ in range(steps):
        w = weight * np.sqrt(lawson)
        scale = np.abs(columns * w[:, None]).max(axis=0)
        c = np.linalg.lstsq(columns * w[:, None] / scale, target * w, rcond=None)[0] / scale
        error = np.abs(weight * (columns @ c - target))
        if error.max() < best_error:
            best, best_error = c, error.max()
        lawson *= error / error.max() + 1e-9
        lawson /= lawson.max()
    return best, best_error


def fit(name, target, weight, low, high, powers, fixed=()):
    """target(x) ~ sum of c_k x^powers[k]; prints the f32 coefficients and the greatest weighted error."""
    x = points(low, high)
    t, w = target(x), np.abs(weight(x))
    columns = np.stack([x**p for p in powers], axis=1)
    done = list(fixed)
    while len(done) < len(powers):
        k = len(done)
        rest = t - columns[:, :k] @ np.array(done) if k else t
        c, _ = minimax(columns[:, k:], rest, w)
        done.append(float(np.float32(c[0])))
    error = np.abs(w * (columns @ np.array(done) - t)).max()
    print(f"{name}: error {error:.3g} = 2^{math.log2(error):.1f}")
    print("  [" + ", ".join(f"{c:.9g}" for c in done) + "]")


if __name__ == "__main__":
    erf, erfc = np.vectorize(math.erf), np.vectorize(math.erfc)
    half_ln2, quarter_pi = math.log(2) / 2 * 1.0001, math.pi / 4 * 1.0001
    fit("EXP: exp(r) = 1 + r (...)", lambda r: np.expm1(r) / r, lambda r: r / np.exp(r),
        -half_ln2, half_ln2, range(6))
    fit("EXPM1: expm1(r) = r + r^2 (...)", lambda r: (np.expm1(r) - r) / r**2, lambda r: r**2 / np.expm1(r),
        -half_ln2, half_ln2, range(6))
    fit("TANH: tanh(x) = x + x^3 (...)", lambda x: (np.tanh(x) - x) / x**3, lambda x: x**3 / np.tanh(x),
        1e-2, 0.3, range(0, 6, 2))
    fit("LOG: log(1 + f) = f + f^2 (...)", lambda f: (np.log1p(f) - f) / f**2, lambda f: f**2 / np.log1p(f),
        -1/3, 1/3, range(8))
    fit("SIN: sin(r) = r + r^3 (...)", lambda r: (np.sin(r) - r) / r**3, lambda r: r**3 / np.sin(r),
        1e-3, quarter_pi, range(0, 6, 2))
    fit("COS: cos(r) = 1 + r^2 (-1/2 + ...)", lambda r: (np.cos(r) - 1) / r**2, lambda r: r**2 / np.cos(r),
        1e-3, quarter_pi, range(0, 8, 2), fixed=(-0.5,))
    fit("ERF_NEAR: erf(x) = x (...)", lambda x: erf(x) / x, lambda x: x / erf(x), 1e-3, 1, range(0, 12, 2))
    # The weight turns an error of the root into one of 1 - root^-8.
    fit("ERF_FAR: 1 - erf(x) = (...)^-8", lambda x: erfc(x)**(-1/8), lambda x: 8 * erfc(x)**(9/8), 1, 4, range(8))
