import { readdir } from "node:fs/promises";
import { basename, extname, join } from "node:path";
import { DataError } from "../vocab/errors.ts";
import { readBytes, readText } from "./files.node.ts";
import { parseVoc, type AnnotatedPicture } from "./formats/boxes.ts";
import { parseCitationGraph, type CitationGraph } from "./formats/graph.ts";
import { parseLines, parseParallel } from "./formats/language.ts";
import { decodePicture, type Picture } from "./formats/picture.ts";
import { ItemDataset } from "./items.ts";

/** Pictures that are decoded when asked for, each with its class. */
export interface ClassFolder {
  readonly items: ItemDataset<Promise<{ readonly picture: Picture; readonly label: number }>>;
  /** Class numbers, for samplers and splits. */
  readonly labels: Int32Array;
  readonly files: readonly string[];
  readonly classes: readonly string[];
}
const isPicture = (name: string): boolean => [".png", ".jpg", ".jpeg"].includes(extname(name).toLowerCase());
async function namesIn(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).sort();
  } catch (cause) {
    throw new DataError(`cannot read the folder ${folder}: ${(cause as Error).message}`, { cause });
  }
}

/** A folder with a folder of pictures (PNG, JPEG) for each class; classes in alphabetical order. */
export async function readClassFolder(folder: string): Promise<ClassFolder> {
  const files: string[] = [], labels: number[] = [], classes: string[] = [];
  const entries = await readdir(folder, { withFileTypes: true }).catch((cause: unknown) => {
    throw new DataError(`cannot read the folder ${folder}: ${(cause as Error).message}`, { cause });
  });
  for (const name of entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name).sort()) {
    const pictures = (await namesIn(join(folder, name))).filter(isPicture);
    if (pictures.length === 0) continue;
    for (const picture of pictures) {
      files.push(join(folder, name, picture));
      labels.push(classes.length);
    }
    classes.push(name);
  }
  if (files.length === 0) {
    throw new DataError(`${folder} has no folders with pictures; it needs one for each class, with .png or .jpg files`);
  }
  const at = async (row: number): Promise<{ picture: Picture; label: number }> =>
    ({ picture: await decodePicture(await readBytes(files[row]), files[row]), label: labels[row] });
  return { items: new ItemDataset({ size: files.length, at }), labels: Int32Array.from(labels), files, classes };
}

/** A folder of Pascal VOC: Annotations, JPEGImages, and the names of `split` in ImageSets/Main. */
export async function readVocFolder(
  folder: string, split = "trainval",
): Promise<ItemDataset<Promise<AnnotatedPicture & { readonly picture: Picture }>>> {
  const names = parseLines(await readText(join(folder, "ImageSets", "Main", `${split}.txt`)))
    .map((line) => line.trim().split(/\s+/)[0]).filter((name) => name !== "");
  const strange = names.find((name) => !/^[\w.-]+$/.test(name));
  if (strange !== undefined) throw new DataError(
    `${folder}: ${split}.txt names ${JSON.stringify(strange)}, no file name`);
  const at = async (row: number): Promise<AnnotatedPicture & { picture: Picture }> => {
    const path = join(folder, "Annotations", `${names[row]}.xml`);
    const image = join(folder, "JPEGImages", `${names[row]}.jpg`);
    const annotation = parseVoc(await readText(path), basename(path));
    const picture = await decodePicture(await readBytes(image), basename(image));
    if (picture.width !== annotation.width || picture.height !== annotation.height) {
      throw new DataError(`${basename(image)} is ${picture.width} x ${picture.height}, its annotation says ` +
        `${annotation.width} x ${annotation.height}`);
    }
    return { ...annotation, picture };
  };
  return new ItemDataset({ size: names.length, at });
}

/** Two files whose lines belong together. */
export const readParallel = async (
  source: string, target: string,
): Promise<ItemDataset<{ readonly source: string; readonly target: string }>> =>
  ItemDataset.of(parseParallel(await readText(source), await readText(target), basename(source)));

/** Cora as `nodes.tsv` and `edges.tsv` of a folder. */
export const readCitationGraph = async (folder: string): Promise<CitationGraph> =>
  parseCitationGraph(await readText(join(folder, "nodes.tsv")), await readText(join(folder, "edges.tsv")),
    basename(folder));
