import { emit } from "../ir/emit.ts";
import type { Node } from "../ir/node.ts";
import { trace } from "../ops/loop.ts";
import { broadcastTo, moveAxis } from "../ops/movement.ts";
import { spread, type BatchingRule } from "./rule.ts";

/** A loop over many examples: carries and results have them all, sequences and constants where they are batched. */
export const batchScan: BatchingRule<"scan"> = ({ params }, inputs, batched, size, batchGraph) => {
  const { body, carries, sequences } = params;
  const given = inputs.map((x, i): Node => {
    if (i < carries) return batched[i] ? x : broadcastTo(x, [size, ...x.shape]);
    // Steps first, then examples.
    return batched[i] && i < carries + sequences ? moveAxis(x, 0, 1) : x;
  });
  const flags = inputs.map((_, i) => i < carries || batched[i]);
  const avals = body.inputs.map(({ shape, dtype }, i) => ({ shape: flags[i] ? [size, ...shape] : shape, dtype }));
  const wide = trace(avals, (...nodes) =>
    batchGraph(body, nodes.map((node, i) => ({ node, batched: flags[i] })), size).map((y) => spread(y, size)));
  return emit("scan", { ...params, body: wide }, given);
};
