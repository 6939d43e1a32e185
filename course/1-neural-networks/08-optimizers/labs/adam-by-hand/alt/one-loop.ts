interface State { x: number[]; m: number[]; v: number[]; t: number }

/** The corrections folded into the rate, as the library does it. */
export function adamStep(
  state: State, g: number[], { lr, beta1, beta2, eps }: { lr: number; beta1: number; beta2: number; eps: number },
): State {
  const t = state.t + 1, rate = lr / (1 - Math.pow(beta1, t)), scale = Math.sqrt(1 - Math.pow(beta2, t));
  const next: State = { x: [], m: [], v: [], t };
  g.forEach((slope, i) => {
    next.m.push(state.m[i] + (1 - beta1) * (slope - state.m[i]));
    next.v.push(state.v[i] + (1 - beta2) * (slope * slope - state.v[i]));
    next.x.push(state.x[i] - rate * next.m[i] / (Math.sqrt(next.v[i]) / scale + eps));
  });
  return next;
}
