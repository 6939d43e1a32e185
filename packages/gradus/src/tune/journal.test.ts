import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { DataError, UsageError } from "../vocab/errors.ts";
import { FileJournal } from "./journal.node.ts";
import { ProcessPool } from "./pool.node.ts";
import * as tune from "./tune.ts";

let folder: string;
beforeAll(async () => { folder = await mkdtemp(join(tmpdir(), "gradus-tune-")); });
afterAll(() => rm(folder, { recursive: true }));

const SPACE = { x: tune.float(-1, 1), y: tune.log(0.1, 10) };
const bowl: tune.Objective = async ({ x, y }, trial) => {
  const value = Number(x) ** 2 + Math.log(Number(y)) ** 2;
  await trial.report(1, value + 1);
  return value;
};
const options = (path: string): tune.SearchOptions & { readonly journal: FileJournal } => ({
  space: SPACE, strategy: new tune.TreeParzen({ startup: 4 }), trials: 10, seed: 2, journal: new FileJournal(path),
});

describe("a journal", () => {
  it("lets a study that was cut off at any byte go on to the same trials", async () => {
    const whole = join(folder, "whole.jsonl");
    const first = options(whole);
    const study = await tune.search(bowl, first);
    await first.journal.close();
    const bytes = await readFile(whole);
    for (let cut = 0; cut < bytes.length; cut += 137) {
      const path = join(folder, "cut.jsonl");
      await writeFile(path, bytes.subarray(0, cut));
      const again = options(path);
      expect((await tune.search(bowl, again)).trials).toEqual(study.trials);
      await again.journal.close();
      const lines = (await readFile(path, "utf8")).trimEnd().split("\n").map((line) => JSON.parse(line) as object);
      expect(lines.filter((line) => "event" in line && line.event === "end")).toHaveLength(10);
    }
  });
  it("does not let a study go on as another, and says where it is damaged", async () => {
    const path = join(folder, "whole.jsonl");
    await expect(tune.search(bowl, { ...options(path), seed: 3 })).rejects.toThrow(/begun with seed 2, not 3/);
    await writeFile(path, '{"event":"study"\n');
    await expect(new FileJournal(path).read()).rejects.toThrow(DataError);
  });
});

describe("processes", () => {
  it("run trials side by side, report, fail alone and are replaced", async () => {
    const module = join(folder, "objective.mjs");
    await writeFile(module, `
      export default ({ power }) => async ({ x }, trial) => {
        if (trial.id === 2) process.kill(process.pid, "SIGKILL");
        if (trial.id === 3) throw new RangeError("no luck");
        const goesOn = await trial.report(1, Math.abs(x));
        return goesOn ? Math.abs(x) ** power : 9;
      };`);
    const pool = new ProcessPool({ module, settings: { power: 2 }, processes: 2 });
    try {
      const study = await tune.search(pool.objective, {
        space: { x: tune.float(-1, 1) }, strategy: new tune.RandomSearch(), trials: 8, concurrency: pool.size,
        stopping: { goesOn: ({ id }) => id !== 5 },
      });
      for (const { id, state, value, values, error } of study.trials) {
        if (id === 2) expect(error).toMatch(/ended by SIGKILL/);
        else if (id === 3) expect(error).toBe("no luck");
        else if (id === 5) expect([state, value]).toEqual(["stopped", 9]);
        else expect([state, value]).toEqual(["done", Number(values["x"]) ** 2]);
      }
    } finally {
      await pool.close();
    }
  });
  it("hand on an error about wrong use", async () => {
    const module = join(folder, "wrong.mjs");
    await writeFile(module,
      'export default () => () => { throw Object.assign(new Error("no model"), { name: "UsageError" }); };');
    const pool = new ProcessPool({ module, processes: 1 });
    await expect(tune.search(pool.objective, { space: SPACE, strategy: new tune.RandomSearch(), trials: 3 }))
      .rejects.toThrow(UsageError);
    await pool.close();
  });
});
