interface State { x: number[]; v: number[] }

export const momentumStep = (
  state: State, gradient: number[], options: { lr: number; beta: number; nesterov: boolean },
): State => {
  const x: number[] = [], v: number[] = [];
  for (let i = 0; i < state.x.length; i++) {
    v[i] = state.v[i] * options.beta + gradient[i];
    x[i] = state.x[i] - options.lr * (options.nesterov ? gradient[i] + options.beta * v[i] : v[i]);
  }
  return { x, v };
};
