import { describe, expect, test } from "vitest";
import "../../index.ts";
import { createReferenceBackend } from "../../backends/reference/index.ts";
import { createWasmBackend } from "../../backends/wasm/index.ts";
import { compile } from "../../exec/compile.ts";
import { explain } from "../../explain/explain.ts";
import { iota } from "../../ops/create.ts";
import { add, mul, sin } from "../../ops/elementwise.ts";
import { reshape } from "../../ops/movement.ts";
import { setBackend } from "../../runtime/registry.ts";
import { tensor } from "../../tensor/create.ts";
import { grad } from "../../tensor/gradient.ts";
import { randn } from "../../tensor/random.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import * as F from "../functional.ts";
import { denseAttention } from "./dense-attention.ts";

/** Smooth numbers without pattern or ties. */
function some(seed: number, ...shape: number[]): Tensor {
  const size = shape.reduce((a, b) => a * b, 1);
  return reshape(sin(add(mul(iota(size, "f32"), 1.7 + seed / 9), seed)), shape);
}

describe("efficient attention on a backend of kernels", () => {
  const wasm = createWasmBackend({ threads: 1 });
  const T = 37;
  const FORMS: Record<string, (q: Tensor, k: Tensor, v: Tensor, W: Tensor) => Tensor> = {
    chunkedAttention: (q, k, v) => F.chunkedAttention(q, k, v, { causal: true, chunk: 8 }),
    localAttention: (q, k, v) => F.localAttention(q, k, v, { window: 5, causal: true }),
    stridedAttention: (q, k, v) => F.stridedAttention(q, k, v, { stride: 6, causal: true }),
    blockSparseAttention: (q, k, v) => F.blockSparseAttention(q, k, v, F.bigBirdLayout(5), { block: 8, causal: true }),
    randomFeatureAttention: (q, k, v, W) => F.randomFeatureAttention(q, k, v, W, { causal: true }),
    lshAttention: (q, _, v, W) =>
      F.lshAttention(q, v, W.reshape([2, 8, 4]).narrow(2, 0, 2), { chunk: 8, causal: true }),
  };
  for (const [name, form] of Object.entries(FORMS)) {
    test(`${name}: results and gradients are those of the reference`, () => {
      const run = (way: "plain" | "eager" | "compiled"): ArrayLike<number>[] => {
        setBackend(way === "plain" ? createReferenceBackend() : wasm);
        const [q, k, v, W] = [some(1, 1, 2, T, 8), some(2, 1, 2, T, 8), some(3, 1, 2, T, 8), some(4, 8, 8)]
          .map((x) => tensor(Float32Array.from(x.dataSync()), { shape: x.shape }).requiresGrad_());
        const step = (...given: Tensor[]): Tensor[] => {
          const y = form(...given as [Tensor, Tensor, Tensor, Tensor]);
          return [y, ...grad(y, given, { gradient: y.detach() }).filter((g) => g !== null)];
        };
        return (way === "compiled" ? compile(step) : step)(q, k, v, W).map((y) => y.dataSync());
      };
      const want = run("plain");
      for (const way of ["eager", "compiled"] as const) {
        const got = run(way);
        expect(got).toHaveLength(want.length);
        got.forEach((values, part) => {
          const scale = Math.max(...Array.from(want[part], Math.abs), 1e-3);
          Array.from(values).forEach((value, i) => {
            expect(Math.abs(value - want[part][i]), `${way}, part ${part}`).toBeLessThan(2e-5 * scale);
          });
        });
      }
    });
  }
  test("chunkedAttention: the memory of a plan for forward and gradient grows with the length", () => {
    setBackend(wasm);
    const bytes = (attend: typeof denseAttention, length: number): number => {
      const [q, k, v] = [1, 2, 3].map(() => randn([1, 2, length, 8]).requiresGrad_());
      return explain((a: Tensor, b: Tensor, c: Tensor) => {
        const y = attend(a, b, c, { causal: true });
        return [y, ...grad(y, [a, b, c], { gradient: y.detach() })];
      }, [q, k, v]).memory!.arenaBytes;
    };
    const chunked: typeof denseAttention = (q, k, v, options) => F.chunkedAttention(q, k, v, { ...options, chunk: 32 });
    expect(bytes(chunked, 256) / bytes(chunked, 128)).toBeLessThan(2.4);
    expect(bytes(denseAttention, 256) / bytes(denseAttention, 128)).toBeGreaterThan(3.3);
    expect(bytes(chunked, 256)).toBeLessThan(bytes(denseAttention, 256) / 3);
  });
});
