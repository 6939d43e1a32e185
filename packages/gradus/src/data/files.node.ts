import { readdir, readFile, stat } from "node:fs/promises";
import { homedir } from "node:os";
import { basename, join } from "node:path";
import { DataError } from "../vocab/errors.ts";
import { formatShape } from "../vocab/shape.ts";
import { readFasta } from "./fasta.ts";
import { readIdx } from "./idx.ts";
import { labelledRowsFromCsv, type LabelledRows } from "./table.ts";
import { characterCorpus, type Corpus } from "./text.ts";

/** Where fetched data lie: `GRADUS_DATA`, or a folder in the user's cache. */
export const dataFolder = (): string =>
  process.env["GRADUS_DATA"] ?? join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "gradus", "data");

/** The bytes of a file, or an error that names it. */
export async function readBytes(path: string): Promise<Uint8Array> {
  try {
    const { buffer, byteOffset, byteLength } = await readFile(path);
    return new Uint8Array(buffer, byteOffset, byteLength);
  } catch (cause) {
    throw unreadable(path, cause);
  }
}
const unreadable = (path: string, cause: unknown): DataError => {
  const code = (cause as NodeJS.ErrnoException).code;
  const why = code === "ENOENT" ? "there is no such file" : code === "EISDIR" ? "it is a folder"
    : code === "EACCES" ? "it may not be read" : String((cause as Error).message);
  return new DataError(`cannot read ${path}: ${why}`, { cause });
};

/** A text in UTF-8, or in Latin-1 where it is not valid UTF-8. */
export async function readText(path: string): Promise<string> {
  const bytes = await readBytes(path);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder("latin1").decode(bytes);
  }
}
const FASTA = /\.(fasta|fa|faa|fna)(\.gz)?$/i;
/**
 * A text file as a corpus of characters, the last tenth held out. Of a FASTA file (.fasta, .fa, .faa, .fna, compressed
 * by gzip or not) the letters count alone: each chain is a line, in capitals, since lower case only masks.
 */
export async function readCorpus(path: string): Promise<Corpus> {
  const name = basename(path);
  if (!FASTA.test(path)) return characterCorpus(await readText(path), name);
  const chains = await readFasta(await readBytes(path), { name });
  return characterCorpus(chains.map(({ sequence }) => `${sequence.toUpperCase()}\n`).join(""), name);
}

export async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (cause) {
    throw unreadable(path, cause);
  }
}

/** Images and labels of a folder of IDX files, pixels 0..255; and where the test part begins, if the folder says so. */
export interface ImageFolder {
  readonly rows: LabelledRows;
  /** Rows of the training files; null where one pair of files holds everything. */
  readonly trained: number | null;
}
/**
 * Reads `*images*idx3*` and `*labels*idx1*` (gzip or not) of a folder. With files named train-* and t10k-*, the first
 * are
 * for training and the second for testing.
 */
export async function readImageFolder(folder: string): Promise<ImageFolder> {
  const names = (await readdir(folder).catch((cause: unknown) => { throw unreadable(folder, cause); })).sort();
  const images = names.filter((name) => /images.*idx3-ubyte(\.gz)?$/.test(name));
  const labels = names.filter((name) => /labels.*idx1-ubyte(\.gz)?$/.test(name));
  if (images.length === 0 || images.length !== labels.length) {
    throw new DataError(`${folder} has ${images.length} files *images-idx3-ubyte and ${labels.length} files ` +
      "*labels-idx1-ubyte (.gz or not); it needs a pair");
  }
  // "train" sorts after "t10k": training rows come first.
  const order = images.map((_, i) => i).sort((a, b) => Number(isTraining(images[b])) - Number(isTraining(images[a])));
  const parts: LabelledRows[] = [];
  for (const i of order) parts.push(await readPair(folder, images[i], labels[i]));
  const [first, ...rest] = parts;
  if (rest.length === 0) return { rows: first, trained: null };
  return { rows: joined(basename(folder), parts), trained: first.size };
}
const isTraining = (name: string): boolean => name.startsWith("train");

async function readPair(folder: string, imageFile: string, labelFile: string): Promise<LabelledRows> {
  const images = await readIdx(await readBytes(join(folder, imageFile)), imageFile);
  const labels = await readIdx(await readBytes(join(folder, labelFile)), labelFile);
  if (images.shape.length !== 3 || labels.shape.length !== 1 || images.shape[0] !== labels.shape[0]) {
    throw new DataError(`${imageFile} has shape ${formatShape(images.shape)} and ${labelFile} ` +
      `${formatShape(labels.shape)}; they do not belong together`);
  }
  const [size, height, width] = images.shape;
  if (size === 0) throw new DataError(`${imageFile} is empty: it has no images`);
  const classes = Int32Array.from(labels.data);
  const count = classes.reduce((most, label) => Math.max(most, label), 0) + 1;
  return {
    name: basename(folder), size, features: Float32Array.from(images.data), shape: [1, height, width],
    labels: classes, classes: Array.from({ length: count }, (_, i) => String(i)),
  };
}
function joined(name: string, parts: readonly LabelledRows[]): LabelledRows {
  const [first] = parts;
  if (parts.some((part) => String(part.shape) !== String(first.shape))) {
    throw new DataError(`${name}: the images of its files differ in size`);
  }
  const features = new Float32Array(parts.reduce((sum, part) => sum + part.features.length, 0));
  const labels = new Int32Array(parts.reduce((sum, part) => sum + part.size, 0));
  let row = 0;
  for (const part of parts) {
    features.set(part.features, row * (part.features.length / part.size));
    labels.set(part.labels, row);
    row += part.size;
  }
  const longest = parts.reduce((a, b) => (a.classes.length >= b.classes.length ? a : b));
  return { name, size: row, features, shape: first.shape, labels, classes: longest.classes };
}

/** Labelled rows of a CSV file. */
export const readTable = async (path: string): Promise<LabelledRows> =>
  labelledRowsFromCsv(await readText(path), basename(path));
