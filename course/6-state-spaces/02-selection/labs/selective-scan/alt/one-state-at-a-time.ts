export function selectiveScan(x: number[], dt: number[], A: number[], B: number[][], C: number[][]): number[] {
  const y = x.map(() => 0);
  for (let n = 0; n < A.length; n++) {
    for (let t = 0, h = 0; t < x.length; t++) {
      h = h * Math.exp(dt[t] * A[n]) + B[t][n] * dt[t] * x[t];
      y[t] += C[t][n] * h;
    }
  }
  return y;
}
export function gradients(x: number[], dt: number[], A: number[], B: number[][], C: number[][], gy: number[]) {
  const g = { x: x.map(() => 0), dt: x.map(() => 0), A: A.map(() => 0), B: B.map((row) => row.map(() => 0)),
    C: C.map((row) => row.map(() => 0)) };
  for (let n = 0; n < A.length; n++) {
    const fade = dt.map((d) => Math.exp(d * A[n])), h: number[] = [];
    for (let t = 0; t < x.length; t++) h.push((t === 0 ? 0 : h[t - 1] * fade[t]) + B[t][n] * dt[t] * x[t]);
    for (let t = x.length - 1, s = 0; t >= 0; t--) {
      s = (t + 1 < x.length ? s * fade[t + 1] : 0) + gy[t] * C[t][n];
      const old = t === 0 ? 0 : fade[t] * h[t - 1];
      g.C[t][n] = gy[t] * h[t];
      g.B[t][n] = s * dt[t] * x[t];
      g.x[t] += s * dt[t] * B[t][n];
      g.dt[t] += s * (B[t][n] * x[t] + A[n] * old);
      g.A[n] += s * dt[t] * old;
    }
  }
  return g;
}
