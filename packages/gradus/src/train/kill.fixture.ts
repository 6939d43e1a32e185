import "../exec/setup.ts";
import "../tensor/tensor.ts";
import { writeSync } from "node:fs";
import { join } from "node:path";
import { createReferenceBackend } from "../backends/reference/index.ts";
import { moons } from "../data/generators.ts";
import { MLP } from "../models/mlp.ts";
import { ReduceLROnPlateau } from "../optim/plateau.ts";
import { ExponentialMovingAverage } from "../optim/averaging.ts";
import { setBackend } from "../runtime/registry.ts";
import { manualSeed } from "../tensor/random.ts";
import { EarlyStopping } from "./callbacks.ts";
import { Checkpoints } from "./checkpoints.node.ts";
import { classifierTask, prepareRows } from "./classify.ts";
import { CsvLogger } from "./logging.node.ts";
import { MLP_RECIPE } from "./recipes/mlp.ts";
import type { TrainableOptimizer, TrainingTask } from "./task.ts";
import { train } from "./trainer.ts";

/** A tiny run in which everything that a checkpoint must hold matters: dropout, accumulation, average, plateau. */
export function killableTask(): TrainingTask {
  setBackend(createReferenceBackend());
  manualSeed(5);
  const data = prepareRows(moons({ size: 40, seed: 1, noise: 0.1 }), { split: "shuffled", heldOut: 8 }, 3);
  const model = new MLP({ sizes: [2, 6, 2], dropout: 0.2 });
  const task = classifierTask(MLP_RECIPE, model, data, { seed: 3, batch: 5, lr: 0.02, steps: 40 });
  const optimizer = task.optimizer as TrainableOptimizer & { readonly groups: readonly { lr: number }[] };
  return {
    ...task, accumulate: 2, stepsPerEvaluation: 3,
    scheduler: new ReduceLROnPlateau(optimizer, { mode: "max", patience: 1, factor: 0.7 }),
    average: new ExponentialMovingAverage(model, { decay: 0.8 }),
  };
}
/** Trains, or goes on, in a folder; a byte on stdout after every step. */
export async function runIn(folder: string, onStep: () => void = () => {}): Promise<readonly number[]> {
  const task = killableTask();
  const checkpoints = new Checkpoints(folder, { every: 1 });
  const { losses } = await train(task, {
    from: await checkpoints.last(), onStep,
    callbacks: [
      new EarlyStopping({ patience: 100, restoreBest: true }),
      new CsvLogger(join(folder, "log.csv"), ["accuracy"]), checkpoints,
    ],
  });
  return losses;
}
if (process.argv[2] === "--killable") await runIn(process.argv[3], () => { writeSync(1, "."); });
