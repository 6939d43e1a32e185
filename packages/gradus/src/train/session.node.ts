import { join } from "node:path";
import { UsageError } from "../vocab/errors.ts";
import { manualSeed } from "../tensor/random.ts";
import type { LabelledRows } from "../data/table.ts";
import type { Corpus } from "../data/text.ts";
import { removeUnfinished } from "./atomic.node.ts";
import { classifierTask, planSplit, prepareRows } from "./classify.ts";
import type { RunDescription } from "./description.ts";
import { languageTask } from "./language.ts";
import { CsvLog } from "./log.node.ts";
import { TensorBoard } from "./logging.node.ts";
import type { Progress } from "./progress.ts";
import type { Recipe, Settings, TaskData } from "./recipe.ts";
import { RECIPES } from "./recipes.ts";
import type { RunFolder } from "./run.node.ts";
import { train, type TrainingTask, type TrainResult } from "./trainer.ts";

/** The data of a run as they were read. */
export type RunData =
  | { readonly kind: "classifier"; readonly rows: LabelledRows; readonly trained: number | null }
  | { readonly kind: "language"; readonly corpus: Corpus }
  | { readonly kind: "task"; readonly own: TaskData };

/** The recipe of a model that can be trained. */
export function recipeOf(name: string): Recipe {
  const found = RECIPES.find((recipe) => recipe.name === name);
  if (found === undefined) {
    const names = RECIPES.map((recipe) => recipe.name).join(", ");
    throw new UsageError(`there is no recipe to train "${name}"; there are ${names}`);
  }
  return found;
}

/** What a new run will be. */
export function describeRun(recipe: Recipe, name: string, data: RunData, settings: Settings): RunDescription {
  const common = { gradus: 1, model: recipe.name, data: name, settings } as const;
  if (data.kind === "language") {
    return { ...common, kind: "language", vocabulary: data.corpus.vocabulary.characters };
  }
  if (data.kind === "task") return { ...common, kind: "task", kept: data.own.kept };
  const { rows, trained } = data;
  const plan = planSplit(rows, trained);
  const { scaling } = prepareRows(rows, plan, settings.seed);
  return { ...common, kind: "classifier", classifier: { ...plan, shape: rows.shape, classes: rows.classes, scaling } };
}

/** Model, data and optimizer of a run. Throws a UsageError if the data are not those the run was started with. */
export async function buildTask(description: RunDescription, data: RunData): Promise<TrainingTask> {
  const recipe = recipeOf(description.model);
  const { settings, classifier, vocabulary } = description;
  manualSeed(settings.seed);
  if (recipe.kind === "language" && data.kind === "language") {
    if (vocabulary?.join("") !== data.corpus.vocabulary.characters.join("")) throw otherData(description);
    return languageTask(recipe, await recipe.create(vocabulary.length), data.corpus, settings);
  }
  if (recipe.kind === "task" && data.kind === "task") {
    if (JSON.stringify(description.kept) !== JSON.stringify(data.own.kept)) throw otherData(description);
    return data.own.task(settings);
  }
  if (recipe.kind !== "classifier" || data.kind !== "classifier" || classifier === undefined) {
    throw otherData(description);
  }
  const { shape, classes } = classifier;
  if (String(shape) !== String(data.rows.shape) || classes.length !== data.rows.classes.length) {
    throw otherData(description);
  }
  const prepared = prepareRows(data.rows, classifier, settings.seed);
  return classifierTask(recipe, await recipe.create(shape, classes.length), prepared, settings);
}
const otherData = ({ data }: RunDescription): UsageError =>
  new UsageError(`the data differ from those the run was started with (${data}); give the same --data`);

export interface RunHooks {
  readonly progress: Progress;
  readonly stopRequested: () => boolean;
  readonly patience?: number;
  /** Also write event files for TensorBoard, to `events` in the folder of the run. */
  readonly tensorBoard?: boolean;
}
/**
 * Trains a run from its last checkpoint, or from the start: checkpoints and a log go to its folder, progress to the
 * terminal.
 */
export async function runTraining(folder: RunFolder, data: RunData, hooks: RunHooks): Promise<TrainResult> {
  const task = await buildTask(folder.description, data);
  await removeUnfinished(folder.path);
  const from = await folder.load();
  const metric = recipeOf(folder.description.model).bar.metric;
  const log = await CsvLog.open(folder.logPath, ["step", "loss", "gradient_norm", "learning_rate", metric],
    from?.position.step ?? 0);
  return train(task, {
    ...progressHooks(task, hooks, metric, from?.position.step ?? 0, (line) => log.add(line)),
    from, callbacks: hooks.tensorBoard === true ? [new TensorBoard(join(folder.path, "events"))] : [],
    async save(checkpoint) {
      await log.flush();
      await folder.save(checkpoint);
    },
    stepsPerCheckpoint: Math.min(100, task.stepsPerEvaluation),
  });
}

type LogLine = Readonly<Record<string, number>>;
/** Shows and logs every step and evaluation. */
export function progressHooks(
  task: TrainingTask, hooks: RunHooks, metric: string, first: number, log: (line: LogLine) => void,
): Pick<Parameters<typeof train>[1] & object, "onStep" | "onEvaluation" | "stopRequested" | "patience"> {
  const started = performance.now();
  let latest = "";
  return {
    stopRequested: hooks.stopRequested,
    ...(hooks.patience === undefined ? {} : { patience: hooks.patience }),
    onStep({ step, loss, gradientNorm, learningRate }) {
      log({ step, loss, gradient_norm: gradientNorm, learning_rate: learningRate });
      const seconds = (performance.now() - started) / 1000;
      const label = latest === "" ? {} : { label: latest };
      hooks.progress.update({ step, steps: task.steps, loss, seconds, made: step - first, ...label });
    },
    onEvaluation(step, result) {
      log({ step, [metric]: result[metric] });
      latest = `${metric} ${result[metric].toFixed(4)}`;
    },
  };
}
