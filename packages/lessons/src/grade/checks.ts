/**
 * What authors write the checks of a lab with. Every helper throws a `Wrong` that speaks to the learner; tolerances are
 * printed, generated cases are shrunk to the smallest input that still fails.
 */
import type { Arbitrary } from "fast-check";
import { Wrong, type Exports } from "../lab.ts";
import { capital, compare, kindOf, numbersOf, sameShape, write, writeTolerance } from "./numbers.ts";

export { Wrong, type Check, type Difference, type Exports, type LabMeta } from "../lab.ts";
export { numbersOf, write } from "./numbers.ts";

/** The tolerance where a check names none. */
export const TOLERANCE = 1e-5;

/** The function a learner exports by this name. */
export function functionOf(exports: Exports, name: string): (...args: readonly unknown[]) => unknown {
  const found = exports[name];
  if (typeof found !== "function") throw new Wrong(`${name} should be a function; it is ${kindOf(found)}.`);
  return found as (...args: readonly unknown[]) => unknown;
}

/** Fails unless a result has this shape. */
export async function expectShape(value: unknown, shape: readonly number[], name = "the result"): Promise<void> {
  const found = (await numbersOf(value, name)).shape;
  if (!sameShape(found, shape))
    throw new Wrong(`${capital(name)} has shape ${write(found)}; it should be ${write(shape)}.`);
}

export interface CloseOptions {
  readonly name?: string;
  /** What the function was given, printed with the difference. */
  readonly input?: string;
  readonly tolerance?: number;
}
/** Fails, with a drawn difference, unless two results agree within max(1, |expected|) times the tolerance. */
export async function expectClose(yours: unknown, expected: unknown, options: CloseOptions = {}): Promise<void> {
  const { name = "the result", input = "", tolerance = TOLERANCE } = options;
  compare(await numbersOf(yours, name), await numbersOf(expected), input, tolerance, name);
}

/** Small building blocks of generated inputs; numbers have at most two decimals, so that counterexamples read well. */
export interface Generators {
  integer(low: number, high: number): Arbitrary<number>;
  number(low?: number, high?: number): Arbitrary<number>;
  choice<T>(...values: readonly T[]): Arbitrary<T>;
  /** A list of `length` numbers, or of something else. */
  vector(length: number, of?: Arbitrary<number>): Arbitrary<number[]>;
  matrix(rows: number, columns: number, of?: Arbitrary<number>): Arbitrary<number[][]>;
  list<T>(of: Arbitrary<T>, shortest: number, longest: number): Arbitrary<T[]>;
  /** Named parts; the names are printed with a counterexample. */
  record<T extends object>(parts: { readonly [K in keyof T]: Arbitrary<T[K]> }): Arbitrary<T>;
}
export interface ForAllOptions {
  /** Cases; 60 where nothing is said. */
  readonly runs?: number;
  readonly seed?: number;
}

/** Fails with the smallest generated input for which the property throws. */
export async function forAll<T>(
  generator: (any: Generators) => Arbitrary<T>,
  property: (value: T) => void | Promise<void>,
  options: ForAllOptions = {},
): Promise<void> {
  // A fifth of the grader's size, and cells do without.
  const fc = await import("fast-check");
  const number = (low = -3, high = 3): Arbitrary<number> =>
    fc.integer({ min: Math.ceil(100 * low), max: Math.floor(100 * high) }).map((hundredths) => hundredths / 100);
  const vector = (length: number, of = number()): Arbitrary<number[]> =>
    fc.array(of, { minLength: length, maxLength: length });
  const any: Generators = {
    integer: (min, max) => fc.integer({ min, max }),
    number,
    vector,
    choice: (...values) => fc.constantFrom(...values),
    matrix: (rows, columns, of = number()) => fc.array(vector(columns, of), { minLength: rows, maxLength: rows }),
    list: (of, minLength, maxLength) => fc.array(of, { minLength, maxLength }),
    record: <R extends object>(parts: { readonly [K in keyof R]: Arbitrary<R[K]> }) =>
      fc.record(parts) as unknown as Arbitrary<R>,
  };
  const { runs = 60, seed = 7 } = options;
  const outcome = await fc.check(
    fc.asyncProperty(generator(any), async (value) => {
      await property(value);
    }),
    { numRuns: runs, seed, endOnFailure: false },
  );
  if (!outcome.failed) return;
  const error: unknown = outcome.errorInstance;
  if (error instanceof Error && !(error instanceof Wrong) && outcome.counterexample !== null) {
    error.message += ` This happened for ${write(outcome.counterexample[0])}.`;
  }
  throw error instanceof Error ? error : new Error(String(error));
}

export interface CompareOptions extends ForAllOptions {
  readonly name?: string;
  readonly tolerance?: number;
}
/** Compares the learner's function with the reference on generated inputs; named parts are the arguments, in order. */
export async function compareWithReference<T extends object>(
  yours: (...args: never[]) => unknown,
  reference: (...args: never[]) => unknown,
  inputs: (any: Generators) => Arbitrary<T>,
  options: CompareOptions = {},
): Promise<void> {
  const { name = "the result", tolerance = TOLERANCE } = options;
  await forAll(
    inputs,
    async (value) => {
      // Each gets its own copy: a function that changes its input must not change the other's.
      const call = async (f: (...args: never[]) => unknown): Promise<unknown> =>
        f(...(Object.values(structuredClone(value)) as never[]));
      const expected = await numbersOf(await call(reference));
      compare(await numbersOf(await call(yours), name), expected, write(value), tolerance, name);
    },
    options,
  );
}

export interface GradientOptions {
  readonly tolerance?: number;
  /** Half the distance of the central differences. */
  readonly step?: number;
  readonly name?: string;
}
/**
 * Compares a gradient with central differences of f at a point: (f(x + h e_i) - f(x - h e_i)) / 2h for each i. The
 * relative error has a floor of 1e-8 under it.
 */
export async function checkGradient(
  f: (x: number[]) => number | Promise<number>,
  gradient: unknown,
  at: readonly number[],
  options: GradientOptions = {},
): Promise<void> {
  const { tolerance = 1e-4, step = 1e-4, name = "the gradient" } = options;
  const expected: number[] = [];
  for (let i = 0; i < at.length; i++) {
    const moved = (by: number): number[] => at.map((value, j) => (i === j ? value + by : value));
    expected.push(((await f(moved(step))) - (await f(moved(-step)))) / (2 * step));
  }
  const yours = await numbersOf(gradient, name);
  if (yours.numbers.length !== at.length) {
    throw new Wrong(
      `${capital(name)} has ${yours.numbers.length} numbers; there is one for each of the ${at.length} inputs.`,
    );
  }
  const error = expected.map(
    (value, i) => Math.abs(yours.numbers[i] - value) / Math.max(1e-8, Math.abs(value) + Math.abs(yours.numbers[i])),
  );
  const worst = error.reduce((best, value, i) => (value > error[best] || Number.isNaN(value) ? i : best), 0);
  if (error.every((value, i) => value <= tolerance || Math.abs(yours.numbers[i] - expected[i]) <= 1e-7)) return;
  throw new Wrong(
    `At ${write(at)} ${name} is farthest off in place ${worst + 1}: yours is ` +
      `${write(yours.numbers[worst])}, central differences give ${write(expected[worst])} (relative tolerance ` +
      `${writeTolerance(tolerance)}).`,
    { input: write(at), yours: yours.numbers, expected, shape: [at.length], tolerance },
  );
}

export interface TrainingOptions {
  /** What must be reached, found by the author from many seeds of the reference. */
  readonly mark: number;
  /** Whether a good result lies above the mark (accuracy) or below it (loss). */
  readonly better: "above" | "below";
  readonly name: string;
  readonly seeds?: readonly number[];
}
/** Trains with each seed and fails unless every result reaches the mark. */
export async function trainingReaches(train: (seed: number) => unknown, options: TrainingOptions): Promise<void> {
  const { mark, better, name, seeds = [1] } = options;
  for (const seed of seeds) {
    const {
      numbers: [reached],
    } = await numbersOf(await train(seed), name);
    if (better === "above" ? reached >= mark : reached <= mark) continue;
    throw new Wrong(
      `With seed ${seed} ${name} reaches ${write(reached)}; it should be ${write(mark)} or ` +
        `${better === "above" ? "more" : "less"}.`,
    );
  }
}
