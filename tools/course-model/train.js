// @ts-check
/**
 * Trains the course model, a GPT over byte-pair tokens of the course's own text, and writes its weights, its tokenizer
 * and the text held out into a folder. embed.js puts them into the library from there.
 *
 *     npm run build --workspace gradus && node tools/course-model/train.js FOLDER
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { F, compile, manualSeed, noGrad, optim, saveSafetensors, scope, setBackend } from "gradus";
import { randomWindows, scoringWindows } from "gradus/data";
import { GPT } from "gradus/models";
import { createNativeBackend } from "gradus/node";
import { byteAlphabet, countWords, Tokenizer, trainBpe, writeTokenizer } from "gradus/text";
import { courseCorpus, linesOf } from "./corpus.js";

/** @typedef {import("gradus").Tensor} Tensor */

const SEED = 1, STEPS = 3000, WINDOWS = 12, REPORT = 100;
const SIZES = { vocabulary: 1024, block: 128, width: 128, heads: 4, layers: 4 };

const [, , folder] = process.argv;
if (folder === undefined) throw new Error("usage: node tools/course-model/train.js FOLDER");

const { train, heldOut } = courseCorpus();
/** @type {import("gradus/text").PreTokenizer} */
const preTokenizer = { type: "ByteLevel", add_prefix_space: false, trim_offsets: true, use_regex: true };
const words = countWords(linesOf(train), { preTokenizer });
const tokenizer = new Tokenizer({
  model: trainBpe(words, { size: SIZES.vocabulary, alphabet: byteAlphabet() }), preTokenizer,
  decoder: { type: "ByteLevel" },
});
const encode = (/** @type {string} */ text) =>
  Int32Array.from(linesOf(text).flatMap((line) => [...tokenizer.encode(line).ids]));
const learnt = encode(train), scored = encode(heldOut);

setBackend(await createNativeBackend({ threads: 1 }));
manualSeed(SEED);
const model = new GPT({ ...SIZES, dropout: 0.1 });
const optimizer = new optim.AdamW(model.parameters(), { lr: 2e-3, betas: [0.9, 0.99], weightDecay: 0.1 });
const scheduler = new optim.WarmupCosineLR(optimizer, { warmup: 50, steps: STEPS, minimum: 2e-4 });
/** @param {Tensor} x @param {Tensor} y @param {"mean" | "sum"} reduction */
const surprise = (x, y, reduction) =>
  F.crossEntropy(model.forward(x).reshape([-1, SIZES.vocabulary]), y.reshape([-1]), { reduction });
const step = compile((/** @type {Tensor} */ x, /** @type {Tensor} */ y) => {
  optimizer.zeroGrad();
  const loss = surprise(x, y, "mean");
  loss.backward();
  optim.clipGradNorm(model.parameters(), 1);
  optimizer.step();
  return loss;
});
const score = compile((/** @type {Tensor} */ x, /** @type {Tensor} */ y) => surprise(x, y, "sum"));

/** Mean nats of a token of the text held out. */
function heldOutNats() {
  model.eval();
  let total = 0, count = 0;
  for (const [x, y] of scoringWindows(scored, SIZES.block, 8)) {
    total += scope(() => noGrad(() => score(x, y)).itemSync());
    count += y.numel;
  }
  model.train();
  return total / count;
}

console.log(`${train.length} characters are ${learnt.length} tokens; ${heldOut.length} held out are ${scored.length}`);
let mean = 0;
for (let i = 0; i < STEPS; i++) {
  const [x, y] = randomWindows(learnt, { length: SIZES.block, count: WINDOWS, seed: SEED, step: i });
  mean += scope(() => step(x, y).itemSync()) / REPORT;
  scheduler.step();
  for (const done of [x, y]) done.dispose();
  if ((i + 1) % REPORT !== 0) continue;
  const nats = heldOutNats(), { user, system } = process.cpuUsage();
  const perCharacter = nats * scored.length / heldOut.length, seconds = Math.round((user + system) / 1e6);
  console.log(`step ${i + 1}: learnt ${mean.toFixed(3)}, held out ${nats.toFixed(3)} nats a token, ` +
    `${perCharacter.toFixed(3)} a character; ${seconds} s of processor`);
  mean = 0;
}
mkdirSync(folder, { recursive: true });
writeFileSync(join(folder, "weights.safetensors"), await saveSafetensors(model.stateDict()));
writeFileSync(join(folder, "tokenizer.json"), writeTokenizer(tokenizer));
writeFileSync(join(folder, "held-out.txt"), heldOut);
writeFileSync(join(folder, "facts.json"),
  JSON.stringify({ sizes: SIZES, seed: SEED, steps: STEPS, batch: WINDOWS, learnt: train.length }));
