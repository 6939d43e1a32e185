import type { GraphNode } from "./parse.ts";

/** Signs that are shorter than names, where everybody knows them. */
const SIGNS: Readonly<Record<string, string>> = {
  add: "+", sub: "−", mul: "×", div: "÷", neg: "−x", square: "x²", sqrt: "√", exp: "exp", contract: "Σ", le: "≤",
  lt: "<", ge: "≥", gt: ">", eq: "=", ne: "≠", maximum: "max", minimum: "min", recip: "1/x", reciprocal: "1/x",
};
export const sizesOf = (shape: readonly number[]): string => `[${shape.join(", ")}]`;

/** What is written into an operation's mark: at most some nine letters. */
export function shortName({ op, parameters }: GraphNode): string {
  if (op === "reduce") return /kind: (\w+)/.exec(parameters)?.[1] ?? "reduce";
  return SIGNS[op] ?? op;
}
/** Primitives with how often each comes in a row: "contract, 2 add, tanh". */
export const inWords = (list: readonly (readonly [op: string, count: number])[]): string =>
  list.map(([op, count]) => (count > 1 ? `${count} ${op}` : op)).join(", ");

/** A sentence for readers who do not see the drawing. */
export function sentence(node: GraphNode): string {
  const from = node.inputs.length === 0 ? "" : ` of ${node.inputs.join(" and ")}`;
  return `${node.id}: ${node.op}${from}, ${node.dtype} ${sizesOf(node.shape)}`;
}
