import { isFloat, type DType } from "../../packages/gradus/src/vocab/dtype.ts";
import { RandomStream } from "../../packages/gradus/src/vocab/random.ts";
import { sizeOf, type Shape } from "../../packages/gradus/src/vocab/shape.ts";
import type { Node } from "../../packages/gradus/src/ir/node.ts";
import { flip, permute, slice } from "../../packages/gradus/src/ops/movement.ts";

/** An argument of a case: what it holds, rounded to its dtype when it is uploaded. */
export interface Input {
  readonly shape: Shape;
  readonly dtype: DType;
  readonly numbers: Float64Array;
}

/**
 * How near a float32 result must come to the float64 one. "same": equal after rounding (nothing is computed, or it is
 * rounded once). "elementwise": 2e-6 of each element. `terms`: a sum of so many products, 4 sqrt(terms) eps sum|a||b|,
 * where the sum of absolute values is the same case applied to absolute inputs. "chain": several operations, 1e-5 of
 * the largest element.
 */
export type Closeness = "same" | "elementwise" | "chain" | { readonly terms: number };

export interface Case {
  readonly title: string;
  readonly inputs: readonly Input[];
  build(inputs: readonly Node[]): Node | readonly Node[];
  /** How often the case may be differentiated, and why not twice. */
  readonly order: 0 | 1 | 2;
  readonly reason: string | null;
  readonly closeness: Closeness;
  /** False: f32 inputs stay f32 for the oracle too, because the case looks at bits. */
  readonly widen: boolean;
}

export interface CaseOptions {
  readonly order?: 0 | 1;
  readonly reason?: string;
  readonly closeness?: Closeness;
  readonly widen?: boolean;
}

/** A case; differentiable twice if it has floating-point inputs and the options do not say otherwise. */
export function make(
  title: string, inputs: readonly Input[], build: (...inputs: Node[]) => Node | readonly Node[],
  options: CaseOptions = {},
): Case {
  const float = inputs.some((x) => isFloat(x.dtype));
  const narrow = inputs.some((x) => x.dtype === "f16" || x.dtype === "bf16");
  const why = options.reason ?? (!float ? "no floating-point input" : narrow ? "16-bit floats are storage" : null);
  return {
    title, inputs, build: (nodes) => build(...nodes), order: options.order ?? (why === null ? 2 : 0), reason: why,
    closeness: options.closeness ?? "elementwise", widen: options.widen ?? true,
  };
}

/** Numbers for `count` elements, from a stream that depends on what is asked alone. */
export type Sampler = (count: number, random: RandomStream, dtype: DType) => number[];
const each = (draw: (random: RandomStream) => number): Sampler => (count, random) =>
  Array.from({ length: count }, () => draw(random));

export const uniform = (low: number, high: number): Sampler => each((r) => low + (high - low) * r.uniform());
/** Away from 0 on both sides. */
export const nonzero = (low = 0.3, high = 2): Sampler =>
  each((r) => (r.uniform() < 0.5 ? -1 : 1) * (low + (high - low) * r.uniform()));
/** Away from integers and from halves between them. */
export const betweenIntegers: Sampler = each((r) =>
  r.integer(7) - 3 + (r.uniform() < 0.5 ? 0.1 : 0.6) + 0.3 * r.uniform());
/** All at least 0.05 apart, in random order; `shift` keeps two such inputs apart from each other. */
export const distinct = (shift = 0): Sampler => (count, random) =>
  Array.from(random.permutation(count), (i) => (i - count / 2) * 0.1 + shift + 0.02 * random.uniform());
/** Small whole numbers, negative too where the dtype has them. */
export const whole = (limit = 9): Sampler => (count, random, dtype) => Array.from({ length: count }, () =>
  (dtype === "bool" ? random.integer(2)
    : dtype === "u8" || dtype === "u32" ? random.integer(limit + 1)
    : random.integer(2 * limit + 1) - limit));
/** Positions within an axis. */
export const positions = (size: number): Sampler => each((r) => r.integer(size));
/** The numbers given, again and again. */
export const listed = (...numbers: number[]): Sampler => (count) =>
  Array.from({ length: count }, (_, i) => numbers[i % numbers.length]);

let drawn = 0;
/** An input of a shape, by default of small numbers that suit its dtype. */
export function input(shape: Shape, sampler?: Sampler, dtype: DType = "f32"): Input {
  const draw = sampler ?? (isFloat(dtype) ? uniform(-2, 2) : whole());
  const numbers = draw(sizeOf(shape), new RandomStream(20_260 + drawn++), dtype);
  return { shape, dtype, numbers: Float64Array.from(numbers, (x) => (dtype === "f64" ? x : Math.fround(x))) };
}
export const vector = (dtype: DType, ...numbers: number[]): Input => ({
  shape: [numbers.length], dtype, numbers: Float64Array.from(numbers),
});
export const scalar = (dtype: DType, number: number): Input => ({
  shape: [], dtype, numbers: Float64Array.of(number),
});

/** An operand that is stored in one shape and seen in another, to put strides, offsets and gaps before an operation. */
export interface Arrangement {
  readonly title: string;
  readonly stored: Shape;
  readonly view: (x: Node) => Node;
}
const dense = (...shape: number[]): Arrangement => ({ title: `[${shape.join(", ")}]`, stored: shape, view: (x) => x });
const transposed: Arrangement = { title: "transposed [5, 3]", stored: [3, 5], view: (x) => permute(x, [1, 0]) };
const turned: Arrangement = {
  title: "permuted [3, 2, 5, 4]", stored: [2, 3, 4, 5], view: (x) => permute(x, [1, 0, 3, 2]),
};
const flipped: Arrangement = { title: "flipped [4, 3]", stored: [4, 3], view: (x) => flip(x, [0, 1]) };
const sliced: Arrangement = {
  title: "sliced [3, 4]", stored: [7, 9], view: (x) => slice(x, [1, 2], [7, 9], [2, 2]),
};
const offset: Arrangement = { title: "rows 1 to 3 of [5, 17]", stored: [5, 17], view: (x) =>
  slice(x, [1, 0], [4, 17]) };

/** Shapes of one operand: sizes 0, 1 and odd ones, ranks 0 to 4, dense and strided. */
export const ARRANGEMENTS: readonly Arrangement[] = [
  dense(), dense(1), dense(0), dense(3), dense(17), dense(5, 3), dense(0, 3), dense(2, 3, 5), dense(2, 1, 3, 5),
  dense(255), transposed, turned, flipped, sliced, offset,
];
/** A few of them, for further dtypes. */
export const FEW: readonly Arrangement[] = [dense(), dense(17), transposed, sliced];
