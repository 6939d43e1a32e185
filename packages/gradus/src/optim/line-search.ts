/** The loss along a direction: value, gradient, and slope <gradient, direction>, at a distance from the start. */
export interface Point {
  readonly at: number;
  readonly loss: number;
  readonly gradient: Float64Array;
  readonly slope: number;
}

/**
 * The minimum, held within bounds, of the cubic through two points with their slopes; the middle where it has none.
 * Nocedal and Wright 2006, equation 3.59.
 */
function cubicMinimum(a: Point, b: Point, low = Math.min(a.at, b.at), high = Math.max(a.at, b.at)): number {
  const [x, y] = a.at <= b.at ? [a, b] : [b, a];
  const d1 = x.slope + y.slope - 3 * (x.loss - y.loss) / (x.at - y.at);
  const inside = d1 * d1 - x.slope * y.slope;
  if (!(inside >= 0)) return (low + high) / 2;
  const d2 = Math.sqrt(inside);
  const found = y.at - (y.at - x.at) * ((y.slope + d2 - d1) / (y.slope - x.slope + 2 * d2));
  return Math.min(Math.max(found, low), high);
}

export interface LineSearchOptions {
  /** How many points may be tried. */
  readonly tries: number;
  /** The largest element of the direction: a bracket shorter than `least` over it ends the search. */
  readonly reach: number;
  /** Sufficient decrease, and how much flatter the end must be. */
  readonly c1?: number;
  readonly c2?: number;
  readonly least?: number;
}

/**
 * A step that satisfies the strong Wolfe conditions: loss(t) <= loss(0) + c1 t slope(0) and |slope(t)| <= c2
 * |slope(0)|. First a bracket is found by going out, then it is narrowed. Nocedal and Wright 2006, algorithms 3.5 and
 * 3.6, with the safeguards of minFunc (Schmidt 2005), as torch.optim.LBFGS.
 */
export async function strongWolfe(
  evaluate: (at: number) => Promise<Point>, start: Point, first: number, options: LineSearchOptions,
): Promise<{ readonly point: Point; readonly evaluations: number }> {
  const { tries, reach, c1 = 1e-4, c2 = 0.9, least = 1e-9 } = options;
  const tooHigh = (p: Point): boolean => p.loss > start.loss + c1 * p.at * start.slope;
  const flat = (p: Point): boolean => Math.abs(p.slope) <= -c2 * start.slope;
  let previous = start;
  let point = await evaluate(first);
  let evaluations = 1, count = 0;
  let bracket: [Point, Point] | null = null;
  for (; count < tries; count++) {
    if (tooHigh(point) || (count > 1 && point.loss >= previous.loss)) {
      bracket = [previous, point];
      break;
    }
    if (flat(point)) return { point, evaluations };
    if (point.slope >= 0) {
      bracket = [previous, point];
      break;
    }
    const next = cubicMinimum(previous, point, point.at + 0.01 * (point.at - previous.at), point.at * 10);
    previous = point;
    point = await evaluate(next);
    evaluations++;
  }
  let [low, high] = ordered(...(bracket ?? [start, point]));
  let stuck = false;
  for (; count < tries; count++) {
    if (Math.abs(high.at - low.at) * reach < least) break;
    const left = Math.min(low.at, high.at), right = Math.max(low.at, high.at), margin = 0.1 * (right - left);
    let at: number = cubicMinimum(low, high);
    if (Math.min(right - at, at - left) < margin) {
      // Twice near an end, or on it: a tenth of the bracket is the least progress.
      const push: boolean = stuck || at >= right || at <= left;
      if (push) at = Math.abs(at - right) < Math.abs(at - left) ? right - margin : left + margin;
      stuck = !push;
    } else {
      stuck = false;
    }
    point = await evaluate(at);
    evaluations++;
    if (tooHigh(point) || point.loss >= low.loss) {
      [low, high] = ordered(low, point);
    } else {
      const done = flat(point);
      if (!done && point.slope * (high.at - low.at) >= 0) high = low;
      low = point;
      if (done) break;
    }
  }
  return { point: low, evaluations };
}
const ordered = (a: Point, b: Point): [low: Point, high: Point] => (a.loss <= b.loss ? [a, b] : [b, a]);
