import { tensor, type Tensor } from "gradus";
import { characterCorpus, loadDigits, randomWindows, scoringWindows, shuffledSplit, type Corpus } from "gradus/data";

/** Batches to learn from and to be scored on. Whoever takes a batch frees it. */
export interface Data {
  readonly words: string;
  /** What guessing evenly costs, in nats. */
  readonly guessing: number;
  readonly characters: readonly string[];
  batch(step: number, count: number, seed: number): readonly [x: Tensor, y: Tensor];
  /** The same batch in every run, never learned from; with `seen`, one of those learned from. */
  fixed(seen: boolean): readonly [x: Tensor, y: Tensor];
  /** One example, to look inside while it passes. */
  one(): readonly [x: Tensor, y: Tensor];
  readonly corpus: Corpus | null;
}

export const WINDOW = 32;
const FIXED = 8, LEAST_TEXT = 400;
/** Stands for the characters that a vocabulary has no room for. */
const OTHER = "\u25a1";

/** A text with at most `size` different characters: the rarest become one sign. */
export function fitted(text: string, size: number): string {
  const counts = new Map<string, number>();
  for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1);
  if (counts.size <= size) return text;
  const kept = new Set([...counts].sort((a, b) => b[1] - a[1]).slice(0, size - 1).map(([character]) => character));
  return Array.from(text, (character) => (kept.has(character) ? character : OTHER)).join("");
}

export function textData(text: string, vocabulary: number, context: number): Data {
  const plain = text.replaceAll("\r", "");
  if (plain.length < LEAST_TEXT) {
    throw new Error(`this text has ${plain.length} characters; with ${LEAST_TEXT} or more there is something to learn`);
  }
  const corpus = characterCorpus(fitted(plain, vocabulary));
  const length = Math.min(WINDOW, context, corpus.heldOut.length - 1);
  const { size } = corpus.vocabulary;
  return {
    // Numbers that a model knows and the text does not need are drawn at first, until it has learned not to.
    corpus, characters: [...corpus.vocabulary.characters, ...Array.from({ length: vocabulary - size }, () => OTHER)],
    guessing: Math.log(vocabulary),
    words: `${plain.length.toLocaleString("en")} characters, ${size} different ones, the last tenth held out`,
    batch: (step, count, seed) => randomWindows(corpus.train, { length, count, seed, step }),
    fixed: (seen) => scoringWindows(seen ? corpus.train : corpus.heldOut, length, FIXED).next().value!,
    one: () => scoringWindows(corpus.heldOut, length, 1).next().value!,
  };
}

const SIDE = 8, FULL = 16, HELD_OUT = 360, SPLIT_SEED = 0, SCORED = 120;

/** A picture in another size, each pixel mixed from its four neighbours; several channels are copies. */
export function resized(image: ArrayLike<number>, height: number, width: number, channels: number): Float32Array {
  const made = new Float32Array(channels * height * width);
  const at = (place: number, size: number): readonly [low: number, share: number] => {
    const exact = Math.min(SIDE - 1, Math.max(0, ((place + 0.5) * SIDE) / size - 0.5));
    const low = Math.min(SIDE - 2, Math.floor(exact));
    return [low, exact - low];
  };
  for (let y = 0; y < height; y++) {
    const [top, down] = at(y, height);
    for (let x = 0; x < width; x++) {
      const [left, across] = at(x, width), corner = top * SIDE + left;
      const upper = image[corner] * (1 - across) + image[corner + 1] * across;
      const lower = image[corner + SIDE] * (1 - across) + image[corner + SIDE + 1] * across;
      for (let c = 0; c < channels; c++) {
        made[(c * height + y) * width + x] = (upper * (1 - down) + lower * down) / FULL;
      }
    }
  }
  return made;
}

/** Handwritten digits in the shape a model wants: rows of 64 numbers, or pictures of any size. */
export async function digitsData(shape: readonly number[]): Promise<Data> {
  const { features, labels, size } = await loadDigits();
  const split = shuffledSplit(size, HELD_OUT, SPLIT_SEED);
  const [channels, height, width] = shape.length === 3 ? shape : [1, 1, 1];
  const pixels = shape.reduce((a, b) => a * b, 1);
  const batchOf = (rows: ArrayLike<number>): readonly [Tensor, Tensor] => {
    const images = new Float32Array(rows.length * pixels), answers = new Int32Array(rows.length);
    for (let i = 0; i < rows.length; i++) {
      const image = features.subarray(rows[i] * SIDE * SIDE, (rows[i] + 1) * SIDE * SIDE);
      images.set(shape.length === 1 ? Float32Array.from(image, (count) => count / FULL)
        : resized(image, height, width, channels), i * pixels);
      answers[i] = labels[rows[i]];
    }
    return [tensor(images, { shape: [rows.length, ...shape] }), tensor(answers, { shape: [rows.length] })];
  };
  return {
    corpus: null, characters: [], guessing: Math.log(10),
    words: `${size.toLocaleString("en")} handwritten digits of 8 × 8, ${HELD_OUT} held out` +
      (shape.length === 1 ? "" : `, enlarged to ${height} × ${width}`),
    batch(step, count, seed) {
      const epoch = Math.floor((step * count) / split.train.length);
      const { train: order } = shuffledSplit(split.train.length, 1, seed + epoch);
      return batchOf(Array.from({ length: count }, (_, i) => split.train[order[(step * count + i) % order.length]]));
    },
    fixed: (seen) => batchOf((seen ? split.train : split.test).slice(0, SCORED)),
    one: () => batchOf(split.test.slice(0, 1)),
  };
}
