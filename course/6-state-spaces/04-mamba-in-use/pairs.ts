/**
 * Associative recall at toy scale: pairs of a key and a value are read, and after some of them a key is shown again.
 * Which value did it come with? A token is a key with its value, or a key with a question mark.
 */
import { compile, F, Module, nn, noGrad, optim, tensor, type RandomStream, type Tensor } from "gradus";
import { GPT, Mamba } from "gradus/models";

export const KEYS = "abcdefghijklmnop", DIGITS = 8;
/** How many pairs have been read when questions come, and how many questions then. */
export const AFTER = [2, 4, 8, 12, KEYS.length] as const, ASKED = 2;
const QUESTION = DIGITS, LENGTH = KEYS.length + ASKED * AFTER.length;
export const QUESTIONS = AFTER.flatMap((pairs) => Array.from({ length: ASKED }, () => pairs));
/** Widths with which attention has no more weights than the smallest Mamba. */
const ATTENTION_WIDTH = 18, MAMBA_WIDTH = 24;
const RATES = { attention: 0.01, Mamba: 0.02 } as const, WARMUP = 20;

/** Keys and digits of all pairs in order; and for each question the pair that it asks for. */
export interface Tape {
  readonly keys: readonly number[]; readonly digits: readonly number[]; readonly asked: readonly number[];
}
export function tapeOf(random: RandomStream): Tape {
  return { keys: Array.from(random.permutation(KEYS.length)),
    digits: Array.from(KEYS, () => random.integer(DIGITS)), asked: QUESTIONS.map((pairs) => random.integer(pairs)) };
}
/** What stands on a tape, place by place: a pair, or a question by its number. */
export type Entry = { readonly key: number; readonly digit: number; readonly question: number | null };
export function entries({ keys, digits, asked }: Tape): Entry[] {
  const made: Entry[] = [];
  keys.forEach((key, i) => {
    made.push({ key, digit: digits[i], question: null });
    QUESTIONS.forEach((pairs, question) => {
      if (pairs === i + 1) made.push({ key: keys[asked[question]], digit: digits[asked[question]], question });
    });
  });
  return made;
}
/** Keys and digits (B, T), and the right digit for each question, flat. */
export interface Examples { readonly keys: Tensor; readonly digits: Tensor; readonly answers: Int32Array }
export function examplesOf(tapes: readonly Tape[]): Examples {
  const all = tapes.flatMap(entries), shape = [tapes.length, LENGTH];
  const ids = (of: (entry: Entry) => number): Tensor => tensor(Int32Array.from(all, of), { shape });
  return { keys: ids(({ key }) => key), digits: ids(({ digit, question }) => (question === null ? digit : QUESTION)),
    answers: Int32Array.from(all.filter(({ question }) => question !== null), ({ digit }) => digit) };
}
/** Where on a tape questions stand. */
const PLACES = entries({ keys: Array.from(KEYS, (_, i) => i), digits: [], asked: QUESTIONS.map(() => 0) })
  .flatMap(({ question }, place) => (question === null ? [] : [place]));

export type Memory = keyof typeof RATES;
type Block = Module & { forward(x: Tensor): Tensor };
/** One block of GPT or of Mamba between an embedding and scores of digits. No positions: pairs have no order here. */
export class Recaller extends Module {
  readonly keys: nn.Embedding;
  readonly digits: nn.Embedding;
  readonly blocks: nn.ModuleList<Block>;
  readonly norm: nn.LayerNorm;
  readonly head: nn.Linear;
  readonly memory: Memory;
  /** Numbers that are kept after a whole tape. */
  readonly kept: number;

  constructor(memory: Memory, state: number) {
    super();
    const width = memory === "Mamba" ? MAMBA_WIDTH : ATTENTION_WIDTH, options = { vocabulary: 1, width, layers: 1 };
    const model = memory === "Mamba" ? new Mamba({ ...options, state }) :
      new GPT({ ...options, block: LENGTH, heads: 1 });
    this.keys = new nn.Embedding(KEYS.length, width);
    this.digits = new nn.Embedding(DIGITS + 1, width);
    this.blocks = model instanceof GPT ? model.h : model.backbone.layers;
    this.norm = new nn.LayerNorm(width);
    this.head = new nn.Linear(width, DIGITS);
    this.memory = memory;
    // A position is a count, no memory of pairs.
    this.kept = model.start(1).reduce((sum, { shape, numel }) => sum + (shape.length === 0 ? 0 : numel), 0);
  }
  /** Scores (B, questions, digits) of tapes. */
  forward(keys: Tensor, digits: Tensor): Tensor {
    let x = this.keys.forward(keys).add(this.digits.forward(digits));                 // (B, T, D)
    for (const block of this.blocks) x = block.forward(x);
    return this.head.forward(this.norm.forward(x.take(tensor(Int32Array.from(PLACES)), 1)));
  }
  get size(): number {
    return [...this.parameters()].reduce((sum, { numel }) => sum + numel, 0);
  }
}
/**
 * One update by Adam, whose rate falls along a cosine until so many are made; and the answers to every question of some
 * tapes.
 */
export function learner(model: Recaller, updates: number): { learn(examples: Examples): void;
  answers(examples: Examples): Promise<number[]> } {
  const optimizer = new optim.Adam(model.parameters(), { lr: RATES[model.memory] });
  const scheduler = new optim.WarmupCosineLR(optimizer, { warmup: WARMUP, steps: updates,
    minimum: RATES[model.memory] / 10 });
  const step = compile((keys: Tensor, digits: Tensor, answers: Tensor) => {
    optimizer.zeroGrad();
    F.crossEntropy(model.forward(keys, digits).flatten(0, 1), answers).backward();
    optimizer.step();
  });
  const read = compile((keys: Tensor, digits: Tensor) => model.forward(keys, digits).argmax(2).flatten());
  return {
    learn({ keys, digits, answers }) {
      step(keys, digits, tensor(answers));
      scheduler.step();
    },
    answers: async ({ keys, digits }) => Array.from(await noGrad(() => read(keys, digits)).data()),
  };
}
