import { DataError } from "../vocab/errors.ts";
import { parseStrictJson, type JsonValue } from "./json.ts";
import { writeSafetensors, type SafeTensor } from "./safetensors.ts";

/** A name of a file beside the index, and nothing that leads elsewhere. */
const SHARD_NAME = /^[\w-][\w.-]{0,200}\.safetensors$/;
const MAX_INDEX = 250_000_000, MAX_ENTRIES = 200_000, MAX_SHARDS = 10_000;

/**
 * Reads `model.safetensors.index.json`: which file of the folder holds each tensor. Throws a DataError for names of
 * files that are not plain names in the same folder.
 */
export function readShardIndex(text: string, name = "index"): Map<string, string> {
  const fail = (what: string): never => { throw new DataError(`${name} is not a valid index of shards: ${what}`); };
  if (text.length > MAX_INDEX) fail(`it is longer than ${MAX_INDEX} characters`);
  const root = parseStrictJson(text, name);
  const map = root instanceof Map ? (root as ReadonlyMap<string, JsonValue>).get("weight_map") : undefined;
  if (!(map instanceof Map)) return fail("it has no weight_map");
  const shards = new Map<string, string>();
  for (const [tensor, file] of map as ReadonlyMap<string, JsonValue>) {
    if (typeof file !== "string" || !SHARD_NAME.test(file)) {
      return fail(`tensor "${tensor.slice(0, 80)}" lies in ${JSON.stringify(String(file).slice(0, 80))}, which is no ` +
        "name of a .safetensors file in the same folder");
    }
    shards.set(tensor, file);
  }
  const files = new Set(shards.values()).size;
  if (shards.size > MAX_ENTRIES || files > MAX_SHARDS) fail(`it names ${shards.size} tensors in ${files} files`);
  return shards;
}

/** Throws a DataError unless a shard holds the tensors that the index says, and no others. */
export function checkShard(
  shards: ReadonlyMap<string, string>, file: string, found: Iterable<string>, name: string,
): void {
  const wanted = new Set([...shards].filter(([, shard]) => shard === file).map(([tensor]) => tensor));
  for (const tensor of found) {
    if (!wanted.delete(tensor)) {
      throw new DataError(`${file} holds "${tensor.slice(0, 80)}", which ${name} does not place there`);
    }
  }
  const [missing] = wanted;
  if (missing !== undefined) throw new DataError(`${file} lacks "${missing.slice(0, 80)}", which ${name} places there`);
}

export interface ShardOptions {
  /** Bytes of tensors a file holds at most (default 5e9); a tensor larger than that has a file of its own. */
  readonly maxBytes?: number;
  /** What the names of the files begin with (default "model"). */
  readonly stem?: string;
  readonly metadata?: ReadonlyMap<string, string>;
}
/**
 * The files of a sharded model, one after another: `model-00001-of-00003.safetensors`, ..., and last
 * `model.safetensors.index.json`. Where everything fits into one file, it is `model.safetensors` alone.
 */
export function* shardFiles(
  tensors: ReadonlyMap<string, SafeTensor>, options: ShardOptions = {},
): Generator<readonly [file: string, bytes: Uint8Array]> {
  const { maxBytes = 5e9, stem = "model", metadata } = options;
  const shards: Map<string, SafeTensor>[] = [new Map()];
  let filled = 0, total = 0;
  for (const [name, tensor] of tensors) {
    if (filled > 0 && filled + tensor.bytes.length > maxBytes) {
      shards.push(new Map());
      filled = 0;
    }
    shards[shards.length - 1].set(name, tensor);
    filled += tensor.bytes.length;
    total += tensor.bytes.length;
  }
  if (shards.length === 1) {
    yield [`${stem}.safetensors`, writeSafetensors(tensors, metadata)];
    return;
  }
  const places: [string, string][] = [];
  const digits = (n: number): string => String(n).padStart(5, "0");
  for (const [i, shard] of shards.entries()) {
    const file = `${stem}-${digits(i + 1)}-of-${digits(shards.length)}.safetensors`;
    for (const name of shard.keys()) places.push([name, file]);
    yield [file, writeSafetensors(shard, metadata)];
  }
  places.sort(([a], [b]) => (a < b ? -1 : 1));
  const index = { metadata: { total_size: total }, weight_map: Object.fromEntries(places) };
  yield [`${stem}.safetensors.index.json`, new TextEncoder().encode(`${JSON.stringify(index, null, 2)}\n`)];
}
