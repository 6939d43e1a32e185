"""Fits the polynomials of packages/gradus/src/compiler/math-f32.ts. Run: python3 tools/fit-polynomials.py (numpy).

Each is the polynomial of a given degree with the smallest greatest relative error of the *function* it serves (the
weight), found on Chebyshev points by least squares with Lawson's reweighting. Then its coefficients are rounded to f32
one after the other, lowest degree first, and the remaining ones are fitted again, so that later ones take up the
rounding of earlier ones.
"""
import math
import numpy as np

_erf = np.vectorize(math.erf)


def points(low, high, n=4001):
    k = np.arange(n)
    return (low + high) / 2 + (high - low) / 2 * np.cos(np.pi * (k + 0.5) / n)


def minimax(columns, target, weight, steps=400):
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
    ideal = minimax(columns[:, len(done):], t - columns[:, :len(done)] @ np.array(done), w)[1] if True else 0
    while len(done) < len(powers):
        k = len(done)
        rest = t - columns[:, :k] @ np.array(done) if k else t
        c, _ = minimax(columns[:, k:], rest, w, 120)
        done.append(float(np.float32(c[0])))
    error = np.abs(w * (columns @ np.array(done) - t)).max()
    print(f"{name}: error {error:.3g} = {error * 2**24:.3f} * 2^-24 (unrounded {ideal * 2**24:.3f})")
    print("  [" + ", ".join(f"{float(c):.9g}" for c in done) + "]")
    return done


if __name__ == "__main__":
    half_ln2 = math.log(2) / 2 * 1.0001
    for degree in (4, 5, 6):
        # exp(r) = 1 + r * (c0 + c1 r + ...)
        fit(f"exp {degree}", lambda r: np.expm1(r) / r, lambda r: r / np.exp(r), -half_ln2, half_ln2, range(degree))
    for degree in (4, 5, 6, 7):
        # expm1(r) = r + r^2 * (c0 + c1 r + ...)
        fit(f"expm1 {degree}", lambda r: (np.expm1(r) - r) / r**2, lambda r: r**2 / np.expm1(r),
            -half_ln2, half_ln2, range(degree - 1))
    for degree in (7, 8, 9, 10):
        # log(1 + f) = f + f^2 * (c0 + c1 f + ...)
        fit(f"log {degree}", lambda f: (np.log1p(f) - f) / f**2, lambda f: f**2 / np.log1p(f), -1/3, 1/3,
            range(degree - 1))
    quarter = math.pi / 4 * 1.0001
    for n in (2, 3):
        # sin(r) = r + r^3 * (c0 + c1 r^2 + ...)
        fit(f"sin {n}", lambda r: (np.sin(r) - r) / r**3, lambda r: r**3 / np.sin(r), 1e-3, quarter,
            range(0, 2 * n, 2))
    for n in (3, 4):
        # cos(r) = 1 + r^2 * (c0 + c1 r^2 + ...), c0 = -1/2
        fit(f"cos {n}", lambda r: (np.cos(r) - 1) / r**2, lambda r: r**2 / np.cos(r), 1e-3, quarter,
            range(0, 2 * n, 2), fixed=(-0.5,))
