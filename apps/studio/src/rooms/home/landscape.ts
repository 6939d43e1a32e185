import { grad, noGrad, scope, tensor, type Tensor } from "gradus";

/** Two weights: what one point of the map stands for. */
export type Weights = readonly [a: number, b: number];
/** The part of the plane that the map shows. */
export const RANGE = { a: 3.6, b: 2.4 } as const;

const EXAMPLES = 9, REACH = 2, TARGET = 1.25;
const RATE = 0.15, MOST_STEPS = 100, FLAT = 2e-3;

/** Heights of the map, row by row from the top: the loss of columns x rows networks. */
export interface Heights {
  readonly columns: number;
  readonly rows: number;
  readonly losses: Float32Array;
}
/** One step of the way down. */
export interface Stop {
  readonly at: Weights;
  readonly loss: number;
  /** Length of the gradient. */
  readonly slope: number;
}

/** The nine examples: x evenly spaced, y = 1.25 tanh(1.25 x), which the network can match exactly. */
function examples(): { x: Tensor; y: Tensor } {
  const x = Float32Array.from({ length: EXAMPLES }, (_, i) => REACH * ((2 * i) / (EXAMPLES - 1) - 1));
  return { x: tensor(x), y: tensor(x.map((value) => TARGET * Math.tanh(TARGET * value))) };
}

/** Mean squared error of y = b tanh(a x) on the examples, for any number of networks: a, b [N, 1], result [N]. */
function losses(a: Tensor, b: Tensor): Tensor {
  const { x, y } = examples();
  return a.mul(x).tanh().mul(b).sub(y).square().mean(1);
}

/** The loss of every network on a grid over the range. */
export async function heights(columns: number, rows: number): Promise<Heights> {
  const a = new Float32Array(columns * rows), b = new Float32Array(columns * rows);
  for (let i = 0; i < a.length; i++) {
    a[i] = RANGE.a * ((2 * (i % columns)) / (columns - 1) - 1);
    b[i] = RANGE.b * (1 - (2 * Math.floor(i / columns)) / (rows - 1));
  }
  const out = scope(() => noGrad(() =>
    losses(tensor(a, { shape: [a.length, 1] }), tensor(b, { shape: [b.length, 1] }))));
  return { columns, rows, losses: await out.data() as Float32Array };
}

/** Gradient descent from a start until the ground is flat: every place on the way, the start first. */
export async function descend(start: Weights): Promise<Stop[]> {
  const stops: Stop[] = [];
  let at = start;
  while (true) {
    const [loss, da, db] = await slopeAt(at);
    const slope = Math.hypot(da, db);
    stops.push({ at, loss, slope });
    if (slope < FLAT || stops.length > MOST_STEPS) return stops;
    at = [at[0] - RATE * da, at[1] - RATE * db];
  }
}
async function slopeAt(at: Weights): Promise<readonly [loss: number, da: number, db: number]> {
  const made = scope(() => {
    const [a, b] = at.map((value) => tensor([[value]], { requiresGrad: true }));
    const loss = losses(a, b).sum();
    return [loss.detach(), ...grad(loss, [a, b]).map((part) => part!)];
  });
  const [loss, da, db] = await Promise.all(made.map((value) => value.item()));
  for (const value of made) value.dispose();
  return [loss, da, db];
}
