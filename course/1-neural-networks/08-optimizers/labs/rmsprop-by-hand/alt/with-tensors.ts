import { tensor } from "gradus";

interface State { x: number[]; s: number[] }

export function rmspropStep(
  state: State, gradient: number[], { lr, alpha, eps }: { lr: number; alpha: number; eps: number },
): State {
  const g = tensor(gradient), s = tensor(state.s).mul(alpha).add(g.square().mul(1 - alpha));
  const x = tensor(state.x).sub(g.mul(lr).div(s.sqrt().add(eps)));
  return { x: x.arraySync() as number[], s: s.arraySync() as number[] };
}
