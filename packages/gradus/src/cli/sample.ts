import { UsageError } from "../vocab/errors.ts";
import { CharacterVocabulary } from "../data/text.ts";
import { beamSearch } from "../models/generate/beam-search.ts";
import type { Controls } from "../models/generate/controls.ts";
import { contrastiveSearch } from "../models/generate/contrastive-search.ts";
import { generate } from "../models/generate/generate.ts";
import { streamText, textUntil } from "../models/generate/text.ts";
import type { LanguageModel } from "../models/language-model.ts";
import { RunFolder } from "../train/run.node.ts";
import {
  describeOptions, numberOption, parseArguments, type Given, type NumberRange, type Options,
} from "./arguments.ts";
import { BACKEND_OPTIONS, chooseBackend } from "./backend.ts";
import { DONE, printJson, type Command } from "./context.ts";
import { loadLanguageModel, vocabularyOf } from "./load.ts";

const OPTIONS = {
  prompt: { value: "<text>", help: "what the text begins with (default: a line end)" },
  length: { value: "<n>", help: "characters to write (default 500)" },
  stop: { value: "<text>", help: "end before this text" },
  temperature: { value: "<t>", help: "below 1 more likely text, above 1 more surprising (default 0.8)" },
  greedy: { help: "take the likeliest character always" },
  "top-k": { value: "<k>", help: "only the k likeliest" },
  "top-p": { value: "<p>", help: "only the likeliest that have the share p of all probability" },
  "min-p": { value: "<p>", help: "only those at least p times as likely as the likeliest" },
  "typical-p": { value: "<p>", help: "only those whose surprise is nearest to the mean, up to the share p" },
  "repetition-penalty": { value: "<x>", help: "above 1 what was there comes more rarely" },
  "frequency-penalty": { value: "<x>", help: "taken from a score for each time it was written" },
  "presence-penalty": { value: "<x>", help: "taken from the score of all that was written" },
  "no-repeat-ngram": { value: "<n>", help: "no n characters come twice in the same order" },
  beams: { value: "<n>", help: "search for likely text with n hypotheses instead of drawing" },
  "length-penalty": { value: "<x>", help: "with --beams: above 0 longer texts win (default 1)" },
  contrastive: { value: "<alpha>", help: "contrastive search: what repeats the text costs alpha, from 0 to 1" },
  seed: { value: "<n>", help: "seed of the draws (default 1)" },
  json: { help: "one JSON object as the last line of stdout" },
  ...BACKEND_OPTIONS,
} as const satisfies Options<string>;
type Name = keyof typeof OPTIONS;

const CONTROLS: readonly (readonly [option: Name, control: keyof Controls, range?: NumberRange])[] = [
  ["top-k", "topK", { min: 1, whole: true }], ["top-p", "topP"], ["min-p", "minP"], ["typical-p", "typicalP"],
  ["repetition-penalty", "repetitionPenalty", { above: 0 }], ["frequency-penalty", "frequencyPenalty"],
  ["presence-penalty", "presencePenalty"], ["no-repeat-ngram", "noRepeatNgram", { min: 0, whole: true }],
];
/** What shapes the choice, of the options that were given. */
function controlsOf(options: Given<Name>): Controls {
  const given = CONTROLS.map(([option, control, range]) => [control, numberOption(options, option, range)] as const)
    .filter(([, value]) => value !== undefined);
  const temperature = numberOption(options, "temperature", { min: 0 });
  if (options.greedy !== undefined && temperature !== undefined) {
    throw new UsageError("--greedy takes the likeliest always; leave out --temperature");
  }
  return { ...Object.fromEntries(given), temperature: options.greedy === undefined ? temperature ?? 0.8 : 0 };
}
/** Searches draw nothing: an option that shapes draws would go unheard. */
function checkSearch(options: Given<Name>): void {
  const search = (["beams", "contrastive"] as const).filter((name) => options[name] !== undefined);
  if (search.length === 2) throw new UsageError("--beams and --contrastive are two searches; choose one");
  const penalties = ["repetition-penalty", "frequency-penalty", "presence-penalty", "no-repeat-ngram"];
  const draws = ["temperature", "greedy", "top-p", "min-p", "typical-p"];
  const unheard = [...draws, ...(search[0] === "beams" ? ["top-k"] : penalties)];
  const given = search.length === 0 ? undefined : unheard.find((name) => options[name as Name] !== undefined);
  if (given !== undefined) throw new UsageError(`--${search[0]} draws nothing; leave out --${given}`);
}

/** How to write: checked before anything is loaded. */
function settingsOf(options: Given<Name>): Settings {
  checkSearch(options);
  return {
    controls: controlsOf(options),
    length: numberOption(options, "length", { min: 0, whole: true }) ?? 500,
    beams: numberOption(options, "beams", { min: 1, whole: true }),
    lengthPenalty: numberOption(options, "length-penalty") ?? 1,
    alpha: numberOption(options, "contrastive", { min: 0 }),
    seed: numberOption(options, "seed", { min: 0, whole: true }) ?? 1,
    stop: options.stop === undefined ? [] : [options.stop],
  };
}
interface Settings {
  readonly controls: Controls;
  readonly length: number;
  readonly beams: number | undefined;
  readonly lengthPenalty: number;
  readonly alpha: number | undefined;
  readonly seed: number;
  readonly stop: readonly string[];
}
/** The text behind a prompt, in pieces as they are known. */
async function* written(
  model: LanguageModel, vocabulary: CharacterVocabulary, prompt: readonly number[], settings: Settings,
): AsyncGenerator<string, void, undefined> {
  const { length, beams, lengthPenalty, alpha, seed, stop } = settings;
  const { topK, temperature = 1, ...controls } = settings.controls;
  const decode = (tokens: readonly number[]): string => vocabulary.decode(tokens);
  const cut = topK === undefined ? {} : { topK };
  if (beams !== undefined) {
    // The search has to know what ends a text: a stop of one character is a token.
    const stopTokens = stop.map((text) => vocabulary.characters.indexOf(text)).filter((token) => token >= 0);
    const found = await beamSearch(model, prompt, { ...controls, length, beams, lengthPenalty, stopTokens });
    yield textUntil(found.sequences.map(({ tokens }) => decode(tokens)).join(""), stop);
  } else {
    const steps = alpha === undefined
      ? generate(model, prompt, { ...controls, ...cut, temperature, length, seed })
      : contrastiveSearch(model, prompt, { ...cut, length, alpha });
    yield* streamText(steps, decode, { stop, prompt });
  }
}

export const SAMPLE: Command = {
  summary: "write text with a trained model",
  help: `Usage: gradus sample <run> [options]\n\nOptions:\n${describeOptions(OPTIONS)}`,
  async run(args, context) {
    const { options, positionals: [path] } = parseArguments(args, OPTIONS, 1);
    if (path === undefined) throw new UsageError("which run? gradus sample <run>, such as runs/gpt");
    const settings = settingsOf(options);
    const folder = await RunFolder.open(path);
    const vocabulary = new CharacterVocabulary(vocabularyOf(folder));
    const begin = options.prompt === undefined || options.prompt === "" ? "\n" : options.prompt;
    const prompt = [...vocabulary.encode(begin)];
    const json = options.json !== undefined;
    const release = await chooseBackend(options, context);
    const unlisten: (() => void)[] = [];
    try {
      const model = await loadLanguageModel(folder);
      let stopped = false;
      unlisten.push(context.onInterrupt(() => { stopped = true; }));
      let text = options.prompt ?? "";
      if (!json) context.stdout.write(text);
      for await (const piece of written(model, vocabulary, prompt, settings)) {
        text += piece;
        if (!json) context.stdout.write(piece);
        if (stopped) break;
      }
      if (json) printJson(context, { text });
      else context.stdout.write("\n");
      return DONE;
    } finally {
      for (const off of unlisten) off();
      release();
    }
  },
};
