import { sizeOf } from "../../vocab/shape.ts";
import type { Graph, Node } from "../../ir/node.ts";
import type { OpParams } from "../../ir/op.ts";
import { numbersOf, store, zeros, type Dense } from "./dense.ts";
import { around } from "./strided.ts";

/** h[t] = a[t] h[t-1] + b[t]. The state is carried in float64 and each h[t] rounded as it is stored. */
export function recurrence(
  { axis, reverse }: OpParams["recurrence"], [a, b, h0]: readonly Dense[], node: Node,
): Dense {
  const { outer, size, inner } = around(a.shape, axis);
  const factor = numbersOf(a), summand = numbersOf(b), initial = numbersOf(h0);
  const out = new Float64Array(factor.length);
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < inner; i++) {
      let h = initial[o * inner + i];
      for (let step = 0; step < size; step++) {
        const t = reverse ? size - 1 - step : step;
        const cell = (o * size + t) * inner + i;
        h = factor[cell] * h + summand[cell];
        out[cell] = h;
      }
    }
  }
  return store(node, out);
}

/** The loop as it is written in `OpParams`; `run` gives a body its meaning. */
export function scan(
  { body, carries, sequences, length, reverse }: OpParams["scan"], inputs: readonly Dense[], node: Node,
  run: (body: Graph, inputs: readonly Dense[]) => readonly Dense[],
): readonly Dense[] {
  let state = inputs.slice(0, carries);
  const sliced = inputs.slice(carries, carries + sequences);
  const constants = inputs.slice(carries + sequences);
  const stacks = (node.outs ?? [node]).slice(carries)
    .map(({ shape, dtype }): Dense => ({ shape, dtype, data: zeros(dtype, sizeOf(shape)) }));

  for (let step = 0; step < length; step++) {
    const t = reverse ? length - 1 - step : step;
    const results = run(body, [...state, ...sliced.map((x) => entry(x, t)), ...constants]);
    state = results.slice(0, carries);
    stacks.forEach((stack, i) => {
      const result = results[carries + i];
      stack.data.set(result.data, t * result.data.length);
    });
  }
  return [...state, ...stacks];
}

/** x[t] along the leading axis. */
function entry(x: Dense, t: number): Dense {
  const shape = x.shape.slice(1);
  const size = sizeOf(shape);
  return { shape, dtype: x.dtype, data: x.data.subarray(t * size, (t + 1) * size) };
}
