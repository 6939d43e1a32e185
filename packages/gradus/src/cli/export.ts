import { UsageError } from "../vocab/errors.ts";
import type { Module } from "../nn/module.ts";
import { zeros } from "../ops/create.ts";
import { exportOnnx } from "../interop/onnx/export.ts";
import { writeAtomically } from "../train/atomic.node.ts";
import { RunFolder } from "../train/run.node.ts";
import { describeOptions, numberOption, parseArguments, type Options } from "./arguments.ts";
import { BACKEND_OPTIONS, chooseBackend } from "./backend.ts";
import { DONE, print, printJson, type Command } from "./context.ts";
import { classifierOf, loadClassifier, loadLanguageModel } from "./load.ts";

const OPTIONS = {
  batch: { value: "<n>", help: "rows in a call (default: any number)" },
  length: { value: "<n>", help: "tokens in a row, for a model of text (default 64, or what the model can look at)" },
  json: { help: "one JSON object as the last line of stdout" },
  ...BACKEND_OPTIONS,
} as const satisfies Options<string>;
const USUAL_LENGTH = 64;

export const EXPORT: Command = {
  summary: "write a trained model as an ONNX file",
  help: "Usage: gradus export <run> <file.onnx> [options]\n\n" +
    "The input of a classifier is scaled as in training; run.json in the folder of the run says how.\n\n" +
    `Options:\n${describeOptions(OPTIONS)}`,
  async run(args, context) {
    const { options, positionals: [path, file] } = parseArguments(args, OPTIONS, 2);
    if (path === undefined || file === undefined) {
      throw new UsageError("which run, and which file? gradus export <run> <file.onnx>, such as runs/mlp mlp.onnx");
    }
    if (!file.endsWith(".onnx")) throw new UsageError(`${file} should end in .onnx`);
    const batch = numberOption(options, "batch", { min: 1, whole: true });
    const length = numberOption(options, "length", { min: 1, whole: true });
    const folder = await RunFolder.open(path);
    if (folder.description.kind === "task") {
      throw new UsageError(`${path} reads lines of text; only models of rows and of characters become files here`);
    }
    const stop = await chooseBackend(options, context);
    try {
      let model: Module, row: readonly number[];
      if (folder.description.kind === "classifier") {
        if (length !== undefined) throw new UsageError(`--length: ${path} is a classifier, not a model of text`);
        model = await loadClassifier(folder);
        row = classifierOf(folder).shape;
      } else {
        const language = await loadLanguageModel(folder);
        if (length !== undefined && length > language.context) {
          throw new UsageError(`--length ${length}: the model looks at ${language.context} tokens at most`);
        }
        model = language;
        row = [length ?? Math.min(USUAL_LENGTH, language.context)];
      }
      const input = zeros([batch ?? 1, ...row], folder.description.kind === "classifier" ? "f32" : "i32");
      const settings = { dynamicBatch: batch === undefined, name: folder.description.model };
      const bytes = await exportOnnx(model, [input], settings);
      await writeAtomically(file, bytes);
      const shape = [batch ?? "batch", ...row];
      if (options.json !== undefined) printJson(context, { file, bytes: bytes.length, input: shape });
      else print(context, `${file}: ${bytes.length} bytes, input ${input.dtype} [${shape.join(", ")}]`);
      return DONE;
    } finally {
      stop();
    }
  },
};
