// @ts-check
/**
 * Loss by length: has a decoder and a Mamba of its size trained and scored (lengths/measure.js), keeps the numbers in
 * docs/lengths.json, and writes docs/lengths.md from them.
 *
 *     npm run build --workspace gradus && node tools/lengths.js FILE [--seeds N] [--steps N] [--threads N] [--json]
 *     node tools/lengths.js --render             writes the page from what is kept
 *
 * FILE is a text, such as the plays of Shakespeare that `gradus data get shakespeare` fetches. With --json the numbers
 * are printed, and no file is touched.
 */
import { spawn } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";

/** @typedef {Record<string, number>} ByLength numbers by the length of the context */
/**
 * @typedef {object} Run
 * @property {number} seed
 * @property {number} minutes of training
 * @property {number} learning mean nats of a character in the last tenth of the steps, on the windows learned from
 * @property {ByLength} nats mean nats of a character scored
 * @property {ByLength} rise nats more than with the shortest context, character by character the same text
 * @property {ByLength} error of that rise: standard error over the places scored
 * @property {ByLength} milliseconds to read the context once, median
 */
/**
 * @typedef {object} Entry
 * @property {string} model
 * @property {string} shape in words
 * @property {number} parameters
 * @property {number} rate the highest learning rate
 * @property {ByLength} reading bytes that reading needs at its peak, weights apart
 * @property {ByLength} writing bytes that are kept from one written character to the next
 * @property {Run[]} runs
 */
/**
 * @typedef {object} Kept
 * @property {string} command
 * @property {string} date
 * @property {string} machine
 * @property {{ train: number, heldOut: number, vocabulary: number }} characters
 * @property {number} window
 * @property {number} batch
 * @property {number} steps
 * @property {number} warmup share of the steps in which the rate rises
 * @property {number} decay of the weights
 * @property {number} places
 * @property {readonly number[]} lengths
 * @property {Entry[]} models
 */

const root = resolve(import.meta.dirname, "..");
const KEPT = join(root, "docs/lengths.json"), PAGE = join(root, "docs/lengths.md");
/** What is measured unless the command says otherwise: a few minutes on one core. */
const USUAL = { seeds: 2, steps: 400, threads: 1 };
const NAMES = /** @type {const} */ (["seeds", "steps", "threads"]);

const mean = (/** @type {readonly number[]} */ list) => list.reduce((sum, v) => sum + v, 0) / list.length;
const thousands = (/** @type {number} */ value) => value.toLocaleString("en-US");
const signed = (/** @type {number} */ value) => `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(3)}`;
const megabytes = (/** @type {number} */ bytes) =>
  (bytes >= 1e7 ? (bytes / 1e6).toFixed(0) : (bytes / 1e6).toPrecision(2));
const table = (/** @type {readonly string[]} */ head, /** @type {readonly (readonly string[])[]} */ rows) =>
  [head, head.map((_, i) => (i === 0 ? "---" : "---:")), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
/** Words in lines of at most 120 columns; the later lines of an item of a list are indented. */
function wrap(/** @type {string} */ text) {
  const lines = [""];
  for (const word of text.split(" ")) {
    const last = lines[lines.length - 1];
    if (last.length + word.length < 120) lines[lines.length - 1] = last === "" ? word : `${last} ${word}`;
    else lines.push(text.startsWith("- ") ? `  ${word}` : word);
  }
  return lines.join("\n");
}

/** The page. @param {Kept} kept */
export function render(kept) {
  const { characters, window, batch, steps, places, lengths, models } = kept, [decoder, mamba] = models;
  const shortest = lengths[0], longest = lengths[lengths.length - 1], longestText = thousands(longest);
  const over = (/** @type {Entry} */ { runs }, /** @type {(run: Run) => number} */ of) => mean(runs.map(of));
  const each = (/** @type {Entry} */ { runs }, /** @type {(run: Run) => string} */ of) => runs.map(of).join(", ");
  const loss = lengths.map((length) => [thousands(length), ...models.flatMap((entry) => [
    `${over(entry, ({ nats }) => nats[length]).toFixed(3)} (${each(entry, ({ nats }) => nats[length].toFixed(3))})`,
    length === shortest ? "" : `${signed(over(entry, ({ rise }) => rise[length]))} ± ` +
      Math.max(...entry.runs.map(({ error }) => error[length])).toFixed(3),
  ])]);
  const cost = lengths.map((length) => [thousands(length),
    ...models.map((entry) => over(entry, ({ milliseconds }) => milliseconds[length]).toFixed(0)),
    ...models.map(({ reading }) => megabytes(reading[length])),
    ...models.map(({ writing }) => megabytes(writing[length]))]);
  const costs = ["ms to read", "MB to read", "MB to write"].flatMap((what) =>
    models.map(({ model }) => `${what}, ${model}`));
  const apart = Math.abs(mamba.parameters / decoder.parameters - 1) * 100;
  const moved = (/** @type {Entry} */ entry) => signed(over(entry, ({ rise }) => rise[longest]));
  const seen = steps * batch * window;
  return `${[
    "# Loss by length",
    `Written by \`${kept.command}\` and by nobody's hand: what two models of one size, trained on windows of ` +
      `${window} characters, make of up to ${longestText}. Measured on ${kept.machine}, ${kept.date}.`,
    "## What was trained",
    `Characters of Shakespeare's plays: ${thousands(characters.train)} to learn from, the last ` +
      `${thousands(characters.heldOut)} held out, ${characters.vocabulary} different ones. Each model took ${steps} ` +
      `steps of ${batch} windows of ${window} characters at places drawn by chance: ${thousands(seen)} characters, ` +
      `${(seen / characters.train).toFixed(2)} times the text. AdamW; the rate rises for ${kept.warmup * 100} % of ` +
      `the steps and falls along a cosine to a tenth; weight decay ${kept.decay}, gradients cut to norm 1. Seeds: ` +
      `${each(decoder, ({ seed }) => String(seed))}. The sizes are ${apart.toFixed(1)} % apart.`,
    models.map((entry) => wrap(`- **${entry.model}**: ${entry.shape}; ${thousands(entry.parameters)} parameters; ` +
      `highest rate ${entry.rate}. Training took ${each(entry, ({ minutes }) => minutes.toFixed(1))} minutes and ` +
      `ended at ${each(entry, ({ learning }) => learning.toFixed(3))} nats on windows it learned from.`))
      .join("\n"),
    "## Loss",
    `Mean nats of a character, on the text held out. Every row scores the same ${thousands(places * window)} ` +
      `characters: ${window} in a row at ${places} places. Only what stands before them differs: with a context of ` +
      `${thousands(shortest)} the first of them follows one character, with ${longestText} it follows ` +
      `${thousands(longest - window + 1)}. In brackets each seed. The change is against the first row, with its ` +
      `standard error over the ${places} places (of the seed where it is larger).`,
    table(["context", ...models.flatMap(({ model }) => [model, "change"])], loss),
    `From ${shortest} to ${longestText} characters the loss of the decoder changes by ${moved(decoder)} nats, that ` +
      `of Mamba by ${moved(mamba)}.`,
    [`- **The decoder** never met distances beyond ${window} in training, and rotary positions turn its queries and ` +
      "keys by angles that it never learned to read. Without more training one would show it the last " +
      `${window} characters only: then it stays near its first row, whatever the length of the text.`,
    "- **Mamba** has no positions to outgrow, and it does not get worse. Whether it profits from more than " +
      `${window} characters is another question: the change in its column, beside its error, says how much.`,
    `- The levels of the columns say who learned more in ${steps} steps at these rates, not who is better at the end ` +
      "of a long training."].map(wrap).join("\n"),
    "## Time and memory beside it",
    "The same models and one text: milliseconds to read the context once and score its end (median over places, " +
      "mean of seeds; rough, since other programs may have run at the same time); memory that the compiled reading " +
      "needs at its peak besides the weights; and memory kept between two written characters (keys and values of so " +
      "many characters; the state). A megabyte is a million bytes.",
    table(["context", ...costs], cost),
    "Steps of training and single tokens by length, for a GPT and a Mamba, are workload `lengths` of " +
      "[results.md](results.md#lengths), with PyTorch beside the GPT.",
    "## What this does not show",
    ["- How a decoder does that is *trained* on long windows, whose positions are stretched (interpolated, or with a " +
      "larger base), or that has none.",
    `- Recall. A mean over characters hardly notices whether a name from ${thousands(longest / 2)} characters ago ` +
      "comes back. The figure `recall-by-length` of the lesson on Mamba in use asks for just that, and there " +
      "attention is ahead.",
    `- Other sizes, other texts, longer training. ${decoder.runs.length} seeds and ${places} places are few: ` +
      "differences of the size of the standard errors mean nothing."].map(wrap).join("\n"),
  ].map((part) => (/^(\||- )/.test(part) ? part : wrap(part))).join("\n\n")}\n`;
}

/** Trains and scores in a process of its own. @param {string} file @param {Record<string, number>} settings
 * @returns {Promise<Kept>} */
function measure(file, settings) {
  const usual = /** @type {Record<string, number>} */ (USUAL);
  const changed = NAMES.filter((name) => settings[name] !== usual[name]).map((name) => ` --${name} ${settings[name]}`);
  const args = [join(import.meta.dirname, "lengths/measure.js"), file, ...NAMES.map((name) => String(settings[name]))];
  return new Promise((done, failed) => {
    const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
    let text = "";
    child.stdout.on("data", (part) => { text += part; });
    child.on("error", failed);
    child.on("close", (code) => {
      const command = `node tools/lengths.js shakespeare/input.txt${changed.join("")}`;
      if (code === 0) done({ command, ...JSON.parse(text) });
      else failed(new Error(`lengths/measure.js ended with ${code}`));
    });
  });
}

async function main() {
  const { values, positionals: [file] } = parseArgs({
    options: { seeds: { type: "string" }, steps: { type: "string" }, threads: { type: "string" },
      json: { type: "boolean", default: false }, render: { type: "boolean", default: false } },
    allowPositionals: true,
  });
  if (!values.render) {
    if (file === undefined) throw new Error("usage: node tools/lengths.js FILE, or --render");
    const settings = Object.fromEntries(NAMES.map((name) => {
      const value = Number(values[name] ?? USUAL[name]);
      if (!(Number.isInteger(value) && value > 0)) throw new Error(`--${name} ${values[name]} is no whole number`);
      return [name, value];
    }));
    const text = `${JSON.stringify(await measure(file, settings), null, 1)}\n`;
    if (values.json) {
      process.stdout.write(text);
      return;
    }
    writeFileSync(KEPT, text);
  }
  writeFileSync(PAGE, render(JSON.parse(readFileSync(KEPT, "utf8"))));
}
if (process.argv[1] === import.meta.filename) await main();
