import { cp, mkdir, mkdtemp, readdir, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { execFile } from "node:child_process";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import "../exec/setup.ts";
import "../tensor/tensor.ts";
import { MODELS } from "../models/registry.ts";
import { main } from "./main.ts";

let folder: string;
beforeAll(async () => { folder = await mkdtemp(join(tmpdir(), "gradus-cli-")); });
afterAll(() => rm(folder, { recursive: true }));

interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}
/** Runs a command line in this process; `interruptAt` presses Ctrl-C when that text appears. */
async function gradus(line: string, interruptAt?: string): Promise<Outcome> {
  let stdout = "", stderr = "";
  let interrupt = (): void => {};
  const args = line.split(" ").filter((arg) => arg !== "").map((arg) => arg.replace("OUT", folder));
  const code = await main(args, {
    stdout: { write(text) {
      stdout += text;
      if (interruptAt !== undefined && stdout.includes(interruptAt)) interrupt();
    } },
    stderr: { write(text) { stderr += text; } },
    onInterrupt(callback) {
      interrupt = callback;
      return () => { interrupt = () => {}; };
    },
  });
  return { code, stdout, stderr };
}
const json = ({ stdout }: Outcome): Record<string, unknown> =>
  JSON.parse(stdout.trimEnd().split("\n").at(-1)!) as Record<string, unknown>;
const REFERENCE = "--backend reference";

describe("help and mistakes", () => {
  it.each(["", "train", "predict", "sample", "data", "models", "info"])("gradus %s --help", async (command) => {
    const { code, stdout, stderr } = await gradus(`${command} --help`);
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).toMatch(/Usage: gradus/);
  });
  it.each([
    ["trian", 2, /unknown command "trian"; did you mean train\?/],
    ["train", 2, /which model\?/],
    ["train resnet", 2, /no recipe to train "resnet"/],
    ["train mlp --sed 3", 2, /unknown option --sed; did you mean --seed\?/],
    ["train mlp extra", 2, /"extra" is one argument too many/],
    [`train mlp ${REFERENCE} --epochs x`, 2, /--epochs x is not a number above 0/],
    [`train mlp ${REFERENCE} --seed 1.5`, 2, /--seed 1\.5 is not a whole number/],
    [`train mlp ${REFERENCE} --epochs 1 --steps 3`, 2, /give one of them/],
    ["train mlp --backend wsam", 2, /--backend wsam is not one of .*did you mean wasm/],
    [`train mlp ${REFERENCE} --data OUT/none.csv --out OUT/x`, 1, /cannot read .*none\.csv: there is no such file/],
    [`train mlp ${REFERENCE} --out OUT/nothing --resume`, 1, /holds no run/],
    [`train gpt ${REFERENCE} --data iris --out OUT/x`, 1, /iris holds numbers, not text/],
    [`train lenet5 ${REFERENCE} --data digits --out OUT/x`, 1, /reads images of shape \[1, 28, 28\]/],
    ["predict OUT/nothing", 1, /holds no run/],
    ["data got mnist", 2, /knows no "got"/],
    ["data get mnits", 2, /did you mean mnist/],
  ])("gradus %s", async (line, code, message) => {
    const outcome = await gradus(line);
    expect(outcome.code).toBe(code);
    expect(outcome.stderr).toMatch(message);
    expect(outcome.stderr).not.toMatch(/\bat .*:\d+:\d+/);
  });
  it("says in one sentence that data are missing or bad", async () => {
    await writeFile(join(folder, "bad.csv"), "1,2,a\n3,b\n");
    expect((await gradus(`train mlp ${REFERENCE} --data OUT/bad.csv --out OUT/x`)).stderr)
      .toMatch(/bad\.csv, line 2: 2 values/);
    await writeFile(join(folder, "empty.csv"), "");
    expect((await gradus(`train mlp ${REFERENCE} --data OUT/empty.csv --out OUT/x`)).stderr)
      .toMatch(/empty\.csv is empty/);
  });
});

describe("lists", () => {
  it("models, data and info", async () => {
    expect((await gradus("models")).stdout).toMatch(/gpt +small +809,856/);
    expect(json(await gradus("models --json"))["models"]).toHaveLength(MODELS.length);
    expect((await gradus("data list")).stdout).toMatch(/digits.*\n.*CC BY 4\.0/);
    expect(json(await gradus(`info ${REFERENCE} --json`))).toMatchObject({ backend: "reference", threads: 1 });
  });
});

describe("a run", () => {
  const iris = `train mlp --data iris ${REFERENCE} --steps 24 --batch 20 --lr 0.01`;

  it("trains, is kept, predicts and reports", async () => {
    const trained = await gradus(`${iris} --out OUT/iris --tensorboard --json`);
    expect(trained.code).toBe(0);
    const report = json(trained);
    expect(report).toMatchObject({ model: "mlp", metric: "accuracy", bar: 0.97 });
    expect(report["value"]).toBeGreaterThan(0.8);
    expect(trained.stdout.trimEnd().split("\n")).toHaveLength(1);
    expect(trained.stderr).toMatch(/step 24\/24/);
    expect((await readdir(join(folder, "iris"))).sort())
      .toEqual(["checkpoint.safetensors", "events", "log.csv", "run.json"]);

    const scored = json(await gradus(`predict OUT/iris ${REFERENCE} --json`));
    expect(scored).toMatchObject({ metric: "accuracy", value: report["value"], rows: 30 });
    await writeFile(join(folder, "new.csv"), "a,b,c,d\n5.1,3.5,1.4,0.2\n6.5,3.0,5.8,2.2\n");
    const predicted = await gradus(`predict OUT/iris ${REFERENCE} --input OUT/new.csv`);
    expect(predicted.stdout).toMatch(/^1\tsetosa\t0\.\d+\n2\tvirginica\t0\.\d+\n$/);
    await writeFile(join(folder, "narrow.csv"), "5.1,3.5\n");
    expect((await gradus(`predict OUT/iris ${REFERENCE} --input OUT/narrow.csv`)).stderr)
      .toMatch(/line 1: 2 values; .* on 4/);
    expect((await gradus(`predict OUT/iris ${REFERENCE} --data wine`)).stderr).toMatch(/13 numbers a row/);
    expect((await gradus("sample OUT/iris")).stderr).toMatch(/use gradus predict/);
    expect((await gradus(`${iris} --out OUT/iris`)).stderr).toMatch(/holds a run already/);
  });

  it("stopped by Ctrl-C goes on to the same result", async () => {
    const stopped = await gradus(`${iris} --out OUT/stopped`, "step 1/24");
    expect(stopped.code).toBe(1);
    expect(stopped.stdout).toMatch(/stopped after 1 steps; the run is saved in .*stopped\. Go on with:\n.*--resume/);
    expect((await gradus(`train mlp ${REFERENCE} --out OUT/stopped --resume --lr 1`)).stderr)
      .toMatch(/started with lr 0\.01/);
    expect((await gradus(`train mlp ${REFERENCE} --out OUT/stopped --resume`)).code).toBe(0);
    for (const file of ["checkpoint.safetensors", "log.csv"]) {
      expect(await readFile(join(folder, "stopped", file))).toEqual(await readFile(join(folder, "iris", file)));
    }
  });

  it("with a damaged checkpoint is refused", async () => {
    await cp(join(folder, "iris"), join(folder, "damaged"), { recursive: true });
    await truncate(join(folder, "damaged", "checkpoint.safetensors"), 900);
    expect((await gradus(`predict OUT/damaged ${REFERENCE}`)).stderr).toMatch(/not a valid safetensors file/);
    await writeFile(join(folder, "damaged", "run.json"), '{"gradus":1}');
    expect((await gradus(`predict OUT/damaged ${REFERENCE}`)).stderr).toMatch(/run\.json is damaged .*"model"/);
  });

  it("of several seeds reports mean and worst", async () => {
    const report = json(await gradus(`${iris} --steps 6 --seeds 2 --seed 4 --out OUT/seeds --json`));
    const runs = report["runs"] as { seed: number; value: number }[];
    expect(runs.map(({ seed }) => seed)).toEqual([4, 5]);
    expect(report["worst"]).toBe(Math.min(...runs.map(({ value }) => value)));
    expect(report["value"]).toBeCloseTo((runs[0].value + runs[1].value) / 2, 12);
  });

  it("of a model of text learns and writes", async () => {
    await writeFile(join(folder, "text.txt"), "to be or not to be, that is the question.\n".repeat(40));
    const line = "train lstm-lm --data OUT/text.txt --steps 2 --batch 2 --out OUT/lstm --json";
    const trained = await gradus(`${line} ${REFERENCE}`);
    expect(trained.stderr).not.toMatch(/gradus:/);
    expect(json(trained)).toMatchObject({ metric: "nats" });
    const written = json(await gradus(`sample OUT/lstm ${REFERENCE} --prompt to --length 5 --json`));
    expect(written["text"]).toMatch(/^to[\s\S]{5}$/);
    const sample = `sample OUT/lstm ${REFERENCE} --prompt to --json`;
    const greedy = json(await gradus(`${sample} --length 8 --greedy`))["text"] as string;
    expect(json(await gradus(`${sample} --length 8 --beams 1`))["text"]).toBe(greedy);
    expect(json(await gradus(`${sample} --length 8 --contrastive 0`))["text"]).toBe(greedy);
    expect(json(await gradus(`${sample} --length 8 --top-k 1 --temperature 3`))["text"]).toBe(greedy);
    expect(json(await gradus(`${sample} --length 200 --temperature 9 --stop t`))["text"]).toMatch(/^to[^t]{0,150}$/);
    const once = json(await gradus(`${sample} --length 10 --no-repeat-ngram 1`))["text"] as string;
    expect(new Set(once).size).toBe(12);
    expect((await gradus(`${sample} --beams 2 --top-p 1`)).stderr).toMatch(/--beams draws nothing; leave out --top-p/);
    expect((await gradus(`${sample} --top-p 2`)).stderr).toMatch(/topP is 2; it must be more than 0 and at most 1/);
    expect((await gradus(`sample OUT/lstm ${REFERENCE} --prompt Zebra`)).stderr).toMatch(/"Z" is not among the/);
    expect((await gradus(`predict OUT/lstm ${REFERENCE}`)).stderr).toMatch(/use gradus sample/);
  });
});

it("the command says how to build it where it was not built", async () => {
  const bin = fileURLToPath(new URL("../../bin", import.meta.url));
  await mkdir(join(folder, "package"));
  await cp(bin, join(folder, "package", "bin"), { recursive: true });
  await writeFile(join(folder, "package", "package.json"), '{"type":"module"}');
  await expect(promisify(execFile)(process.execPath, [join(folder, "package", "bin", "gradus.js"), "models"]))
    .rejects.toMatchObject({ code: 1, stderr: expect.stringContaining("npm run build") as unknown });
});
