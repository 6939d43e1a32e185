import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import "../exec/setup.ts";
import "../tensor/tensor.ts";
import { createReferenceBackend } from "../backends/reference/index.ts";
import { setBackend } from "../runtime/registry.ts";
import { FILES, same, unpacked } from "../interop/formats.fixture.ts";
import { readNpz } from "../interop/npz.ts";
import { difference, runOnnx } from "../interop/onnx/runtime.fixture.ts";
import { readSafetensors, writeSafetensors } from "../interop/safetensors.ts";
import { tensor } from "../tensor/create.ts";
import { RunFolder } from "../train/run.node.ts";
import { loadClassifier } from "./load.ts";
import { main } from "./main.ts";

let folder: string;
beforeAll(async () => { folder = await mkdtemp(join(tmpdir(), "gradus-interop-")); });
afterAll(() => rm(folder, { recursive: true }));

async function gradus(line: string): Promise<{ code: number; stdout: string; stderr: string }> {
  let stdout = "", stderr = "";
  const code = await main(line.split(" ").map((arg) => arg.replace("OUT", folder)), {
    stdout: { write(text) { stdout += text; } }, stderr: { write(text) { stderr += text; } },
    onInterrupt: () => () => {},
  });
  return { code, stdout, stderr };
}
const file = (name: string): string => join(folder, name);

describe("gradus convert", () => {
  it("takes PyTorch's file to safetensors, npz and back, with the same numbers", async () => {
    const { file: bytes, want } = FILES.torch["dtypes"];
    await writeFile(file("dtypes.pt"), unpacked(bytes));
    expect(await gradus("convert OUT/dtypes.pt OUT/a.safetensors")).toMatchObject({ code: 0, stderr: "" });
    const read = readSafetensors(await readFile(file("a.safetensors")));
    for (const [name, packed] of Object.entries(want)) same(read.tensors.get(name), packed, name);
    const { stderr } = await gradus("convert OUT/a.safetensors OUT/a.npz --deflate");
    expect(stderr).toBe("1 tensors of bf16 became f32, since NumPy has no bf16\n");
    const arrays = await readNpz(await readFile(file("a.npz")));
    for (const [name, packed] of Object.entries(want)) {
      same(arrays.get(name), name === "bfloat16" ? want["float32"] : packed, name);
    }
    await gradus("convert OUT/a.npz OUT/b.safetensors");
    const again = readSafetensors(await readFile(file("b.safetensors"))).tensors;
    expect([...again.keys()].sort()).toEqual(Object.keys(want).sort());
  });
  it("picks a part, and says what stays behind", async () => {
    await writeFile(file("run.pth"), unpacked(FILES.torch["nested"].file));
    const { stdout, stderr } = await gradus("convert OUT/run.pth OUT/model.safetensors --under model --json");
    expect(JSON.parse(stdout)).toMatchObject({ tensors: 7, files: [file("model.safetensors")] });
    expect(stderr).toMatch(/11 values that are no tensors were left out/);
    expect([...readSafetensors(await readFile(file("model.safetensors"))).tensors.keys()]).toContain("1.running_var");
  });
  it("writes shards and reads them", async () => {
    await writeFile(file("whole.safetensors"), writeSafetensors(
      readSafetensors(unpacked(FILES.safetensors.file)).tensors, new Map([["k", "v"]])));
    const { stdout } = await gradus("convert OUT/whole.safetensors OUT/part.safetensors --shard 0.0001 --json");
    expect((JSON.parse(stdout) as { files: string[] }).files.length).toBeGreaterThan(2);
    await gradus("convert OUT/part.safetensors.index.json OUT/joined.safetensors");
    expect(await readFile(file("joined.safetensors"))).toEqual(await readFile(file("whole.safetensors")));
  });
  it("takes single arrays", async () => {
    await writeFile(file("x.npy"), unpacked(FILES.npy["fortran"].file));
    expect((await gradus("convert OUT/x.npy OUT/x.safetensors")).code).toBe(0);
    expect((await gradus("convert OUT/x.safetensors OUT/y.npy")).code).toBe(0);
    expect((await gradus("convert OUT/a.npz OUT/y.npy")).stderr).toMatch(/there are 10 tensors; write an \.npz file/);
  });
  it.each([
    ["convert", 2, /which files\?/],
    ["convert OUT/x.safetensor OUT/y.npz", 2, /its name must end in .*did you mean \.safetensors\?/],
    ["convert OUT/x.npz OUT/y.pt", 2, /y\.pt cannot be written/],
    ["convert OUT/none.npz OUT/y.npz", 1, /cannot read .*none\.npz: there is no such file/],
    ["convert OUT/none.safetensors OUT/y.npz", 1, /cannot read .*: there is no such file/],
    ["convert OUT/x.npy OUT/y.npz --shard 1", 2, /--shard is for \.safetensors/],
    ["convert OUT/run.pth OUT/y.npz --under modle", 2, /did you mean model\?/],
    ["convert OUT/evil.pt OUT/y.npz", 1, /names "(posix|nt)\.system"/],
    ["convert OUT/old.pt OUT/y.npz", 1, /before 1\.6/],
    ["export OUT/iris", 2, /which file\?/],
    ["export OUT/none OUT/x.onnx", 1, /holds no run/],
    ["export OUT/none OUT/x.pb", 2, /should end in \.onnx/],
  ])("gradus %s", async (line, code, message) => {
    await writeFile(file("evil.pt"), unpacked(FILES.hostile["os.system"]));
    await writeFile(file("old.pt"), unpacked(FILES.torchRefused["legacy"]));
    const outcome = await gradus(line);
    expect(outcome.stderr).toMatch(message);
    expect(outcome.code).toBe(code);
  });
});

describe("gradus export", () => {
  it("writes a classifier that ONNX Runtime runs as gradus does", async () => {
    const line = "--backend reference --data iris --steps 20 --batch 20 --lr 0.01 --out OUT/iris";
    expect((await gradus(`train mlp ${line}`)).code).toBe(0);
    const { stdout } = await gradus("export OUT/iris OUT/iris.onnx --backend reference");
    expect(stdout).toMatch(/iris\.onnx: \d+ bytes, input f32 \[batch, 4\]/);
    setBackend(createReferenceBackend());
    const x = tensor([[0.1, 0.2, -0.3, 1], [1, -1, 0.5, 0.25], [0, 0, 0, 0]]);
    const [{ shape, data }] = await runOnnx(await readFile(file("iris.onnx")), [x]);
    const model = await loadClassifier(await RunFolder.open(file("iris")));
    expect(difference({ shape, data }, model.forward(x))).toBeLessThan(1e-5);
  });
  it("writes a model of text", async () => {
    await writeFile(file("text.txt"), "to be or not to be, that is the question.\n".repeat(40));
    await gradus("train lstm-lm --data OUT/text.txt --backend reference --steps 1 --batch 2 --out OUT/lstm");
    const { stdout } = await gradus("export OUT/lstm OUT/lstm.onnx --backend reference --length 5 --json");
    expect(JSON.parse(stdout)).toMatchObject({ input: ["batch", 5] });
    setBackend(createReferenceBackend());
    const [{ shape }] = await runOnnx(await readFile(file("lstm.onnx")), [tensor([[1, 2, 3, 4, 5]], { dtype: "i32" })]);
    expect(shape.slice(0, 2)).toEqual([1, 5]);
    const { stderr } = await gradus("export OUT/iris OUT/x.onnx --backend reference --length 3");
    expect(stderr).toMatch(/is a classifier/);
  });
});
