export const meanSquare = (g: (z: number) => number): number => {
  const n = 2000, h = 16 / n;
  const f = (z: number): number => g(z) * g(z) * Math.exp(-0.5 * z * z);
  let total = f(-8) + f(8);
  for (let i = 1; i < n; i++) total += (i % 2 === 1 ? 4 : 2) * f(-8 + i * h);
  return total * h / 3 / Math.sqrt(2 * Math.PI);
};
export const gain = (g: (z: number) => number): number => meanSquare(g) ** -0.5;
export function weights(outputs: number, inputs: number, gain: number, normal: () => number): number[][] {
  const rows: number[][] = [];
  for (let r = 0; r < outputs; r++) {
    const row: number[] = [];
    for (let c = 0; c < inputs; c++) row.push(gain * normal() / inputs ** 0.5);
    rows.push(row);
  }
  return rows;
}
export function sizes(layers: number[][][], g: (z: number) => number, x: number[]): number[] {
  const size = (v: number[]): number => Math.hypot(...v) / Math.sqrt(v.length);
  const signals = [x];
  for (const layer of layers) {
    const before = signals[signals.length - 1];
    signals.push(layer.map((row) => g(row.map((w, i) => w * before[i]).reduce((a, b) => a + b, 0))));
  }
  return signals.map(size);
}
