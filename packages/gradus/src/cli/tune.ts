import { join } from "node:path";
import { DataError, UsageError } from "../vocab/errors.ts";
import { currentBackend, type BackendName } from "../runtime/registry.ts";
import { writeAtomically } from "../train/atomic.node.ts";
import { Progress } from "../train/progress.ts";
import { METRICS, type Recipe } from "../train/recipe.ts";
import { RECIPES } from "../train/recipes.ts";
import { freeFolder, newestFolder } from "../train/run.node.ts";
import { recipeOf } from "../train/session.node.ts";
import { FileJournal } from "../tune/journal.node.ts";
import { ProcessPool } from "../tune/pool.node.ts";
import {
  Asha, Bayesian, choice, drawStudy, GridSearch, Hyperband, log, RandomSearch, search, svgOfStudy, TreeParzen,
  type Space, type Strategy, type Study, type Trial,
} from "../tune/tune.ts";
import { choiceOption, describeOptions, numberOption, parseArguments, type Given, type Options } from "./arguments.ts";
import { BACKEND_OPTIONS, chooseBackend } from "./backend.ts";
import { DONE, FAILED, print, printJson, type Command, type Context } from "./context.ts";
import recipeObjective, { type TuneSettings } from "./tune-objective.ts";

const STRATEGIES = ["tpe", "bayesian", "random", "grid", "hyperband"] as const;
const OPTIONS = {
  trials: { value: "<n>", help: "how many settings to try (default 20)" },
  strategy: { value: "<name>", help: `how they are chosen: ${STRATEGIES.join(", ")} (default tpe)` },
  lr: { value: "<low..high>", help: "range of the learning rate (default: around the recipe's)" },
  batch: { value: "<a,b,...>", help: "sizes of the batch (default: half, once and twice the recipe's)" },
  data: { value: "<data>", help: "as for gradus train" },
  epochs: { value: "<n>", help: "length of a trial (classifiers; default: a quarter of the recipe's)" },
  steps: { value: "<n>", help: "length of a trial (models of text; default: a quarter of the recipe's)" },
  stop: { help: "end trials early that are not among the better third at 1/9 and 1/3 of their length" },
  seed: { value: "<n>", help: "seed of the search, of the weights and of the order of the data (default 1)" },
  workers: { value: "<n>", help: "processes that run trials side by side (default: none, one trial after another)" },
  out: { value: "<folder>", help: "where the journal and the plot go (default runs/tune-<model>)" },
  resume: { help: "go on with the search in --out, or with the newest" },
  json: { help: "one JSON object as the last line of stdout; progress goes to stderr" },
  ...BACKEND_OPTIONS,
} as const satisfies Options<string>;
const MODELS = RECIPES.map(({ name }) => name).join(", ");
type Flags = Given<keyof typeof OPTIONS>;

export const TUNE: Command = {
  summary: "look for good settings of a model",
  help: `Usage: gradus tune <model> [options]\n\nModels: ${MODELS}\n\n` +
    `Options:\n${describeOptions(OPTIONS)}\n\n` +
    "The figures are those on the rows held out, which chose the settings: train with another --seed to judge them.\n" +
    "A search that was killed goes on with --resume; trials that had not ended are run again.",
  async run(args, context) {
    const { options, positionals: [model] } = parseArguments(args, OPTIONS, 1);
    if (model === undefined) {
      throw new UsageError(`which model? gradus tune <model>, with one of ${MODELS}`);
    }
    const recipe = recipeOf(model);
    const stop = await chooseBackend(options, context);
    try {
      return await tuneRecipe(recipe, options, context);
    } finally {
      stop();
    }
  },
};

async function tuneRecipe(recipe: Recipe, options: Flags, context: Context): Promise<number> {
  const { metric } = recipe.bar, json = options.json !== undefined;
  const progress = new Progress(json ? context.stderr : context.stdout);
  const space = spaceOf(recipe, options), strategy = strategyOf(options);
  const trials = strategy instanceof Hyperband ? strategy.trials
    : numberOption(options, "trials", { min: 1, whole: true }) ?? 20;
  const settings = settingsOf(recipe, options);
  const folder = await folderOf(recipe, options);
  const workers = numberOption(options, "workers", { min: 1, whole: true });
  const pool = workers === undefined ? null : new ProcessPool({
    module: new URL(import.meta.resolve("./tune-objective.js")), processes: workers,
    settings: { ...settings, backend: currentBackend().name as BackendName } satisfies TuneSettings,
  });
  const journal = new FileJournal(join(folder, "journal.jsonl"));
  let stopped = false;
  const unlisten = context.onInterrupt(() => { stopped = true; });
  try {
    const study = await search(pool?.objective ?? await recipeObjective(settings), {
      space, strategy, trials, seed: settings.seed, journal, concurrency: pool?.size ?? 1,
      direction: METRICS[metric] === "higher" ? "maximize" : "minimize",
      ...(options.stop === undefined ? {} : { stopping: new Asha({ minimum: 1 / 9 }) }),
      stopRequested: () => stopped,
      onTrial: (trial) => progress.note(`trial ${trial.id + 1}/${trials}: ${lineOf(trial, metric)}`),
    });
    await writeAtomically(join(folder, "study.svg"), new TextEncoder().encode(svgOfStudy(study)));
    if (stopped) {
      progress.note(`stopped after ${study.trials.length} trials; go on with:\n` +
        `  gradus tune ${recipe.name} ${optionsAgain(options, folder)} --resume`);
      return FAILED;
    }
    report(recipe, study, folder, json, context);
    return DONE;
  } finally {
    unlisten();
    await pool?.close();
    await journal.close();
  }
}

function lineOf({ values, value, state, error }: Trial, metric: string): string {
  const result = state === "failed" ? `failed, ${error}` : `${metric} ${value!.toFixed(4)}`;
  return `lr ${Number(values["lr"]).toPrecision(3)}, batch ${values["batch"]}: ${result}` +
    (state === "stopped" ? ", stopped" : "");
}
/** What was given, for the same search once more. */
function optionsAgain({ resume: _, out: __, ...rest }: Flags, folder: string): string {
  const given = Object.entries({ ...rest, out: folder });
  return given.map(([name, value]) => (value === "true" ? `--${name}` : `--${name} ${value}`)).join(" ");
}
function report(recipe: Recipe, study: Study, folder: string, json: boolean, context: Context): void {
  const { best } = study, { metric } = recipe.bar, { lr, batch } = best.values;
  if (json) {
    const trials = study.trials.length;
    printJson(context, { model: recipe.name, metric, value: best.value, lr, batch, trials, folder });
    return;
  }
  print(context, drawStudy(study).join("\n"));
  print(context, `best: ${metric} ${best.value.toFixed(4)} (trial ${best.id + 1}); all of them in ${folder}\n` +
    `train it: gradus train ${recipe.name} --lr ${Number(lr).toPrecision(3)} --batch ${batch}`);
}

/** The learning rate and the batch: what `gradus train` takes. */
function spaceOf(recipe: Recipe, options: Flags): Space {
  const [low, high] = options.lr === undefined ? [recipe.lr / 30, recipe.lr * 10] : numbersOf("lr", options.lr, "..");
  const sizes = options.batch === undefined
    ? [Math.max(1, Math.round(recipe.batch / 2)), recipe.batch, recipe.batch * 2]
    : numbersOf("batch", options.batch, ",");
  return { lr: log(low, high), batch: choice(sizes) };
}
function numbersOf(name: string, text: string, separator: string): number[] {
  const numbers = text.split(separator).map(Number);
  if (!numbers.every((n) => n > 0) || (separator === ".." && numbers.length !== 2)) {
    const example = separator === ".." ? "two numbers as 1e-4..1e-1" : "sizes as 16,32";
    throw new UsageError(`--${name} ${text}: write ${example}`);
  }
  return numbers;
}
function strategyOf(options: Flags): Strategy {
  const name = choiceOption(options, "strategy", STRATEGIES) ?? "tpe";
  if (name === "random") return new RandomSearch();
  if (name === "bayesian") return new Bayesian();
  if (name === "hyperband") return new Hyperband({ minimum: 1 / 9, maximum: 1 });
  return name === "grid" ? new GridSearch(5) : new TreeParzen({ startup: 6 });
}
function settingsOf(recipe: Recipe, options: Flags): TuneSettings {
  const own = recipe.kind === "classifier" ? "epochs" : "steps", other = own === "steps" ? "epochs" : "steps";
  if (options[other] !== undefined) {
    throw new UsageError(`--${other}: the length of a trial of ${recipe.name} is --${own}`);
  }
  const data = options.data ?? recipe.data;
  if (data === null) throw new UsageError(`${recipe.name} needs --data: a folder of IDX files`);
  const whole = recipe.kind === "classifier" ? recipe.epochs : recipe.steps;
  return {
    model: recipe.name, data, seed: numberOption(options, "seed", { min: 0, whole: true }) ?? 1,
    length: numberOption(options, own, { above: 0 }) ?? Math.ceil(whole / 4), backend: null,
  };
}
async function folderOf(recipe: Recipe, options: Flags): Promise<string> {
  const base = options.out ?? join("runs", `tune-${recipe.name}`);
  if (options.resume === undefined) return freeFolder(base);
  const found = options.out ?? await newestFolder(base);
  if (found === null) {
    throw new DataError(`there is no search for ${recipe.name} in runs to resume; start one without --resume`);
  }
  return found;
}
