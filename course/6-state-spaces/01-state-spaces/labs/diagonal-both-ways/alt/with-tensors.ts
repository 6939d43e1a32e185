import { recurrence, tensor, type Tensor } from "gradus";

interface Leaks { a: number[]; b: number[] }

export const hold = (a: number[], b: number[], delta: number): Leaks => ({
  a: a.map((rate) => Math.exp(delta * rate)),
  b: a.map((rate, n) => b[n] * (rate === 0 ? delta : (Math.exp(delta * rate) - 1) / rate)),
});
export function run({ a, b }: Leaks, c: number[], input: number[]): Tensor {
  const u = tensor(input).reshape([input.length, 1]), length = [input.length, a.length];
  return recurrence(tensor(a).broadcastTo(length), u.mul(tensor(b)), null, 0).matmul(tensor(c));
}
export const kernel = (leaks: Leaks, c: number[], length: number): Tensor =>
  run(leaks, c, Array.from({ length }, (_, i) => (i === 0 ? 1 : 0)));
export function convolve(kernel: number[], input: number[]): Tensor {
  return tensor(input.map((_, t) => input.map((__, k) => (k <= t ? kernel[t - k] ?? 0 : 0)))).matmul(tensor(input));
}
