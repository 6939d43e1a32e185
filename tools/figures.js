// @ts-check
/**
 * What models reach: trains them as anybody would, keeps what `--json` says in docs/figures.json, and writes
 * docs/figures.md from it.
 *
 *     node tools/figures.js [--data FOLDER] [model ...]    trains these (default: all) and writes the page
 *     node tools/figures.js --render                       writes the page from what is kept
 *
 * FOLDER (default: GRADUS_DATA) holds the data sets by the names below; `gradus data get` fetches them elsewhere.
 */
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";

/**
 * @typedef {object} Figure
 * @property {string} model
 * @property {string} command as anybody would type it
 * @property {string} metric
 * @property {number} value
 * @property {number} bar
 * @property {boolean} reached
 * @property {string} date
 * @property {string} machine
 * @property {{ seed: number, steps: number, value: number, figures?: Record<string, number> }[]} runs
 * @property {number} [unseen_writers]
 */

const root = resolve(import.meta.dirname, "..");
const KEPT = join(root, "docs/figures.json"), PAGE = join(root, "docs/figures.md");
const README = join(root, "README.md");

/** Model, number of seeds, and its data below the folder; null where it needs none. */
/** @type {readonly (readonly [model: string, seeds: number, data: string | null])[]} */
const RUNS = [
  ["mlp", 5, null], ["lenet5", 2, "mnist-10k"], ["lstm-lm", 2, "shakespeare/input.txt"],
  ["gpt", 2, "shakespeare/input.txt"], ["mamba", 2, "shakespeare/input.txt"],
  ["s4", 2, "shakespeare/input.txt"], ["linear-attention", 2, "shakespeare/input.txt"],
  ["retnet", 2, "shakespeare/input.txt"], ["rwkv", 2, "shakespeare/input.txt"],
  ["selective-copying", 3, null], ["selective-copying-s4", 3, null], ["selective-copying-lstm", 3, null],
  ["induction-heads", 3, null], ["induction-heads-s4", 3, null], ["induction-heads-lstm", 3, null],
  ["bilstm-crf", 1, "ner-wnut17"], ["pos", 3, null], ["sentiment", 3, "polarity"],
  ["forecast", 3, "tabular/airline-passengers.csv"], ["caption", 1, null], ["word-lm", 1, "wikitext2"],
  ["seq2seq", 1, "multi30k"], ["seq2seq-attention", 1, "multi30k"], ["transformer", 1, "multi30k"],
];

/** Trains a model and gives the last line that it prints. @param {readonly string[]} args @returns {Promise<any>} */
function train(args) {
  return new Promise((done, failed) => {
    const child = spawn(process.execPath, [join(root, "packages/gradus/bin/gradus.js"), "train", ...args, "--json"],
      { stdio: ["ignore", "pipe", "inherit"] });
    let text = "";
    child.stdout.on("data", (part) => { text += part; });
    child.on("error", failed);
    child.on("close", (code) => {
      if (code === 0) done(JSON.parse(text.trim().split("\n").at(-1) ?? ""));
      else failed(new Error(`gradus train ${args.join(" ")} ended with ${code}`));
    });
  });
}

/** @returns {Record<string, Figure>} */
const readKept = () => JSON.parse(readFileSync(KEPT, "utf8"));
const number = (/** @type {number} */ value) => (Math.abs(value) >= 10 ? value.toFixed(2) : value.toFixed(4));

/** The page. @param {Record<string, Figure>} kept */
export function render(kept) {
  const figures = RUNS.filter(([model]) => model in kept).map(([model]) => kept[model]);
  const rows = figures.map(({ model, command, metric, value, bar, reached, runs }) => {
    const all = runs.length === 1 ? "" : ` (${runs.map((run) => number(run.value)).join(", ")})`;
    return `| ${model} | ${metric} ${number(value)}${all} | ${number(bar)}${reached ? "" : ", missed"} | ` +
      `\`${command}\` |`;
  });
  const beside = figures.filter(({ runs: [{ figures: own = {} }] }) => Object.keys(own).length > 1)
    .map(({ model, runs }) => {
      const mean = (/** @type {string} */ name) =>
        runs.reduce((sum, { figures: own = {} }) => sum + own[name], 0) / runs.length;
      const told = Object.keys(runs[0].figures ?? {}).map((name) => `${name} ${number(mean(name))}`);
      return `| ${model} | ${told.join(", ")} |`;
    });
  const machines = [...new Set(figures.map(({ machine, date }) => `${machine}, ${date}`))];
  const [{ unseen_writers: unseen = null } = {}] = figures.filter(({ model }) => model === "mlp");
  const others = unseen === null ? "" : `; on the last 360 rows, by other writers, it reaches ${number(unseen)}`;
  return `# What models reach

Written by \`node tools/figures.js\` from what \`gradus train --json\` says, and by nobody's hand. The figure is the
mean over the seeds where more is better, else the worst of them, on data held out; every seed's own is in brackets. The
goal is the one that \`gradus train --help\` prints; those of the translators and of S4, linear attention, RetNet and
RWKV were set after these runs, from them.

Measured on: ${machines.join("; ") || "-"}.

| model | reached | goal | command |
|---|---|---|---|
${rows.join("\n")}

Data: \`gradus data get\` fetches what is public; a path stands for a folder of the same files. Digits held out for
\`mlp\` are by writers it has learnt from${others}.

## Baselines

Figures measured in the same run, as means over the seeds.

| model | figures |
|---|---|
${beside.join("\n")}
`;
}

/** Models whose figures stand in README. */
const SHOWN = ["mlp", "lenet5", "lstm-lm", "gpt", "mamba", "transformer"];
const BEGIN = "<!-- reached: written by tools/figures.js -->", END = "<!-- /reached -->";
/** README with the figures of some models in their place. @param {string} page @param {Record<string, Figure>} kept */
export function renderInto(page, kept) {
  const from = page.indexOf(BEGIN), to = page.indexOf(END);
  if (from < 0 || to < from) throw new Error(`README lacks ${BEGIN} ... ${END}`);
  const rows = SHOWN.filter((model) => model in kept).map((model) => {
    const { metric, value, command } = kept[model];
    return `| ${model} | ${metric} ${number(value)} | \`${command}\` |`;
  });
  const table = ["| model | reached | command |", "|---|---|---|", ...rows].join("\n");
  return `${page.slice(0, from)}${BEGIN}\n\n${table}\n\n${page.slice(to)}`;
}

async function main() {
  const { values, positionals } = parseArgs({
    options: { data: { type: "string" }, render: { type: "boolean", default: false } }, allowPositionals: true,
  });
  const strange = positionals.filter((name) => !RUNS.some(([model]) => model === name));
  if (strange.length > 0) {
    throw new Error(`there is no ${strange.join(", ")}; there are ${RUNS.map(([model]) => model).join(", ")}`);
  }
  const data = values.data ?? process.env.GRADUS_DATA;
  const folder = mkdtempSync(join(tmpdir(), "gradus-figures-"));
  try {
    for (const [model, seeds, path] of values.render ? [] : RUNS) {
      if (positionals.length > 0 && !positionals.includes(model)) continue;
      if (path !== null && data === undefined) throw new Error(`${model} needs --data FOLDER, which holds ${path}`);
      const many = seeds === 1 ? [] : ["--seeds", String(seeds)];
      const said = await train([model, ...many, ...(path === null ? [] : ["--data", join(data ?? "", path)]),
        "--out", join(folder, model)]);
      const command = ["gradus train", model, ...many, ...(path === null ? [] : ["--data", path])].join(" ");
      const runs = said.runs.map((/** @type {any} */ { seed, steps, value, figures }) =>
        ({ seed, steps, value, figures }));
      const machine = `${cpus()[0]?.model.trim()}, ${availableParallelism()} cores`;
      const { metric, value, bar, reached, unseen_writers } = said;
      const date = new Date().toISOString().slice(0, 10);
      const figure = { model, command, metric, value, bar, reached, date, machine, runs,
        ...(unseen_writers === undefined ? {} : { unseen_writers }) };
      writeFileSync(KEPT, `${JSON.stringify({ ...readKept(), [model]: figure }, null, 1)}\n`);
      console.log(`${model}: ${metric} ${value}, goal ${bar}`);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  writeFileSync(PAGE, render(readKept()));
  writeFileSync(README, renderInto(readFileSync(README, "utf8"), readKept()));
}
if (process.argv[1] === import.meta.filename) await main();
