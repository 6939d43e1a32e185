export interface Leaks { a: number[]; b: number[] }

/** The zero-order hold of separate leaks. */
export function hold(a: number[], b: number[], delta: number): Leaks {
  return { a, b };
}

/** One output for each input, by walking through time. */
export function run({ a, b }: Leaks, c: number[], input: number[]): number[] {
  return input;
}

/** What a single 1 leaves in the output 0, 1, 2, ... steps later. */
export function kernel({ a, b }: Leaks, c: number[], length: number): number[] {
  return new Array(length).fill(0);
}

/** The same outputs, from the kernel. */
export function convolve(kernel: number[], input: number[]): number[] {
  return input;
}
