interface State { x: number[]; s: number[] }
interface Options { lr: number; alpha: number; eps: number }

/** One step of RMSProp. */
export function rmspropStep({ x, s }: State, gradient: number[], { lr, alpha, eps }: Options): State {
  return { x, s };
}
