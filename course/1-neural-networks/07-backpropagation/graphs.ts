/** The two graphs of the lesson, what their operations compute in the engine, and how steep each edge is. */
import { F, type Tensor } from "gradus";

export const UNITS = ["tanh", "sigmoid", "relu", "none", "step"] as const;
export type UnitName = (typeof UNITS)[number];
export type Operation = "leaf" | "mul" | "add" | "sub" | "square" | "unit";

export interface GraphNode {
  readonly name: string;
  readonly formula: string;
  readonly op: Operation;
  /** Indices of what it is computed from; all are smaller than its own. */
  readonly from: readonly number[];
  /** Whether an optimizer may change it. */
  readonly weight?: boolean;
  /** Where it is drawn. */
  readonly column: number; readonly row: number;
}
export interface Graph {
  readonly nodes: readonly GraphNode[];
  readonly rows: number;
  readonly start: readonly number[];
}

const leaf = (name: string, row: number, weight = false): GraphNode =>
  ({ name, formula: name, op: "leaf", from: [], column: 0, row, weight });
const node = (name: string, formula: string, op: Operation, from: readonly number[], column: number, row: number):
GraphNode => ({ name, formula, op, from, column, row });

export const GRAPHS = {
  "one unit": { rows: 6, start: [1.5, 0.8, -1, 0.6, 0.2, -1], nodes: [
    leaf("x₁", 0), leaf("w₁", 1, true), leaf("x₂", 2), leaf("w₂", 3, true), leaf("b", 4, true), leaf("t", 5),
    node("p", "p = w₁x₁", "mul", [1, 0], 1, 0.5), node("q", "q = w₂x₂", "mul", [3, 2], 1, 2.5),
    node("z", "z = p+q+b", "add", [6, 7, 4], 2, 2.5), node("y", "y = g(z)", "unit", [8], 3, 2.5),
    node("e", "e = y − t", "sub", [9, 5], 4, 3.5), node("L", "L = e²", "square", [10], 5, 3.5),
  ] },
  "one value, two uses": { rows: 4, start: [0.7, 1.2, -1, 0.5], nodes: [
    leaf("a", 0, true), leaf("b", 1, true), leaf("c", 2), leaf("t", 3),
    node("p", "p = a·b", "mul", [0, 1], 1, 0.9), node("q", "q = a·c", "mul", [0, 2], 1, 2),
    node("z", "z = p+q", "add", [4, 5], 2, 1.5), node("y", "y = g(z)", "unit", [6], 3, 1.5),
    node("e", "e = y − t", "sub", [7, 3], 4, 2.2), node("L", "L = e²", "square", [8], 5, 2.2),
  ] },
} as const satisfies Readonly<Record<string, Graph>>;
export type GraphName = keyof typeof GRAPHS;

/** An operation in the engine. */
export function evaluate(op: Exclude<Operation, "leaf">, from: readonly Tensor[], unit: UnitName): Tensor {
  switch (op) {
    case "mul": return from[0].mul(from[1]);
    case "add": return from.reduce((sum, part) => sum.add(part));
    case "sub": return from[0].sub(from[1]);
    case "square": return from[0].square();
    case "unit": return activate(from[0], unit);
  }
}
function activate(z: Tensor, unit: UnitName): Tensor {
  switch (unit) {
    case "tanh": return z.tanh();
    case "sigmoid": return z.sigmoid();
    case "relu": return F.relu(z);
    case "none": return z.mul(1);
    // Its slope is zero wherever it has one; the product keeps it in the graph.
    case "step": return z.gt(0).cast("f32").add(z.mul(0));
  }
}

/** The slope of an operation's result with respect to each of its operands, from their numbers. */
export function slopes(op: Operation, from: readonly number[], result: number, unit: UnitName): number[] {
  switch (op) {
    case "leaf": return [];
    case "mul": return [from[1], from[0]];
    case "add": return from.map(() => 1);
    case "sub": return [1, -1];
    case "square": return [2 * from[0]];
    case "unit": return [unitSlope(from[0], result, unit)];
  }
}
function unitSlope(z: number, y: number, unit: UnitName): number {
  switch (unit) {
    case "tanh": return 1 - y * y;
    case "sigmoid": return y * (1 - y);
    case "relu": return z > 0 ? 1 : 0;
    case "none": return 1;
    case "step": return 0;
  }
}
