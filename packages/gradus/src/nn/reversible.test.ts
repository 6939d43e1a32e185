import { afterAll, beforeAll, describe, expect, test } from "vitest";
import "../index.ts";
import { gradcheck } from "../autograd/gradcheck.ts";
import { createReferenceBackend } from "../backends/reference/index.ts";
import { createWasmBackend } from "../backends/wasm/index.ts";
import { compile } from "../exec/compile.ts";
import { explain } from "../explain/explain.ts";
import { tanh } from "../ops/elementwise.ts";
import { setBackend } from "../runtime/registry.ts";
import { grad } from "../tensor/gradient.ts";
import { manualSeed, randn } from "../tensor/random.ts";
import type { Tensor } from "../tensor/tensor.ts";
import * as nn from "./nn.ts";

beforeAll(() => setBackend(createReferenceBackend()));

class Half extends nn.Module {
  readonly norm: nn.LayerNorm;
  readonly inner: nn.Linear;
  readonly outer: nn.Linear;
  constructor(width: number) {
    super();
    this.norm = new nn.LayerNorm(width);
    this.inner = new nn.Linear(width, 2 * width);
    this.outer = new nn.Linear(2 * width, width);
  }
  forward(x: Tensor): Tensor {
    return this.outer.forward(tanh(this.inner.forward(this.norm.forward(x))));
  }
}
const sequence = (layers: number, width: number): nn.ReversibleSequence => new nn.ReversibleSequence(
  Array.from({ length: layers }, () => new nn.ReversibleBlock(new Half(width), new Half(width))));
/** The same blocks one after another, with nothing computed again. */
const plainly = (model: nn.ReversibleSequence, x: Tensor): Tensor[] =>
  [...model.blocks].reduce<[Tensor, Tensor]>(([a, b], block) => block.forward(a, b), [x, x]);

describe("reversible blocks", () => {
  test("give what the plain ones give, gradients of parameters included, eagerly and compiled", () => {
    manualSeed(1);
    const model = sequence(3, 4), x = randn([2, 5, 4]).requiresGrad_(), seed = randn([2, 5, 4]);
    const wanted = [x, ...model.parameters()];
    const of = ([y1, y2]: readonly Tensor[]): Tensor[] =>
      [y1, y2, ...grad(y1.add(y2.mul(2)), wanted, { gradient: seed }).map((g) => g!)];
    const want = of(plainly(model, x)).map((y) => y.dataSync());
    const results = [of(model.forward(x, x)), of(model.forward(x, x)), compile(() => of(model.forward(x, x)))()];
    for (const made of results) {
      made.forEach((y, i) => y.dataSync().forEach((value, j) => { expect(value).toBeCloseTo(want[i][j], 4); }));
    }
  });
  test("have the derivative, to second order", async () => {
    manualSeed(2);
    const model = sequence(2, 2).eval();
    for (const p of model.parameters()) p.requiresGrad = false;
    const layers = [...model.blocks].flatMap(({ f, g }) => [f, g] as Half[]);
    // In float64 throughout: the parameters enter as constants of that type.
    const made = new nn.ReversibleSequence([0, 2].map((i) => {
      const [f, g] = [layers[i], layers[i + 1]].map((half) => {
        const [w, u] = [half.inner.weight, half.outer.weight].map((p) => p.detach().cast("f64"));
        return new (class extends nn.Module {
          forward(x: Tensor): Tensor {
            return tanh(x.matmul(w.T)).matmul(u.T);
          }
        })();
      });
      return new nn.ReversibleBlock(f, g);
    }));
    await gradcheck((a, b) => made.forward(a, b), [randn([3, 2]).cast("f64"), randn([3, 2]).cast("f64")],
      { order: 2, tolerance: 1e-5 });
  });
  test("what cannot be undone is explained", () => {
    const halves = (f: nn.Layer): nn.ReversibleSequence =>
      new nn.ReversibleSequence([new nn.ReversibleBlock(f, new nn.Identity())]);
    expect(() => halves(new nn.Dropout(0.1)).forward(randn([2]), randn([2]))).toThrow(/dropout to 0/);
    expect(() => halves(new nn.Linear(2, 3)).forward(randn([1, 2]), randn([1, 2]))).toThrow(/keep the shape/);
    expect(() => halves(new nn.Identity()).forward(randn([2]), randn([3]))).toThrow(/must be alike/);
  });
});

describe("memory of a compiled gradient", () => {
  beforeAll(() => setBackend(createWasmBackend({ threads: 1 })));
  afterAll(() => setBackend(createReferenceBackend()));
  test("does not grow with the number of blocks, unlike that of plain ones", () => {
    const bytes = (layers: number, reversible: boolean): number => {
      const model = sequence(layers, 8), x = randn([64, 32, 8]);
      const step = (input: Tensor): (Tensor | null)[] => {
        const [y1, y2] = reversible ? model.forward(input, input) : plainly(model, input);
        return grad(y1.add(y2).square().sum(), model.parameters());
      };
      return explain(step, [x]).memory!.arenaBytes;
    };
    expect(bytes(8, true) / bytes(2, true)).toBeLessThan(1.1);
    expect(bytes(8, false) / bytes(2, false)).toBeGreaterThan(2);
    expect(bytes(8, true)).toBeLessThan(bytes(8, false) / 3);
  });
});
