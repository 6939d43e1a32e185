/**
 * Toy proteins. Two residues break segments; a segment with four helix formers in a row is a helix, otherwise one with
 * three strand formers in a row a strand, otherwise coil. So the class of a residue depends on its whole segment. The
 * rule follows the manner of Chou and Fasman (1974), where a nucleus grows both ways until a breaker; it is no biology.
 */
import { compile, F, Module, nn, noGrad, optim, tensor, type RandomStream, type Tensor } from "gradus";
import { Mamba } from "gradus/models";

export const RESIDUES = "AELVIYSGP", LENGTH = 40;
export const CLASSES = ["helix", "strand", "coil"] as const;
const HELIX = "AEL", STRAND = "VIY", BREAKERS = "GP", VOCABULARY = RESIDUES.length + CLASSES.length;
const RATE = 0.01, STATES = 4;

const hasRun = (segment: string, formers: string, length: number): boolean =>
  Array.from(segment, (_, i) => segment.slice(i, i + length)).some((run) =>
    run.length === length && [...run].every((residue) => formers.includes(residue)));
/** The class of every residue, 0 to 2. */
export function fold(protein: string): number[] {
  const classes: number[] = [];
  for (const part of protein.split(new RegExp(`([${BREAKERS}])`))) {
    const kind = BREAKERS.includes(part) ? 2 : hasRun(part, HELIX, 4) ? 0 : hasRun(part, STRAND, 3) ? 1 : 2;
    for (let i = 0; i < part.length; i++) classes.push(kind);
  }
  return classes;
}
/** Segments of 4 to 12 residues, each with a leaning, and a breaker behind it. */
export function protein(random: RandomStream): string {
  const one = (of: string): string => of[random.integer(of.length)], leanings = [HELIX, STRAND, HELIX + STRAND + "S"];
  let made = "";
  while (made.length < LENGTH) {
    const leaning = leanings[random.integer(leanings.length)], length = 4 + random.integer(9);
    for (let i = 0; i < length; i++) made += one(random.uniform() < 0.55 ? leaning : HELIX + STRAND + "S");
    made += one(BREAKERS);
  }
  return made.slice(0, LENGTH);
}
const idsOf = (proteins: readonly string[]): Tensor => tensor(Int32Array.from(proteins.join(""), (residue) =>
  RESIDUES.indexOf(residue)), { shape: [proteins.length, LENGTH] });
export interface Examples { readonly tokens: Tensor; readonly classes: Int32Array }
export function examples(random: RandomStream, count: number): Examples {
  const proteins = Array.from({ length: count }, () => protein(random));
  return { tokens: idsOf(proteins), classes: Int32Array.from(proteins.flatMap(fold)) };
}

type Scored = Module & { forward(tokens: Tensor): Tensor };
/** Two Mambas, one for each direction; their scores are added. */
class BothWays extends Module {
  readonly forwards = new Mamba({ vocabulary: VOCABULARY, width: 16, layers: 1, state: STATES });
  readonly backwards = new Mamba({ vocabulary: VOCABULARY, width: 16, layers: 1, state: STATES });
  forward(tokens: Tensor): Tensor {
    return this.forwards.forward(tokens).add(this.backwards.forward(tokens.flip([1])).flip([1]));
  }
}
/** One layer of attention without a mask. */
class Attending extends Module {
  readonly embedding = new nn.Embedding(VOCABULARY, 20);
  readonly places = new nn.Embedding(LENGTH, 20);
  readonly stack = new nn.TransformerEncoder(new nn.TransformerEncoderLayer(20, 4, { dimFeedforward: 60, dropout: 0,
    batchFirst: true, normFirst: true }), 1);
  readonly head = new nn.Linear(20, VOCABULARY);
  forward(tokens: Tensor): Tensor {
    return this.head.forward(this.stack.forward(this.embedding.forward(tokens).add(this.places.weight)));
  }
}
/** Two layers of five taps: a residue sees four to each side. */
class Convolutions extends Module {
  readonly embedding = new nn.Embedding(VOCABULARY, 15);
  readonly first = new nn.Conv1d(15, 30, 5, { padding: 2 });
  readonly second = new nn.Conv1d(30, 15, 5, { padding: 2 });
  readonly head = new nn.Linear(15, VOCABULARY);
  forward(tokens: Tensor): Tensor {
    const x = this.embedding.forward(tokens).transpose(1, 2);
    const y = F.relu(this.second.forward(F.relu(this.first.forward(x))));
    return this.head.forward(y.transpose(1, 2));
  }
}
export const RIVALS = ["Mamba, one way", "Transformer", "convolutions"] as const;
export type Reader = "Mamba, both ways" | (typeof RIVALS)[number];
/** A model by name, all of about five thousand weights. */
export function readerOf(name: Reader): Scored {
  if (name === "Mamba, one way") return new Mamba({ vocabulary: VOCABULARY, width: 24, layers: 1, state: STATES });
  if (name === "Mamba, both ways") return new BothWays();
  return name === "Transformer" ? new Attending() : new Convolutions();
}
export const sizeOf = (model: Module): number => [...model.parameters()].reduce((sum, { shape }) =>
  sum + shape.reduce((size, n) => size * n, 1), 0);

/** Scores of the three classes, the entries of the vocabulary that are no residues: (B, T, 3). */
const scores = (model: Scored, tokens: Tensor): Tensor =>
  model.forward(tokens).narrow(2, RESIDUES.length, CLASSES.length);
/** One update by Adam. */
export function learner(model: Scored): (examples: Examples) => void {
  const optimizer = new optim.Adam([...model.parameters()], { lr: RATE });
  const step = compile((tokens: Tensor, classes: Tensor) => {
    optimizer.zeroGrad();
    F.crossEntropy(scores(model, tokens).flatten(0, 1), classes).backward();
    optimizer.step();
  });
  return ({ tokens, classes }) => {
    step(tokens, tensor(classes));
  };
}
/** The likeliest class of every residue, flat. */
export const saidOf = async (model: Scored, tokens: Tensor): Promise<number[]> =>
  Array.from(await noGrad(() => scores(model, tokens).argmax(2).flatten()).data());
export const saidOfOne = (model: Scored, chain: string): Promise<number[]> => saidOf(model, idsOf([chain]));
