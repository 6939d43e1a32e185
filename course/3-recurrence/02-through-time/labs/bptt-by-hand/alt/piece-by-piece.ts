export interface Unit { u: number; w: number; b: number }

/** The states after each step, from any first state. */
export function states(p: Unit, xs: number[], first = 0): number[] {
  const found: number[] = [];
  let h = first;
  for (const x of xs) {
    h = Math.tanh(p.u * x + p.w * h + p.b);
    found.push(h);
  }
  return found;
}

/** The slopes of the summed loss of a piece that starts from a state which counts as given. */
export function gradient(p: Unit, xs: number[], ys: number[], first = 0): Unit {
  const hs = [first, ...states(p, xs, first)];
  let [u, w, b, carried] = [0, 0, 0, 0];
  for (let t = xs.length; t >= 1; t--) {
    const delta = (carried + hs[t] - ys[t - 1]) * (1 - hs[t] * hs[t]);
    u += delta * xs[t - 1];
    w += delta * hs[t - 1];
    b += delta;
    carried = delta * p.w;
  }
  return { u, w, b };
}

/** Pieces after each other; each begins with the last state of the one before. */
export function truncated(p: Unit, xs: number[], ys: number[], length: number): Unit {
  const sum = { u: 0, w: 0, b: 0 };
  for (let from = 0, h = 0; from < xs.length; from += length) {
    const piece = xs.slice(from, from + length), found = gradient(p, piece, ys.slice(from, from + length), h);
    sum.u += found.u;
    sum.w += found.w;
    sum.b += found.b;
    h = states(p, piece, h)[piece.length - 1];
  }
  return sum;
}

/** At most `limit` long, in the same direction. */
export function clip(g: Unit, limit: number): Unit {
  const norm = Math.sqrt(g.u ** 2 + g.w ** 2 + g.b ** 2);
  if (norm <= limit) return g;
  return { u: g.u / norm * limit, w: g.w / norm * limit, b: g.b / norm * limit };
}
