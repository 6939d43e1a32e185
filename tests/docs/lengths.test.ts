import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, test } from "vitest";
import { ROOT } from "./blocks.ts";

interface Lengths {
  render(kept: unknown): string;
}
interface Kept {
  readonly lengths: readonly number[];
  readonly window: number;
  readonly models: readonly {
    readonly model: string; readonly parameters: number; readonly writing: Readonly<Record<string, number>>;
    readonly runs: readonly {
      readonly nats: Readonly<Record<string, number>>; readonly rise: Readonly<Record<string, number>>;
      readonly error: Readonly<Record<string, number>>;
    }[];
  }[];
}
const read = (name: string): string => readFileSync(join(ROOT, "docs", name), "utf8");
const kept = JSON.parse(read("lengths.json")) as Kept;
const [shortest, longest] = [kept.lengths[0], kept.lengths[kept.lengths.length - 1]];

test("docs/lengths.md says what docs/lengths.json holds (node tools/lengths.js --render)", async () => {
  const { render } = await import(pathToFileURL(join(ROOT, "tools/lengths.js")).href) as Lengths;
  expect(read("lengths.md")).toBe(render(kept));
});

test("its models are of a size, and what it says of changes is what the losses say", () => {
  const [decoder, mamba] = kept.models;
  expect(Math.abs(mamba.parameters / decoder.parameters - 1)).toBeLessThan(0.05);
  expect(shortest).toBe(kept.window);
  for (const { runs } of kept.models) {
    for (const { nats, rise } of runs) {
      for (const length of kept.lengths) expect(rise[length]).toBeCloseTo(nats[length] - nats[shortest], 6);
    }
  }
});

test("its sentences hold: the decoder outgrew its positions, Mamba did not, and keeps a state of one size", () => {
  const [decoder, mamba] = kept.models;
  for (const { rise, error } of decoder.runs) expect(rise[longest]).toBeGreaterThan(3 * error[longest]);
  for (const { rise, error } of mamba.runs) expect(rise[longest]).toBeLessThan(3 * error[longest]);
  expect(mamba.writing[longest]).toBe(mamba.writing[shortest]);
  expect(decoder.writing[longest]).toBe(decoder.writing[shortest] * longest / shortest);
});
