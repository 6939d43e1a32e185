interface State { x: number[]; m: number[]; v: number[]; t: number }
interface Options { lr: number; beta1: number; beta2: number; eps: number }

/** One step of Adam. */
export function adamStep({ x, m, v, t }: State, gradient: number[], { lr, beta1, beta2, eps }: Options): State {
  return { x, m, v, t };
}
