import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import "../exec/setup.ts";
import "../tensor/tensor.ts";
import { main } from "./main.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "gradus-figures-"));
  const months = Array.from({ length: 72 }, (_, i) =>
    `${1950 + Math.floor(i / 12)}-${String(i % 12 + 1).padStart(2, "0")},${100 + i + 9 * (i % 12)}`);
  await writeFile(join(folder, "series.csv"), ["Month,Value", ...months].join("\n"));
});
afterAll(() => rm(folder, { recursive: true }));

async function gradus(...args: readonly string[]): Promise<string> {
  let stdout = "", stderr = "";
  const code = await main([...args, "--backend", "wasm", "--threads", "1"], {
    stdout: { write: (text) => { stdout += text; } },
    stderr: { write: (text) => { stderr += text; } },
    onInterrupt: () => () => {},
  });
  expect([code, stderr]).toEqual([0, ""]);
  return stdout;
}

test("a recipe with baselines shows them beside its figure, as means over the seeds", async () => {
  const run = join(folder, "run");
  const said = await gradus("train", "forecast", "--data", join(folder, "series.csv"), "--steps", "2", "--batch", "4",
    "--seeds", "2", "--out", run);
  const figure = (name: string, text: string): number => Number(new RegExp(`${name} +([\\d.]+)`).exec(text)![1]);
  expect(figure("seasonal_naive", said)).toBe(12);
  expect(figure("\n  rmse", said)).toBe(figure("\nrmse", said));
  const again = await gradus("predict", join(run, "seed-1"));
  expect(figure("naive", again)).toBe(figure("naive", said));
  const line = Array.from({ length: 24 }, (_, i) => 100 + i).join(" ");
  expect((await gradus("predict", join(run, "seed-2"), "--text", line)).trim().split(" ")).toHaveLength(6);
});
