/** Toy DNA: a region begins after ATG and lasts until TAA has been read. Which bases lie in one? */
import { compile, F, Module, nn, noGrad, optim, tensor, type RandomStream, type Tensor } from "gradus";
import { GPT, Mamba } from "gradus/models";

export const BASES = "ACGT", LENGTH = 48;
const BEGIN = "ATG", END = "TAA", VOCABULARY = BASES.length + 2, RATE = 0.01;

/** Whether each base lies in a region: known from the bases up to it. */
export function regions(bases: string): boolean[] {
  let inside = false;
  return [...bases].map((_, t) => {
    const last = bases.slice(Math.max(0, t - 2), t + 1);
    inside = last === BEGIN || (inside && last !== END);
    return inside;
  });
}
/** Random bases, with signals strewn in more often than chance would have them. */
export function strand(random: RandomStream): string {
  let bases = "";
  while (bases.length < LENGTH) {
    bases += random.uniform() < 0.08 ? (random.uniform() < 0.5 ? BEGIN : END) : BASES[random.integer(BASES.length)];
  }
  return bases.slice(0, LENGTH);
}
const idsOf = (strands: readonly string[]): Tensor =>
  tensor(Int32Array.from(strands.join(""), (base) => BASES.indexOf(base)), { shape: [strands.length, LENGTH] });
export interface Examples { readonly tokens: Tensor; readonly inside: Int32Array }
export function examples(random: RandomStream, count: number): Examples {
  const strands = Array.from({ length: count }, () => strand(random));
  return { tokens: idsOf(strands), inside: Int32Array.from(strands.flatMap(regions), Number) };
}

/** Two layers of causal convolutions, 4 taps each: a base sees itself and the 6 before it. */
class Convolutions extends Module {
  readonly embedding = new nn.Embedding(VOCABULARY, 14);
  readonly first = new nn.Conv1d(14, 28, 4);
  readonly second = new nn.Conv1d(28, 14, 4);
  readonly head = new nn.Linear(14, VOCABULARY);

  forward(tokens: Tensor): Tensor {
    const x = this.embedding.forward(tokens).transpose(1, 2);
    const h = F.relu(this.first.forward(F.pad(x, [3, 0])));
    return this.head.forward(F.relu(this.second.forward(F.pad(h, [3, 0]))).transpose(1, 2));
  }
}
export const RIVALS = ["convolutions", "Transformer"] as const;
export type Reader = "Mamba" | (typeof RIVALS)[number];
/** A model by name; Mamba has the fewest parameters, all have a few thousand. */
export function readerOf(name: Reader): Module & { forward(tokens: Tensor): Tensor } {
  if (name === "Mamba") return new Mamba({ vocabulary: VOCABULARY, width: 16, layers: 1, state: 4 });
  if (name === "convolutions") return new Convolutions();
  return new GPT({ vocabulary: VOCABULARY, block: LENGTH, width: 16, heads: 2, layers: 1 });
}
export const sizeOf = (model: Module): number => [...model.parameters()].reduce((sum, { shape }) =>
  sum + shape.reduce((size, n) => size * n, 1), 0);

/** Scores of outside and inside, the two entries of the vocabulary that are no bases: (B, T, 2). */
const scores = (model: { forward(tokens: Tensor): Tensor }, tokens: Tensor): Tensor =>
  model.forward(tokens).narrow(2, BASES.length, 2);
/** One update by Adam. */
export function learner(model: ReturnType<typeof readerOf>): (examples: Examples) => void {
  const optimizer = new optim.Adam(model.parameters(), { lr: RATE });
  const step = compile((tokens: Tensor, inside: Tensor) => {
    optimizer.zeroGrad();
    F.crossEntropy(scores(model, tokens).flatten(0, 1), inside).backward();
    optimizer.step();
  });
  return ({ tokens, inside }) => {
    step(tokens, tensor(inside));
  };
}
/** The probability that each base lies inside, flat. */
export async function chances(model: ReturnType<typeof readerOf>, tokens: Tensor): Promise<number[]> {
  return Array.from(await noGrad(() => F.softmax(scores(model, tokens), 2).select(2, 1).flatten()).data());
}
export const chancesOf = (model: ReturnType<typeof readerOf>, bases: string): Promise<number[]> =>
  chances(model, idsOf([bases]));
