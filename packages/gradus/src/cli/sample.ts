import { UsageError } from "../vocab/errors.ts";
import { RandomStream } from "../vocab/random.ts";
import { CharacterVocabulary } from "../data/text.ts";
import { sample } from "../models/sample.ts";
import { RunFolder } from "../train/run.node.ts";
import { describeOptions, numberOption, parseArguments, type Options } from "./arguments.ts";
import { BACKEND_OPTIONS, chooseBackend } from "./backend.ts";
import { DONE, printJson, type Command } from "./context.ts";
import { loadLanguageModel, vocabularyOf } from "./load.ts";

const OPTIONS = {
  prompt: { value: "<text>", help: "what the text begins with (default: a line end)" },
  length: { value: "<n>", help: "characters to write (default 500)" },
  temperature: { value: "<t>", help: "below 1 more likely text, above 1 more surprising (default 0.8)" },
  seed: { value: "<n>", help: "seed of the draws (default 1)" },
  json: { help: "one JSON object as the last line of stdout" },
  ...BACKEND_OPTIONS,
} as const satisfies Options<string>;

export const SAMPLE: Command = {
  summary: "write text with a trained model",
  help: `Usage: gradus sample <run> [options]\n\nOptions:\n${describeOptions(OPTIONS)}`,
  async run(args, context) {
    const { options, positionals: [path] } = parseArguments(args, OPTIONS, 1);
    if (path === undefined) throw new UsageError("which run? gradus sample <run>, such as runs/gpt");
    const length = numberOption(options, "length", { min: 0, whole: true }) ?? 500;
    const temperature = numberOption(options, "temperature", { min: 0 }) ?? 0.8;
    const seed = numberOption(options, "seed", { min: 0, whole: true }) ?? 1;
    const folder = await RunFolder.open(path);
    const vocabulary = new CharacterVocabulary(vocabularyOf(folder));
    const prompt = options.prompt === undefined || options.prompt === "" ? "\n" : options.prompt;
    const start = [...vocabulary.encode(prompt)];
    const json = options.json !== undefined;
    const stop = await chooseBackend(options, context);
    const unlisten: (() => void)[] = [];
    try {
      const model = await loadLanguageModel(folder);
      let stopped = false;
      unlisten.push(context.onInterrupt(() => { stopped = true; }));
      let text = options.prompt ?? "";
      if (!json) context.stdout.write(text);
      for await (const id of sample(model, start, { length, temperature, random: new RandomStream(seed) })) {
        const character = vocabulary.characters[id];
        text += character;
        if (!json) context.stdout.write(character);
        if (stopped) break;
      }
      if (json) printJson(context, { text });
      else context.stdout.write("\n");
      return DONE;
    } finally {
      for (const off of unlisten) off();
      stop();
    }
  },
};
