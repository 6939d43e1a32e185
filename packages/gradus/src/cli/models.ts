import { MODELS as ROWS } from "../models/registry.ts";
import { RECIPES } from "../train/recipes.ts";
import { describeOptions, parseArguments, type Options } from "./arguments.ts";
import { DONE, print, printJson, type Command } from "./context.ts";

const OPTIONS = {
  json: { help: "one JSON object as the last line of stdout" },
} as const satisfies Options<string>;

export const MODELS: Command = {
  summary: "list the models, their presets and how many numbers they learn",
  help: `Usage: gradus models [options]\n\nOptions:\n${describeOptions(OPTIONS)}`,
  run(args, context) {
    const { options } = parseArguments(args, OPTIONS, 0);
    const trained = new Set(RECIPES.map(({ name }) => name));
    const rows = ROWS.map(({ name, title, description, task, parameters }) =>
      ({ name, title, description, task, parameters, trained: trained.has(name) }));
    if (options.json !== undefined) {
      printJson(context, { models: rows });
      return Promise.resolve(DONE);
    }
    print(context, `${"model".padEnd(12)} ${"preset".padEnd(12)} ${"parameters".padStart(14)}`);
    for (const { name, parameters, title, trained: can } of rows) {
      Object.entries(parameters).forEach(([preset, count], i) => {
        const about = i === 0 ? `  ${title}${can ? " (gradus train)" : ""}` : "";
        print(context, `${(i === 0 ? name : "").padEnd(12)} ${preset.padEnd(12)} ` +
          `${count.toLocaleString("en").padStart(14)}${about}`);
      });
    }
    return Promise.resolve(DONE);
  },
};
