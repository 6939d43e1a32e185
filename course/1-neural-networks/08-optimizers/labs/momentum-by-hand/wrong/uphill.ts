// fails: uphill
interface State { x: number[]; v: number[] }
interface Options { lr: number; beta: number; nesterov: boolean }

/** One step of SGD with momentum: the velocity first, then the point by it. */
export function momentumStep({ x, v }: State, gradient: number[], { lr, beta, nesterov }: Options): State {
  const next = v.map((old, i) => beta * old + gradient[i]);
  const move = next.map((speed, i) => (nesterov ? gradient[i] + beta * speed : speed));
  return { x: x.map((place, i) => place + lr * move[i]), v: next };
}
