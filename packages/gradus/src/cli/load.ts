import { DataError } from "../vocab/errors.ts";
import type { Predictor } from "../train/recipe.ts";
import type { RunFolder } from "../train/run.node.ts";
import { buildModel } from "../train/session.node.ts";

/** The model of a run with the weights of its last checkpoint. */
export async function loadModel(folder: RunFolder): Promise<Predictor> {
  const checkpoint = await folder.load();
  if (checkpoint === null) throw new DataError(`${folder.path} has no checkpoint yet; train it first`);
  const model = await buildModel(folder.description);
  model.loadStateDict(checkpoint.parts["model"] ?? {});
  return model;
}
