import { basename, dirname, join } from "node:path";
import { DataError, UsageError } from "../vocab/errors.ts";
import { readBytes } from "../data/files.node.ts";
import { readNpy, writeNpy } from "../interop/npy.ts";
import { readNpz, writeNpz } from "../interop/npz.ts";
import { readPt } from "../interop/pytorch.ts";
import { SafetensorsReader } from "../interop/safetensors-file.node.ts";
import { writeSafetensors, type SafeTensor } from "../interop/safetensors.ts";
import { shardFiles } from "../interop/shards.ts";
import { writeAtomically } from "../train/atomic.node.ts";
import { describeOptions, numberOption, parseArguments, suggestion, type Options } from "./arguments.ts";
import { DONE, print, printJson, type Command } from "./context.ts";

const OPTIONS = {
  under: { value: "<name>", help: "only the tensors under this name, without it: model.fc.weight becomes fc.weight" },
  deflate: { help: "compress the entries of an .npz file" },
  shard: { value: "<MB>", help: "write .safetensors files of at most this many megabytes, and their index" },
  json: { help: "one JSON object as the last line of stdout" },
} as const satisfies Options<string>;

interface Tensors {
  readonly tensors: ReadonlyMap<string, SafeTensor>;
  readonly metadata: ReadonlyMap<string, string>;
  /** Values that are no tensors, and stay behind. */
  readonly others: number;
}
const plain = (tensors: ReadonlyMap<string, SafeTensor>): Tensors => ({ tensors, metadata: new Map(), others: 0 });

const READERS: Readonly<Record<string, (path: string) => Promise<Tensors>>> = {
  ".safetensors": readSafe,
  ".safetensors.index.json": readSafe,
  ".npz": async (path) => plain(await readNpz(await readBytes(path), path)),
  ".npy": async (path) => plain(new Map([[basename(path, ".npy"), readNpy(await readBytes(path), path)]])),
  ".pt": readTorch, ".pth": readTorch, ".bin": readTorch,
};
async function readSafe(path: string): Promise<Tensors> {
  const reader = await SafetensorsReader.open(path);
  try {
    const tensors = new Map<string, SafeTensor>();
    for (const name of reader.tensors.keys()) tensors.set(name, await reader.read(name));
    return { tensors, metadata: reader.metadata, others: 0 };
  } finally {
    await reader.close();
  }
}
async function readTorch(path: string): Promise<Tensors> {
  const { tensors, values } = await readPt(await readBytes(path), path);
  return { tensors, metadata: new Map(), others: values.size };
}

const WRITERS: readonly string[] = [".safetensors", ".npz", ".npy"];
/** The longest ending of a path that is in the list, or an error that says what is. */
function endingOf(path: string, endings: readonly string[], what: string): string {
  const fits = endings.filter((ending) => path.endsWith(ending)).sort((a, b) => b.length - a.length);
  if (fits.length > 0) return fits[0];
  const given = /\.[^./\\]*$/.exec(path)?.[0] ?? "";
  throw new UsageError(`${path} cannot be ${what}: its name must end in ${endings.join(", ")}` +
    suggestion(given, endings));
}

/** bfloat16 is the upper half of float32: NumPy gets the same numbers, wider. */
function widened({ dtype, shape, bytes }: SafeTensor): SafeTensor {
  if (dtype !== "BF16") return { dtype, shape, bytes };
  const out = new Uint8Array(2 * bytes.length);
  for (let i = 0; i < bytes.length; i += 2) out.set(bytes.subarray(i, i + 2), 2 * i + 2);
  return { dtype: "F32", shape, bytes: out };
}
function under(tensors: ReadonlyMap<string, SafeTensor>, name: string | undefined): ReadonlyMap<string, SafeTensor> {
  if (name === undefined) return tensors;
  const found = [...tensors].filter(([key]) => key.startsWith(`${name}.`));
  const tops = [...new Set(Array.from(tensors.keys(), (key) => key.split(".")[0]))];
  if (found.length === 0) {
    throw new UsageError(`--under ${name}: no tensor is called ${name}.something; names begin with ` +
      `${tops.slice(0, 8).join(", ")}${suggestion(name, tops)}`);
  }
  return new Map(found.map(([key, tensor]) => [key.slice(name.length + 1), tensor]));
}

/** The files to write, one after another. */
async function* filesOf(
  path: string, ending: string, tensors: ReadonlyMap<string, SafeTensor>,
  { metadata, deflate, maxBytes }: {
    readonly metadata: ReadonlyMap<string, string>; readonly deflate: boolean; readonly maxBytes: number | undefined;
  },
): AsyncGenerator<readonly [path: string, bytes: Uint8Array]> {
  if (ending === ".npz") yield [path, await writeNpz(tensors, { deflate })];
  else if (ending === ".npy") {
    if (tensors.size !== 1) {
      throw new UsageError(`${path} holds one array, and there are ${tensors.size} tensors; write an .npz file`);
    }
    for (const [name, tensor] of tensors) yield [path, writeNpy(tensor, name)];
  } else if (maxBytes === undefined) yield [path, writeSafetensors(tensors, metadata)];
  else {
    const stem = basename(path, ending);
    for (const [file, bytes] of shardFiles(tensors, { maxBytes, stem, metadata })) {
      yield [join(dirname(path), file), bytes];
    }
  }
}

export const CONVERT: Command = {
  summary: "convert a file of tensors: safetensors, npz, npy, PyTorch's pt (reading)",
  help: "Usage: gradus convert <in> <out> [options]\n\n" +
    `The names say the formats. In: ${Object.keys(READERS).join(" ")}; out: ${WRITERS.join(" ")}\n` +
    "A PyTorch file is read without running what it holds; anything but tensors and plain values is refused.\n\n" +
    `Options:\n${describeOptions(OPTIONS)}`,
  async run(args, context) {
    const { options, positionals: [from, to] } = parseArguments(args, OPTIONS, 2);
    if (from === undefined || to === undefined) {
      throw new UsageError("which files? gradus convert <in> <out>, such as model.pt model.safetensors");
    }
    const reader = READERS[endingOf(from, Object.keys(READERS), "read")];
    const ending = endingOf(to, WRITERS, "written");
    const shard = numberOption(options, "shard", { above: 0 });
    if (shard !== undefined && ending !== ".safetensors") throw new UsageError("--shard is for .safetensors files");
    if (options.deflate !== undefined && ending !== ".npz") throw new UsageError("--deflate is for .npz files");

    const { tensors: all, metadata, others } = await reader(from);
    const chosen = under(all, options.under);
    if (chosen.size === 0) throw new DataError(`${from} holds no tensors`);
    const wide = ending === ".safetensors" ? 0 : [...chosen.values()].filter(({ dtype }) => dtype === "BF16").length;
    const tensors = wide === 0 ? chosen : new Map(Array.from(chosen, ([name, x]) => [name, widened(x)]));
    const files: string[] = [];
    const settings = {
      metadata, deflate: options.deflate !== undefined, maxBytes: shard === undefined ? undefined : shard * 1e6,
    };
    let bytes = 0;
    for await (const [path, data] of filesOf(to, ending, tensors, settings)) {
      await writeAtomically(path, data);
      files.push(path);
      bytes += data.length;
    }
    if (wide > 0) context.stderr.write(`${wide} tensors of bf16 became f32, since NumPy has no bf16\n`);
    if (others > 0) context.stderr.write(`${others} values that are no tensors were left out\n`);
    if (options.json !== undefined) printJson(context, { tensors: tensors.size, bytes, files });
    else print(context, `${tensors.size} tensors, ${bytes} bytes: ${files.join(", ")}`);
    return DONE;
  },
};
