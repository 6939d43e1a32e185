export function margin(weights: number[], inputs: number[][], targets: number[]): number {
  let least = Infinity;
  for (let i = 0; i < inputs.length; i++) {
    let sum = 0;
    for (let k = 0; k < weights.length; k++) sum += weights[k] * inputs[i][k];
    least = Math.min(least, targets[i] * sum / Math.hypot(...weights));
  }
  return least;
}
export const radius = (inputs: number[][]): number => inputs.reduce((most, x) => Math.max(most, Math.hypot(...x)), 0);
export function bound(weights: number[], inputs: number[][], targets: number[]): number {
  const room = margin(weights, inputs, targets);
  if (room <= 0) return Infinity;
  return radius(inputs) ** 2 / room ** 2;
}
export function mistakes(inputs: number[][], targets: number[]): number {
  const weights = new Array<number>(inputs[0].length).fill(0);
  let made = 0, streak = 0;
  for (let i = 0; streak < inputs.length; i = (i + 1) % inputs.length) {
    const sum = inputs[i].reduce((total, v, k) => total + v * weights[k], 0);
    if (targets[i] * sum > 0) {
      streak++;
      continue;
    }
    inputs[i].forEach((v, k) => { weights[k] += targets[i] * v; });
    made++;
    streak = 0;
  }
  return made;
}
