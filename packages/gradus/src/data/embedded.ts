import { DataError } from "../vocab/errors.ts";
import { parseCsv } from "./csv.ts";
import { labelledRowsOf, type LabelledRows } from "./table.ts";

/**
 * 1,797 handwritten digits as 8 x 8 counts of 0..16, shape [64]. In file order, runs of rows come from the same
 * writers:
 * the last rows are by writers the first rows do not know.
 * Source: E. Alpaydin and C. Kaynak, Optical Recognition of Handwritten Digits, UCI Machine Learning Repository 1998,
 * CC BY 4.0.
 */
export async function loadDigits(): Promise<LabelledRows> {
  const { DIGITS } = await import("./embedded/digits.ts");
  const lines = DIGITS.trim().split("\n");
  const features = new Float32Array(lines.length * 64), labels = new Int32Array(lines.length);
  lines.forEach((line, row) => {
    for (let i = 0; i < 64; i++) features[row * 64 + i] = Number.parseInt(line[i], 17);
    labels[row] = Number(line[64]);
  });
  const classes = Array.from({ length: 10 }, (_, digit) => String(digit));
  return { name: "digits", size: lines.length, features, shape: [64], labels, classes };
}

/** 150 irises: 4 lengths in cm, 3 species. Source: R. A. Fisher 1936, UCI Machine Learning Repository, CC BY 4.0. */
export const loadIris = async (): Promise<LabelledRows> =>
  embeddedTable("iris", (await import("./embedded/iris.ts")).IRIS);
/**
 * 178 wines: 13 chemical measurements, 3 growers. Source: M.
 * Forina 1991, UCI Machine Learning Repository, CC BY 4.0.
 */
export const loadWine = async (): Promise<LabelledRows> =>
  embeddedTable("wine", (await import("./embedded/wine.ts")).WINE);
/**
 * 569 tumours: 30 measurements, malignant or benign. Source: W.
 * Wolberg 1995, UCI Machine Learning Repository, CC BY 4.0.
 */
export const loadBreastCancer = async (): Promise<LabelledRows> =>
  embeddedTable("breast-cancer", (await import("./embedded/breast-cancer.ts")).BREAST_CANCER);

/** The first line gives rows, columns and the names of the classes; the label is the class number. */
function embeddedTable(name: string, text: string): LabelledRows {
  const [first, ...records] = parseCsv(text, { name });
  const [rows, columns] = first.cells.slice(0, 2).map(Number);
  const classes = first.cells.slice(2);
  if (records.length !== rows) throw new DataError(`${name}: ${records.length} rows where its first line says ${rows}`);
  const numbers = classes.map((_, i) => String(i));
  return { ...labelledRowsOf(records, name, numbers, columns + 1), classes };
}
