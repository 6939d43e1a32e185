import { UsageError } from "../vocab/errors.ts";
import { RandomStream } from "../vocab/random.ts";
import { ArrayDataset } from "./dataset.ts";

/** Sequences that were made up: what a network has to keep, count or look up, and nothing else. */
export interface TaskOptions {
  /** Sequences in all. */
  readonly size: number;
  readonly seed?: number;
}
/** Token numbers [size, length] and, for each place, the token that is asked for; IGNORED where none is. */
export interface TokenTask {
  readonly name: string;
  readonly size: number;
  readonly length: number;
  /** Different tokens: 0 .. vocabulary - 1. */
  readonly vocabulary: number;
  readonly inputs: Int32Array;
  readonly targets: Int32Array;
}
/** A target that does not count, as in PyTorch's cross-entropy. */
export const IGNORED = -100;

/** Batches of two tensors: inputs and targets, i32 [rows, length]. */
export const taskDataset = ({ inputs, targets, length }: TokenTask): ArrayDataset =>
  new ArrayDataset([{ data: inputs, shape: [length] }, { data: targets, shape: [length] }]);

function check(name: string, values: Readonly<Record<string, number>>): void {
  for (const [key, value] of Object.entries(values)) {
    if (!(Number.isInteger(value) && value > 0)) throw new UsageError(
      `${name}: ${key} is ${value}, not a positive whole number`);
  }
}
function make(
  name: string, options: TaskOptions, length: number, vocabulary: number,
  fill: (inputs: Int32Array, targets: Int32Array, random: RandomStream) => void,
): TokenTask {
  const { size, seed = 0 } = options;
  check(name, { size, length });
  const inputs = new Int32Array(size * length), targets = new Int32Array(size * length).fill(IGNORED);
  const random = new RandomStream(seed);
  for (let row = 0; row < size; row++) {
    fill(inputs.subarray(row * length, (row + 1) * length), targets.subarray(row * length, (row + 1) * length), random);
  }
  return { name, size, length, vocabulary, inputs, targets };
}

/**
 * Symbols 1 .. symbols, then `delay` blanks (0), a sign to begin (symbols + 1), and blanks under which the symbols are
 * asked for again, in order. Source: Hochreiter and Schmidhuber 1997; Arjovsky, Shah and Bengio 2016.
 */
export function copyingTask(
  options: TaskOptions & { readonly count?: number; readonly delay?: number; readonly symbols?: number },
): TokenTask {
  const { count = 10, delay = 20, symbols = 8 } = options;
  check("copyingTask", { count, symbols });
  return make("copying", options, 2 * count + delay + 1, symbols + 2, (inputs, targets, random) => {
    for (let i = 0; i < count; i++) {
      inputs[i] = 1 + random.integer(symbols);
      targets[count + delay + 1 + i] = inputs[i];
    }
    inputs[count + delay] = symbols + 1;
  });
}
/**
 * The same with the symbols at places drawn by chance among blanks: what matters must be told from what does not.
 * Source: Jing and others 2019; Gu and Dao, "Mamba", 2023.
 */
export function selectiveCopyingTask(
  options: TaskOptions & { readonly count?: number; readonly length?: number; readonly symbols?: number },
): TokenTask {
  const { count = 10, length = 40, symbols = 8 } = options;
  check("selectiveCopyingTask", { count, length, symbols });
  if (count > length) throw new UsageError(`selectiveCopyingTask: ${count} symbols do not fit ${length} places`);
  return make("selective copying", options, length + count + 1, symbols + 2, (inputs, targets, random) => {
    const places = random.permutation(length).slice(0, count).sort();
    places.forEach((place, i) => {
      inputs[place] = 1 + random.integer(symbols);
      targets[length + 1 + i] = inputs[place];
    });
    inputs[length] = symbols + 1;
  });
}
/**
 * Tokens by chance; a special one (number `symbols`) stands once inside and once at the end, and what followed it the
 * first time is asked for. Source: Olsson and others, "In-context Learning and Induction Heads", 2022.
 */
export function inductionHeadsTask(
  options: TaskOptions & { readonly length?: number; readonly symbols?: number },
): TokenTask {
  const { length = 32, symbols = 15 } = options;
  check("inductionHeadsTask", { length, symbols });
  if (length < 4) throw new UsageError(`inductionHeadsTask: a length of ${length} has no room; it is at least 4`);
  return make("induction heads", options, length, symbols + 1, (inputs, targets, random) => {
    for (let i = 0; i < length; i++) inputs[i] = random.integer(symbols);
    const place = random.integer(length - 3);
    inputs[place] = symbols;
    inputs[length - 1] = symbols;
    targets[length - 1] = inputs[place + 1];
  });
}
/** Bits; asked at each place: is the number of ones so far odd? No network without memory can know. */
export function parityTask(options: TaskOptions & { readonly length?: number }): TokenTask {
  return make("parity", options, options.length ?? 32, 2, (inputs, targets, random) => {
    let odd = 0;
    for (let i = 0; i < inputs.length; i++) {
      inputs[i] = random.integer(2);
      odd ^= inputs[i];
      targets[i] = odd;
    }
  });
}
/**
 * Balanced brackets of `kinds` kinds, nested at most `depth` deep: opening 2k, closing 2k + 1, then an end sign
 * (2 kinds) that fills the rest. Asked at each place: the next token where only one is possible (a bracket that must
 * close because there is no room for more, or the end).
 * Source: Hewitt and others, "RNNs can generate bounded hierarchical languages", 2020.
 */
export function dyckTask(
  options: TaskOptions & { readonly length?: number; readonly kinds?: number; readonly depth?: number },
): TokenTask {
  const { length = 32, kinds = 2, depth = 4 } = options;
  check("dyckTask", { length, kinds, depth });
  if (length % 2 !== 0) throw new UsageError(
    `dyckTask: a word of ${length} brackets is not balanced; take an even length`);
  return make("Dyck", options, length, 2 * kinds + 1, (inputs, targets, random) => {
    const open: number[] = [];
    for (let i = 0; i < length; i++) {
      const room = length - i, mustClose = open.length === Math.min(depth, room);
      const closes = open.length > 0 && (mustClose || random.integer(2) === 1);
      if (closes) inputs[i] = 2 * open.pop()! + 1;
      else {
        open.push(random.integer(kinds));
        inputs[i] = 2 * open[open.length - 1];
      }
      // After this token the last open bracket can only be closed where no other fits.
      if (open.length > 0 && open.length === Math.min(depth, room - 1)) targets[i] = 2 * open[open.length - 1] + 1;
      else if (i === length - 1) targets[i] = 2 * kinds;
    }
  });
}

/**
 * Two rows of numbers: uniform in 0 .. 1, and two marks 1 among zeros, one in each half; asked for is the sum of the
 * two marked numbers. A guess of 1 has mean square error 1/6. Batches: f32 [rows, length, 2] and [rows].
 * Source: Hochreiter and Schmidhuber 1997.
 */
export function addingTask(options: TaskOptions & { readonly length?: number }): ArrayDataset {
  const { size, seed = 0, length = 50 } = options;
  check("addingTask", { size, length });
  if (length < 2) throw new UsageError("addingTask: two numbers need a length of at least 2");
  const random = new RandomStream(seed), half = length >> 1;
  const inputs = new Float32Array(size * length * 2), targets = new Float32Array(size);
  for (let row = 0; row < size; row++) {
    const line = inputs.subarray(row * length * 2, (row + 1) * length * 2);
    for (let i = 0; i < length; i++) line[2 * i] = random.uniform();
    for (const place of [random.integer(half), half + random.integer(length - half)]) {
      line[2 * place + 1] = 1;
      targets[row] += line[2 * place];
    }
  }
  return new ArrayDataset([{ data: inputs, shape: [length, 2] }, { data: targets, shape: [] }]);
}
/**
 * Waves sin(2 pi (f t + p)) of random frequency and phase, with noise, at `length` places of 0 .. 1; the target is the
 * same wave one place later, without noise. Batches: f32 [rows, length, 1] each.
 */
export function sineWaves(
  options: TaskOptions & {
    readonly length?: number; readonly noise?: number; readonly frequency?: readonly [low: number, high: number];
  },
): ArrayDataset {
  const { size, seed = 0, length = 50, noise = 0, frequency: [low, high] = [1, 5] } = options;
  check("sineWaves", { size, length });
  const random = new RandomStream(seed);
  const inputs = new Float32Array(size * length), targets = new Float32Array(size * length);
  for (let row = 0; row < size; row++) {
    const frequency = low + (high - low) * random.uniform(), phase = random.uniform();
    const wave = (i: number): number => Math.sin(2 * Math.PI * (frequency * (i / length) + phase));
    for (let i = 0; i < length; i++) {
      inputs[row * length + i] = wave(i) + noise * random.normal();
      targets[row * length + i] = wave(i + 1);
    }
  }
  return new ArrayDataset([{ data: inputs, shape: [length, 1] }, { data: targets, shape: [length, 1] }]);
}
