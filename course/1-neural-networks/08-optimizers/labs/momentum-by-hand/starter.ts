interface State { x: number[]; v: number[] }
interface Options { lr: number; beta: number; nesterov: boolean }

/** One step of SGD with momentum. */
export function momentumStep({ x, v }: State, gradient: number[], { lr, beta, nesterov }: Options): State {
  return { x, v };
}
