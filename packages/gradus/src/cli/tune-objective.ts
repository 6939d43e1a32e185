import "../exec/setup.ts";
import "../tensor/tensor.ts";
import { UsageError } from "../vocab/errors.ts";
import { manualSeed } from "../tensor/random.ts";
import { useBackend, type BackendName } from "../runtime/registry.ts";
import { classifierTask, planSplit, prepareRows, stepsOf } from "../train/classify.ts";
import { languageTask } from "../train/language.ts";
import type { Recipe, Settings } from "../train/recipe.ts";
import { recipeOf, type RunData } from "../train/session.node.ts";
import { train } from "../train/trainer.ts";
import type { TrainingTask } from "../train/task.ts";
import type { Objective } from "../tune/study.ts";
import { readData } from "./source.ts";

/** What a trial of a recipe is told, also in a process of its own: plain data. */
export interface TuneSettings {
  readonly model: string;
  readonly data: string;
  readonly seed: number;
  /** Length of a trial with the whole budget: epochs for a classifier, steps for a model of text. */
  readonly length: number;
  /** Set up in a process of its own; null where there is a backend already. */
  readonly backend: BackendName | null;
}

/** The value of a learning rate and a batch: the recipe's figure on the rows held out, at the end of training. */
export default async function recipeObjective(
  { model, data, seed, length, backend }: TuneSettings,
): Promise<Objective> {
  if (backend !== null) await useBackend(backend, { threads: 1 });
  const recipe = recipeOf(model);
  const read = await readData(recipe, data);
  return async ({ lr, batch }, { budget, report }) => {
    const settings = { seed, lr: Number(lr), batch: Number(batch), steps: 0 };
    const task = await taskOf(recipe, read, settings, length * (budget ?? 1));
    let last = NaN, stopped = false;
    const { evaluation } = await train(task, {
      stopRequested: () => stopped,
      async onEvaluation(step, result) {
        last = result[recipe.bar.metric];
        if (step < task.steps) stopped = !await report((step / task.steps) * (budget ?? 1), last);
      },
    });
    return evaluation?.[recipe.bar.metric] ?? last;
  };
}

async function taskOf(recipe: Recipe, data: RunData, settings: Settings, length: number): Promise<TrainingTask> {
  manualSeed(settings.seed);
  if (recipe.kind === "language" && data.kind === "language") {
    const model = await recipe.create(data.corpus.vocabulary.characters.length);
    return languageTask(recipe, model, data.corpus, { ...settings, steps: Math.max(1, Math.round(length)) });
  }
  if (recipe.kind === "task" && data.kind === "task") {
    return data.own.task({ ...settings, steps: Math.max(1, Math.round(length)) });
  }
  if (recipe.kind !== "classifier" || data.kind !== "classifier") {
    throw new UsageError(`${recipe.name} does not learn from data of this kind`);
  }
  const { rows, trained } = data;
  const plan = planSplit(rows, trained);
  const steps = Math.max(1, stepsOf(length, rows.size - plan.heldOut, settings.batch));
  const model = await recipe.create(rows.shape, rows.classes.length);
  return classifierTask(recipe, model, prepareRows(rows, plan, settings.seed), { ...settings, steps });
}
