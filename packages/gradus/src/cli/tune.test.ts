import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import "../exec/setup.ts";
import "../tensor/tensor.ts";
import { main } from "./main.ts";

let folder: string;
beforeAll(async () => { folder = await mkdtemp(join(tmpdir(), "gradus-cli-tune-")); });
afterAll(() => rm(folder, { recursive: true }));

interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}
async function gradus(line: string, interruptAt?: string): Promise<Outcome> {
  let stdout = "", stderr = "", interrupt = (): void => {};
  const code = await main(line.split(" ").map((arg) => arg.replace("OUT", folder)), {
    stdout: { write(text) {
      stdout += text;
      if (interruptAt !== undefined && stdout.includes(interruptAt)) interrupt();
    } },
    stderr: { write(text) { stderr += text; } },
    onInterrupt: (callback) => (interrupt = callback, () => {}),
  });
  return { code, stdout, stderr };
}
const QUICK = "--backend reference --epochs 0.1 --batch 64";

it("gradus tune looks for a learning rate, is interrupted and goes on to the same trials", async () => {
  const whole = await gradus(`tune mlp ${QUICK} --trials 4 --out OUT/whole`);
  expect([whole.code, whole.stderr]).toEqual([0, ""]);
  expect(whole.stdout).toMatch(/best: accuracy 0\.\d+ \(trial \d\)/);
  expect(whole.stdout).toMatch(/gradus train mlp --lr \S+ --batch 64/);
  expect((await stat(join(folder, "whole", "study.svg"))).size).toBeGreaterThan(500);
  const cut = await gradus(`tune mlp ${QUICK} --trials 4 --out OUT/cut`, "trial 2/4");
  expect(cut.code).toBe(1);
  expect(cut.stdout).toContain("stopped after 2 trials; go on with:");
  expect(cut.stdout).toMatch(/\n {2}gradus tune mlp .*--epochs 0\.1 .*--out \S+ --resume/);
  const again = await gradus(`tune mlp ${QUICK} --trials 4 --out OUT/cut --resume --json`);
  expect(JSON.parse(again.stdout.trimEnd())).toMatchObject({ model: "mlp", metric: "accuracy", trials: 4 });
  expect(await readFile(join(folder, "cut", "journal.jsonl"), "utf8"))
    .toBe(await readFile(join(folder, "whole", "journal.jsonl"), "utf8"));
});

it("gradus tune says what is wrong with what was asked", async () => {
  const { stdout } = await gradus("tune --help");
  expect(stdout).toMatch(/Usage: gradus tune <model>/);
  for (const [line, message] of [
    ["tune", /which model\?/], ["tune resnet", /no recipe to train "resnet"/],
    [`tune mlp ${QUICK} --lr 3`, /two numbers as 1e-4\.\.1e-1/],
    [`tune mlp ${QUICK} --steps 3`, /the length of a trial of mlp is --epochs/],
    [`tune mlp ${QUICK} --strategy tpa`, /--strategy tpa is not one of .*did you mean tpe\?/],
  ] as const) {
    const { code, stderr } = await gradus(line);
    expect(code).toBe(2);
    expect(stderr).toMatch(message);
  }
});
