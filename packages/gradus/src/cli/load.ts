import { DataError, UsageError } from "../vocab/errors.ts";
import type { LanguageModel } from "../models/language-model.ts";
import type { Module } from "../nn/module.ts";
import type { ClassifierDescription } from "../train/description.ts";
import type { Classifier, TaskModel } from "../train/recipe.ts";
import type { RunFolder } from "../train/run.node.ts";
import { recipeOf } from "../train/session.node.ts";

/** Gives a model the weights of a run's last checkpoint. */
export async function withWeights<M extends Module>(folder: RunFolder, model: M): Promise<M> {
  const checkpoint = await folder.load();
  if (checkpoint === null) throw new DataError(`${folder.path} has no checkpoint yet; train it first`);
  model.loadStateDict(checkpoint.parts["model"] ?? {});
  return model.eval();
}
/** The description of a run that classifies, or an error that names the other command. */
export function classifierOf({ description, path }: RunFolder): ClassifierDescription {
  if (description.classifier !== undefined) return description.classifier;
  throw new UsageError(description.kind === "language"
    ? `${path} is a model of text; use gradus sample ${path}`
    : `${path} reads lines of text; use gradus predict ${path} --text "..."`);
}
/** The characters of a run that writes, or an error that names the other command. */
export function vocabularyOf({ description, path }: RunFolder): readonly string[] {
  if (description.vocabulary !== undefined) return description.vocabulary;
  throw new UsageError(`${path} is no model that writes text; use gradus predict ${path}`);
}
/** The trained classifier of a run. */
export async function loadClassifier(folder: RunFolder): Promise<Classifier> {
  const { shape, classes } = classifierOf(folder);
  const recipe = recipeOf(folder.description.model);
  if (recipe.kind !== "classifier") throw new DataError(`${folder.path}: ${recipe.name} is no classifier`);
  return withWeights(folder, await recipe.create(shape, classes.length));
}
/** The trained model of a run whose data are of a kind of their own. */
export async function loadTaskModel(folder: RunFolder): Promise<TaskModel> {
  const { model, kept } = folder.description;
  const recipe = recipeOf(model);
  if (recipe.kind !== "task" || kept === undefined) throw new DataError(`${folder.path}: ${model} reads no lines`);
  const built = await recipe.restore(kept);
  await withWeights(folder, built.model);
  return built;
}
/** The trained language model of a run. */
export async function loadLanguageModel(folder: RunFolder): Promise<LanguageModel> {
  const vocabulary = vocabularyOf(folder);
  const recipe = recipeOf(folder.description.model);
  if (recipe.kind !== "language") throw new DataError(`${folder.path}: ${recipe.name} is no model of text`);
  return withWeights(folder, await recipe.create(vocabulary.length));
}
