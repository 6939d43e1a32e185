import { DataError } from "../vocab/errors.ts";
import { openZip, type ZipLimits } from "../data/formats/zip.ts";
import { readNpy, writeNpy } from "./npy.ts";
import type { SafeTensor } from "./safetensors.ts";
import { writeZip } from "./zip.ts";

/** Zeros deflate to a thousandth, the most that deflate can do, and are no sign of ill will: `total` is the guard. */
const LIMITS: ZipLimits = { entries: 65_535, total: 2 ** 31, ratio: 1100 };

/**
 * Reads the arrays of a NumPy archive (.npz) by name: a zip of .npy files, stored or deflated. Throws a DataError where
 * an entry is damaged, is no array or would grow beyond `limits` (default: 2 GiB in all).
 */
export async function readNpz(
  bytes: Uint8Array, name = "npz file", limits: ZipLimits = {},
): Promise<Map<string, SafeTensor>> {
  const tensors = new Map<string, SafeTensor>();
  for (const entry of openZip(bytes, name, { ...LIMITS, ...limits })) {
    if (!entry.path.endsWith(".npy")) throw new DataError(`${name}: ${entry.path.slice(0, 120)} is not an .npy file`);
    const key = entry.path.slice(0, -".npy".length);
    tensors.set(key, readNpy(await entry.read(), `${name}, ${JSON.stringify(key.slice(0, 120))}`));
  }
  return tensors;
}

/** Writes arrays as a NumPy archive (.npz), stored, or deflated as numpy.savez_compressed does. */
export function writeNpz(
  tensors: ReadonlyMap<string, SafeTensor>, options: { readonly deflate?: boolean } = {},
): Promise<Uint8Array> {
  const seen = new Set<string>();
  const files = Array.from(tensors, ([key, tensor]): [string, Uint8Array] => {
    const bad = key === "" || key.startsWith("/") || /[\\\0]|^[A-Za-z]:/.test(key) || key.split("/").includes("..");
    if (bad || seen.has(key.toLowerCase())) {
      throw new DataError(`"${key}" cannot be a name in an archive: it is empty, a path that leads out, or differs ` +
        "from another only in case; rename it");
    }
    seen.add(key.toLowerCase());
    return [`${key}.npy`, writeNpy(tensor, key)];
  });
  return writeZip(new Map(files), options);
}
