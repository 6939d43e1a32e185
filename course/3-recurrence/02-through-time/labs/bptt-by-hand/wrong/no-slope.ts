// fails: The slope of tanh is missing
export interface Unit { u: number; w: number; b: number }

/** The states after each step, from h = 0. */
export function states(p: Unit, xs: number[]): number[] {
  let h = 0;
  return xs.map((x) => (h = Math.tanh(p.u * x + p.w * h + p.b)));
}

/** Blame walks back from the last step to the first; `stops` says where it is dropped before it moves on. */
function walk(p: Unit, xs: number[], ys: number[], stops: (t: number) => boolean): Unit {
  const hs = states(p, xs), g = { u: 0, w: 0, b: 0 };
  let blame = 0;
  for (let t = xs.length - 1; t >= 0; t--) {
    blame += hs[t] - ys[t];
    const delta = blame, before = t === 0 ? 0 : hs[t - 1];
    g.u += delta * xs[t];
    g.w += delta * before;
    g.b += delta;
    blame = stops(t) ? 0 : delta * p.w;
  }
  return g;
}

/** The slopes of the summed loss. */
export function gradient(p: Unit, xs: number[], ys: number[]): Unit {
  return walk(p, xs, ys, () => false);
}

/** The same, with blame that stops at the borders of pieces. */
export function truncated(p: Unit, xs: number[], ys: number[], length: number): Unit {
  return walk(p, xs, ys, (t) => t % length === 0);
}

/** At most `limit` long, in the same direction. */
export function clip(g: Unit, limit: number): Unit {
  const norm = Math.hypot(g.u, g.w, g.b), factor = norm > limit ? limit / norm : 1;
  return { u: g.u * factor, w: g.w * factor, b: g.b * factor };
}
