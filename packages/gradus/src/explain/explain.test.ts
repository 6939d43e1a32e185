import { expect, test } from "vitest";
import {
  createReferenceBackend, createWasmBackend, F, memoryReport, nn, optim, rand, recurrence, scan, setBackend, tensor,
  zeros, type Tensor,
} from "../index.ts";
import { explain } from "./explain.ts";
import { formatExplanation } from "./format.ts";

const backend = createWasmBackend({ threads: 1, fusedMultiplyAdd: false });
setBackend(backend);

const layer = (x: Tensor, w: Tensor): Tensor => x.matmul(w).maximum(0);
const matrices = (): [Tensor, Tensor] => [tensor([[1, 2, 3], [4, 5, 6]]), tensor([[1, 2], [3, 4], [5, 6]])];

/** A model with its training step: the loss of four rows, one step of SGD. */
function training(): { readonly model: nn.Module; readonly step: (x: Tensor, y: Tensor) => Tensor } {
  const model = new nn.Sequential(new nn.Linear(3, 5), new nn.ReLU(), new nn.Linear(5, 2));
  const optimizer = new optim.SGD(model.parameters(), { lr: 0.1 });
  const step = (x: Tensor, y: Tensor): Tensor => {
    optimizer.zeroGrad();
    const loss = F.crossEntropy((model as unknown as { forward(x: Tensor): Tensor }).forward(x), y);
    loss.backward();
    optimizer.step();
    return loss;
  };
  return { model, step };
}
const batch = (): [Tensor, Tensor] => [rand([4, 3]), tensor([0, 1, 1, 0], { dtype: "i32" })];

test("a product with a rectifier: graph, gradient, one kernel with the rectifier inside", () => {
  const { graph, operations, gradient, groups, kernels, phases } = explain(layer, matrices());
  expect(graph).toBe([
    "(%0: f32[2, 3], %1: f32[3, 2])",
    "  %2 = contract %0, %1 {mk, kn -> mn} : f32[2, 2]",
    "  %3 = constant {value: 0} : f32[]",
    "  %4 = reshape %3 : f32[1, 1]",
    "  %5 = expand %4 : f32[2, 2]",
    "  %6 = maximum %2, %5 : f32[2, 2]",
    "  return %6",
  ].join("\n"));
  expect(operations).toBe(5);
  expect(gradient).toContain("{kn, mn -> mk} : f32[2, 3]");
  expect(gradient).toContain("{mk, mn -> kn} : f32[3, 2]");
  expect(groups.map(({ kind, shape }) => ({ kind, shape }))).toEqual([{ kind: "contract", shape: [2, 2] }]);
  expect(groups[0].lines.at(-1)).toMatch(/^%\d+ = maximum/);
  expect(kernels).toHaveLength(1);
  expect(kernels[0].ir).toMatch(/^kernel contract_maximum \(units begin to end, 4 lanes\)\n {2}read a: f32/);
  expect(kernels[0].source).toMatch(/^\(func \$contract_maximum/);
  expect(phases.map(({ what, calls }) => [what, calls.length])).toEqual([["calls", 1]]);
  expect(phases[0].calls[0].operands).toEqual(["read argument 0", "read argument 1", "write result 0"]);
});

test("nothing runs: no memory is taken, State and gradients stay", async () => {
  const { model, step } = training();
  const inputs = batch();
  const [first] = model.parameters();
  const numbers = await first.array();
  const before = memoryReport().tensors;
  explain(step, inputs);
  expect(memoryReport().tensors).toBe(before);
  expect(await first.array()).toEqual(numbers);
  expect(model.parameters().map((p) => p.grad)).toEqual([null, null, null, null]);
});

test("a training step writes its State behind the guard, and has its gradient inside", () => {
  const { step } = training();
  const { gradient, phases, groups, memory } = explain(step, batch());
  expect(gradient).toBeNull();
  const guard = phases.findIndex(({ what }) => what === "guard");
  expect(guard).toBeGreaterThan(0);
  const written = (from: number, to?: number): string[] => phases.slice(from, to)
    .flatMap(({ calls }) => calls.flatMap(({ operands }) => operands)).filter((o) => /write State/.test(o));
  expect(written(0, guard)).toEqual([]);
  expect(written(guard).length).toBeGreaterThanOrEqual(4);
  const commits = groups.map(({ commit }) => commit);
  expect(commits).toContain(true);
  expect(commits.indexOf(true)).toBeGreaterThan(commits.lastIndexOf(false));
  expect(memory!.arenaBytes).toBeGreaterThan(0);
  expect(memory!.buffers.map(({ name }) => name)).toContain("all finite");
});

test("parameters of a model go by their keys", () => {
  const { model, step } = training();
  const { memory } = explain(step, batch(), { model });
  const names = memory!.buffers.map(({ name }) => name);
  for (const [key] of model.namedParameters()) expect(names).toContain(key);
});

test("scratch that lives at different times shares memory", () => {
  const chain = (x: Tensor, w: Tensor): Tensor => [1, 2, 3, 4, 5].reduce((h) => h.matmul(w), x);
  const { memory } = explain(chain, [zeros([32, 32]), zeros([32, 32])]);
  const scratch = memory!.buffers.filter(({ offset }) => offset !== null);
  expect(scratch).toHaveLength(4);
  expect(memory!.scratchBytes).toBe(4 * 32 * 32 * 4);
  expect(memory!.arenaBytes).toBeLessThan(memory!.scratchBytes);
  for (const a of scratch) {
    for (const b of scratch) {
      if (a === b || a.first > b.last || b.first > a.last) continue;
      expect(a.offset! + a.bytes <= b.offset! || b.offset! + b.bytes <= a.offset!).toBe(true);
    }
  }
});

test("a loop is one phase, with its body after it", () => {
  const total = (xs: Tensor): Tensor => scan([zeros([2])], [xs], [], ([sum], [x]) => {
    const next = sum.add(x).sigmoid();
    return { carries: [next], results: [next] };
  }).results[0];
  const { phases } = explain(total, [rand([7, 2])]);
  const at = phases.findIndex(({ what }) => what === "loop of 7");
  expect(at).toBeGreaterThanOrEqual(0);
  expect(phases[at + 1].what).toBe("in loop: calls");
});

test("numbers, arrays and records are taken apart, as compile does", () => {
  const fn = (x: { readonly a: Tensor; readonly b: readonly Tensor[] }, rate: number): { y: Tensor } =>
    ({ y: recurrence(x.a, x.b[0]).mul(rate) });
  const { graph, name } = explain(fn, [{ a: rand([4]), b: [rand([4])] }, 0.5], { name: "smooth" });
  expect(name).toBe("smooth");
  expect(graph.split("\n")[0]).toBe("(%0: f32[4], %1: f32[4], %2: f32[])");
});

test("what has no gradient says so, and promises are refused", () => {
  expect(explain((x: Tensor) => x.argmax(), [rand([3])]).gradient).toBeNull();
  expect(() => explain(async (x: Tensor) => await x.array(), [rand([3])])).toThrow(/returns a promise/);
  expect(() => explain((x: Tensor) => Promise.resolve(x), [rand([3])])).toThrow(/returns a promise/);
});

test("a backend that walks the graph has no kernels", () => {
  const reference = createReferenceBackend();
  const explanation = explain(layer, matrices(), { backend: reference });
  expect(explanation).toMatchObject({
    backend: "reference", target: null, groups: [], kernels: [], phases: [], memory: null,
  });
  expect(formatExplanation(explanation))
    .toMatch(/^layer on reference \(walks the graph, no kernels\)\n\n== graph: 5 operations\n/);
});

test("the text has every section, and can leave the sources out", () => {
  const explanation = explain(layer, matrices());
  const text = formatExplanation(explanation);
  const titles = text.split("\n").filter((line) => line.startsWith("== "));
  expect(titles).toEqual([
    "== graph: 5 operations", "== gradient", "== schedule: 1 group", "== kernel contract_maximum, 1 call",
    "== order: 1 phase", "== memory",
  ]);
  expect(text).toContain("(func $contract_maximum");
  expect(formatExplanation(explanation, { source: false })).not.toContain("(func");
  expect(text.split("\n").every((line) => line === line.trimEnd())).toBe(true);
});
