/** One channel: x and dt have T numbers, A has N (all below zero), B and C have T rows of N. */
export function selectiveScan(x: number[], dt: number[], A: number[], B: number[][], C: number[][]): number[] {
  return x;
}

export interface Gradients { x: number[]; dt: number[]; A: number[]; B: number[][]; C: number[][] }

/** What a loss says of each input, when it says gy of each output. */
export function gradients(
  x: number[], dt: number[], A: number[], B: number[][], C: number[][], gy: number[],
): Gradients {
  return { x, dt, A, B, C };
}
