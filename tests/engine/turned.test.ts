/** Copies that turn memory round, in squares of registers, against index arithmetic: every size that leaves a rest. */
import { afterAll, describe, expect, test } from "vitest";
import {
  compile, createReferenceBackend, createWasmBackend, explain, setBackend, tensor, type Backend,
} from "../../packages/gradus/src/index.ts";
import { findCompiler } from "../../packages/gradus/src/backends/native/compile.ts";
import { createNativeBackend } from "../../packages/gradus/src/backends/native/index.ts";

const missing = await findCompiler().then(() => null, (error: Error) => error.message);
const backends: readonly (readonly [string, () => Promise<Backend>])[] = [
  ["wasm", () => Promise.resolve(createWasmBackend({ threads: 1 }))],
  ...(missing === null ? [["native", () => createNativeBackend({ threads: 2 })] as const] : []),
];
interface Turn {
  readonly shape: readonly number[];
  readonly order: readonly number[];
  readonly flipped?: readonly number[];
}
const turns: readonly Turn[] = [
  { shape: [16, 16], order: [1, 0] }, { shape: [17, 33], order: [1, 0] }, { shape: [9, 512], order: [1, 0] },
  { shape: [4, 5], order: [1, 0] }, { shape: [3, 100], order: [1, 0] }, { shape: [3, 8, 6, 21], order: [0, 2, 3, 1] },
  { shape: [2, 6, 21, 8], order: [0, 3, 1, 2] }, { shape: [5, 7, 19], order: [2, 1, 0] },
  { shape: [2, 3, 16, 4], order: [3, 1, 2, 0] }, { shape: [8, 24, 3, 3], order: [1, 2, 3, 0], flipped: [2, 3] },
  { shape: [40, 12], order: [1, 0], flipped: [1] },
];
describe.each(backends)("%s", (name, create) => {
  afterAll(() => { setBackend(createReferenceBackend()); });
  test.each(turns)("%j", async ({ shape, order, flipped = [] }) => {
    setBackend(await create());
    const size = shape.reduce((n, d) => n * d, 1);
    const x = tensor(Int32Array.from({ length: size }, (_, i) => i), { shape });
    const turn = compile((t: typeof x) => t.flip(flipped).permute(order));
    const got = await turn(x).data();
    const result = order.map((axis) => shape[axis]);
    for (let cell = 0; cell < size; cell++) {
      const at = shape.map(() => 0);
      let rest = cell;
      for (let k = order.length - 1; k >= 0; k--) {
        at[order[k]] = rest % result[k];
        rest = Math.floor(rest / result[k]);
      }
      const from = shape.reduce((n, d, axis) => n * d + (flipped.includes(axis) ? d - 1 - at[axis] : at[axis]), 0);
      if (got[cell] !== from) expect.fail(`cell ${cell} of [${result.join(", ")}] is ${got[cell]}, not ${from}`);
    }
  });
  test("squares are turned in registers", async () => {
    setBackend(await create());
    const { kernels } = explain((t) => t.permute([1, 0]), [tensor(new Float32Array(64 * 48), { shape: [64, 48] })]);
    expect(kernels.some((k) => k.source.includes(name === "wasm" ? "i8x16.shuffle" : "shuffle_f32x"))).toBe(true);
  });
});
