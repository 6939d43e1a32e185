import { extname } from "node:path";
import { DataError, UsageError } from "../vocab/errors.ts";
import { DataLoader } from "../data/loader.ts";
import { readBytes, readText } from "../data/files.node.ts";
import { parseCsv } from "../data/csv.ts";
import { readIdx } from "../data/idx.ts";
import { subset } from "../data/dataset.ts";
import { labelledDataset, standardize, type LabelledRows } from "../data/table.ts";
import { sizeOf } from "../vocab/shape.ts";
import { accuracyOf, classify, splitBy } from "../train/classify.ts";
import type { ClassifierDescription } from "../train/description.ts";
import { RunFolder } from "../train/run.node.ts";
import { describeOptions, parseArguments, type Options } from "./arguments.ts";
import { BACKEND_OPTIONS, chooseBackend } from "./backend.ts";
import { DONE, print, printJson, type Command } from "./context.ts";
import { classifierOf, loadClassifier } from "./load.ts";
import { predictLines } from "./predict-lines.ts";
import { readRows } from "./source.ts";

const OPTIONS = {
  input: { value: "<file>", help: "rows without a class: a CSV file or an IDX file of images; or lines of text" },
  text: { value: "<line>", help: "a line for a model that reads lines: its answer is printed" },
  data: { value: "<data>", help: "rows with their class, to be scored (default: the rows held out from training)" },
  json: { help: "one JSON object as the last line of stdout" },
  ...BACKEND_OPTIONS,
} as const satisfies Options<string>;

export const PREDICT: Command = {
  summary: "classify rows or answer lines with a trained model, or score it",
  help: `Usage: gradus predict <run> [options]\n\nOptions:\n${describeOptions(OPTIONS)}`,
  async run(args, context) {
    const { options, positionals: [path] } = parseArguments(args, OPTIONS, 1);
    if (path === undefined) throw new UsageError("which run? gradus predict <run>, such as runs/mlp");
    if ([options.input, options.text, options.data].filter((given) => given !== undefined).length > 1) {
      throw new UsageError("give one of --input, --text and --data");
    }
    const folder = await RunFolder.open(path);
    if (folder.description.kind === "task") return predictLines(folder, options, context);
    const classifier = classifierOf(folder);
    if (options.text !== undefined) throw new UsageError(`--text: ${path} reads rows of numbers; give --input`);
    const stop = await chooseBackend(options, context);
    try {
      const model = await loadClassifier(folder);
      const json = options.json !== undefined;
      if (options.input === undefined) {
        const name = options.data ?? folder.description.data;
        const { rows } = await readRows(name);
        checkShape(rows, classifier, name);
        const data = labelledDataset(standardize(rows, classifier.scaling));
        // The data of training are scored on the rows that were held out only.
        const { seed } = folder.description.settings;
        const scored = options.data === undefined ? subset(data, splitBy(classifier, rows.size, seed).test) : data;
        const { accuracy, loss } = await accuracyOf(model, new DataLoader(scored, { batchSize: 250 }))();
        if (json) printJson(context, { metric: "accuracy", value: accuracy, loss, rows: scored.size });
        else {
          print(context, `accuracy ${accuracy.toFixed(4)}, loss ${loss.toFixed(4)} on ${scored.size} rows of ${name}`);
        }
        return DONE;
      }
      const rows = await readUnlabelled(options.input, classifier);
      const found = (await classify(model, rows, classifier.scaling)).map((probabilities) => {
        const best = probabilities.indexOf(Math.max(...probabilities));
        return { class: classifier.classes[best], probability: probabilities[best] };
      });
      if (json) printJson(context, { predictions: found });
      else found.forEach((item, row) => print(context, `${row + 1}\t${item.class}\t${item.probability.toFixed(4)}`));
      return DONE;
    } finally {
      stop();
    }
  },
};

function checkShape(rows: LabelledRows, { shape, classes }: ClassifierDescription, name: string): void {
  if (sizeOf(rows.shape) !== sizeOf(shape)) {
    throw new DataError(`${name} has ${sizeOf(rows.shape)} numbers a row; the model was trained on ${sizeOf(shape)}`);
  }
  if (rows.classes.length > classes.length) {
    throw new DataError(`${name} has ${rows.classes.length} classes; the model knows ${classes.length}`);
  }
}
/** Rows of numbers; a class in one more column is read over. */
async function readUnlabelled(path: string, { shape, classes }: ClassifierDescription): Promise<LabelledRows> {
  const width = sizeOf(shape);
  const rowsOf = (features: Float32Array): LabelledRows => {
    const size = features.length / width;
    return { name: path, size, features, shape, labels: new Int32Array(size), classes };
  };
  if (extname(path) !== ".csv" && /idx\d-ubyte/.test(path)) {
    const { shape: [count, ...rest], data } = await readIdx(await readBytes(path), path);
    if (sizeOf(rest) !== width || count === 0) throw new DataError(`${path} holds no images of ${width} pixels`);
    return rowsOf(Float32Array.from(data));
  }
  let records = parseCsv(await readText(path), { name: path });
  if (records[0]?.cells.some((cell) => !Number.isFinite(Number(cell)))) records = records.slice(1);
  if (records.length === 0) throw new DataError(`${path} is empty: it has no rows`);
  const features = new Float32Array(records.length * width);
  records.forEach(({ line, cells }, row) => {
    if (cells.length !== width && cells.length !== width + 1) {
      throw new DataError(`${path}, line ${line}: ${cells.length} values; the model was trained on ${width}`);
    }
    cells.slice(0, width).forEach((cell, column) => {
      const value = cell.trim() === "" ? NaN : Number(cell);
      if (!Number.isFinite(value)) {
        throw new DataError(`${path}, line ${line}: "${cell.slice(0, 40)}" in column ${column + 1} is not a number`);
      }
      features[row * width + column] = value;
    });
  });
  return rowsOf(features);
}
