import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import {
  compile, concat, conv, createReferenceBackend, createWasmBackend, F, linear, nn, noGrad, ones, optim,
  scope, setBackend, state, tensor, useBackend, where, zeros, type Backend, type Tensor,
} from "../../packages/gradus/src/index.ts";
import { createNativeBackend } from "../../packages/gradus/src/backends/native/index.ts";
import { ArrayDataset } from "../../packages/gradus/src/data/dataset.ts";
import { parseIdx } from "../../packages/gradus/src/data/idx.ts";
import { DataLoader } from "../../packages/gradus/src/data/loader.ts";
import { train } from "../../packages/gradus/src/train/trainer.ts";

const NAMES = "(one of f32, f64, i32, u32, bool, f16, bf16, i8, u8)";
const ints = (...values: number[]): Tensor => tensor(Int32Array.from(values));
/** `Name: message` of what a body throws. */
async function said(body: () => unknown): Promise<string> {
  try {
    await body();
  } catch (error) {
    return `${(error as Error).name}: ${(error as Error).message}`;
  }
  return "nothing was thrown";
}
type Rows = readonly (readonly [what: string, body: () => unknown, sentence: string])[];
const check = (rows: Rows): void => {
  test.each(rows)("%s", async (_, body, sentence) => {
    expect(await said(body)).toBe(sentence);
  });
};

const wasm = createWasmBackend({ threads: 1 });
beforeEach(() => setBackend(wasm));
afterAll(() => {
  setBackend(createReferenceBackend());
  wasm.dispose();
});

describe("shapes that do not fit", () => {
  check([
    ["matmul", () => ones([2, 3]).matmul(ones([4, 5])),
      "ShapeError: matmul: [2, 3] x [4, 5]: the inner sizes 3 and 4 differ; transpose one operand or change its size"],
    ["matmul of a scalar", () => ones([]).matmul(ones([4, 5])),
      "ShapeError: matmul: operands have shapes [] and [4, 5]; both need at least one axis"],
    ["linear", () => new nn.Linear(4, 2).forward(ones([3, 5])),
      "ShapeError: linear: the input [3, 5] ends in 5, but the weight [2, 4] takes 4 features"],
    ["the bias of linear", () => linear(ones([2, 5]), ones([4, 5]), ones([3])),
      "ShapeError: linear: the bias is [3]; with 4 outputs it must be [4]"],
    ["channels of a convolution", () => conv(ones([1, 3, 8, 8]), ones([4, 2, 3, 3])),
      "ShapeError: conv2d: an input of 3 channels does not fit a weight of [4, 2, 3, 3] with 1 group(s); " +
      "channels must be 2"],
    ["axes of a convolution", () => conv(ones([3, 8, 8]), ones([4, 3, 3, 3])),
      "ShapeError: conv2d: the input is [3, 8, 8]; it needs 4 axes (batch, channels, 2 spatial) for a weight of " +
      "[4, 3, 3, 3]"],
    ["a kernel larger than the image", () => conv(ones([1, 3, 2, 2]), ones([4, 3, 3, 3])),
      "ShapeError: conv2d: a kernel of [3, 3] does not fit an input of [2, 2] with padding [0, 0]; enlarge the input " +
      "or the padding"],
    ["the bias of a convolution", () => conv(ones([1, 3, 8, 8]), ones([4, 3, 3, 3]), ones([5])),
      "ShapeError: conv2d: the bias is [5]; with 4 outputs it must be [4]"],
    ["broadcasting", () => tensor([1, 2, 3]).add(tensor([1, 2])),
      "ShapeError: add: shapes [3] and [2] do not broadcast: axis 0 has 3 and 2; make them equal or make one of them " +
      "1"],
    ["concat", () => concat([ones([2, 3]), ones([2, 4])], 0),
      "ShapeError: concat: pieces of shapes [2, 3] and [2, 4] differ outside axis 0"],
    ["reshape", () => ones([2, 3]).reshape([4, 2]),
      "ShapeError: reshape: [2, 3] has 6 elements, [4, 2] has 8"],
    ["an axis that is not there", () => ones([2, 3]).sum(2),
      "ShapeError: sum: axis 2 is out of range for a tensor of rank 2; use an integer from -2 to 1"],
    ["narrow", () => ones([2, 3]).narrow(1, 2, 2),
      "ShapeError: narrow: 2 entries from 2 on do not fit axis 1 of [2, 3], which has 3"],
    ["rows of different length", () => tensor([[1, 2], [3]]),
      "ShapeError: tensor: rows differ in length: 1 and 2 at depth 1"],
    ["numbers that do not fill a shape", () => tensor(new Float32Array(3), { shape: [2, 2] }),
      "ShapeError: tensor: 3 numbers do not fill shape [2, 2], which has 4 elements"],
    ["targets", () => F.crossEntropy(ones([2, 3]), ints(0, 1, 2)),
      "ShapeError: crossEntropy: logits of [2, 3] want a target of [2] (class numbers), got [3]"],
  ]);
});

describe("dtypes that do not fit", () => {
  test("functions of real numbers take integers as f32, as in PyTorch", async () => {
    const y = ints(0, 1).exp();
    expect(y.dtype).toBe("f32");
    expect((await y.data())[1]).toBeCloseTo(Math.E, 6);
  });
  check([
    ["another library's name of a dtype", () => ones([2]).to("float32" as "f32"),
      `DTypeError: cast: there is no dtype "float32"; "f32" is what it is called here ${NAMES}`],
    ["the same at the start", () => tensor([1], { dtype: "uint8" as "u8" }),
      `DTypeError: tensor: there is no dtype "uint8"; "u8" is what it is called here ${NAMES}`],
    ["a dtype that nobody has", () => zeros([2], "f33" as "f32"),
      `DTypeError: constant: there is no dtype "f33" ${NAMES}`],
    ["a fractional index", () => new nn.Embedding(5, 2).forward(tensor([1, 2])),
      "DTypeError: take: the index is f32; indices are integers (i32)"],
    ["the same for gather", () => ones([3, 2]).gather(0, tensor([[0.5]])),
      "DTypeError: gather: the index is f32; indices are integers (i32)"],
    ["a condition that is not bool", () => where(ones([2]), 1, 2),
      "DTypeError: where: the condition is f32; compare first, for example x.gt(0)"],
    ["bits of floats", () => tensor([1.5]).bitAnd(tensor([1])),
      "DTypeError: bitAnd needs integers or bool, got f32"],
    ["a gradient of integers", () => ints(1).requiresGrad_(),
      "DTypeError: requiresGrad: a tensor of i32 has no gradient; cast it to f32"],
    ["the same as an option", () => tensor(Int32Array.of(1), { requiresGrad: true }),
      "DTypeError: requiresGrad: a tensor of i32 has no gradient; cast it to f32"],
    ["State of another dtype", () => state(ones([2])).assign(ints(1, 2)),
      "DTypeError: assign: a i32 value does not fit f32 State"],
  ]);
});

describe("indices outside their axis", () => {
  const embedding = (): nn.Embedding => new nn.Embedding(5, 2);
  check([
    ["embedding", () => embedding().forward(ints(1, 7)),
      "IndexError: gather: index 7 is out of range for axis 0 of [5, 2], which has 5 entries (0 to 4)"],
    ["below 0", () => embedding().forward(ints(1, -1)),
      "IndexError: gather: index -1 is out of range for axis 0 of [5, 2], which has 5 entries (0 to 4)"],
    ["another axis", () => ones([3, 2]).take(ints(9), 1),
      "IndexError: gather: index 9 is out of range for axis 1 of [3, 2], which has 2 entries (0 to 1)"],
    ["a class that does not exist", () => F.crossEntropy(ones([2, 3]), ints(0, 3)),
      "IndexError: gather: index 3 is out of range for axis 0 of [3], which has 3 entries (0 to 2)"],
    ["the same in nllLoss", () => F.nllLoss(ones([2, 3]), ints(0, -5)),
      "IndexError: gather: index -5 is out of range for axis 0 of [3], which has 3 entries (0 to 2)"],
    ["select", () => ones([2, 3]).select(0, 5), "ShapeError: select: index 5 is outside axis 0 of [2, 3]"],
    ["embedding, compiled", () => compile((i: Tensor) => embedding().forward(i), { name: "forward" })(ints(1, 7)),
      "IndexError: compiled forward: gather: index 7 is out of range for axis 0 of [5, 2], which has 5 entries " +
      "(0 to 4)"],
    ["a class, compiled",
      () => compile((x: Tensor, y: Tensor) => F.crossEntropy(x, y), { name: "loss" })(ones([2, 3]), ints(1, 7)),
      "IndexError: compiled loss: gather: index 7 is out of range for axis 0 of [3], which has 3 entries (0 to 2)"],
  ]);
  test("a compiled step that meets one writes no State", async () => {
    for (const name of ["wasm", "native", "reference"] as const) {
      await useBackend(name);
      const total = state(zeros([2])), table = state(ones([3, 2])), places = state(zeros([4]));
      const step = compile((i: Tensor) => {
        const rows = table.take(i);
        total.assign(total.add(rows.sum([0])));
        places.assign(places.indexAdd(0, i, ones([2])));
        table.assign(table.mul(2).take(i).sum([0]).add(table));
        return rows.sum();
      });
      await step(ints(0, 1)).item();
      // Index 3 lies outside of the table, inside of the places.
      expect(await said(async () => step(ints(0, 3)).item())).toMatch(/^IndexError: .*gather: index 3 is out of range/);
      expect([await total.array(), await places.array(), await table.array()])
        .toEqual([[2, 2], [1, 1, 0, 0], [[5, 5], [5, 5], [5, 5]]]);
    }
    await useBackend("wasm");
  });
  test("gather and scatter do not reach into the next row", async () => {
    const wrong = ints(2, 0).reshape([1, 2]);
    expect(await said(() => ones([3, 2]).gather(1, wrong))).toMatch(/^IndexError: gather: index .* is out of range/);
    expect(await said(() => ones([3, 2]).scatter(1, wrong, ones([1, 2]))))
      .toMatch(/^IndexError: scatter: index .* is out of range/);
  });
  test("an ignored class is none", async () => {
    expect(await F.crossEntropy(ones([2, 3]), ints(0, -100)).item()).toBeCloseTo(Math.log(3), 6);
    expect(await F.crossEntropy(ones([2, 3]), ints(0, 7), { ignoreIndex: 7 }).item()).toBeCloseTo(Math.log(3), 6);
  });
  test("the next operation is not blamed", async () => {
    await said(() => embedding().forward(ints(7)));
    expect(await ones([3, 2]).take(ints(1, 2)).sum().item()).toBe(4);
  });
});

describe("calls at the wrong time", () => {
  const TRACED = "UsageError: this value is being traced by compile() and has no numbers yet; return it from the " +
    "compiled function, or use tap(name, value)";
  const FREED = "UsageError: this tensor's memory was freed: it was made inside a scope() that has ended, or " +
    "disposed of; return it from the scope to keep it";
  const p = (): Tensor => state(ones([2]), true);
  check([
    ["item of several numbers", () => ones([2]).item(),
      "UsageError: item: a tensor of shape [2] holds 2 numbers; use array() or data()"],
    ["item while tracing", () => compile((x: Tensor) => x.mul(x.sum().itemSync()))(ones([2])), TRACED],
    ["reading assigned State while tracing", () => {
      const s = state(ones([2]));
      compile((x: Tensor) => {
        s.assign(x);
        return x.mul(s.dataSync()[0]);
      })(ones([2]));
    }, "UsageError: this State was assigned inside the function that compile() is tracing and has no numbers yet; " +
      "read it after the compiled function has run, or use tap(name, value)"],
    ["reading State while tracing", () => {
      const s = state(ones([1]));
      compile((x: Tensor) => x.mul(s.itemSync()))(ones([2]));
    }, "UsageError: this State may hold other numbers in the next call of the function that compile() is tracing; " +
      "use the tensor itself, or read it outside and pass the number in"],
    ["compile of an async function", () => compile(async (x: Tensor) => x.item(), { name: "step" })(ones([1])),
      "UsageError: compile: step returns a promise; compiled functions are synchronous, read results with await " +
      "outside"],
    ["backward twice", () => {
      const x = p(), loss = x.mul(x).sum();
      loss.backward();
      loss.backward();
    }, "UsageError: backward: the numbers that reduce saved were released by an earlier backward; pass " +
      "{ retainGraph: true } to that call"],
    ["backward of nothing", () => ones([2]).sum().backward(),
      "UsageError: backward: nothing this tensor was computed from asks for a gradient; use parameters, or " +
      "tensor(data, { requiresGrad: true }), outside of noGrad"],
    ["backward of several numbers", () => p().mul(2).backward(),
      "ShapeError: backward: the output has shape [2]; reduce it to one number first (mean or sum), or pass " +
      "{ gradient }"],
    ["a gradient of another shape", () => p().mul(2).backward({ gradient: ones([3]) }),
      "ShapeError: backward: the gradient that arrives has shape [3], but the output has [2]; they must agree"],
    ["noGrad of an async function", () => noGrad(async () => Promise.reject(new Error("late"))),
      "UsageError: noGrad takes a synchronous function; do the awaiting outside of it"],
    ["scope of an async function", () => scope(async () => Promise.reject(new Error("late"))),
      "UsageError: scope takes a synchronous function; read results with await after it returns"],
    ["assign of another shape", () => state(ones([2])).assign(ones([3])),
      "ShapeError: assign: a value of shape [3] does not fit State of [2]"],
    ["assign to a plain tensor", () => ones([2]).add(tensor([1, 2])).assign(ones([2])),
      "UsageError: assign: only State (parameters, buffers, optimizer slots) can be assigned; make one with " +
      "state(tensor) or nn.Parameter"],
    ["use after scope", () => {
      let escaped: Tensor | null = null;
      scope(() => { escaped = tensor([1, 2]).add(1); });
      return escaped!.item();
    }, FREED],
    ["use after dispose", () => {
      const x = tensor([1]);
      x.dispose();
      return x.add(1);
    }, FREED],
  ]);
  test("tensors of another backend", async () => {
    const x = tensor([1, 2]);
    const other: Backend = createWasmBackend({ threads: 1 });
    setBackend(other);
    const sentence = "UsageError: a tensor of shape [2] lives on another backend (wasm) than the one in use (wasm); " +
      "read it there and make a tensor here";
    expect(await said(() => x.add(tensor([1, 2])))).toBe(sentence);
    expect(await said(() => compile((y: Tensor) => y.add(1))(x))).toBe(sentence);
    setBackend(createReferenceBackend());
    expect(await said(() => x.add(tensor([1, 2])))).toMatch(/^UsageError: .*another backend/);
    other.dispose();
  });
});

describe("data", () => {
  check([
    ["no rows", () => new ArrayDataset([{ data: new Float32Array(0), shape: [4] }]),
      "DataError: the data set is empty: it has no rows"],
    ["too few rows for a batch", () => new DataLoader(
      new ArrayDataset([{ data: new Float32Array(8), shape: [4] }]), { batchSize: 4, dropLast: true }),
    "DataError: DataLoader: 2 rows do not fill one batch of 4; take a smaller batch or dropLast: false"],
    ["the largest of nothing", () => tensor([]).amax(), "ShapeError: reduce: max over an empty axis of [0]"],
    ["a truncated IDX file", () => parseIdx(Uint8Array.of(0, 0, 8, 1, 0, 0, 0, 9, 1, 2), "labels"),
      "DataError: labels is cut off: shape [9] needs 17 bytes, the file has 10; fetch it again"],
    ["an IDX file cut off in its header", () => parseIdx(Uint8Array.of(0, 0, 8, 3, 0), "images"),
      "DataError: images is cut off inside its header of 16 bytes"],
    ["another file", () => parseIdx(Uint8Array.of(0x1f, 0x8b, 8, 0, 0), "images"),
      "DataError: images is not an IDX file: it starts with 1f 8b 08 00"],
  ]);
});

describe("a loss that is not a number", () => {
  const run = (scale: number, x: Tensor): Promise<string> => {
    const model = new nn.Sequential(new nn.Linear(2, 3), new nn.ReLU(), new nn.Linear(3, 1));
    noGrad(() => model.parameters()[2].assign(ones([1, 3]).mul(scale)));
    return said(() => train({
      model, optimizer: new optim.SGD(model.parameters(), { lr: 0.1 }), steps: 2, stepsPerEvaluation: 2,
      better: "lower", batch: () => [x.add(0)], loss: (given) => model.forward(given).square().mean(),
      evaluate: () => Promise.resolve({ loss: 0 }),
    }));
  };
  const ADVICE = ", before anything else did; a lower learning rate, clipping of gradients or scaled inputs often help";
  test("names the input", async () => {
    expect(await run(1, tensor([[NaN, 1]]))).toBe(`NonFiniteError: step 1: input 0 of the batch holds NaN${ADVICE}`);
  });
  test("names the parameter", async () => {
    expect(await run(Infinity, tensor([[1, 1]])))
      .toBe(`NonFiniteError: step 1: parameter 2.weight holds Infinity${ADVICE}`);
  });
  test("names the layer", async () => {
    expect(await run(1, tensor([[3e38, 3e38], [3e38, -3e38], [-3e38, 3e38], [-3e38, -3e38]]).mul(1)))
      .toMatch(/^NonFiniteError: step 1: (the output of \d \(Linear\) holds -?Infinity|the loss became Infinity)/);
  });
});

describe("a machine that cannot run the native backend", () => {
  const folder = mkdtempSync(join(tmpdir(), "gradus-"));
  afterEach(() => vi.unstubAllEnvs());
  afterAll(() => rmSync(folder, { recursive: true }));

  test("no C compiler", async () => {
    vi.stubEnv("PATH", "");
    vi.stubEnv("CC", "");
    expect(await said(() => createNativeBackend())).toBe(
      "BackendError: native: no C compiler was found (looked for cc, gcc, clang on the PATH); install one, for " +
      'example with "apt install gcc", or set CC');
  });
  describe("with a compiler that answers", () => {
    const compiler = join(folder, "cc");
    writeFileSync(compiler, "#!/bin/sh\necho 'cc 1.0'\n", { mode: 0o755 });
    beforeEach(() => vi.stubEnv("CC", compiler));

    test("a cache folder that is a file", async () => {
      const cache = join(folder, "taken");
      writeFileSync(cache, "");
      expect(await said(() => createNativeBackend({ cache }))).toMatch(
        /^BackendError: native: the cache folder .*taken cannot be used \(.*\); set GRADUS_CACHE to a folder of/);
    });
    test("a cache folder that others may write", async () => {
      const cache = join(folder, "open");
      mkdirSync(cache);
      chmodSync(cache, 0o777);
      expect(await said(() => createNativeBackend({ cache }))).toMatch(
        /^BackendError: native: the cache folder .*open must be a folder of yours with mode 700, so that/);
    });
    test("a cache folder that cannot be made", async () => {
      const file = join(folder, "file");
      writeFileSync(file, "");
      expect(await said(() => createNativeBackend({ cache: join(file, "cache") }))).toMatch(
        /^BackendError: native: the cache folder .*cache cannot be used \(ENOTDIR.*\); set GRADUS_CACHE/);
    });
    test("a compiler that makes nothing", async () => {
      const cache = join(folder, "cache");
      expect(await said(() => createNativeBackend({ cache }))).toMatch(/^BackendError: native: /);
    });
  });
});
