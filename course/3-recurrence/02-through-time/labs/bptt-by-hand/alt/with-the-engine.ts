import { detach, grad, tensor, type Tensor } from "gradus";

export interface Unit { u: number; w: number; b: number }

/** The states after each step, from h = 0. */
export function states(p: Unit, xs: number[]): number[] {
  const found = [0];
  for (const x of xs) found.push(Math.tanh(p.u * x + p.w * found[found.length - 1] + p.b));
  return found.slice(1);
}

/** The engine walks back, and a state of the past is cut off with detach. */
export function truncated(p: Unit, xs: number[], ys: number[], length: number): Unit {
  const [u, w, b] = [p.u, p.w, p.b].map((value) => tensor(value, { requiresGrad: true }));
  let h: Tensor = tensor(0), loss: Tensor = tensor(0);
  xs.forEach((x, t) => {
    if (t % length === 0) h = detach(h);
    h = u.mul(x).add(w.mul(h)).add(b).tanh();
    loss = loss.add(h.sub(ys[t]).square().mul(0.5));
  });
  const [gu, gw, gb] = grad(loss, [u, w, b]).map((slope) => slope?.itemSync() ?? 0);
  return { u: gu, w: gw, b: gb };
}

/** One piece as long as the sequence. */
export function gradient(p: Unit, xs: number[], ys: number[]): Unit {
  return truncated(p, xs, ys, xs.length);
}

/** At most `limit` long, in the same direction. */
export function clip({ u, w, b }: Unit, limit: number): Unit {
  const factor = Math.min(1, limit / Math.max(Math.sqrt(u * u + w * w + b * b), 1e-300));
  return { u: u * factor, w: w * factor, b: b * factor };
}
