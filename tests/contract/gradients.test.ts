import { beforeAll, describe, expect, test } from "vitest";
import "../../packages/gradus/src/index.ts";
import { gradcheck } from "../../packages/gradus/src/autograd/gradcheck.ts";
import { VJP } from "../../packages/gradus/src/autograd/vjp.ts";
import { createReferenceBackend } from "../../packages/gradus/src/backends/reference/index.ts";
import { topologicalOrder } from "../../packages/gradus/src/ir/node.ts";
import type { Op } from "../../packages/gradus/src/ir/op.ts";
import { setBackend } from "../../packages/gradus/src/runtime/registry.ts";
import { CASES, OPS } from "./cases.ts";
import { graphOf, upload, widened } from "./run.ts";

/** Primitives without a gradient, or whose gradient is zero wherever there is one, or which have no operands. */
const SMOOTH_NOWHERE: ReadonlySet<Op> = new Set<Op>(["constant", "iota", "random", "not", "bitcast", "bitAnd", "bitOr",
  "bitXor",
  "shiftLeft", "shiftRight", "eq", "ne", "lt", "le", "gt", "ge", "argReduce"]);

describe("gradients against differences in float64, to second order", () => {
  beforeAll(() => setBackend(createReferenceBackend()));

  test("every primitive with a gradient rule has cases that are differentiated twice", () => {
    for (const op of OPS) {
      const differentiated = CASES[op].some((c) => c.order === 2);
      if (VJP[op].rule !== null) expect(differentiated, op).toBe(true);
      else if (op !== "buffer" && op !== "project" && op !== "iota" && op !== "constant" && op !== "random") {
        expect([op, differentiated, SMOOTH_NOWHERE.has(op)]).toEqual([op, false, true]);
      }
    }
  });
  for (const op of OPS) {
    const cases = CASES[op].filter((c) => c.order === 2);
    if (cases.length === 0) continue;
    test(`${op}: ${cases.length} cases`, async () => {
      const faults: string[] = [];
      for (const c of cases) {
        const inputs = c.inputs.map(widened);
        // A case that rounds to float32 on the way is linear; it needs steps that float32 can tell apart.
        const single = topologicalOrder(graphOf({ ...c, inputs }).outputs).some((node) => node.dtype === "f32");
        try {
          await gradcheck((...xs) => c.build(xs), inputs.map((x) => upload(x, false)),
            { order: 2, elements: 8, ...(single ? { epsilon: 0.01, tolerance: 1e-4 } : {}) });
        } catch (error) {
          faults.push(`${c.title}: ${(error as Error).message}`);
        }
      }
      expect(faults.join("\n")).toBe("");
    });
  }
});
