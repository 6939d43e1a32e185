import { DataError } from "../vocab/errors.ts";
import type { SplitPlan } from "./classify.ts";
import type { Scaling, Settings } from "./recipe.ts";

/** What a run folder says about its run: enough to build the model again and to feed it. */
export interface RunDescription {
  readonly gradus: 1;
  readonly model: string;
  /** What was given as `--data`. */
  readonly data: string;
  readonly kind: "classifier" | "language" | "task";
  readonly settings: Settings;
  readonly classifier?: ClassifierDescription;
  /** Of a model of text: its characters in order. */
  readonly vocabulary?: readonly string[];
  /** Of a model with data of a kind of their own: what its recipe needs to build it again. */
  readonly kept?: object;
}

/** The shape of a row, the names of the classes, how features were scaled, and which rows were held out. */
export interface ClassifierDescription extends SplitPlan {
  readonly shape: readonly number[];
  readonly classes: readonly string[];
  readonly scaling: Scaling;
}

const isNumber = (value: unknown): value is number => typeof value === "number" && Number.isFinite(value);
const isText = (value: unknown): value is string => typeof value === "string";
const listOf = <T>(value: unknown, is: (item: unknown) => item is T): value is readonly T[] =>
  Array.isArray(value) && value.every(is);

/** Reads `run.json`. Throws a DataError that names the field that is wrong. */
export function parseDescription(text: string, name: string): RunDescription {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new DataError(`${name} is damaged: it is not JSON`, { cause });
  }
  const check = (fine: boolean, field: string): void => {
    if (!fine) throw new DataError(`${name} is damaged or of another version: "${field}" is missing or wrong`);
  };
  const run = (value ?? {}) as Partial<RunDescription>;
  check(run.gradus === 1, "gradus");
  check(isText(run.model), "model");
  check(isText(run.data), "data");
  check(run.kind === "classifier" || run.kind === "language" || run.kind === "task", "kind");
  const { seed, batch, lr, steps } = run.settings ?? {};
  check([seed, batch, lr, steps].every(isNumber), "settings");
  if (run.kind === "language") check(listOf(run.vocabulary, isText), "vocabulary");
  else if (run.kind === "task") check(typeof run.kept === "object" && run.kept !== null, "kept");
  else {
    const { shape, classes, scaling, split, heldOut } = run.classifier ?? {};
    check(isNumber(heldOut) && (split === "tail" || split === "shuffled"), "classifier.split");
    check(listOf(shape, isNumber) && listOf(classes, isText), "classifier.shape");
    check(listOf(scaling?.mean, isNumber) && listOf(scaling.scale, isNumber), "classifier.scaling");
  }
  return run as RunDescription;
}
