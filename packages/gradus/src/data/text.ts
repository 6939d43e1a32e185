import { DataError, UsageError } from "../vocab/errors.ts";
import { RandomStream } from "../vocab/random.ts";
import { tensor } from "../tensor/create.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** The characters of a text, numbered in code point order. */
export class CharacterVocabulary {
  readonly characters: readonly string[];
  readonly #index: ReadonlyMap<string, number>;

  constructor(characters: readonly string[]) {
    this.characters = characters;
    this.#index = new Map(characters.map((character, i) => [character, i]));
    if (this.#index.size !== characters.length) throw new DataError("a vocabulary names a character twice");
  }
  static of(text: string): CharacterVocabulary {
    return new CharacterVocabulary([...new Set(text)].sort((a, b) => a.codePointAt(0)! - b.codePointAt(0)!));
  }
  get size(): number {
    return this.characters.length;
  }
  encode(text: string): Int32Array {
    return Int32Array.from(Array.from(text), (character) => {
      const id = this.#index.get(character);
      if (id === undefined) {
        throw new DataError(`the character ${JSON.stringify(character)} is not among the ${this.size} the model ` +
          "was trained on; leave it out");
      }
      return id;
    });
  }
  decode(ids: Iterable<number>): string {
    let text = "";
    for (const id of ids) text += this.characters[id];
    return text;
  }
}

/** A text as character numbers: the first part to learn from, the last to be scored on. */
export interface Corpus {
  readonly name: string;
  readonly vocabulary: CharacterVocabulary;
  readonly train: Int32Array;
  readonly heldOut: Int32Array;
}

/** Cuts a text at 90 % (or another share): what comes after is never trained on. */
export function characterCorpus(text: string, name = "text", trainShare = 0.9): Corpus {
  if (text === "") throw new DataError(`${name} is empty: it has no characters`);
  const vocabulary = CharacterVocabulary.of(text);
  const ids = vocabulary.encode(text);
  const cut = Math.floor(ids.length * trainShare);
  return { name, vocabulary, train: ids.subarray(0, cut), heldOut: ids.subarray(cut) };
}

/** Inputs and, one character later, targets: both [rows, length] i32. */
export type TextBatch = [inputs: Tensor, targets: Tensor];

function windowsAt(ids: Int32Array, starts: ArrayLike<number>, length: number): TextBatch {
  const inputs = new Int32Array(starts.length * length), targets = new Int32Array(starts.length * length);
  for (let i = 0; i < starts.length; i++) {
    inputs.set(ids.subarray(starts[i], starts[i] + length), i * length);
    targets.set(ids.subarray(starts[i] + 1, starts[i] + length + 1), i * length);
  }
  const shape = [starts.length, length];
  return [tensor(inputs, { shape }), tensor(targets, { shape })];
}
function checkWindow(ids: Int32Array, length: number): void {
  if (!(Number.isInteger(length) && length > 0)) {
    throw new UsageError(`a window of ${length} characters is not possible`);
  }
  if (ids.length <= length) {
    throw new DataError(`a text of ${ids.length} characters is too short for windows of ${length}; ` +
      `it needs at least ${length + 1}`);
  }
}

export interface WindowOptions {
  /** Characters of a window. */
  readonly length: number;
  readonly count: number;
  readonly seed: number;
  readonly step: number;
}
/** `count` windows that start anywhere; which ones depends on (seed, step) alone. */
export function randomWindows(ids: Int32Array, options: WindowOptions): TextBatch {
  checkWindow(ids, options.length);
  const stream = new RandomStream(options.seed, options.step + 1);
  const starts = Array.from({ length: options.count }, () => stream.integer(ids.length - options.length));
  return windowsAt(ids, starts, options.length);
}

/** Every window that starts at 0, length, 2 length, ...: each character is predicted once. In batches of `count`. */
export function* scoringWindows(ids: Int32Array, length: number, count: number): Generator<TextBatch> {
  checkWindow(ids, length);
  const total = Math.floor((ids.length - 1) / length);
  for (let first = 0; first < total; first += count) {
    const starts = Array.from({ length: Math.min(count, total - first) }, (_, i) => (first + i) * length);
    yield windowsAt(ids, starts, length);
  }
}
