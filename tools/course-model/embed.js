// @ts-check
/**
 * Writes what train.js made as a module of the library: weights as whole numbers of 8 bits with a scale for each row,
 * tokenizer and card in one safetensors file, in base64. A module needs neither a file system nor fetch.
 *
 *     node tools/course-model/embed.js FOLDER
 *
 * The text held out goes beside it, since the course goes on changing, and the figures of the card are measured on the
 * weights as they are shipped.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { createWasmBackend, F, loadSafetensors, noGrad, scope, setBackend, tensor, writeSafetensors } from "gradus";
import { scoringWindows } from "gradus/data";
import { GPT } from "gradus/models";
import { readTokenizer } from "gradus/text";
import { linesOf } from "./corpus.js";

const TARGET = resolve(import.meta.dirname, "../../packages/gradus/src/pretrained");
const [, , folder] = process.argv;
if (folder === undefined) throw new Error("usage: node tools/course-model/embed.js FOLDER");
const read = (/** @type {string} */ name) => readFileSync(join(folder, name));
const { sizes, ...facts } = JSON.parse(read("facts.json").toString());
const heldOut = read("held-out.txt").toString(), tokenizerFile = read("tokenizer.json").toString();

setBackend(await createWasmBackend({ threads: 1 }));
const model = new GPT(sizes);
/** @type {Map<string, import("gradus").SafeTensor>} */
const file = new Map();
const bytesOf = (/** @type {Float32Array | Int8Array} */ numbers) => new Uint8Array(numbers.buffer);
/** @type {Record<string, import("gradus").Tensor>} */
const shipped = {};
for (const [name, weight] of Object.entries(loadSafetensors(read("weights.safetensors")))) {
  const numbers = Float32Array.from(await weight.data()), { shape } = weight;
  if (shape.length < 2) {
    file.set(name, { dtype: "F32", shape, bytes: bytesOf(numbers) });
  } else {
    const [rows, columns] = shape;
    const scales = Float32Array.from({ length: rows }, (_, row) =>
      numbers.subarray(row * columns, (row + 1) * columns).reduce((most, x) => Math.max(most, Math.abs(x)), 0) / 127);
    const whole = Int8Array.from(numbers, (x, i) => Math.round(x / (scales[Math.floor(i / columns)] || 1)));
    numbers.set(Float32Array.from(whole, (x, i) => x * scales[Math.floor(i / columns)]));
    file.set(name, { dtype: "I8", shape, bytes: bytesOf(whole) });
    file.set(`${name}.scale`, { dtype: "F32", shape: [rows, 1], bytes: bytesOf(scales) });
  }
  shipped[name] = tensor(numbers, { shape: [...shape] });
}
model.loadStateDict(shipped);
model.eval();

const tokenizer = readTokenizer(tokenizerFile);
const ids = Int32Array.from(linesOf(heldOut).flatMap((line) => [...tokenizer.encode(line).ids]));
let total = 0, count = 0;
for (const [x, y] of scoringWindows(ids, sizes.block, 8)) {
  total += scope(() => noGrad(() => {
    const scores = model.forward(x).reshape([-1, sizes.vocabulary]);
    return F.crossEntropy(scores, y.reshape([-1]), { reduction: "sum" });
  }).itemSync());
  count += y.numel;
}
const rounded = (/** @type {number} */ x) => Number(x.toFixed(3)), nats = total / count;
const card = {
  sizes: { ...sizes, dropout: 0 }, parameters: model.parameters().reduce((sum, p) => sum + p.numel, 0), ...facts,
  heldOut: heldOut.length, natsPerToken: rounded(nats), natsPerCharacter: rounded(nats * ids.length / heldOut.length),
};
const bytes = writeSafetensors(file, new Map([["card", JSON.stringify(card)], ["tokenizer", tokenizerFile]]));
const lines = Buffer.from(bytes).toString("base64").match(/.{1,116}/g) ?? [];
writeFileSync(join(TARGET, "course-model.data.ts"),
  "// Made by tools/course-model/embed.js: a safetensors file in base64.\n" +
  `export const COURSE_MODEL: string = \`\\\n${lines.join("\n")}\n\`;\n`);
writeFileSync(join(TARGET, "held-out.fixture.txt"), heldOut);
console.log(JSON.stringify(card), bytes.length, "bytes");
