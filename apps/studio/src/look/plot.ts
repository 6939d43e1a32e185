/** From a range of values to a range of pixels. */
export type Scale = (value: number) => number;
export const linear = (from: number, to: number, low: number, high: number): Scale => {
  const slope = (high - low) / (to - from || 1);
  return (value) => low + (Math.min(to, Math.max(from, value)) - from) * slope;
};

const twoDecimals = (value: number): string => String(Math.round(value * 100) / 100);

/** The path of a line through points; what is not finite breaks it. */
export function linePath(points: readonly (readonly [x: number, y: number])[]): string {
  let path = "", pen = "M";
  for (const [x, y] of points) {
    if (!Number.isFinite(x) || !Number.isFinite(y)) {
      pen = "M";
      continue;
    }
    path += `${pen}${twoDecimals(x)} ${twoDecimals(y)}`;
    pen = "L";
  }
  return path;
}

/** The smallest of 1, 2, 5, 10, 20, 50, ... that is not below a value. */
export function roundUp(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 5, 10].map((factor) => factor * power).find((candidate) => candidate >= value * (1 - 1e-9))!;
}

/** Places of labels that want certain heights but must stay `gap` apart, between `low` and `high`, in their order. */
export function spread(wanted: readonly number[], gap: number, low: number, high: number): number[] {
  const order = wanted.map((_, i) => i).sort((a, b) => wanted[a] - wanted[b]);
  const placed = new Array<number>(wanted.length);
  let floor = low;
  for (const i of order) {
    placed[i] = Math.max(wanted[i], floor);
    floor = placed[i] + gap;
  }
  let ceiling = high;
  for (const i of order.reverse()) {
    placed[i] = Math.min(placed[i], ceiling);
    ceiling = placed[i] - gap;
  }
  return placed;
}
