// @ts-check
/**
 * What docs/lengths.md tells: trains a decoder with rotary positions and a Mamba of its size on windows of 256
 * characters, and scores both on the same characters with more and more text before them. Prints one JSON object; its
 * shape is `Kept` of ../lengths.js, which runs this.
 *
 *     npm run build --workspace gradus && node tools/lengths/measure.js FILE SEEDS STEPS THREADS
 */
import { readFileSync } from "node:fs";
import { availableParallelism, cpus } from "node:os";
import { compile, explain, F, manualSeed, noGrad, optim, scope, setBackend, tensor } from "gradus";
import { characterCorpus, randomWindows } from "gradus/data";
import { Llama, Mamba } from "gradus/models";
import { createNativeBackend } from "gradus/node";

/** @typedef {import("gradus").Tensor} Tensor */
/** @typedef {import("gradus/data").Corpus} Corpus */
/** @typedef {import("../lengths.js").ByLength} ByLength */
/** @typedef {import("../lengths.js").Run} Run */
/** @typedef {import("../lengths.js").Entry} Entry */
/** @typedef {import("../lengths.js").Kept} Kept */

const WINDOW = 256, BATCH = 8, PLACES = 12, LENGTHS = [256, 512, 1024, 2048, 4096, 8192];
const LONGEST = LENGTHS[LENGTHS.length - 1], WARMUP = 0.05, WEIGHT_DECAY = 0.1, BYTES = 4;

/** Sizes within 5 % of each other. The rates are those of the recipes `gpt` and `mamba`. */
const MODELS = [
  {
    model: "decoder", shape: "3 blocks of `Llama`, 96 wide, 4 heads, rotary positions", rate: 2e-3,
    make: (/** @type {number} */ vocabulary, block = LONGEST) =>
      new Llama({ vocabulary, block, width: 96, heads: 4, layers: 3, tied: true }),
  },
  {
    model: "mamba", shape: "5 blocks of `Mamba`, 96 wide, 16 states a channel", rate: 4e-3,
    make: (/** @type {number} */ vocabulary) => new Mamba({ vocabulary, width: 96, layers: 5 }),
  },
];

/** A number for every length. @param {(length: number) => number} of @returns {ByLength} */
const byLength = (of) => Object.fromEntries(LENGTHS.map((length) => [length, of(length)]));
const mean = (/** @type {readonly number[]} */ list) => list.reduce((sum, v) => sum + v, 0) / list.length;
const median = (/** @type {readonly number[]} */ list) => [...list].sort((a, b) => a - b)[list.length >> 1];
const numbersIn = (/** @type {Iterable<Tensor>} */ tensors) => [...tensors].reduce((sum, { numel }) => sum + numel, 0);

/** Mean nats of the last characters of each window. @param {Llama | Mamba} model @param {Tensor} x @param {Tensor} y */
function surprise(model, x, y) {
  const T = x.shape[1], asked = y.shape[1];
  const scores = model.forward(x).narrow(1, T - asked, asked);
  return F.crossEntropy(scores.reshape([-1, model.vocabulary]), y.reshape([-1]));
}

/** Trains a model; gives the mean nats of the last tenth of its steps. @param {Llama | Mamba} model
 * @param {Corpus} corpus @param {{ rate: number, steps: number, seed: number }} settings */
function train(model, corpus, { rate, steps, seed }) {
  const optimizer = new optim.AdamW(model.parameters(), { lr: rate, betas: [0.9, 0.99], weightDecay: WEIGHT_DECAY });
  const scheduler = new optim.WarmupCosineLR(optimizer, { warmup: Math.round(WARMUP * steps), steps,
    minimum: rate / 10 });
  const step = compile((/** @type {Tensor} */ x, /** @type {Tensor} */ y) => {
    optimizer.zeroGrad();
    const loss = surprise(model, x, y);
    loss.backward();
    optim.clipGradNorm(model.parameters(), 1);
    optimizer.step();
    return loss;
  });
  const last = [];
  for (let i = 0; i < steps; i++) {
    const windows = { length: WINDOW, count: BATCH, seed, step: i };
    const loss = scope(() => step(...randomWindows(corpus.train, windows)).itemSync());
    if (i >= steps * 0.9) last.push(loss);
    scheduler.step();
  }
  return mean(last);
}

/** Scores the same characters, the last of every context, with each length of it; and times that.
 * @param {Llama | Mamba} model @param {Int32Array} ids @returns {Omit<Run, "seed" | "minutes" | "learning">} */
function score(model, ids) {
  const ask = compile((/** @type {Tensor} */ x, /** @type {Tensor} */ y) => surprise(model, x, y));
  const ends = Array.from({ length: PLACES }, (_, i) =>
    LONGEST + Math.floor((ids.length - 1 - LONGEST) * i / (PLACES - 1)));
  const row = (/** @type {number} */ from, /** @type {number} */ to) =>
    tensor(ids.slice(from, to), { shape: [1, to - from] });
  /** @type {Record<string, number[]>} */
  const nats = {};
  /** @type {Record<string, number[]>} */
  const times = {};
  for (const length of LENGTHS) {
    nats[length] = [];
    times[length] = [];
    for (const end of ends) {
      const start = performance.now();
      nats[length].push(scope(() =>
        noGrad(() => ask(row(end - length, end), row(end - WINDOW + 1, end + 1))).itemSync()));
      times[length].push(performance.now() - start);
    }
  }
  const more = (/** @type {number} */ length) => nats[length].map((v, i) => v - nats[LENGTHS[0]][i]);
  const error = (/** @type {readonly number[]} */ list) =>
    Math.sqrt(mean(list.map((v) => (v - mean(list)) ** 2)) / (list.length - 1));
  return { nats: byLength((length) => mean(nats[length])), rise: byLength((length) => mean(more(length))),
    error: byLength((length) => error(more(length))), milliseconds: byLength((length) => median(times[length])) };
}

/** Bytes for reading and for going on writing. @param {typeof MODELS[number]} about @param {number} vocabulary */
function memoryOf({ make }, vocabulary) {
  const reading = byLength((length) => {
    const model = make(vocabulary), ids = (/** @type {number} */ n) => tensor(new Int32Array(n), { shape: [1, n] });
    const { memory } = explain((x, y) => noGrad(() => surprise(model, x, y)), [ids(length), ids(WINDOW)]);
    return memory.arenaBytes;
  });
  // A model with room for exactly as many characters; a state has room for any number. A position is no memory.
  const writing = byLength((length) =>
    numbersIn(make(vocabulary, length).start(1).filter(({ shape }) => shape.length > 0)) * BYTES);
  return { reading, writing };
}

/** Trains and scores everything. @param {string} file
 * @param {{ seeds: number, steps: number, threads: number }} settings @returns {Promise<Omit<Kept, "command">>} */
async function measure(file, { seeds, steps, threads }) {
  setBackend(await createNativeBackend({ threads }));
  const corpus = characterCorpus(readFileSync(file, "utf8")), vocabulary = corpus.vocabulary.size;
  /** @type {Entry[]} */
  const models = [];
  for (const about of MODELS) {
    const { model: name, shape, rate, make } = about;
    /** @type {Run[]} */
    const runs = [];
    for (let seed = 1; seed <= seeds; seed++) {
      manualSeed(seed);
      const model = make(vocabulary), start = performance.now();
      const learning = train(model, corpus, { rate, steps, seed });
      const minutes = (performance.now() - start) / 60_000;
      runs.push({ seed, minutes, learning, ...score(model, corpus.heldOut) });
      const told = LENGTHS.map((length) => runs[seed - 1].nats[length].toFixed(3)).join(" ");
      process.stderr.write(`${name}, seed ${seed}: ${minutes.toFixed(1)} min; ${told}\n`);
    }
    models.push({ model: name, shape, parameters: numbersIn(make(vocabulary).parameters()), rate,
      ...memoryOf(about, vocabulary), runs });
  }
  return {
    date: new Date().toISOString().slice(0, 10),
    machine: `${cpus()[0]?.model.trim()}, ${availableParallelism()} cores, ${threads} thread${threads > 1 ? "s" : ""}`,
    characters: { train: corpus.train.length, heldOut: corpus.heldOut.length, vocabulary },
    window: WINDOW, batch: BATCH, steps, warmup: WARMUP, decay: WEIGHT_DECAY, places: PLACES, lengths: LENGTHS, models,
  };
}

const [file, ...numbers] = process.argv.slice(2), [seeds, steps, threads] = numbers.map(Number);
process.stdout.write(`${JSON.stringify(await measure(file, { seeds, steps, threads }), null, 1)}\n`);
