// fails: the root of 2π
type Activation = (z: number) => number;

/** E[g(z)²] for a standard normal z. */
export function meanSquare(g: Activation): number {
  const strips = 8000, width = 16 / strips;
  let sum = 0;
  for (let i = 0; i < strips; i++) {
    const z = -8 + (i + 0.5) * width;
    sum += g(z) ** 2 * Math.exp(-z * z / 2) * width;
  }
  return sum;
}

/** What to multiply the deviation 1/√n with, so that the signal keeps its size. */
export function gain(g: Activation): number {
  return 1 / Math.sqrt(meanSquare(g));
}

/** A random matrix, a row for each output. */
export function weights(outputs: number, inputs: number, gain: number, normal: () => number): number[][] {
  const deviation = gain / Math.sqrt(inputs);
  return Array.from({ length: outputs }, () => Array.from({ length: inputs }, () => normal() * deviation));
}

const size = (x: number[]): number => Math.sqrt(x.reduce((sum, v) => sum + v * v, 0) / x.length);

/** The root mean square before the first layer and after each. */
export function sizes(layers: number[][][], g: Activation, x: number[]): number[] {
  const found = [size(x)];
  let signal = x;
  for (const layer of layers) {
    signal = layer.map((row) => g(row.reduce((sum, w, i) => sum + w * signal[i], 0)));
    found.push(size(signal));
  }
  return found;
}
