/**
 * Convolutions with few channels and a large batch, whose pictures lie with the batch innermost between them, and all
 * that may stand in between: the same numbers as eagerly on the reference backend, gradients included.
 */
import { afterAll, describe, expect, test } from "vitest";
import {
  compile, concat, createReferenceBackend, createWasmBackend, F, grad, manualSeed, rand, setBackend, tensor,
  type Backend, type Tensor,
} from "../../packages/gradus/src/index.ts";
import { findCompiler } from "../../packages/gradus/src/backends/native/compile.ts";
import { createNativeBackend } from "../../packages/gradus/src/backends/native/index.ts";

const missing = await findCompiler().then(() => null, (error: Error) => error.message);
const backends: readonly (readonly [string, () => Promise<Backend>])[] = [
  ["wasm", () => Promise.resolve(createWasmBackend())],
  ...(missing === null ? [["native", () => createNativeBackend({ threads: 2 })] as const] : []),
];
type Net = (x: Tensor, weights: readonly Tensor[]) => readonly Tensor[];
interface Case { readonly x: readonly number[]; readonly weights: readonly (readonly number[])[]; readonly net: Net }

const cases: Readonly<Record<string, Case>> = {
  "a small network for pictures": {
    x: [64, 3, 12, 12], weights: [[6, 3, 5, 5], [6], [8, 6, 3, 3], [10, 8]],
    net: (x, [a, bias, b, dense]) => {
      const first = F.maxPool2d(F.relu(F.conv2d(x, a, bias, { padding: 2 })), 2);
      const second = F.avgPool2d(F.conv2d(first, b, null, { stride: 2 }).tanh(), 2);
      return [F.linear(second.flatten(1), dense), first];
    },
  },
  "groups and a normalised batch": {
    x: [32, 4, 6, 5], weights: [[8, 2, 3, 3], [4, 8, 1, 1]],
    net: (x, [a, b]) => {
      const y = F.conv2d(x, a, null, { padding: 1, groups: 2 });
      const centred = y.sub(y.mean([0, 2, 3], { keepdim: true }));
      const normal = centred.div(centred.square().mean([0, 2, 3], { keepdim: true }).add(1e-3).sqrt());
      return [F.conv2d(F.gelu(normal), b, null)];
    },
  },
  "views, pieces and joined channels": {
    x: [48, 2, 7, 7], weights: [[3, 2, 3, 3], [5, 2, 3, 3], [4, 8, 3, 3]],
    net: (x, [a, b, c]) => {
      const both = concat([F.conv2d(x, a, null, { padding: 1 }), F.relu(F.conv2d(x, b, null, { padding: 1 }))], 1);
      const y = F.conv2d(both, c, null);
      return [y.permute([0, 2, 3, 1]).reshape([48 * 5, -1]).mean(0), y.narrow(0, 3, 7).flip([3]), both.sum([1, 3])];
    },
  },
  "turned convolutions, rows that are sorted and taken": {
    x: [32, 3, 5, 5], weights: [[3, 4, 2, 2], [2, 4, 3, 3]],
    net: (x, [a, b]) => {
      const up = F.convTranspose2d(x, a, null, { stride: 2 });
      const y = F.conv2d(up.sigmoid(), b, null, { padding: 1 });
      return [y.take(tensor(Int32Array.of(1, 0, 1)), 1), y.flatten(1).sort(-1)[0].narrow(1, 0, 5), y.amax(0),
        F.softmax(y, 1), y.argmax(1).add(0)];
    },
  },
};
/** Results, and gradients of a sum of their squares, as plain numbers. */
async function run(backend: Backend, { x, weights, net }: Case, compiled: boolean): Promise<Float32Array[]> {
  setBackend(backend);
  manualSeed(7);
  const given = [rand([...x]).sub(0.5), ...weights.map((shape) => rand([...shape]).sub(0.5))];
  const all = (...inputs: readonly Tensor[]): Tensor[] => {
    const [a, ...w] = inputs.map((t) => t.detach().requiresGrad_());
    const results = net(a, w);
    const loss = results.filter((y) => y.dtype === "f32").map((y) => y.square().sum()).reduce((p, q) => p.add(q));
    return [...results.map((y) => y.detach().mul(1)), ...grad(loss, [a, ...w]).map((g) => g!)];
  };
  const made = (compiled ? compile(all) : all)(...given);
  return Promise.all(made.map(async (y) => Float32Array.from(await y.data())));
}

describe.each(backends)("%s", (_, create) => {
  afterAll(() => { setBackend(createReferenceBackend()); });
  test.each(Object.keys(cases))("%s", async (name) => {
    const wanted = await run(createReferenceBackend(), cases[name], false);
    const got = await run(await create(), cases[name], true);
    expect(got.length).toBe(wanted.length);
    got.forEach((numbers, i) => {
      const scale = wanted[i].reduce((most, v) => Math.max(most, Math.abs(v)), 0);
      const worst = wanted[i].reduce((most, v, at) => Math.max(most, Math.abs(numbers[at] - v)), 0);
      // float32 sums of up to 64 * 144 terms in another order
      expect(worst, `result ${i}`).toBeLessThanOrEqual(2e-5 * scale);
    });
  });
});
