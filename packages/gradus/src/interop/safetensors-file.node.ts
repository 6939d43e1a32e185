import { open, readFile, type FileHandle } from "node:fs/promises";
import { dirname, join } from "node:path";
import { DataError } from "../vocab/errors.ts";
import type { Tensor } from "../tensor/tensor.ts";
import {
  headerEnd, readSafetensorsHeader, type SafeDType, type SafeEntry, type SafeTensor,
} from "./safetensors.ts";
import { checkShard, readShardIndex } from "./shards.ts";
import { tensorFromFile } from "./tensors.ts";

/** A tensor as its file describes it. */
export interface TensorDescription {
  readonly dtype: SafeDType;
  readonly shape: readonly number[];
}

/** One or several open safetensors files of which tensors are read one by one, as they are asked for. */
export class SafetensorsReader {
  readonly tensors: ReadonlyMap<string, TensorDescription>;
  readonly metadata: ReadonlyMap<string, string>;
  readonly #files: readonly OpenFile[];
  readonly #places: ReadonlyMap<string, OpenFile>;

  private constructor(files: readonly OpenFile[]) {
    this.#files = files;
    this.#places = new Map(files.flatMap((file) => Array.from(file.entries.keys(), (name) => [name, file] as const)));
    this.tensors = new Map(files.flatMap(({ entries }) => [...entries]));
    this.metadata = files[0]?.metadata ?? new Map();
  }
  /**
   * Opens a .safetensors file, or the shards that a .index.json names, and reads headers only. Throws a DataError if
   * one is damaged, or if index and shards differ.
   */
  static async open(path: string): Promise<SafetensorsReader> {
    if (!path.endsWith(".json")) return new SafetensorsReader([await openFile(path)]);
    const shards = readShardIndex(await readFile(path, "utf8").catch((cause: unknown) => refuse(path, cause)), path);
    const files: OpenFile[] = [];
    try {
      for (const shard of new Set(shards.values())) {
        const file = await openFile(join(dirname(path), shard));
        files.push(file);
        checkShard(shards, shard, file.entries.keys(), path);
      }
      return new SafetensorsReader(files);
    } catch (error) {
      for (const { handle } of files) await handle.close();
      throw error;
    }
  }

  /** The bytes of one tensor, or of rows `from` to `to` of its first axis. */
  async read(name: string, rows?: { readonly from: number; readonly to: number }): Promise<SafeTensor> {
    const file = this.#places.get(name);
    if (file === undefined) {
      throw new DataError(`there is no tensor "${name}" in ${this.#files[0]?.path ?? "the file"}`);
    }
    const { dtype, shape, begin, end } = file.entries.get(name)!;
    if (rows === undefined) return { dtype, shape, bytes: await readAt(file, begin, end) };
    const { from, to } = rows, [count, ...rest] = shape;
    const row = (end - begin) / Math.max(1, count);
    if (shape.length === 0 || !(from >= 0 && from <= to && to <= count) || !Number.isInteger(row)) {
      throw new DataError(`"${name}" of shape [${shape.join(", ")}] has no rows ${from} to ${to}`);
    }
    return { dtype, shape: [to - from, ...rest], bytes: await readAt(file, begin + from * row, begin + to * row) };
  }
  /** One tensor in memory. */
  async load(name: string): Promise<Tensor> {
    return tensorFromFile(name, await this.read(name));
  }
  /** Closes the files. */
  async close(): Promise<void> {
    for (const { handle } of this.#files) await handle.close();
  }
}

/** Node reads at most 2 GiB at once. */
const LONGEST_READ = 2 ** 30;

interface OpenFile {
  readonly path: string;
  readonly handle: FileHandle;
  readonly entries: ReadonlyMap<string, SafeEntry>;
  readonly metadata: ReadonlyMap<string, string>;
}
async function openFile(path: string): Promise<OpenFile> {
  const handle = await open(path, "r").catch((cause: unknown) => refuse(path, cause));
  try {
    const { size } = await handle.stat();
    const start = headerEnd(await readAt({ path, handle }, 0, Math.min(8, size)), size, path);
    const { entries, metadata } = readSafetensorsHeader(await readAt({ path, handle }, 0, start), size, path);
    return { path, handle, entries, metadata };
  } catch (error) {
    await handle.close();
    throw error;
  }
}
async function readAt(
  { path, handle }: Pick<OpenFile, "path" | "handle">, begin: number, end: number,
): Promise<Uint8Array> {
  const out = new Uint8Array(end - begin);
  for (let at = 0; at < out.length;) {
    const { bytesRead } = await handle.read(out, at, Math.min(out.length - at, LONGEST_READ), begin + at);
    if (bytesRead === 0) throw new DataError(`${path} became shorter while it was read`);
    at += bytesRead;
  }
  return out;
}
function refuse(path: string, cause: unknown): never {
  const why = (cause as NodeJS.ErrnoException).code === "ENOENT" ? "there is no such file" : String(cause);
  throw new DataError(`cannot read ${path}: ${why}`, { cause });
}
