import { ratio } from "./input.ts";
import { paired } from "./distance.ts";

/** A named entity: tokens start .. end - 1. */
export interface Entity {
  readonly kind: string;
  readonly start: number;
  readonly end: number;
}
/**
 * Precision, recall and F1 of the entities of sentences: one counts as found where kind, start and end are all right.
 * Sentences with many entities count more. Tjong Kim Sang and De Meulder 2003, as their scorer conlleval.
 */
export function entityScores(
  truth: readonly (readonly Entity[])[], found: readonly (readonly Entity[])[],
): { readonly precision: number; readonly recall: number; readonly f1: number } {
  paired("entityScores", truth.length, found.length);
  const name = ({ kind, start, end }: Entity): string => `${start} ${end} ${kind}`;
  let right = 0, wanted = 0, got = 0;
  truth.forEach((entities, i) => {
    const known = new Set(entities.map(name));
    right += found[i].filter((entity) => known.has(name(entity))).length;
    wanted += entities.length;
    got += found[i].length;
  });
  const precision = ratio(right, got), recall = ratio(right, wanted);
  return { precision, recall, f1: ratio(2 * precision * recall, precision + recall) };
}
