interface State { x: number[]; s: number[] }
interface Options { lr: number; alpha: number; eps: number }

/** One step of RMSProp: each coordinate by its own usual size. */
export function rmspropStep({ x, s }: State, gradient: number[], { lr, alpha, eps }: Options): State {
  const next = s.map((old, i) => alpha * old + (1 - alpha) * gradient[i] ** 2);
  return { x: x.map((place, i) => place - lr * gradient[i] / (Math.sqrt(next[i]) + eps)), s: next };
}
