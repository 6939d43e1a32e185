import { DataError } from "../vocab/errors.ts";
import { decodePicture, type Picture } from "./formats/picture.ts";
import { openZip } from "./formats/zip.ts";
import { ItemDataset } from "./items.ts";

/** A zip of folders of PNG files: the folder a picture lies in is its class. */
export interface PictureArchive {
  readonly items: ItemDataset<Promise<{ readonly picture: Picture; readonly label: number }>>;
  readonly labels: Int32Array;
  /** Paths of the folders, in order of their names: "alphabet/character". */
  readonly classes: readonly string[];
}

/** Reads a zip of PNG or JPEG folders, such as Omniglot's: 20 drawings of each character of an alphabet. */
export function pictureArchive(bytes: Uint8Array, name = "archive"): PictureArchive {
  const files = openZip(bytes, name).filter(({ path }) => /\.(png|jpe?g)$/i.test(path))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
  if (files.length === 0) throw new DataError(`${name} holds no pictures`);
  const folderOf = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf("/")));
  const classes = [...new Set(files.map(({ path }) => folderOf(path)))].sort();
  const index = new Map(classes.map((folder, i) => [folder, i]));
  const labels = Int32Array.from(files, ({ path }) => index.get(folderOf(path))!);
  const at = async (row: number): Promise<{ picture: Picture; label: number }> =>
    ({ picture: await decodePicture(await files[row].read(), files[row].path), label: labels[row] });
  return { items: new ItemDataset({ size: files.length, at }), labels, classes };
}
