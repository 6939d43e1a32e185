import { join } from "node:path";
import { DataError, UsageError } from "../vocab/errors.ts";
import { manualSeed } from "../tensor/random.ts";
import { classifierTask, prepareRows, stepsOf, planSplit } from "../train/classify.ts";
import { drawCurve } from "../train/curve.ts";
import { formatDuration, Progress } from "../train/progress.ts";
import { METRICS, reaches, type ClassifierRecipe, type Recipe, type Settings } from "../train/recipe.ts";
import { RECIPES } from "../train/recipes.ts";
import { freeFolder, newestFolder, RunFolder } from "../train/run.node.ts";
import {
  describeRun, progressHooks, recipeOf, runTraining, type RunData, type RunHooks,
} from "../train/session.node.ts";
import type { Evaluation } from "../train/task.ts";
import { train } from "../train/trainer.ts";
import { describeOptions, numberOption, parseArguments, type Given, type Options } from "./arguments.ts";
import { BACKEND_OPTIONS, chooseBackend } from "./backend.ts";
import { DONE, FAILED, print, printJson, type Command, type Context } from "./context.ts";
import { readData } from "./source.ts";

const OPTIONS = {
  data: { value: "<data>", help: "a name of gradus data list, a CSV, text or FASTA file, or a folder of IDX files" },
  epochs: { value: "<n>", help: "times every row is seen (classifiers)" },
  steps: { value: "<n>", help: "batches to learn from" },
  batch: { value: "<n>", help: "rows of a batch" },
  lr: { value: "<rate>", help: "highest learning rate" },
  seed: { value: "<n>", help: "seed of weights, order and split (default 1)" },
  seeds: { value: "<n>", help: "train this many runs with seeds from --seed on, and report mean and worst" },
  patience: { value: "<n>", help: "stop after so many evaluations without a better result" },
  out: { value: "<folder>", help: "where the run is kept (default runs/<model>)" },
  resume: { help: "go on with the run in --out, or with the newest" },
  tensorboard: { help: "also write event files: tensorboard --logdir <run> shows them" },
  json: { help: "one JSON object as the last line of stdout; progress goes to stderr" },
  ...BACKEND_OPTIONS,
} as const satisfies Options<string>;
type Flags = Given<keyof typeof OPTIONS>;

const list = RECIPES.map(({ name, title, data, bar }) =>
  `  ${name}: ${title}${data === null ? "" : `; --data ${data}`}\n      goal: ${bar.metric} ` +
  `${METRICS[bar.metric] === "higher" ? ">=" : "<="} ${bar.value} on ${bar.on}`).join("\n");

export const TRAIN: Command = {
  summary: "train a model and keep the run",
  help: `Usage: gradus train <model> [options]\n\nModels:\n${list}\n\nOptions:\n${describeOptions(OPTIONS)}\n\n` +
    "Ctrl-C saves the run and says how to go on.",
  async run(args, context) {
    const { options, positionals: [model] } = parseArguments(args, OPTIONS, 1);
    if (model === undefined) {
      const names = RECIPES.map(({ name }) => name).join(", ");
      throw new UsageError(`which model? gradus train <model>, with one of ${names}`);
    }
    const recipe = recipeOf(model);
    const seeds = numberOption(options, "seeds", { min: 1, whole: true }) ?? 1;
    const stop = await chooseBackend(options, context);
    try {
      return await trainSeeds(recipe, options, seeds, context);
    } finally {
      stop();
    }
  },
};

interface Outcome {
  readonly settings: Settings;
  readonly value: number;
  /** All that was measured, the baselines of a recipe among it. */
  readonly figures: Evaluation;
  readonly loss: number;
  readonly steps: number;
  readonly run: string;
}

async function trainSeeds(recipe: Recipe, options: Flags, seeds: number, context: Context): Promise<number> {
  const json = options.json !== undefined;
  const progress = new Progress(json ? context.stderr : context.stdout);
  let stopped = false;
  const unlisten = context.onInterrupt(() => { stopped = true; });
  const patience = numberOption(options, "patience", { min: 1, whole: true });
  const hooks: RunHooks = {
    progress, stopRequested: () => stopped, tensorBoard: options.tensorboard !== undefined,
    ...(patience === undefined ? {} : { patience }),
  };
  const started = performance.now();
  const base = await baseFolder(recipe, options);
  const firstSeed = numberOption(options, "seed", { min: 0, whole: true });
  const outcomes: Outcome[] = [];
  const cache = new Map<string, RunData>();
  try {
    for (let i = 0; i < seeds; i++) {
      const path = seeds === 1 ? base : join(base, `seed-${(firstSeed ?? 1) + i}`);
      const seed = seeds === 1 ? firstSeed : (firstSeed ?? 1) + i;
      const { folder, data } = await openRun(recipe, options, path, seed, cache);
      const result = await runTraining(folder, data, hooks);
      progress.clear();
      if (result.end === "stopped") {
        progress.note(`stopped after ${result.step} steps; the run is saved in ${folder.path}. Go on with:\n` +
          `  gradus train ${recipe.name} --out ${base}${seeds > 1 ? ` --seeds ${seeds}` : ""}` +
          `${hooks.tensorBoard === true ? " --tensorboard" : ""} --resume`);
        if (json) printJson(context, { model: recipe.name, end: "stopped", steps: result.step, run: folder.path });
        return FAILED;
      }
      const { description: { settings } } = folder;
      outcomes.push({
        settings, value: result.evaluation![recipe.bar.metric], figures: result.evaluation!,
        loss: result.losses.at(-1) ?? NaN,
        steps: result.step, run: folder.path,
      });
      progress.note([...drawCurve(result.losses), `seed ${settings.seed}: ${recipe.bar.metric} ` +
        `${outcomes[i].value.toFixed(4)} after ${result.step} steps, in ${folder.path}`].join("\n"));
    }
    const [first] = cache.values();
    const unseen = await unseenWriters(recipe, outcomes[0].settings, options, first, hooks);
    progress.clear();
    report(recipe, outcomes, unseen, (performance.now() - started) / 1000, json, context);
    return DONE;
  } finally {
    unlisten();
  }
}

async function baseFolder(recipe: Recipe, options: Flags): Promise<string> {
  const base = join("runs", recipe.name);
  if (options.resume === undefined) return options.out ?? freeFolder(base);
  const found = options.out ?? await newestFolder(base);
  if (found === null) {
    throw new DataError(`there is no run of ${recipe.name} in runs to resume; start one without --resume`);
  }
  return found;
}

/** The run of a folder with its data: a new one, or with --resume the one that is there. */
async function openRun(
  recipe: Recipe, options: Flags, path: string, seed: number | undefined, cache: Map<string, RunData>,
): Promise<{ folder: RunFolder; data: RunData }> {
  const before = options.resume === undefined ? null : await RunFolder.open(path).catch((error: unknown) => {
    // Of several seeds, those that were not started yet start now.
    if (options.seeds !== undefined) return null;
    throw error;
  });
  if (before !== null && before.description.model !== recipe.name) {
    throw new UsageError(`${path} holds a run of ${before.description.model}, not of ${recipe.name}`);
  }
  const name = options.data ?? before?.description.data ?? recipe.data;
  if (name === null) {
    throw new UsageError(`${recipe.name} needs --data: ${wantedBy(recipe)}`);
  }
  const data = cache.get(name) ?? await readData(recipe, name);
  cache.set(name, data);
  const settings = settle(recipe, options, data, seed, before?.description.settings);
  return { folder: before ?? await RunFolder.create(path, describeRun(recipe, name, data, settings)), data };
}

const wantedBy = (recipe: Recipe): string =>
  (recipe.kind === "task" ? recipe.wanted
    : recipe.kind === "language" ? "a text or FASTA file" : "a folder of IDX files");

/** What was asked for, filled up by the recipe; a run that goes on keeps what it was started with. */
function settle(
  recipe: Recipe, options: Flags, data: RunData, seed: number | undefined, before: Settings | undefined,
): Settings {
  const batch = numberOption(options, "batch", { min: 1, whole: true });
  const lr = numberOption(options, "lr", { above: 0 });
  const epochs = numberOption(options, "epochs", { above: 0 });
  let steps = numberOption(options, "steps", { min: 1, whole: true });
  if (epochs !== undefined && steps !== undefined) {
    throw new UsageError("--epochs and --steps say the same; give one of them");
  }
  if (epochs !== undefined && data.kind !== "classifier") {
    throw new UsageError(`--epochs: ${recipe.name} is trained by --steps`);
  }
  const usual = steps === undefined && before === undefined && recipe.kind === "classifier" ? recipe.epochs : undefined;
  const wanted = epochs ?? usual;
  if (wanted !== undefined && data.kind === "classifier") {
    const { heldOut } = planSplit(data.rows, data.trained);
    steps = stepsOf(wanted, data.rows.size - heldOut, batch ?? before?.batch ?? recipe.batch);
  }
  if (before === undefined) {
    return {
      seed: seed ?? 1, batch: batch ?? recipe.batch, lr: lr ?? recipe.lr,
      steps: steps ?? (recipe.kind === "classifier" ? 1 : recipe.steps),
    };
  }
  for (const [key, value] of Object.entries({ seed, batch, lr, steps })) {
    const was = before[key as keyof Settings];
    if (value !== undefined && value !== was) {
      throw new UsageError(`the run was started with ${key} ${was}, and goes on so; leave the option for ${key} out`);
    }
  }
  return before;
}

/** The figure for writers that the model has not seen, which the file order of the digits allows to measure. */
async function unseenWriters(
  recipe: Recipe, settings: Settings, options: Flags, data: RunData, hooks: RunHooks,
): Promise<number | null> {
  // Only with the recipe's own length: a short try is not a figure to compare.
  const tried = options.epochs !== undefined || options.steps !== undefined;
  if (data.kind !== "classifier" || data.rows.name !== "digits" || tried) return null;
  const plan = { ...planSplit(data.rows, data.trained), split: "tail" } as const;
  manualSeed(settings.seed);
  const classifier = recipe as ClassifierRecipe;
  const model = await classifier.create(data.rows.shape, data.rows.classes.length);
  const task = classifierTask(classifier, model, prepareRows(data.rows, plan, settings.seed), settings);
  const { evaluation, end } = await train(task, progressHooks(task, hooks, recipe.bar.metric, 0, () => {}));
  return end === "stopped" ? null : evaluation!["accuracy"];
}

function report(
  recipe: Recipe, outcomes: readonly Outcome[], unseen: number | null, seconds: number, json: boolean, context: Context,
): void {
  const { metric, value: bar } = recipe.bar;
  const values = outcomes.map(({ value }) => value);
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  const worst = METRICS[metric] === "higher" ? Math.min(...values) : Math.max(...values);
  // A score is judged by its mean, a loss by its worst.
  const value = METRICS[metric] === "higher" ? mean : worst;
  if (json) {
    printJson(context, {
      model: recipe.name, metric, value, mean, worst, bar, reached: reaches(metric, value, bar),
      ...(unseen === null ? {} : { unseen_writers: unseen }), seconds: Number(seconds.toFixed(3)),
      runs: outcomes.map(({ settings, ...rest }) => ({ ...settings, ...rest })),
    });
    return;
  }
  const count = outcomes.length === 1 ? "" : ` (mean of ${outcomes.length} seeds; worst ${worst.toFixed(4)})`;
  print(context, `${metric} ${mean.toFixed(4)}${count} on data held out, in ${formatDuration(seconds)}`);
  if (unseen !== null) {
    print(context, `accuracy ${unseen.toFixed(4)} where the last 360 rows are held out instead: they are by other ` +
      `writers ` +
      "than the rest, and their hand is harder to read than that of writers seen before");
  }
  if (recipe.kind === "task") for (const line of tableOf(outcomes)) print(context, line);
  print(context, `use it: gradus ${recipe.kind === "language" ? "sample" : "predict"} ${outcomes[0].run}`);
}
/** Every figure that was measured, as the mean over the seeds: a line each. Nothing where there is one figure only. */
function tableOf(outcomes: readonly Outcome[]): string[] {
  const names = Object.keys(outcomes[0].figures);
  if (names.length === 1) return [];
  const width = Math.max(...names.map((name) => name.length));
  return names.map((name) => {
    const mean = outcomes.reduce((sum, { figures }) => sum + figures[name], 0) / outcomes.length;
    return `  ${name.padEnd(width)}  ${mean.toFixed(4)}`;
  });
}
