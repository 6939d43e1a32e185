// fails: and take no absolute value
const dot = (a: number[], b: number[]): number => a.reduce((sum, value, i) => sum + value * b[i], 0);
const length = (a: number[]): number => Math.sqrt(dot(a, a));

/** The smallest signed distance of an example from the hyperplane. */
export function margin(weights: number[], inputs: number[][], targets: number[]): number {
  return Math.min(...inputs.map((x, i) => Math.abs(dot(weights, x)))) / length(weights);
}

/** The length of the longest example. */
export function radius(inputs: number[][]): number {
  return Math.max(...inputs.map(length));
}

/** (R/γ)² for these weights; Infinity if they do not separate. */
export function bound(weights: number[], inputs: number[][], targets: number[]): number {
  const room = margin(weights, inputs, targets);
  return room > 0 ? (radius(inputs) / room) ** 2 : Infinity;
}

/** Mistakes of the rule from zeros, until a pass makes none. */
export function mistakes(inputs: number[][], targets: number[]): number {
  let weights = inputs[0].map(() => 0);
  let made = 0;
  for (let before = -1; before !== made;) {
    before = made;
    inputs.forEach((x, i) => {
      if (targets[i] * dot(weights, x) > 0) return;
      weights = weights.map((w, k) => w + targets[i] * x[k]);
      made++;
    });
  }
  return made;
}
