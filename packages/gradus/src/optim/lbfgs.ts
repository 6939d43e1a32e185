import { UsageError } from "../vocab/errors.ts";
import { sizeOf } from "../vocab/shape.ts";
import { cast } from "../ops/elementwise.ts";
import { assign } from "../exec/state.ts";
import { currentTrace } from "../exec/trace.ts";
import { tensor } from "../tensor/create.ts";
import { noGrad } from "../tensor/gradient.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { strongWolfe, type Point } from "./line-search.ts";

export interface LBFGSOptions {
  readonly lr?: number;
  /** Iterations, and evaluations of the closure, in one call of `step`. */
  readonly maxIter?: number;
  readonly maxEval?: number;
  /** The step ends when no gradient is larger, or nothing moves or changes by more. */
  readonly toleranceGrad?: number;
  readonly toleranceChange?: number;
  /** How many pairs of moves and gradient changes are kept. */
  readonly historySize?: number;
  readonly lineSearch?: "strong_wolfe" | null;
}
interface Pair {
  readonly move: Float64Array;
  readonly change: Float64Array;
}

/**
 * Newton's method with an inverse Hessian made of the last moves and changes of the gradient; for whole batches. Liu
 * and Nocedal 1989; as torch.optim.LBFGS. Its course depends on the numbers themselves, so it runs eagerly only, with
 * its vectors as float64 on the CPU; `await step(closure)`, where the closure may be compiled.
 */
export class LBFGS {
  readonly parameters: readonly Tensor[];
  readonly options: Required<LBFGSOptions>;
  /** What a schedule changes. */
  readonly groups: readonly { lr: number }[];
  #iterations = 0;
  #pairs: Pair[] = [];
  #direction: Float64Array<ArrayBufferLike> = new Float64Array();
  #last: Float64Array<ArrayBufferLike> = new Float64Array();
  #length = 0;

  constructor(parameters: readonly Tensor[], options: LBFGSOptions = {}) {
    if (parameters.length === 0) throw new UsageError("LBFGS: there are no parameters; pass model.parameters()");
    const maxIter = options.maxIter ?? 20;
    this.parameters = parameters;
    this.options = {
      lr: 1, maxIter, maxEval: Math.floor(maxIter * 5 / 4), toleranceGrad: 1e-7, toleranceChange: 1e-9,
      historySize: 100, lineSearch: null, ...options,
    };
    this.groups = [{ lr: this.options.lr }];
  }
  get lr(): number {
    return this.groups[0].lr;
  }
  set lr(value: number) {
    this.groups[0].lr = value;
  }
  zeroGrad(): void {
    for (const parameter of this.parameters) parameter.grad = null;
  }

  /**
   * Goes on for up to `maxIter` iterations. `closure` clears the gradients, computes the loss, calls backward and
   * returns the loss. Gives the loss before the step.
   */
  async step(closure: () => Tensor): Promise<number> {
    if (currentTrace() !== null) {
      throw new UsageError("LBFGS: a step cannot be compiled, for how often it evaluates depends on the numbers; " +
        "compile the closure instead");
    }
    const { maxIter, maxEval, toleranceGrad, toleranceChange, lineSearch } = this.options;
    let { loss, gradient } = await this.#evaluate(closure);
    const first = loss;
    let evaluations = 1;
    for (let iteration = 1; iteration <= maxIter && largest(gradient) > toleranceGrad; iteration++) {
      const fresh = this.#iterations++ === 0;
      if (!fresh) this.#remember(gradient);
      const direction = this.#direction = fresh ? scaled(gradient, -1) : this.#newton(gradient);
      this.#last = gradient;
      const before = loss, slope = dot(gradient, direction);
      this.#length = fresh ? Math.min(1, 1 / gradient.reduce((s, v) => s + Math.abs(v), 0)) * this.lr : this.lr;
      if (slope > -toleranceChange) break;
      const origin = await gather(this.parameters);
      if (lineSearch === null) {
        this.#place(origin, this.#length);
        // The last place is not evaluated: in a stochastic setting the next step starts from other data.
        if (iteration < maxIter) {
          ({ loss, gradient } = await this.#evaluate(closure));
          evaluations++;
        }
      } else {
        const evaluate = async (at: number): Promise<Point> => {
          this.#place(origin, at);
          const found = await this.#evaluate(closure);
          return { at, ...found, slope: dot(found.gradient, direction) };
        };
        const search = await strongWolfe(evaluate, { at: 0, loss, gradient, slope }, this.#length,
          { tries: maxEval - evaluations, reach: largest(direction) });
        evaluations += search.evaluations;
        ({ at: this.#length, loss, gradient } = search.point);
        this.#place(origin, this.#length);
      }
      if (evaluations >= maxEval || largest(direction) * this.#length <= toleranceChange ||
        Math.abs(loss - before) < toleranceChange) break;
    }
    return first;
  }
  async #evaluate(closure: () => Tensor): Promise<{ loss: number; gradient: Float64Array }> {
    const loss = await closure().item();
    return { loss, gradient: await gather(this.parameters.map((p) => p.grad), this.parameters) };
  }
  /** Keeps the last move and what it did to the gradient, where the curvature along it is positive. */
  #remember(gradient: Float64Array): void {
    const move = scaled(this.#direction, this.#length), change = gradient.map((g, i) => g - this.#last[i]);
    if (dot(move, change) <= 1e-10) return;
    this.#pairs = [...this.#pairs, { move, change }].slice(-this.options.historySize);
  }
  /** -H g by the two loops over the pairs. Nocedal 1980. */
  #newton(gradient: Float64Array): Float64Array {
    const q = scaled(gradient, -1), pairs = this.#pairs;
    const shares = new Float64Array(pairs.length);
    for (let i = pairs.length - 1; i >= 0; i--) {
      const { move, change } = pairs[i];
      shares[i] = dot(move, q) / dot(move, change);
      addScaled(q, change, -shares[i]);
    }
    const newest = pairs.at(-1);
    if (newest !== undefined) {
      const scale = dot(newest.move, newest.change) / dot(newest.change, newest.change);
      q.forEach((v, i) => { q[i] = v * scale; });
    }
    pairs.forEach(({ move, change }, i) => { addScaled(q, move, shares[i] - dot(change, q) / dot(move, change)); });
    return q;
  }
  /** Puts the parameters at origin + length direction. */
  #place(origin: Float64Array, length: number): void {
    let from = 0;
    noGrad(() => {
      for (const p of this.parameters) {
        const to = from + sizeOf(p.shape);
        const values = origin.slice(from, to).map((v, i) => v + length * this.#direction[from + i]);
        assign(p, cast(tensor(values, { shape: p.shape }), p.dtype));
        from = to;
      }
    });
  }

  /** Moves, changes and the last gradient, as f64 tensors; counts among them. */
  stateDict(): Record<string, Tensor> {
    return {
      counts: tensor(new Float64Array([this.#iterations, this.#length])),
      direction: tensor(this.#direction), last: tensor(this.#last),
      ...Object.fromEntries(this.#pairs.flatMap(({ move, change }, i) =>
        [[`move.${i}`, tensor(move)], [`change.${i}`, tensor(change)]])),
    };
  }
  async loadStateDict(record: Readonly<Record<string, Tensor>>): Promise<void> {
    for (const key of ["counts", "direction", "last"]) {
      if (!Object.hasOwn(record, key)) throw new UsageError(`LBFGS.loadStateDict: "${key}" is missing`);
    }
    const read = async (x: Tensor): Promise<Float64Array> => Float64Array.from(await x.data());
    [this.#iterations, this.#length] = await read(record.counts);
    [this.#direction, this.#last] = [await read(record.direction), await read(record.last)];
    this.#pairs = [];
    for (let i = 0; Object.hasOwn(record, `move.${i}`); i++) {
      this.#pairs.push({ move: await read(record[`move.${i}`]), change: await read(record[`change.${i}`]) });
    }
  }
}

/** All numbers of some tensors as one vector; where one is missing, as many zeros as `like` says. */
async function gather(tensors: readonly (Tensor | null)[], like: readonly (Tensor | null)[] = tensors):
Promise<Float64Array> {
  const parts = await Promise.all(tensors.map(async (x, i) =>
    (x === null ? new Float64Array(sizeOf(like[i]!.shape)) : await x.data())));
  const all = new Float64Array(parts.reduce((n, part) => n + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
const dot = (a: Float64Array, b: Float64Array): number => a.reduce((sum, v, i) => sum + v * b[i], 0);
const scaled = (x: Float64Array, by: number): Float64Array => x.map((v) => v * by);
const largest = (x: Float64Array): number => x.reduce((most, v) => Math.max(most, Math.abs(v)), 0);
function addScaled(target: Float64Array, x: Float64Array, by: number): void {
  for (let i = 0; i < x.length; i++) target[i] += by * x[i];
}
