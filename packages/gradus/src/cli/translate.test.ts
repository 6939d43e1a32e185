import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import "../exec/setup.ts";
import "../tensor/tensor.ts";
import { RandomStream } from "../vocab/random.ts";
import { main } from "./main.ts";

let folder: string;
/** Sentences of a made-up language and their translations, word by word. */
const WORDS = [["red", "rot"], ["dog", "hund"], ["runs", "läuft"], ["big", "groß"], ["cat", "katze"]] as const;
function pairs(count: number, seed: number): { en: string; de: string } {
  const random = new RandomStream(seed);
  const below = (n: number): number => Math.floor(n * random.uniform());
  const chosen = Array.from({ length: count }, () =>
    Array.from({ length: 2 + below(3) }, () => WORDS[below(WORDS.length)]));
  const side = (language: 0 | 1): string =>
    chosen.map((line) => `${line.map((word) => word[language]).join(" ")}\n`).join("");
  return { en: side(0), de: side(1) };
}
async function write(name: string, files: Readonly<Record<string, string | Uint8Array>>): Promise<void> {
  await mkdir(join(folder, name));
  for (const [file, content] of Object.entries(files)) await writeFile(join(folder, name, file), content);
}
const learned = pairs(48, 1), scored = pairs(12, 2);
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "gradus-translate-"));
  await write("tiny", {
    "train.en": learned.en, "train.de": learned.de, "test_2016_flickr.en": scored.en, "test_2016_flickr.de": scored.de,
  });
  await write("packed", {
    "train.en.gz": gzipSync(learned.en), "train.de.gz": gzipSync(learned.de),
    "test_2016_flickr.en.gz": gzipSync(scored.en), "test_2016_flickr.de.gz": gzipSync(scored.de),
  });
  await write("crooked", { "train.en": "a\nb\n", "train.de": "c\n" });
  await write("half", { "train.en": "a\n" });
});
afterAll(() => rm(folder, { recursive: true }));

interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}
async function gradus(args: readonly string[], interruptAt?: string): Promise<Outcome> {
  let stdout = "", stderr = "";
  let interrupt = (): void => {};
  const code = await main(args.map((arg) => arg.replace("OUT", folder)), {
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
const split = (line: string): string[] => line.split(" ");
const wasm = ["--backend", "wasm", "--threads", "1"];
const json = ({ stdout }: Outcome): Record<string, unknown> =>
  JSON.parse(stdout.trimEnd().split("\n").at(-1)!) as Record<string, unknown>;
const short = ["--steps", "3", "--batch", "8", ...wasm];

describe.each(["seq2seq-attention", "transformer"])("%s", (model) => {
  it("trains, goes on to the same bits, translates and is scored", async () => {
    const data = ["--data", "OUT/tiny"];
    const whole = await gradus(["train", model, ...data, ...short, "--out", `OUT/${model}`, "--json"]);
    expect([whole.code, whole.stdout === ""], whole.stderr).toEqual([0, false]);
    const { metric, value } = json(whole);
    expect(metric).toBe("bleu");
    const stopped = await gradus(["train", model, ...data, ...short, "--out", `OUT/${model}-2`], "step 1/");
    expect(stopped.stdout).toMatch(/stopped after \d steps/);
    const resumed = await gradus(["train", model, "--out", `OUT/${model}-2`, "--resume", ...wasm]);
    expect([resumed.code, resumed.stderr]).toEqual([0, ""]);
    const checkpoint = (run: string): Promise<Buffer> => readFile(join(folder, run, "checkpoint.safetensors"));
    expect((await checkpoint(model)).equals(await checkpoint(`${model}-2`))).toBe(true);

    const scores = await gradus(["predict", `OUT/${model}`, "--json", ...wasm]);
    expect(json(scores)).toMatchObject({ metric: "bleu", value });
    expect(json(scores)["perplexity"]).toBeGreaterThan(1);
    const one = await gradus(["predict", `OUT/${model}`, "--text", "The red DOG runs.", ...wasm]);
    expect([one.code, one.stderr, one.stdout.split("\n").length]).toEqual([0, "", 2]);
    await writeFile(join(folder, "lines.txt"), "red dog\nbig cat runs\n");
    const many = json(await gradus(["predict", `OUT/${model}`, "--input", "OUT/lines.txt", "--json", ...wasm]));
    expect(many["answers"]).toEqual([
      { line: "red dog", answer: expect.any(String) as string },
      { line: "big cat runs", answer: expect.any(String) as string },
    ]);
  });
});
describe("data", () => {
  it.each([
    ["train seq2seq", 2, /seq2seq needs --data: a folder with train\.en, train\.de/],
    ["train seq2seq --data OUT/none", 1, /cannot read .*none: there is no such file/],
    ["train seq2seq --data OUT/tiny/train.en", 1, /train\.en is a file; give a folder with train\.en, train\.de/],
    ["train transformer --data OUT/half", 1, /cannot read .*half\/train\.de: there is no such file/],
    ["train transformer --data OUT/crooked", 1, /crooked\/train: 2 lines on one side and 1 on the other/],
    ["train transformer --data iris", 1, /iris holds rows of numbers; give a folder with train\.en/],
  ])("%s", async (line, code, message) => {
    const outcome = await gradus([...split(line), "--out", "OUT/x", "--backend", "reference"]);
    expect(outcome.code).toBe(code);
    expect(outcome.stderr).toMatch(message);
  });
  it("may be gzipped; other than a run was started with are refused", async () => {
    await gradus(["train", "seq2seq", "--data", "OUT/tiny", ...short, "--steps", "1", "--out", "OUT/first"]);
    const same = await gradus(["predict", "OUT/first", "--data", "OUT/packed", ...wasm]);
    expect(same.stdout).toMatch(/^bleu \d+\.\d{4}, perplexity \d+\.\d{4} on what was held out of .*packed\n$/);
    await write("other", {
      "train.en": "one two\n", "train.de": "eins zwei\n",
      "test_2016_flickr.en": "one\n", "test_2016_flickr.de": "eins\n",
    });
    const refused = await gradus(
      ["train", "seq2seq", "--data", "OUT/other", "--out", "OUT/first", "--resume", ...wasm]);
    expect(refused.stderr).toMatch(/the data differ from those the run was started with/);
  });
});
