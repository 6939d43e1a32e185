import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  compile, createReferenceBackend, createWasmBackend, noGrad, optim, setBackend, state, tensor, zeros, type Tensor,
} from "../index.ts";

const BACKENDS = [["reference", createReferenceBackend], ["wasm", () => createWasmBackend({ threads: 1 })]] as const;

describe.each(BACKENDS)("compile on %s", (_, create) => {
  beforeAll(() => setBackend(create()));
  afterAll(() => setBackend(createReferenceBackend()));

  test("State that starts as zeros is read anew on every call", async () => {
    const v = state(zeros([4])), w = state(zeros([4]));
    const step = compile((g: Tensor) => noGrad(() => {
      const n = v.mul(0.9).add(g);
      w.assign(w.sub(n.mul(0.1)));
      v.assign(n);
      return g.sum();
    }));
    for (let i = 0; i < 3; i++) step(tensor([1, 1, 1, 1]));
    expect((await v.data())[0]).toBeCloseTo(2.71, 5);
    expect((await w.data())[3]).toBeCloseTo(-0.561, 5);
  });

  test("new State may be used by the rest of the step, gradients among it", async () => {
    const s = state(tensor([1, 2])), w = state(tensor([1, 1]), true);
    const step = compile(() => {
      const u = s.mul(2);
      s.assign(u);
      const loss = w.mul(u).sum();
      loss.backward();
      w.assign(w.sub(w.grad!));
      return loss;
    });
    expect(await step().item()).toBe(6);
    expect([await s.array(), await w.array()]).toEqual([[2, 4], [-1, -3]]);
  });

  test("a parameter that was assigned is a leaf again", async () => {
    const run = (compiled: boolean): (() => Tensor[]) => {
      const p = state(tensor([1, -2]), true);
      const step = (): Tensor[] => {
        const found: Tensor[] = [];
        for (let i = 0; i < 2; i++) {
          p.grad = null;
          p.mul(p).sum().backward();
          found.push(p.grad!);
          noGrad(() => p.assign(p.sub(p.grad!.mul(0.25))));
        }
        return found;
      };
      return compiled ? compile(step) : step;
    };
    const eager = run(false)(), made = run(true)();
    for (let i = 0; i < 2; i++) expect(await made[i].array()).toEqual(await eager[i].array());
    expect(await made[1].array()).toEqual([1, -2]);
  });

  test("one value returned twice is there twice", async () => {
    const twice = compile((x: Tensor) => {
      const y = x.mul(2);
      return [y, y] as const;
    });
    const [a, b] = twice(tensor([1, 2]));
    expect(await a.array()).toEqual([2, 4]);
    expect(await b.array()).toEqual([2, 4]);
  });

  test("compiled and eager optimizer steps agree", async () => {
    const run = (compiled: boolean): (() => Tensor) => {
      const p = state(tensor([1, -2, 3]), true);
      const optimizer = new optim.Adam([p], { lr: 0.1 });
      const step = (x: Tensor): Tensor => {
        optimizer.zeroGrad();
        const loss = p.mul(x).square().sum();
        loss.backward();
        optimizer.step();
        return loss;
      };
      const go = compiled ? compile(step) : step;
      return () => {
        for (let i = 0; i < 5; i++) go(tensor([1, 2, 0.5]));
        return p;
      };
    };
    const eager = await run(false)().data(), compiled = await run(true)().data();
    for (let i = 0; i < 3; i++) expect(compiled[i]).toBeCloseTo(eager[i], 5);
  });

  test("a gradient that is not finite writes nothing", async () => {
    const p = state(tensor([1, 2]), true);
    const step = compile((x: Tensor) => {
      p.grad = null;
      const loss = p.div(x).sum();
      loss.backward();
      noGrad(() => p.assign(p.sub(p.grad!)));
      return loss;
    });
    step(tensor([0, 1]));
    expect(await p.array()).toEqual([1, 2]);
    step(tensor([1, 1]));
    expect(await p.array()).toEqual([0, 1]);
  });

  test("numbers are runtime scalars and check compares the tiers", async () => {
    const scaled = compile((x: Tensor, factor: number) => x.mul(factor), { check: true });
    expect(await scaled(tensor([1, 2]), 3).array()).toEqual([3, 6]);
    expect(await scaled(tensor([1, 2]), -1).array()).toEqual([-1, -2]);
  });
});
