import { padSamples } from "../data/collate.ts";
import { BEGIN, END, PADDING, ended } from "../data/pairs.ts";
import { compile } from "../exec/compile.ts";
import type { Decoder } from "../models/decoder.ts";
import type { EncoderDecoder } from "../models/encoder-decoder.ts";
import { beamSearch } from "../models/generate/beam-search.ts";
import { full } from "../ops/create.ts";
import { argmax } from "../ops/reduce.ts";
import { noGrad, scope } from "../tensor/gradient.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { LineTokenizer } from "./line-tokenizer.ts";

/** Sentences translated together. */
const TOGETHER = 64;
/** How much longer than its source a translation may get, in tokens: half as long again and 10. */
const roomFor = (source: number): number => Math.ceil(1.5 * source) + 10;

/** A translation and what the decoder looked at: a heat map of `weights`, one row a token of the target. */
export interface AlignedTranslation {
  readonly text: string;
  readonly source: readonly string[];
  readonly target: readonly string[];
  /** Attention weights, [target tokens][source tokens], rows of sum 1; null where the model has no attention. */
  readonly weights: readonly (readonly number[])[] | null;
}
/** Tokens of a translation, up to END and with it, and the weights of each. */
interface Written {
  readonly tokens: number[];
  readonly weights: number[][] | null;
}

/** Translates lines with a trained model. The model is in the mode it is in. */
export class Translator {
  readonly model: EncoderDecoder;
  readonly source: LineTokenizer;
  readonly target: LineTokenizer;
  readonly #begin: (source: Tensor) => Tensor[];
  readonly #step: (token: Tensor, state: readonly Tensor[]) => Step;
  /** The state of the source that a beam search is busy with: one decoder for all sources, compiled once. */
  #read: readonly Tensor[] = [];
  readonly #decoder: Decoder;

  constructor(model: EncoderDecoder, source: LineTokenizer, target: LineTokenizer) {
    this.model = model;
    this.source = source;
    this.target = target;
    this.#begin = compile((tokens: Tensor) => [...model.start(model.encode(tokens))], { name: "encode" });
    this.#step = compile((token: Tensor, state: readonly Tensor[]): Step => {
      const { logits, state: next, weights } = model.step(token, state);
      return { token: argmax(logits, 1), state: [...next], weights: weights === null ? [] : [weights] };
    }, { name: "translate" });
    this.#decoder = {
      vocabulary: model.vocabulary, context: model.context, start: () => this.#read,
      step(token, state) {
        const { logits, state: next } = model.step(token, state);
        return { logits, state: next };
      },
    };
  }
  /** Translations of plain lines, in their order: the likeliest token in every step. */
  async translate(lines: readonly string[]): Promise<string[]> {
    const written = await this.#write(lines.map((line) => this.#tokens(line)), false);
    return written.map(({ tokens }) => this.target.decode(tokens));
  }
  /** The translation of a plain line that a beam search finds likeliest, by the mean over its tokens. */
  async search(line: string, beams = 4): Promise<string> {
    const { tokens, longest } = this.#sources([this.#tokens(line)]);
    this.#read = noGrad(() => this.#begin(tokens));
    const options = { length: longest, stopTokens: [END], beams };
    const { sequences: [best] } = await beamSearch(this.#decoder, [BEGIN], options);
    for (const x of [tokens, ...this.#read]) x.dispose();
    return this.target.decode(best.tokens);
  }
  /** A translation with the places of the source that each token of it came from. */
  async align(line: string): Promise<AlignedTranslation> {
    const source = this.#tokens(line);
    const [{ tokens, weights }] = await this.#write([source], true);
    const names = (ids: Iterable<number>, by: LineTokenizer): string[] => Array.from(ids, (id) => by.tokenOf(id));
    return {
      text: this.target.decode(tokens), source: names(source, this.source), target: names(tokens, this.target), weights,
    };
  }

  /** The numbers of a line, cut where the model can read no further. */
  #tokens(line: string): Int32Array {
    const ids = this.source.encode(line), { context } = this.model;
    return ended(Number.isFinite(context) ? ids.slice(0, context - 1) : ids);
  }
  async #write(sources: readonly Int32Array[], weights: boolean): Promise<Written[]> {
    // Sentences of equal length together, so that little is padding.
    const order = sources.map((_, i) => i).sort((a, b) => sources[a].length - sources[b].length);
    const found = new Array<Written>(sources.length);
    for (let at = 0; at < order.length; at += TOGETHER) {
      const rows = order.slice(at, at + TOGETHER);
      const written = await this.#writeTogether(rows.map((row) => sources[row]), weights);
      rows.forEach((row, i) => { found[row] = written[i]; });
    }
    return found;
  }
  /** Sources as a tensor (B, S), and how long their translations may get. */
  #sources(sources: readonly Int32Array[]): { readonly tokens: Tensor; readonly longest: number } {
    const { fields: [tokens] } = padSamples(sources.map((source) => [source]), { values: [PADDING], multipleOf: 4 });
    return { tokens, longest: Math.min(this.model.context, roomFor(tokens.shape[1])) };
  }
  async #writeTogether(sources: readonly Int32Array[], wanted: boolean): Promise<Written[]> {
    const { tokens, longest } = this.#sources(sources);
    const written = sources.map((): Written => ({ tokens: [], weights: wanted ? [] : null }));
    let state: readonly Tensor[] = noGrad(() => this.#begin(tokens));
    let token = scope(() => full([sources.length], BEGIN, "i32"));
    for (let t = 0; t < longest && written.some(({ tokens: own }) => own.at(-1) !== END); t++) {
      const made = noGrad(() => this.#step(token, state));
      for (const x of [token, ...state]) x.dispose();
      [token, state] = [made.token, made.state];
      const ids = await token.data();
      const looked = wanted && made.weights.length > 0 ? await made.weights[0].array() as number[][] : null;
      for (const x of made.weights) x.dispose();
      written.forEach((own, i) => {
        if (own.tokens.at(-1) === END) return;
        own.tokens.push(ids[i]);
        if (looked !== null) own.weights?.push(looked[i].slice(0, sources[i].length));
      });
    }
    for (const x of [tokens, token, ...state]) x.dispose();
    return written.map((own) => ({ ...own, weights: own.weights?.length === 0 ? null : own.weights }));
  }
}
interface Step {
  readonly token: Tensor;
  readonly state: Tensor[];
  readonly weights: Tensor[];
}
