import type { Expr } from "../../ir/kernel.ts";
import { keyOf, type Frame } from "./frame.ts";

/**
 * Offsets below this go into the instruction. The engine adds them without wrapping, so that the sum before it must not
 * fall below address 0; it cannot, since no buffer lies below this address (`device.ts` starts its heap here).
 */
export const FOLDED_OFFSETS = 65536;

interface Term {
  readonly expr: Expr;
  readonly factor: number;
}
/** constant + sum of factor * expr. */
interface Affine {
  constant: number;
  readonly terms: Term[];
}

function addAffine(expr: Expr, factor: number, into: Affine): void {
  switch (expr.e) {
    case "const":
      into.constant += factor * expr.value;
      return;
    case "binary":
      if (expr.op === "add" || expr.op === "sub") {
        addAffine(expr.a, factor, into);
        addAffine(expr.b, expr.op === "add" ? factor : -factor, into);
        return;
      }
      if (expr.op === "mul" && expr.b.e === "const") return addAffine(expr.a, factor * expr.b.value, into);
      if (expr.op === "mul" && expr.a.e === "const") return addAffine(expr.b, factor * expr.a.value, into);
      if (expr.op === "shl" && expr.b.e === "const") return addAffine(expr.a, factor * 2 ** expr.b.value, into);
      break;
    case "convert":
      // Integers of 32 bits are addresses as they are.
      if (["i32", "u32", "index"].includes(expr.a.type.scalar)) return addAffine(expr.a, factor, into);
      break;
    default:
  }
  into.terms.push({ expr, factor });
}

/** Leaves `value * factor` of the value on the stack. */
export function scale(frame: Frame, factor: number): void {
  if (factor === 1) return;
  const shift = Math.log2(factor);
  frame.code.constant("i32", Number.isInteger(shift) ? shift : factor);
  frame.code.op(Number.isInteger(shift) ? "i32.shl" : "i32.mul");
}

/** Leaves the sum of the terms on the stack: one multiplication for each factor. */
function printSum(frame: Frame, terms: readonly Term[]): void {
  const groups = new Map<number, Expr[]>();
  for (const term of terms) {
    const group = groups.get(term.factor);
    if (group === undefined) groups.set(term.factor, [term.expr]);
    else group.push(term.expr);
  }
  let first = true;
  for (const [factor, group] of groups) {
    group.forEach((expr, i) => {
      frame.expression(expr);
      if (i > 0) frame.code.op("i32.add");
    });
    scale(frame, factor);
    if (!first) frame.code.op("i32.add");
    first = false;
  }
}

/**
 * Leaves the address of an element on the stack, short of the returned offset, which belongs into the instruction. The
 * part of the sum that a loop does not change is computed before that loop.
 */
export function printAddress(frame: Frame, buffer: number, bytes: number, index: Expr): number {
  const sum: Affine = { constant: 0, terms: [] };
  addAffine(index, bytes, sum);
  const byLevel = new Map<number, Term[]>();
  for (const term of sum.terms) {
    const level = Math.min(frame.levelOf(term.expr), frame.depth);
    const terms = byLevel.get(level);
    if (terms === undefined) byLevel.set(level, [term]);
    else terms.push(term);
  }
  let pointer = frame.base(buffer);
  for (const level of [...byLevel.keys()].sort((a, b) => a - b)) {
    if (level === frame.depth) break;
    const terms = byLevel.get(level)!;
    const from = pointer;
    const key = `${from}+${terms.map(term => `${keyOf(term.expr)}*${term.factor}`).join("+")}`;
    pointer = frame.hoist(level, key, "i32", `${frame.kernel.buffers[buffer].name}_at`, () => {
      printSum(frame, terms);
      frame.code.local("local.get", from);
      frame.code.op("i32.add");
    });
  }
  const inner = byLevel.get(frame.depth);
  if (inner !== undefined) printSum(frame, inner);
  frame.code.local("local.get", pointer);
  if (inner !== undefined) frame.code.op("i32.add");
  if (sum.constant >= 0 && sum.constant < FOLDED_OFFSETS) return sum.constant;
  frame.code.constant("i32", sum.constant);
  frame.code.op("i32.add");
  return 0;
}
