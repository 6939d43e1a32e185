import { bytesOf } from "../../vocab/dtype.ts";
import { compile } from "../../exec/compile.ts";
import { tensor } from "../../tensor/create.ts";
import { detach, noGrad, scope } from "../../tensor/gradient.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { selectSequences, type Decoder, type DecoderStep } from "../decoder.ts";

/** What a decoder says after one more token of each sequence. */
export interface Reading {
  /** Scores of the next token, (V) of each sequence. */
  readonly scores: readonly Float32Array[];
  /** What the last layer made of the token, (D) of each sequence; empty where the decoder does not say. */
  readonly hidden: readonly Float32Array[];
}
type Step = (token: Tensor, parents: Tensor | null, state: readonly Tensor[]) => DecoderStep;

const indices = (numbers: readonly number[]): Tensor => tensor(Int32Array.from(numbers));
const stepOf = (decoder: Decoder): Step => (token, parents, state) => {
  const made = decoder.step(token, parents === null ? state : selectSequences(state, parents));
  const { logits, hidden } = made;
  return hidden === undefined ? { logits, state: made.state } : { logits, state: made.state, hidden };
};
/** A decoder's compiled step, and the shapes that it was compiled for. */
interface Program {
  readonly step: Step;
  readonly shapes: Set<string>;
}
/** Programs live as long as their model: the next text starts with what the last one compiled. */
const programs = new WeakMap<object, Program>();
function programOf(decoder: Decoder): Program {
  const owner = decoder.owner ?? decoder;
  let program = programs.get(owner);
  if (program === undefined) {
    // Each step uses up the state of the one before.
    const step = compile(stepOf(decoder), { name: "decode", donate: [2] });
    programs.set(owner, program = { step, shapes: new Set() });
  }
  return program;
}
/** Steps of the same shapes in a row after which compiling them pays. */
const WORTH_COMPILING = 6;

/**
 * Reads sequences with a decoder, token by token, and holds its state: what all ways of generating have in common.
 *
 * Time and memory of a token are the decoder's: constant where its state is. Steps whose shapes come again and again
 * are compiled. Where the room for `context` tokens is full, the last half of it is read again from the start.
 */
export class SequenceReader {
  readonly #decoder: Decoder;
  #state: readonly Tensor[];
  /** The tokens in a bounded room, of each sequence. */
  #seen: readonly (readonly number[])[];
  #shape = "";
  #inARow = 0;

  constructor(decoder: Decoder) {
    this.#decoder = decoder;
    this.#state = this.#begin(1);
    this.#seen = [[]];
  }
  /** Bytes that the state takes. */
  get stateBytes(): number {
    return this.#state.reduce((sum, part) => sum + part.numel * bytesOf(part.dtype), 0);
  }
  /**
   * Reads one more token of each sequence. Token i continues sequence i, or sequence `parents[i]`: sequences can be
   * repeated, dropped and re-ordered. At the start there is one sequence, without tokens.
   */
  async read(tokens: readonly number[], parents: readonly number[] | null = null): Promise<Reading> {
    const { logits, hidden } = this.#step(tokens, this.#makeRoom(tokens, parents));
    const made = [logits, ...(hidden === undefined ? [] : [hidden])];
    const rows = made.map(async (part) => rowsOf(await part.data(), tokens.length));
    const [scores, features = []] = await Promise.all(rows);
    for (const part of made) part.dispose();
    return { scores, hidden: features };
  }
  /** Reads a text as the only sequence; tells what follows its last token. */
  async readAll(tokens: readonly number[]): Promise<Reading> {
    let reading: Reading = { scores: [], hidden: [] };
    for (const token of tokens) reading = await this.read([token]);
    return reading;
  }
  /** Frees the state; nothing can be read after that. */
  close(): void {
    this.#hold([]);
  }
  /** The first state, as views of our own: what a decoder gives may be somebody else's too. */
  #begin(batch: number): readonly Tensor[] {
    return scope(() => noGrad(() => this.#decoder.start(batch).map(detach)));
  }
  #step(tokens: readonly number[], parents: readonly number[] | null): DecoderStep {
    const shape = [tokens.length, parents?.length, ...this.#state.map((part) => part.shape.join("x"))].join();
    this.#inARow = shape === this.#shape ? this.#inARow + 1 : 1;
    this.#shape = shape;
    const program = programOf(this.#decoder);
    if (this.#inARow === WORTH_COMPILING) program.shapes.add(shape);
    const step = program.shapes.has(shape) ? program.step : stepOf(this.#decoder);
    const made = scope(() => noGrad(() =>
      step(indices(tokens), parents === null ? null : indices(parents), this.#state)));
    this.#hold(made.state);
    return made;
  }
  /** Where the room is full, begins again with the last half; tells which sequences the next tokens continue then. */
  #makeRoom(tokens: readonly number[], parents: readonly number[] | null): readonly number[] | null {
    const { context } = this.#decoder;
    if (!Number.isFinite(context)) return parents;
    const seen = tokens.map((_, i) => this.#seen[parents === null ? i : parents[i]]);
    const full = seen[0].length === context;
    const kept = full ? seen.map((row) => row.slice(-Math.floor(context / 2))) : seen;
    if (full) {
      this.#hold(this.#begin(tokens.length));
      for (let t = 0; t < kept[0].length; t++) {
        const made = this.#step(kept.map((row) => row[t]), null);
        made.logits.dispose();
        made.hidden?.dispose();
      }
    }
    this.#seen = kept.map((row, i) => [...row, tokens[i]]);
    return full ? null : parents;
  }
  /** Takes a state; frees what the one before had and this one does not. */
  #hold(state: readonly Tensor[]): void {
    for (const part of this.#state) if (!state.includes(part)) part.dispose();
    this.#state = state;
  }
}
const rowsOf = (numbers: ArrayLike<number>, rows: number): Float32Array[] => {
  const all = Float32Array.from(numbers), width = all.length / rows;
  return Array.from({ length: rows }, (_, i) => all.subarray(i * width, (i + 1) * width));
};
