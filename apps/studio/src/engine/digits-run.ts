import { currentBackend, noGrad, scope, tensor, type Tensor } from "gradus";
import { ArrayDataset, DataLoader, loadDigits, shuffledSplit } from "gradus/data";
import type { Settings } from "../rooms/digits/settings.ts";
import { buildNetwork, CLASSES, PIXELS, type Network } from "./network.ts";
import { goalAfter } from "./pace.ts";
import type { DigitsData, Measurement, Reading, Snapshot } from "./protocol.ts";

/** One fifth of the digits is held out, the same ones in every run. */
const HELD_OUT_SHARE = 0.2, SPLIT_SEED = 0;
/** A pixel of the data set counts 0..16 points; the network takes 0..1. */
const FULL = 16;

/** Images with labels, both as numbers and as tensors. */
export interface Part {
  readonly images: Uint8Array;
  readonly labels: Uint8Array;
  readonly x: Tensor;
}
export interface Digits {
  readonly train: Part;
  readonly heldOut: Part;
  readonly dataset: ArrayDataset;
}

export async function loadParts(): Promise<Digits> {
  const rows = await loadDigits();
  const split = shuffledSplit(rows.size, Math.round(rows.size * HELD_OUT_SHARE), SPLIT_SEED);
  const part = (chosen: Int32Array): Part => {
    const images = new Uint8Array(chosen.length * PIXELS);
    chosen.forEach((row, i) => images.set(rows.features.subarray(row * PIXELS, (row + 1) * PIXELS), i * PIXELS));
    return { images, labels: Uint8Array.from(chosen, (row) => rows.labels[row]), x: asInput(images) };
  };
  const train = part(split.train), heldOut = part(split.test);
  const dataset = new ArrayDataset([
    { data: scaled(train.images), shape: [PIXELS] }, { data: Int32Array.from(train.labels), shape: [] },
  ]);
  return { train, heldOut, dataset };
}
export const dataOf = ({ train, heldOut }: Digits): DigitsData => ({
  images: heldOut.images, labels: heldOut.labels,
  total: train.labels.length + heldOut.labels.length, trained: train.labels.length,
});
const scaled = (counts: Uint8Array): Float32Array => Float32Array.from(counts, (count) => count / FULL);
const asInput = (counts: Uint8Array): Tensor => tensor(scaled(counts), { shape: [counts.length / PIXELS, PIXELS] });

/** One training run: a network, its data in the order of its seed, and what was measured on the way. */
export class DigitsRun {
  readonly #settings: Settings;
  readonly #digits: Digits;
  readonly #network: Network;
  readonly #loader: DataLoader;
  readonly #history: Measurement[] = [];
  #step = 0;
  #goal = goalAfter(0);
  #stepTime: number | null = null;
  #named: Uint8Array = new Uint8Array(0);

  constructor(settings: Settings, digits: Digits) {
    this.#settings = settings;
    this.#digits = digits;
    this.#network = buildNetwork(settings);
    this.#loader = new DataLoader(digits.dataset, {
      batchSize: settings.batch, shuffle: true, seed: settings.seed, dropLast: true,
    });
  }
  get step(): number {
    return this.#step;
  }
  get goal(): number {
    return this.#goal;
  }
  /** Frees the network; the run cannot be used afterwards. */
  dispose(): void {
    this.#network.dispose();
  }
  /** Moves the end of the run to the next one. */
  extend(): void {
    this.#goal = goalAfter(this.#step);
  }

  /** Up to `count` training steps, fewer when `budget` milliseconds are over. Returns how many were made. */
  train(count: number, budget = Infinity): number {
    const began = performance.now();
    let made = 0;
    while (made < count && (made === 0 || performance.now() - began < budget)) {
      const [images, labels] = this.#loader.next();
      this.#network.train(images, labels);
      images.dispose();
      labels.dispose();
      made++;
    }
    this.#step += made;
    // The first step of a run compiles the network; its time says nothing about the others.
    if (this.#step > made) this.#stepTime = (performance.now() - began) / made;
    if (this.#step > this.#goal) this.extend();
    return made;
  }

  /** Measures loss and accuracy on both parts, once per step. */
  async measure(): Promise<void> {
    const step = this.#step;
    if (this.#measuredTo() >= step) return;
    const train = await this.#score(this.#digits.train), heldOut = await this.#score(this.#digits.heldOut);
    // Another measurement may have overtaken this one while the numbers were on their way.
    if (this.#measuredTo() >= step) return;
    this.#named = heldOut.named;
    this.#history.push({
      step, trainLoss: train.loss, trainAccuracy: train.accuracy,
      heldOutLoss: heldOut.loss, heldOutAccuracy: heldOut.accuracy,
    });
  }
  #measuredTo(): number {
    return this.#history.at(-1)?.step ?? -1;
  }
  async #score(part: Part): Promise<{ loss: number; accuracy: number; named: Uint8Array }> {
    const logits = await this.#logits(part.x);
    const named = new Uint8Array(part.labels.length);
    let loss = 0, right = 0;
    for (let i = 0; i < named.length; i++) {
      const row = logits.subarray(i * CLASSES, (i + 1) * CLASSES);
      const probabilities = softmax(row);
      named[i] = indexOfLargest(row);
      if (named[i] === part.labels[i]) right++;
      loss -= Math.log(probabilities[part.labels[i]]);
    }
    return { loss: loss / named.length, accuracy: right / named.length, named };
  }
  async #logits(x: Tensor): Promise<Float32Array> {
    const out = scope(() => noGrad(() => this.#network.forward(x)));
    const logits = await out.data() as Float32Array;
    out.dispose();
    return logits;
  }

  /** What the network makes of one image; an image without ink has no reading. */
  async read(counts: Uint8Array): Promise<Reading> {
    if (counts.every((count) => count === 0)) return { counts, probabilities: null };
    const x = asInput(counts);
    const probabilities = softmax(await this.#logits(x));
    x.dispose();
    return { counts, probabilities };
  }

  /** The run at this moment; call `measure` first. */
  async snapshot(playing: boolean): Promise<Snapshot> {
    const { first, last, parameters } = this.#network;
    return {
      settings: this.#settings, step: this.#step, goal: this.#goal, playing, batchesPerEpoch: this.#loader.length,
      parameters, history: [...this.#history], weights: await first.data() as Float32Array,
      votes: await last.data() as Float32Array, named: this.#named, stepTime: this.#stepTime,
      backend: currentBackend().name,
    };
  }
}

/** Probabilities from scores: exp(z) / sum exp(z), with the largest score subtracted first. */
export function softmax(scores: Float32Array): Float32Array {
  const top = Math.max(...scores);
  const powers = scores.map((score) => Math.exp(score - top));
  const total = powers.reduce((sum, power) => sum + power, 0);
  return powers.map((power) => power / total);
}
function indexOfLargest(values: Float32Array): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if (values[i] > values[best]) best = i;
  return best;
}
