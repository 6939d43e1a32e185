import { availableParallelism, totalmem } from "node:os";
import { currentBackend } from "../runtime/registry.ts";
import { memoryReport } from "../runtime/storage.ts";
import { dataFolder } from "../data/files.node.ts";
import { describeOptions, parseArguments, type Options } from "./arguments.ts";
import { BACKEND_OPTIONS, chooseBackend } from "./backend.ts";
import { DONE, print, printJson, type Command } from "./context.ts";

const OPTIONS = {
  json: { help: "one JSON object as the last line of stdout" },
  ...BACKEND_OPTIONS,
} as const satisfies Options<string>;

export const INFO: Command = {
  summary: "say what this machine computes with",
  help: `Usage: gradus info [options]\n\nOptions:\n${describeOptions(OPTIONS)}`,
  async run(args, context) {
    const { options } = parseArguments(args, OPTIONS, 0);
    const stop = await chooseBackend(options, context);
    try {
      const backend = currentBackend();
      const target = backend.kind === "kernel" ? backend.target : null;
      const info = {
        backend: backend.name, threads: target?.threads ?? 1, lanes: target?.lanes ?? 1, cores: availableParallelism(),
        memory: totalmem(), held: memoryReport().bytes, node: process.version, data: dataFolder(),
      };
      if (options.json !== undefined) {
        printJson(context, info);
        return DONE;
      }
      const gibibytes = (info.memory / 2 ** 30).toFixed(1);
      print(context, `backend  ${info.backend}, ${info.threads} of ${info.cores} cores, ${info.lanes} numbers a ` +
        `vector\n` +
        `memory   ${gibibytes} GiB in the machine, ${info.held} bytes held by tensors\n` +
        `node     ${info.node}\ndata     ${info.data}`);
      return DONE;
    } finally {
      stop();
    }
  },
};
