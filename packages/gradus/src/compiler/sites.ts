import { formatShape } from "../vocab/shape.ts";
import type { Node } from "../ir/node.ts";
import type { Expr } from "../ir/kernel.ts";
import type { KernelBuilder } from "./build.ts";

/** Sentences about the places where kernels check indices, by the number that they note; 0 is nowhere. */
const sentences: string[] = [""];
const numbers = new Map<string, number>();

/** The number of an operation that looks up or writes along an axis of `x`. */
export function siteOf(node: Node<"gather"> | Node<"scatter">): number {
  const x = node.inputs[0], { axis } = node.params;
  const text = `${node.label ?? node.op}: index # is out of range for axis ${axis} of ${formatShape(x.shape)}, ` +
    `which has ${x.shape[axis]} entries (0 to ${x.shape[axis] - 1})`;
  let number = numbers.get(text);
  if (number === undefined) numbers.set(text, number = sentences.push(text) - 1);
  return number;
}
/** What went wrong at a site, with the index that was found there. */
export const sentenceOf = (site: number, index: number): string => sentences[site].replace("#", String(index));

/** Writes the words that say so: not well, where, which index. */
export function noteIndex(b: KernelBuilder, error: number, site: Expr, index: Expr): void {
  b.store(error, 0, b.constant(0, "i32"));
  b.store(error, 1, b.convert("i32", site));
  b.store(error, 2, index);
}
/** Notes one of the indices that had to be moved into their axis; of the lanes only the first `count` matter. */
export function checkIndex(
  b: KernelBuilder, error: number, site: Expr, raw: Expr, held: Expr, count: Expr | null,
): void {
  let wrong = b.compare("ne", raw, held), index = raw;
  const { lanes } = raw.type;
  if (lanes > 1) {
    if (count !== null) {
      const inside = b.compare("lt", b.laneIndex(lanes), b.splat(b.convert("i32", count), lanes));
      wrong = { e: "binary", type: wrong.type, op: "and", a: wrong, b: inside };
    }
    // The largest of the wrong ones, or one below zero.
    index = b.reduceLanes("max", b.select(wrong, raw, b.splat(b.constant(-(2 ** 31), "i32"), lanes)));
    wrong = b.compare("ne", b.reduceLanes("max", b.convert("i32", wrong)), b.constant(0, "i32"));
  }
  b.if(wrong, () => noteIndex(b, error, site, index));
}
