import { extname, join } from "node:path";
import { DataError } from "../vocab/errors.ts";
import { DATASETS } from "../data/catalog.ts";
import {
  dataFolder, isFolder, readBytes, readCorpus, readImageFolder, readTable, type ImageFolder,
} from "../data/files.node.ts";
import type { Corpus } from "../data/text.ts";
import { GENERATED, type Recipe, type Source } from "../train/recipe.ts";
import type { RunData } from "../train/session.node.ts";

/** Labelled rows by the name of a data set, a folder of IDX files or a CSV file. */
export async function readRows(data: string): Promise<ImageFolder> {
  const known = Object.hasOwn(DATASETS, data) ? DATASETS[data] : undefined;
  if (known?.kind === "embedded") return { rows: await known.load(), trained: null };
  const path = known === undefined ? data : await fetched(data);
  return await isFolder(path) ? readImageFolder(path) : { rows: await readTable(path), trained: null };
}
/** A text by the name of a data set or a file. */
export async function readText(data: string): Promise<Corpus> {
  const known = Object.hasOwn(DATASETS, data) ? DATASETS[data] : undefined;
  if (known?.kind === "embedded") throw new DataError(`${data} holds numbers, not text; give a text file`);
  const path = known === undefined ? data : join(await fetched(data), known.files[0].name);
  if (await isFolder(path)) throw new DataError(`${path} is a folder; give a text file${onlyText(path)}`);
  return readCorpus(path);
}
const onlyText = (folder: string): string => (extname(folder) === "" ? `, such as ${join(folder, "input.txt")}` : "");

/** What a recipe learns from, by the name of a data set or a path. */
export async function readData(recipe: Recipe, data: string): Promise<RunData> {
  if (recipe.kind === "language") return { kind: "language", corpus: await readText(data) };
  if (recipe.kind === "classifier") return { kind: "classifier", ...await readRows(data) };
  return { kind: "task", own: await recipe.open(await sourceOf(data, recipe.wanted)) };
}
/** The files of a data set that was fetched, or of a path. */
async function sourceOf(data: string, wanted: string): Promise<Source> {
  if (data === GENERATED) {
    return { name: data, read: () => Promise.reject(new DataError(`${data} data have no files; give ${wanted}`)) };
  }
  const known = Object.hasOwn(DATASETS, data) ? DATASETS[data] : undefined;
  if (known?.kind === "embedded") throw new DataError(`${data} holds rows of numbers; give ${wanted}`);
  const path = known === undefined ? data : await fetched(data);
  const folder = await isFolder(path);
  return {
    name: path,
    async read(file) {
      if (folder !== (file !== undefined)) {
        throw new DataError(`${path} is a ${folder ? "folder" : "file"}; give ${wanted}`);
      }
      return readBytes(file === undefined ? path : join(path, file));
    },
  };
}

async function fetched(name: string): Promise<string> {
  const folder = join(dataFolder(), name);
  if (await isFolder(folder).catch(() => false)) return folder;
  throw new DataError(`${name} was not fetched yet; run gradus data get ${name}, or give --data a path`);
}
