import type { Expr, Variable } from "../ir/kernel.ts";
import type { ReduceKind } from "../ir/op.ts";
import type { DType } from "../vocab/dtype.ts";
import type { KernelBuilder } from "./build.ts";
import { combine } from "./scalar.ts";

/** What a reduction has so far, in one unrolled copy of its loop. */
export interface Accumulator {
  readonly best: Variable;
  /** For positions: the place of the best so far. */
  readonly place: Variable | null;
}

/** Whether x at place p beats the best so far: larger (or smaller, or the first NaN), earlier among equals. */
export function better(b: KernelBuilder, kind: "max" | "min", x: Expr, p: Expr, best: Expr, at: Expr): Expr {
  const or = (u: Expr, v: Expr): Expr => ({ e: "binary", type: u.type, op: "or", a: u, b: v });
  const and = (u: Expr, v: Expr): Expr => ({ e: "binary", type: u.type, op: "and", a: u, b: v });
  const earlier = b.compare("lt", p, at);
  if (x.type.scalar === "mask") {
    const one = b.convert("i32", x), other = b.convert("i32", best);
    return or(b.compare(kind === "max" ? "gt" : "lt", one, other), and(b.compare("eq", one, other), earlier));
  }
  const more = b.compare(kind === "max" ? "gt" : "lt", x, best);
  const equal = and(b.compare("eq", x, best), earlier);
  if (x.type.scalar !== "f32" && x.type.scalar !== "f64") return or(more, equal);
  const isNaN = b.compare("ne", x, x), bestIsNaN = b.compare("ne", best, best);
  const nan = and(isNaN, or(b.unary("not", bestIsNaN), earlier));
  return or(nan, and(b.unary("not", bestIsNaN), or(more, equal)));
}
/** One number from all lanes and copies. */
export function joinValues(b: KernelBuilder, kind: ReduceKind, dtype: DType, copies: readonly Accumulator[]): Expr {
  const whole = copies.map((a) => b.read(a.best)).reduce((x, y) => combine(b, kind, dtype, x, y));
  if (whole.type.lanes === 1) return b.let("reduced", whole);
  if (whole.type.scalar === "mask") {
    const bits = b.reduceLanes(kind === "max" ? "max" : "min", b.convert("i32", whole));
    return b.let("reduced", b.compare("ne", bits, b.constant(0, "i32")));
  }
  const op = ({ sum: "add", prod: "mul", max: "max", min: "min" } as const)[kind];
  return b.let("reduced", b.reduceLanes(op, b.let("lanes", whole)));
}
/** The place of the best number in all lanes and copies. */
export function joinPlaces(b: KernelBuilder, kind: "max" | "min", copies: readonly Accumulator[]): Expr {
  let best: Expr | null = null, place: Expr | null = null;
  for (const copy of copies) {
    for (let lane = 0; lane < copy.best.type.lanes; lane++) {
      const pick = (v: Variable): Expr => (v.type.lanes === 1 ? b.read(v) : b.let("lane",
        { e: "extract", type: { scalar: v.type.scalar, lanes: 1 }, a: b.read(v), lane }));
      const x = pick(copy.best), p = pick(copy.place!);
      if (best === null || place === null) [best, place] = [x, p];
      else {
        const wins = b.let("wins", better(b, kind, x, p, best, place));
        [best, place] = [b.let("best", b.select(wins, x, best)), b.let("place", b.select(wins, p, place))];
      }
    }
  }
  return place!;
}
