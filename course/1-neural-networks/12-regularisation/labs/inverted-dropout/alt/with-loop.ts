export function dropout(x: number[], p: number, random: () => number, training: boolean) {
  const output: number[] = [], scale: number[] = [];
  for (const value of x) {
    const factor = !training ? 1 : random() >= p ? 1 / (1 - p) : 0;
    scale.push(factor);
    output.push(factor === 0 ? 0 : value * factor);
  }
  return { output, scale };
}
export const backward = (gradient: number[], scale: number[]): number[] => scale.map((s, i) => s * gradient[i]);
