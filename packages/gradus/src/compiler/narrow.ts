import { bytesOf } from "../vocab/dtype.ts";
import { sizeOf } from "../vocab/shape.ts";
import { emit } from "../ir/emit.ts";
import { isOp, type Node } from "../ir/node.ts";
import { isElementwise, isView } from "../ir/op.ts";
import { mul } from "../ops/elementwise.ts";
import { take } from "../ops/indexing.ts";
import { broadcastTo, permute, reshape } from "../ops/movement.ts";
import { sum } from "../ops/reduce.ts";

/**
 * Numbers that are stored in fewer bits than they are computed with, `cast(q) * scale` for instance: written out as
 * floats they would cost more memory traffic than they save, so they are widened where they are used.
 */
const DEPTH = 8;

/** Whether a tensor is computed cell by cell from one that is stored narrower. */
function isNarrow(x: Node, depth = 0): boolean {
  if (depth > DEPTH) return false;
  if (isView(x.op)) return sizeOf(x.shape) === sizeOf(x.inputs[0].shape) && isNarrow(x.inputs[0], depth + 1);
  if (isOp(x, "cast")) {
    const [from] = x.inputs;
    return from.op === "buffer" && from.dtype !== "bool" && bytesOf(from.dtype) < bytesOf(x.dtype);
  }
  return isElementwise(x.op) && x.inputs.some((input) => isNarrow(input, depth + 1));
}

/** A tensor as a product whose second factor does not change along some axes; null where it is none. */
function withoutFactor(x: Node, axes: readonly number[]): readonly [rest: Node, factor: Node] | null {
  if (isOp(x, "permute")) {
    const { axes: order } = x.params;
    const parts = withoutFactor(x.inputs[0], axes.map((axis) => order[axis]));
    return parts === null ? null : [permute(parts[0], order), permute(parts[1], order)];
  }
  if (!isOp(x, "mul")) return null;
  const at = x.inputs.findIndex((input) => isOp(input, "expand") && axes.every((axis) =>
    input.inputs[0].shape[axis] === 1));
  return at < 0 ? null : [x.inputs[1 - at], x.inputs[at].inputs[0]];
}

/**
 * A product of one row with narrow numbers is a sum that widens them as it reads them, times what all that is summed
 * has in common; null for any other product.
 */
export function narrowProduct(node: Node<"contract">): Node | null {
  const { spec, output, shape } = node.params;
  if (output !== 2 || spec.windows.length > 0) return null;
  const letters = [spec.x, spec.w], side = node.inputs.findIndex((x) => isNarrow(x));
  if (side < 0) return null;
  const other = 1 - side, own = letters[side];
  const rows = [...letters[other]].some((c, i) => node.inputs[other].shape[i] > 1 && !own.includes(c));
  const summed = [...own].filter((c) => !spec.y.includes(c));
  if (rows || summed.length === 0) return null;
  const full = [...spec.y, ...summed];
  const whole = [...shape, ...summed.map((c) => node.inputs[side].shape[own.indexOf(c)])];
  /** A tensor with the letters of an operand, by all letters: of size 1 along those that it does not have. */
  const along = (x: Node, its: string): Node => {
    const order = full.filter((c) => its.includes(c)).map((c) => its.indexOf(c)), ordered = permute(x, order);
    let next = 0;
    return reshape(ordered, full.map((c) => (its.includes(c) ? ordered.shape[next++] : 1)));
  };
  const parts = withoutFactor(node.inputs[side], summed.map((c) => own.indexOf(c)));
  const wide = parts?.[0] ?? node.inputs[side];
  const [a, b] = [along(wide, own), along(node.inputs[other], letters[other])].map((x) => broadcastTo(x, whole));
  const y = sum(mul(a, b), summed.map((_, i) => shape.length + i));
  if (parts === null) return y;
  const factor = along(parts[1], own);
  return mul(y, broadcastTo(reshape(factor, factor.shape.slice(0, shape.length)), shape));
}

/** Rows of narrow numbers are looked up before they are widened; null for any other table. */
export function narrowRows(node: Node<"gather">): Node | null {
  const [table, index] = node.inputs, { axis } = node.params;
  if (!isNarrow(table)) return null;
  const rows = table.shape[axis];
  const rowsOf = (x: Node): Node | null => {
    if (isElementwise(x.op)) {
      const inputs = x.inputs.map(rowsOf);
      return inputs.some((input) => input === null) ? null : emit(x.op, x.params, inputs as Node[]);
    }
    if (isOp(x, "expand")) {
      const [from] = x.inputs;
      const made = from.shape[axis] === rows ? rowsOf(from) : null;
      return made === null ? null : broadcastTo(made, [
        ...x.shape.slice(0, axis), ...index.shape, ...x.shape.slice(axis + 1),
      ]);
    }
    return isView(x.op) ? null : take(x, index, axis);
  };
  return rowsOf(table);
}
