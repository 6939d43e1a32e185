// fails: holds its input for no time at all
export interface Leaks { a: number[]; b: number[] }

/** The zero-order hold of separate leaks. */
export function hold(a: number[], b: number[], delta: number): Leaks {
  const fade = a.map((rate) => Math.exp(delta * rate));
  return { a: fade, b: a.map((rate, n) => b[n] * (rate === 0 ? delta : 1)) };
}

/** One output for each input, by walking through time. */
export function run({ a, b }: Leaks, c: number[], input: number[]): number[] {
  let state = a.map(() => 0);
  return input.map((u) => {
    state = state.map((x, n) => a[n] * x + b[n] * u);
    return state.reduce((sum, x, n) => sum + c[n] * x, 0);
  });
}

/** What a single 1 leaves in the output 0, 1, 2, ... steps later. */
export function kernel({ a, b }: Leaks, c: number[], length: number): number[] {
  return Array.from({ length }, (_, k) => a.reduce((sum, fade, n) => sum + c[n] * fade ** k * b[n], 0));
}

/** The same outputs, from the kernel. */
export function convolve(kernel: number[], input: number[]): number[] {
  return input.map((_, t) => {
    let sum = 0;
    for (let k = 0; k <= Math.min(t, kernel.length - 1); k++) sum += kernel[k] * input[t - k];
    return sum;
  });
}
