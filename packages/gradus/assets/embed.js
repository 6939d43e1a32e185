/**
 * Writes the data sets that ship with Gradus as modules: `node packages/gradus/assets/embed.js <folder of CSV files>`.
 * A module needs neither a file system nor fetch. Digits take one character per pixel (0-9, a-g for 0..16), which a web
 * server compresses better than packed bits.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const [folder] = process.argv.slice(2);
if (folder === undefined) {
  console.error("usage: node packages/gradus/assets/embed.js <folder with digits.csv, iris.csv, ...>");
  process.exit(2);
}
const target = join(dirname(fileURLToPath(import.meta.url)), "..", "src", "data", "embedded");
const read = (name) => readFileSync(join(folder, name), "utf8").trim().split(/\r?\n/);
const write = (name, credit, constant, lines) => writeFileSync(join(target, `${name}.ts`),
  `// Made by assets/embed.js. ${credit}\n// UCI Machine Learning Repository, CC BY 4.0.\n` +
  `export const ${constant} = \`\\\n${lines.join("\n")}\n\`;\n`);

write("digits", "E. Alpaydin & C. Kaynak, Optical Recognition of Handwritten Digits (1998).", "DIGITS",
  read("digits.csv").map((line) => {
    const values = line.split(",").map(Number);
    return values.slice(0, 64).map((v) => v.toString(17)).join("") + values[64];
  }));
write("iris", "R. A. Fisher, Iris (1936).", "IRIS", read("iris.csv"));
write("wine", "M. Forina and others, Wine (1991).", "WINE", read("wine_data.csv"));
write("breast-cancer", "W. Wolberg, O. Mangasarian, N. Street, W. Street, Breast Cancer Wisconsin (Diagnostic) (1995).",
  "BREAST_CANCER", read("breast_cancer.csv"));
