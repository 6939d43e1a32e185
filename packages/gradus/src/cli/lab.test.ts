import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Context } from "./context.ts";
import { LAB, labCommand } from "./lab.ts";

const PACKAGE = resolve(import.meta.dirname, "../..");
const LABS = resolve(PACKAGE, "../../course/1-neural-networks/02-perceptron/labs/perceptron-rule");
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "gradus-lab-"));
  const { packLabs } = (await import(pathToFileURL(join(PACKAGE, "scripts/labs.js")).href)) as {
    packLabs(out: string): Promise<number>;
  };
  expect(await packLabs(folder)).toBeGreaterThan(0);
});
afterAll(() => rm(folder, { recursive: true }));

async function lab(...args: readonly string[]): Promise<{ readonly code: number; readonly text: string }> {
  let text = "";
  const context = {
    stdout: {
      write(part: string) {
        text += part;
      },
    },
  } as unknown as Context;
  const code = await labCommand({ folder, libraries: {} }).run(args, context);
  return { code, text };
}
const file = (name: string): string => join(folder, name);

it("lists labs, and starts one with its task", async () => {
  expect((await lab("list")).text).toMatch(
    /^perceptron-rule +02-perceptron: Teach one unit to decide \(25 minutes\)$/m,
  );
  const { code, text } = await lab("start", "perceptron-rule", file("mine.ts"));
  expect(code).toBe(0);
  expect(text).toMatch(/^A threshold unit answers 1/);
  expect(await readFile(file("mine.ts"), "utf8")).toContain("export function predict");
  await expect(lab("start", "perceptron-rule", file("mine.ts"))).rejects.toThrow("is there already");
});
it("grades by what the code does", async () => {
  const first = await lab("check", "perceptron-rule", file("mine.ts"), "--hint", "1");
  expect(first.code).toBe(1);
  expect(first.text).toContain("predict is 0; it should be 1");
  expect(first.text).toContain("1 of 8 checks pass.");
  expect(first.text).toContain("Hint 1 of 3: The sum is the bias");
  const right = await lab("check", "perceptron-rule", join(LABS, "reference.ts"));
  expect(right.text).toMatch(/All 8 checks pass\.\n$/);
  expect(right.code).toBe(0);
  const wrong = await lab("check", "perceptron-rule", join(LABS, "wrong/rate-forgotten.ts"));
  expect(wrong.text).toMatch(/ {4}yours {5}\[.*\n {4}expected {2}\[.*\n {4}for {7}weights = /);
});
it("an endless loop is named, code that cannot be read is said so", async () => {
  await writeFile(
    file("endless.ts"),
    "export const update = 1, train = 2;\nexport function predict() {\n  for (;;) {}\n}\n",
  );
  const report = JSON.parse(
    (await lab("check", "perceptron-rule", file("endless.ts"), "--json", "--seconds", "0.3")).text,
  ) as {
    readonly passed: boolean;
    readonly checks: readonly { readonly verdict: string; readonly line: number | null }[];
  };
  expect(report.checks[1]).toMatchObject({ verdict: "stopped", line: 3 });
  await writeFile(file("broken.ts"), "let = ;");
  expect((await lab("check", "perceptron-rule", file("broken.ts"))).text).toContain("Line 1 cannot be read");
});
it("says in one sentence what is missing", async () => {
  await expect(lab()).rejects.toThrow("list, start or check?");
  await expect(lab("chekc", "perceptron-rule")).rejects.toThrow("did you mean check?");
  await expect(lab("check", "perceptron-rul")).rejects.toThrow("did you mean perceptron-rule?");
  await expect(lab("check", "perceptron-rule", file("none.ts"))).rejects.toThrow("gradus lab start perceptron-rule");
  expect(LAB.help).toContain("gradus lab check");
});
