interface Leaks { a: number[]; b: number[] }

export const hold = (a: number[], b: number[], delta: number): Leaks => ({
  a: a.map((rate) => Math.exp(delta * rate)),
  // expm1 keeps its digits where the rate is small.
  b: a.map((rate, n) => b[n] * (rate === 0 ? delta : Math.expm1(delta * rate) / rate)),
});
export function run(leaks: Leaks, c: number[], input: number[]): number[] {
  const state = leaks.a.map(() => 0), outputs: number[] = [];
  for (const u of input) {
    let y = 0;
    for (let n = 0; n < state.length; n++) {
      state[n] = leaks.a[n] * state[n] + leaks.b[n] * u;
      y += c[n] * state[n];
    }
    outputs.push(y);
  }
  return outputs;
}
export const kernel = (leaks: Leaks, c: number[], length: number): number[] =>
  run(leaks, c, Array.from({ length }, (_, i) => (i === 0 ? 1 : 0)));
export function convolve(kernel: number[], input: number[]): number[] {
  const outputs = input.map(() => 0);
  input.forEach((u, from) => kernel.forEach((k, later) => {
    if (from + later < outputs.length) outputs[from + later] += k * u;
  }));
  return outputs;
}
