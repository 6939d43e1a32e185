import { AdamW } from "../optim/adam.ts";
import { WarmupCosineLR } from "../optim/warmup.ts";
import { METRICS, type Settings, type TaskRecipe } from "./recipe.ts";
import type { TrainingTask } from "./task.ts";

/** What a recipe says about its own task; the rest is the same for many. */
export type OwnTask = Pick<TrainingTask, "model" | "batch" | "loss" | "evaluate" | "stepsPerEvaluation">;

/**
 * A task that is trained as most are: AdamW, a rate that rises along a line and falls along half a cosine to a tenth,
 * and gradients clipped to norm 1. Loshchilov and Hutter 2019; Pascanu et al. 2013.
 */
export function adamwTask(
  { weightDecay, warmup, bar }: Pick<TaskRecipe, "weightDecay" | "warmup" | "bar">, { lr, steps }: Settings,
  own: OwnTask,
): TrainingTask {
  const optimizer = new AdamW(own.model.parameters(), { lr, betas: [0.9, 0.99], weightDecay });
  const rising = Math.round(warmup * steps);
  return {
    ...own, optimizer, steps, maxNorm: 1, better: METRICS[bar.metric],
    stepsPerEvaluation: Math.min(own.stepsPerEvaluation, steps),
    scheduler: new WarmupCosineLR(optimizer, { warmup: rising, steps, minimum: lr / 10 }),
  };
}
