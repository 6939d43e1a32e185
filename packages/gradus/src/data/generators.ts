import { RandomStream } from "../vocab/random.ts";
import type { LabelledRows } from "./table.ts";

export interface GeneratorOptions {
  /** Rows in all, shared by the classes. */
  readonly size: number;
  readonly seed?: number;
  /** Standard deviation of what is added to every coordinate. */
  readonly noise?: number;
}

function plane(
  name: string, options: GeneratorOptions, count: number,
  place: (label: number, t: number) => readonly [x: number, y: number],
): LabelledRows {
  const { size, seed = 0, noise = 0 } = options;
  const stream = new RandomStream(seed);
  const features = new Float32Array(2 * size), labels = new Int32Array(size);
  for (let row = 0; row < size; row++) {
    const label = row % count;
    const [x, y] = place(label, stream.uniform());
    features[2 * row] = x + noise * stream.normal();
    features[2 * row + 1] = y + noise * stream.normal();
    labels[row] = label;
  }
  const classes = Array.from({ length: count }, (_, i) => String(i));
  return { name, size, features, shape: [2], labels, classes };
}

/** Two half circles that interlock: no straight line separates them. */
export const moons = (options: GeneratorOptions): LabelledRows => plane("moons", options, 2, (label, t) => {
  const angle = Math.PI * t;
  return label === 0
    ? [Math.cos(angle), Math.sin(angle)]
    : [1 - Math.cos(angle), 0.5 - Math.sin(angle)];
});

/** Arms that wind around the origin: radius t, angle `turns` * 2 pi * t plus the arm's own start. */
export const spirals = (
  options: GeneratorOptions & { readonly arms?: number; readonly turns?: number },
): LabelledRows => {
  const { arms = 2, turns = 1 } = options;
  return plane("spirals", options, arms, (label, t) => {
    const angle = 2 * Math.PI * (turns * t + label / arms);
    return [t * Math.cos(angle), t * Math.sin(angle)];
  });
};

/** A circle around another one: radius 1, and `inner` (default 1/2). */
export const circles = (options: GeneratorOptions & { readonly inner?: number }): LabelledRows =>
  plane("circles", options, 2, (label, t) => {
    const radius = label === 0 ? 1 : options.inner ?? 0.5;
    return [radius * Math.cos(2 * Math.PI * t), radius * Math.sin(2 * Math.PI * t)];
  });

/** Round clouds of deviation `noise` (default 1) around centres that are drawn from -10 .. 10, or given. */
export function blobs(
  options: GeneratorOptions & { readonly centers?: number | readonly (readonly [x: number, y: number])[] },
): LabelledRows {
  const { centers = 3, noise = 1, seed = 0 } = options;
  const random = new RandomStream(seed, 1);
  const places = typeof centers !== "number" ? centers
    : Array.from({ length: centers }, () => [20 * random.uniform() - 10, 20 * random.uniform() - 10] as const);
  return plane("blobs", { ...options, noise }, places.length, (label) => places[label]);
}
