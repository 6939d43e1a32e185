/** Selective copying at toy scale: two letters among blanks, to be repeated in order at the end. */
import {
  compile, F, Module, nn, noGrad, optim, parameter, randn, tensor, type Generator, type RandomStream, type Tensor,
} from "gradus";

export const LETTERS = "abcd", REMEMBERED = 2, PLACES = 12, LENGTH = PLACES + REMEMBERED, WIDTH = 16, STATE = 4;
/** Tokens: 0 is a blank, 1 to 4 the letters, 5 asks. */
const TOKENS = LETTERS.length + 2, ASK = LETTERS.length + 1, BATCH = 32, RATE = 0.02;

/** One state-space layer with a gate. Its step, B and C are made from the token, or are the same for all tokens. */
class Layer extends Module {
  readonly norm: nn.LayerNorm;
  readonly enter: nn.Linear;
  readonly select: nn.Linear | null;
  readonly step: Tensor;
  readonly fixed: Tensor;
  readonly rates: Tensor;
  readonly skip: Tensor;
  readonly leave: nn.Linear;

  constructor(selective: boolean, generator: Generator) {
    super();
    this.norm = new nn.LayerNorm([WIDTH]);
    this.enter = new nn.Linear(WIDTH, 2 * WIDTH);
    this.select = selective ? new nn.Linear(WIDTH, WIDTH + 2 * STATE) : null;
    // Before softplus: first steps between 0.01 and 0.5, so that channels begin with short and long memories.
    const steps = Array.from({ length: WIDTH }, (_, i) => Math.log(Math.expm1(0.01 * 50 ** (i / WIDTH))));
    this.step = parameter(tensor(steps));
    this.fixed = parameter(randn([2 * STATE], { generator }));
    this.rates = parameter(tensor(steps.map(() => Array.from({ length: STATE }, (_, n) => Math.log(n + 1)))));
    this.skip = parameter(tensor(steps.map(() => 1)));
    this.leave = new nn.Linear(WIDTH, WIDTH);
  }
  /** The step sizes (B, T, D), and what enters and what is read of the state (B, T, N). */
  selection(h: Tensor): { dt: Tensor; B: Tensor; C: Tensor } {
    const [b, t] = h.shape;
    if (this.select === null) {
      const [B, C] = this.fixed.broadcastTo([b, t, 2 * STATE]).chunk(2, 2);
      return { dt: F.softplus(this.step).broadcastTo([b, t, WIDTH]), B, C };
    }
    const [raw, B, C] = this.select.forward(h).split([WIDTH, STATE, STATE], 2);
    const dt = F.softplus(raw.add(this.step));
    return { dt, B, C };
  }
  inner(x: Tensor): { h: Tensor; gate: Tensor } {
    const [u, gate] = this.enter.forward(this.norm.forward(x)).chunk(2, 2);
    return { h: F.silu(u), gate };
  }
  forward(x: Tensor): Tensor {
    const { h, gate } = this.inner(x), { dt, B, C } = this.selection(h);
    const y = F.selectiveScan(h, dt, this.rates.exp().neg(), B, C, this.skip);
    return x.add(this.leave.forward(y.mul(F.silu(gate))));
  }
}
/** Tokens (B, T) to scores of letters at the places that ask (B, asked, letters). */
export class Copier extends Module {
  readonly embedding: nn.Embedding;
  readonly layers: nn.ModuleList<Layer>;
  readonly head: nn.Linear;

  constructor(selective: boolean, layers: number, generator: Generator) {
    super();
    this.embedding = new nn.Embedding(TOKENS, WIDTH);
    this.layers = new nn.ModuleList(Array.from({ length: layers }, () => new Layer(selective, generator)));
    this.head = new nn.Linear(WIDTH, LETTERS.length);
  }
  forward(tokens: Tensor): Tensor {
    let x = this.embedding.forward(tokens);
    for (const layer of this.layers) x = layer.forward(x);
    return this.head.forward(x.narrow(1, PLACES, REMEMBERED));
  }
  /** Of the first layer, for one sequence: the mean step, and the length of B and of C, for each token. */
  async selection(tokens: readonly number[]): Promise<{ dt: number[]; B: number[]; C: number[] }> {
    const [dt, B, C] = noGrad(() => {
      const [layer] = this.layers, x = this.embedding.forward(batchOf([tokens])),
        made = layer.selection(layer.inner(x).h);
      const long = (v: Tensor): Tensor => v.square().sum([2]).sqrt().flatten();
      return [made.dt.mean([2]).flatten(), long(made.B), long(made.C)];
    });
    const list = async (x: Tensor): Promise<number[]> => Array.from(await x.data());
    return { dt: await list(dt), B: await list(B), C: await list(C) };
  }
}
const batchOf = (rows: readonly (readonly number[])[]): Tensor =>
  tensor(Int32Array.from(rows.flat()), { shape: [rows.length, LENGTH] });

/** Letters by place, then questions. */
export function write(letters: readonly { readonly place: number; readonly letter: number }[]): number[] {
  const tokens = Array.from({ length: LENGTH }, (_, i) => (i < PLACES ? 0 : ASK));
  for (const { place, letter } of letters) tokens[place] = letter + 1;
  return tokens;
}
/** Random sequences and their letters in order; `fixed` puts the letters always at the same two places. */
export function sequences(random: RandomStream, count: number, fixed: boolean): { tokens: Tensor;
  letters: Int32Array } {
  const rows: number[][] = [], letters: number[] = [];
  for (let i = 0; i < count; i++) {
    const first = random.integer(PLACES), second = (first + 1 + random.integer(PLACES - 1)) % PLACES;
    const places = fixed ? [2, 7] : [Math.min(first, second), Math.max(first, second)];
    const made = places.map((place) => ({ place, letter: random.integer(LETTERS.length) }));
    rows.push(write(made));
    letters.push(...made.map(({ letter }) => letter));
  }
  return { tokens: batchOf(rows), letters: Int32Array.from(letters) };
}

/** Answers for each place that asks, as letters. */
export async function answers(model: Copier, tokens: Tensor): Promise<Int32Array> {
  return Int32Array.from(await noGrad(() => model.forward(tokens).argmax(2).flatten()).data());
}
export const answer = (model: Copier, tokens: readonly number[]): Promise<Int32Array> => answers(model,
  batchOf([tokens]));

/** A function that makes one update of the model by Adam. */
export function learner(model: Copier): (tokens: Tensor, letters: Int32Array) => void {
  const optimizer = new optim.Adam(model.parameters(), { lr: RATE });
  const step = compile((tokens: Tensor, letters: Tensor) => {
    optimizer.zeroGrad();
    F.crossEntropy(model.forward(tokens).flatten(0, 1), letters).backward();
    optimizer.step();
  });
  return (tokens, letters) => {
    step(tokens, tensor(letters));
  };
}
export { BATCH };

/** The share of right letters, if letters that are equal are always right and two different ones this often. */
const overall = (different: number): number => 1 / LETTERS.length + (1 - 1 / LETTERS.length) * different;
/** Who knows both letters and guesses their order. */
export const ORDER_UNKNOWN = overall(1 / REMEMBERED);
/**
 * The most that one time-invariant layer can do which treats all letters alike. Its score of a letter is a sum of gains
 * g(distance), and both questions have the same g: right are far letters with g(far) > g(near) at the first, near ones
 * with g(near + 1) > g(far + 1) at the second. A comparison of g at two distances from 2 to PLACES comes up once in
 * either sense, so half of those are right whatever g is. Distance 1 is met by the first question only, PLACES + 1 by
 * the second only: PLACES - 1 comparisons each, all of which can be right.
 */
export const TIME_INVARIANT = overall(((PLACES - 1) * (PLACES - 2) / 2 + 2 * (PLACES - 1)) /
  (PLACES * (PLACES - 1)));
