import { DataError, UsageError } from "../vocab/errors.ts";
import { Aligned } from "./aligned.ts";
import { compileDecoder, type Decoder } from "./decode.ts";
import {
  emptyEncoding, joinEncodings, padEncodings, sliceEncoding, truncate, type Encoding, type Padding, type Truncation,
} from "./encoding.ts";
import type { TokenModel } from "./model.ts";
import { compileNormalizer, type Normalizer } from "./normalize.ts";
import { compilePostProcessor, type PostProcess, type PostProcessor } from "./postprocess.ts";
import { compilePreTokenizer, type PreTokenizer } from "./pretokenize.ts";

/** A token that is looked for before anything is cut, such as "<|endoftext|>". */
export interface AddedToken {
  readonly id: number;
  readonly content: string;
  /** Left out when text is decoded. */
  readonly special: boolean;
  /** Only where no letter, digit or mark touches it. */
  readonly singleWord?: boolean;
  /** Takes the spaces before (behind) it. */
  readonly leftStrip?: boolean;
  readonly rightStrip?: boolean;
  /** Looked for in the normalised text. */
  readonly normalized?: boolean;
}
export interface TokenizerParts {
  readonly model: TokenModel;
  readonly normalizer?: Normalizer | null;
  readonly preTokenizer?: PreTokenizer | null;
  readonly postProcessor?: PostProcessor | null;
  readonly decoder?: Decoder | null;
  readonly addedTokens?: readonly AddedToken[];
  readonly truncation?: Truncation | null;
  readonly padding?: Padding | null;
}
export interface EncodeOptions {
  /** A second text, such as the passage of a question. */
  readonly pair?: string;
  /** Put the template's special tokens around (default true). */
  readonly special?: boolean;
  /** null: do not cut; otherwise instead of the tokenizer's own. */
  readonly truncation?: Truncation | null;
  readonly padding?: Padding | null;
}

/**
 * Text to numbers and back: normalise, cut into words, cut words into pieces of a vocabulary, put special tokens
 * around.
 * Every token knows which UTF-16 units of the text it stands for. The parts are those of Hugging Face's
 * `tokenizer.json` (`readTokenizer`, `writeTokenizer`).
 */
export class Tokenizer {
  readonly parts: TokenizerParts;
  readonly addedTokens: readonly AddedToken[];
  readonly #normalize: (x: Aligned) => Aligned;
  readonly #cut: (x: Aligned) => Aligned[];
  readonly #post: PostProcess;
  readonly #decode: ((tokens: readonly string[]) => readonly string[]) | null;
  readonly #byContent: ReadonlyMap<string, AddedToken>;
  readonly #byId: ReadonlyMap<number, AddedToken>;
  /** Of the text as it is, and of the normalised text. */
  readonly #raw: Finder | null;
  readonly #normalized: Finder | null;

  constructor(parts: TokenizerParts) {
    this.parts = parts;
    this.addedTokens = parts.addedTokens ?? [];
    this.#normalize = parts.normalizer == null ? (x) => x : compileNormalizer(parts.normalizer);
    this.#cut = parts.preTokenizer == null ? (x) => [x] : compilePreTokenizer(parts.preTokenizer);
    this.#post = parts.postProcessor == null ? PLAIN : compilePostProcessor(parts.postProcessor);
    this.#decode = parts.decoder == null ? null : compileDecoder(parts.decoder);
    this.#byContent = new Map(this.addedTokens.map((token) => [token.content, token]));
    this.#byId = new Map(this.addedTokens.map((token) => [token.id, token]));
    const empty = this.addedTokens.find(({ content }) => content === "");
    if (empty !== undefined) throw new DataError(`added token ${empty.id} is empty`);
    this.#raw = finder(this.addedTokens.filter(({ normalized }) => normalized !== true), (text) => text);
    this.#normalized = finder(this.addedTokens.filter(({ normalized }) => normalized === true),
      (text) => this.#normalize(new Aligned(text)).text);
  }

  /** Tokens in all: those of the model, and added ones that it does not have. */
  get size(): number {
    return this.parts.model.size +
      this.addedTokens.filter(({ content }) => this.parts.model.idOf(content) === undefined).length;
  }
  idOf(token: string): number | undefined {
    return this.#byContent.get(token)?.id ?? this.parts.model.idOf(token);
  }
  tokenOf(id: number): string | undefined {
    return this.#byId.get(id)?.content ?? this.parts.model.tokenOf(id);
  }

  /** One text, or two that belong together. */
  encode(text: string, options: EncodeOptions = {}): Encoding {
    const truncation = options.truncation === undefined ? this.parts.truncation : options.truncation;
    const padding = options.padding === undefined ? this.parts.padding : options.padding;
    const special = options.special ?? true;
    const texts = options.pair === undefined ? [text] : [text, options.pair];
    const added = special ? this.#post.added(texts.length > 1) : 0;
    const parts = texts.map((one, i) => this.#pieces(one, i));
    const out = this.#around(truncation == null ? parts : truncate(parts, added, truncation), special);
    return padding == null ? out : padEncodings([out], padding)[0];
  }
  /** Several texts, or pairs of texts, padded to one length if there is padding. */
  encodeBatch(
    texts: readonly (string | readonly [first: string, second: string])[], options: Omit<EncodeOptions, "pair"> = {},
  ): Encoding[] {
    const padding = options.padding === undefined ? this.parts.padding : options.padding;
    const encoded = texts.map((text) => this.encode(typeof text === "string" ? text : text[0],
      { ...options, padding: null, ...(typeof text === "string" ? {} : { pair: text[1] }) }));
    return padding == null ? encoded : padEncodings(encoded, padding);
  }
  /**
   * A text that is too long as several windows of `maxLength` tokens, neighbours sharing `stride` of them. With a pair
   * the second text is cut and the first stands in every window, as in question answering.
   */
  encodeWindows(text: string, options: EncodeOptions & { readonly truncation: Truncation }): Encoding[] {
    const { maxLength, stride = 0 } = options.truncation, special = options.special ?? true;
    const texts = options.pair === undefined ? [text] : [text, options.pair];
    const parts = texts.map((one, i) => this.#pieces(one, i));
    const cut = parts[parts.length - 1];
    const room = maxLength - (special ? this.#post.added(texts.length > 1) : 0) -
      parts.slice(0, -1).reduce((sum, { ids }) => sum + ids.length, 0);
    if (room <= stride) {
      throw new UsageError(
        `windows of ${maxLength} tokens leave room for ${room} of the text, which must be more than ` +
        `the stride ${stride}`);
    }
    const windows: Encoding[] = [];
    for (let start = 0; ; start += room - stride) {
      const end = Math.min(start + room, cut.ids.length);
      windows.push(this.#around([...parts.slice(0, -1), sliceEncoding(cut, start, end)], special));
      if (end === cut.ids.length) break;
    }
    const padding = options.padding === undefined ? this.parts.padding : options.padding;
    return padding == null ? windows : padEncodings(windows, padding);
  }
  /** The text of token numbers; special tokens are left out unless asked for. */
  decode(ids: Iterable<number>, options: { readonly special?: boolean } = {}): string {
    const tokens: string[] = [];
    for (const id of ids) {
      const token = this.tokenOf(id);
      if (token === undefined) throw new DataError(`there is no token ${id}; the vocabulary has ${this.size}`);
      if (options.special === true || this.#byId.get(id)?.special !== true) tokens.push(token);
    }
    return this.#decode === null ? tokens.join(" ") : this.#decode(tokens).join("");
  }

  #around(parts: readonly Encoding[], special: boolean): Encoding {
    return joinEncodings(...this.#post.apply(parts, special));
  }
  #pieces(text: string, sequence: number): Encoding {
    const out = emptyEncoding();
    let word = 0;
    const add = (id: number, token: string, [start, end]: [number, number]): void => {
      out.ids.push(id);
      out.tokens.push(token);
      out.offsets.push([start, end]);
      out.typeIds.push(sequence);
      out.sequences.push(sequence);
      out.words.push(word);
      out.special.push(0);
      out.attention.push(1);
    };
    const walk = (piece: Aligned, find: Finder | null, rest: (piece: Aligned) => void): void => {
      let done = 0;
      for (const { token, start, end } of find?.(piece.text) ?? []) {
        if (start > done) rest(piece.slice(done, start));
        add(token.id, token.content, piece.range(start, end));
        word++;
        done = end;
      }
      if (done < piece.text.length) rest(done === 0 ? piece : piece.slice(done, piece.text.length));
    };
    walk(new Aligned(text), this.#raw, (raw) => {
      walk(this.#normalize(raw), this.#normalized, (normalized) => {
        for (const piece of this.#cut(normalized)) {
          if (piece.text === "") continue;
          for (const { id, start, end } of this.parts.model.tokenize(piece.text)) {
            add(id, this.parts.model.tokenOf(id)!, piece.range(start, end));
          }
          word++;
        }
      });
    });
    return out;
  }
}
const PLAIN: PostProcess = { added: () => 0, apply: (parts) => parts.map((part, i) =>
  ({ ...part, typeIds: part.typeIds.map(() => i) })) };

interface Found {
  readonly token: AddedToken;
  readonly start: number;
  readonly end: number;
}
type Finder = (text: string) => Found[];
/** The leftmost added tokens of a text, the longest of those that start at one place. */
function finder(tokens: readonly AddedToken[], content: (text: string) => string): Finder | null {
  if (tokens.length === 0) return null;
  const byText = new Map(tokens.map((token) => [content(token.content), token]));
  const texts = [...byText.keys()].filter((text) => text !== "").sort((a, b) => b.length - a.length);
  const pattern = new RegExp(texts.map((text) => text.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&")).join("|"), "gu");
  return (text) => {
    const found: Found[] = [];
    let done = 0;
    for (const { 0: match, index } of text.matchAll(pattern)) {
      const token = byText.get(match)!;
      let start = index, end = index + match.length;
      if (token.singleWord === true && (/[\p{L}\p{M}\p{N}_]$/u.test(text.slice(Math.max(0, start - 2), start)) ||
        /^[\p{L}\p{M}\p{N}_]/u.test(text.slice(end, end + 2)))) continue;
      if (token.leftStrip === true) while (start > done && /\p{White_Space}/u.test(text[start - 1])) start--;
      if (token.rightStrip === true) while (end < text.length && /\p{White_Space}/u.test(text[end])) end++;
      if (start < done) continue;
      found.push({ token, start, end });
      done = end;
    }
    return found;
  };
}
