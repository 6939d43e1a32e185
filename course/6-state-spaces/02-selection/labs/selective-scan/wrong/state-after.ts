// fails: the state before the step
/** One channel: x and dt have T numbers, A has N (all below zero), B and C have T rows of N. */
export function selectiveScan(x: number[], dt: number[], A: number[], B: number[][], C: number[][]): number[] {
  const h = A.map(() => 0);
  return x.map((input, t) => {
    A.forEach((a, n) => { h[n] = Math.exp(dt[t] * a) * h[n] + dt[t] * B[t][n] * input; });
    return h.reduce((sum, value, n) => sum + C[t][n] * value, 0);
  });
}

export interface Gradients { x: number[]; dt: number[]; A: number[]; B: number[][]; C: number[][] }

/** What a loss says of each input, when it says gy of each output. */
export function gradients(
  x: number[], dt: number[], A: number[], B: number[][], C: number[][], gy: number[],
): Gradients {
  const zero = A.map(() => 0), states = [zero];
  x.forEach((input, t) => {
    states.push(A.map((a, n) => Math.exp(dt[t] * a) * states[t][n] + dt[t] * B[t][n] * input));
  });
  const g: Gradients = { x: x.map(() => 0), dt: x.map(() => 0), A: [...zero], B: B.map(() => [...zero]),
    C: C.map(() => [...zero]) };
  // The blame on the state: from this output, and from the next state.
  let blame = [...zero];
  for (let t = x.length - 1; t >= 0; t--) {
    A.forEach((a, n) => {
      const fade = Math.exp(dt[t] * a), before = states[t + 1][n];
      blame[n] += gy[t] * C[t][n];
      g.C[t][n] = gy[t] * states[t + 1][n];
      g.x[t] += blame[n] * dt[t] * B[t][n];
      g.B[t][n] = blame[n] * dt[t] * x[t];
      g.dt[t] += blame[n] * (B[t][n] * x[t] + a * fade * before);
      g.A[n] += blame[n] * dt[t] * fade * before;
    });
    blame = blame.map((value, n) => value * Math.exp(dt[t] * A[n]));
  }
  return g;
}
