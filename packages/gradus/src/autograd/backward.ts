import { UsageError } from "../vocab/errors.ts";
import { emit, withGradients } from "../ir/emit.ts";
import type { Node } from "../ir/node.ts";
import { isOp } from "../ir/node.ts";
import type { Op } from "../ir/op.ts";
import { onesLike, zeros } from "../ops/create.ts";
import { add } from "../ops/elementwise.ts";
import { Leaf, Tape } from "./tape.ts";
import type { Differentiate, Step, VjpRow } from "./rule.ts";
import { VJP } from "./vjp.ts";

/** What made a value: a node of a graph itself, the tape entry of an eager tensor, or the identity of State. */
type Origin = Node | Tape | Leaf;
const originOf = (node: Node): Origin => (node.tape as Tape | Leaf | null) ?? node;

export interface BackwardOptions {
  /** Let the gradients be differentiated again. */
  readonly createGraph?: boolean;
  /** Keep what eager steps saved, so that backward can run once more. */
  readonly retainGraph?: boolean;
}

/**
 * The gradient of sum_i <outputs[i], seeds[i]> for each node in `wanted` (null: it does not depend on it). A leaf of
 * the walk is a node in `wanted` or one without inputs.
 */
export function gradients(
  outputs: readonly Node[], seeds: readonly (Node | null)[], wanted: readonly Node[], options: BackwardOptions = {},
): (Node | null)[] {
  const order = walk(outputs);
  const sums = new Map<Origin, (Node | null)[]>();
  const give = (node: Node, gradient: Node | null, index = 0): void => {
    if (gradient === null || !node.requiresGrad) return;
    const origin = originOf(node);
    let slots = sums.get(origin);
    if (slots === undefined) sums.set(origin, slots = []);
    const before = slots[index] ?? null;
    slots[index] = before === null ? gradient : add(before, gradient);
  };
  const targets = new Set(wanted.map(originOf));
  withGradients(options.createGraph ?? false, () => {
    outputs.forEach((y, i) => give(y, seeds[i] ?? onesLike(y)));
    for (let i = order.length - 1; i >= 0; i--) {
      const origin = order[i];
      const got = sums.get(origin);
      if (got === undefined || origin.inputs.length === 0) continue;
      if (!targets.has(origin)) sums.delete(origin);
      if (origin instanceof Tape && origin.released) {
        throw new UsageError(`backward: the numbers that ${origin.op} saved were released by an earlier backward; ` +
          "pass { retainGraph: true } to that call");
      }
      if (isProject(origin)) {
        give(origin.inputs[0], got[0] ?? null, origin.params.index);
        continue;
      }
      const { rule } = VJP[origin.op] as VjpRow<Op>;
      if (rule === null) continue;
      const step = {
        params: origin.params, inputs: origin.inputs, outputs: outputsOfOrigin(origin),
        wants: origin.inputs.map((x) => x.requiresGrad), differentiate,
      } as Step<Op>;
      const all = outputAvals(origin).map((_, k) => got[k] ?? null);
      const g = all[0] ?? zeros(step.outputs[0]?.shape ?? origin.shape, origin.dtype);
      rule(step, g, all).forEach((d, k) => give(origin.inputs[k], d));
    }
  });
  const result = wanted.map((node) => sums.get(originOf(node))?.[0] ?? null);
  if (options.retainGraph !== true && options.createGraph !== true) {
    for (const origin of order) if (origin instanceof Tape) origin.release();
  }
  return result;
}

const differentiate: Differentiate = (outputs, seeds, wanted) =>
  gradients(outputs, seeds, wanted, { createGraph: true });
const isProject = (origin: Origin): origin is Origin & { params: { index: number } } => origin.op === "project";
const outputAvals = (origin: Origin): readonly unknown[] => origin.outs ?? [origin];

/** The results of a step as nodes: those a tape saved, or a graph node and its projections. */
function outputsOfOrigin(origin: Origin): readonly Node[] {
  if (origin instanceof Tape) return origin.outputs;
  if (origin instanceof Leaf) return [origin.node];
  return origin.outs === null ? [origin] : origin.outs.map((_, index) => emit("project", { index }, [origin]));
}

/** Everything that the outputs need a gradient through, each after what it was made from. */
function walk(outputs: readonly Node[]): Origin[] {
  const order: Origin[] = [];
  const seen = new Set<Origin>();
  const stack: { origin: Origin; next: number }[] = [];
  const visit = (node: Node): void => {
    const origin = originOf(node);
    if (!node.requiresGrad || seen.has(origin)) return;
    seen.add(origin);
    stack.push({ origin, next: 0 });
  };
  for (const root of outputs) {
    visit(root);
    while (stack.length > 0) {
      const top = stack[stack.length - 1];
      if (top.next < top.origin.inputs.length) visit(top.origin.inputs[top.next++]);
      else order.push(stack.pop()!.origin);
    }
  }
  return order;
}

/** Leaves that ask for a gradient: parameters, and inputs marked with `requiresGrad`. */
export function leavesOf(outputs: readonly Node[]): Node[] {
  const leaves: Node[] = [];
  const seen = new Set<Origin>();
  const stack = [...outputs];
  while (stack.length > 0) {
    const node = stack.pop()!;
    const origin = originOf(node);
    if (!node.requiresGrad || seen.has(origin)) continue;
    seen.add(origin);
    if (origin.inputs.length === 0) {
      if (origin instanceof Leaf) leaves.push(origin.node);
      else if (isOp(node, "buffer")) leaves.push(node);
    } else stack.push(...origin.inputs);
  }
  return leaves;
}
