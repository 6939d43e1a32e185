import { DataError } from "../vocab/errors.ts";
import { utf8 } from "./bytes.ts";
import { byteToken, TokenTable, WordCache, type Token, type TokenModel } from "./model.ts";

export interface UnigramOptions {
  /** Pieces with their log-probabilities; the number of a piece is its place. */
  readonly pieces: readonly (readonly [piece: string, score: number])[];
  /** The number of the unknown piece. */
  readonly unknownId?: number | null;
  readonly byteFallback?: boolean;
}
/** What an unknown character costs beyond the least likely piece. */
const PENALTY = 10;

/** A tree of pieces: which of them start at a place of a word. */
export class PieceTree {
  readonly #root: PieceNode = { children: new Map(), id: -1 };

  constructor(pieces: Iterable<readonly [piece: string, id: number]>) {
    for (const [piece, id] of pieces) {
      let node = this.#root;
      for (let i = 0; i < piece.length; i++) {
        const unit = piece.charCodeAt(i);
        let child = node.children.get(unit);
        if (child === undefined) node.children.set(unit, child = { children: new Map(), id: -1 });
        node = child;
      }
      node.id = id;
    }
  }
  /** Every piece that the word has from `start` on, the shortest first. */
  visit(word: string, start: number, found: (id: number, end: number) => void): void {
    let node: PieceNode | undefined = this.#root;
    for (let end = start; end < word.length;) {
      node = node.children.get(word.charCodeAt(end++));
      if (node === undefined) return;
      if (node.id >= 0) found(node.id, end);
    }
  }
}
interface PieceNode {
  readonly children: Map<number, PieceNode>;
  id: number;
}

/**
 * The unigram language model of SentencePiece: of all ways to cut a word into pieces the most likely one, by Viterbi's
 * algorithm: best(end) = max over pieces of best(start) + score. Neighbours that are unknown are one piece.
 * Source: Kudo, "Subword Regularization", 2018.
 */
export class UnigramModel extends TokenTable implements TokenModel {
  readonly options: UnigramOptions;
  readonly #tree: PieceTree;
  readonly #unknownScore: number;
  readonly #words = new WordCache((word) => this.#cut(word));

  constructor(options: UnigramOptions) {
    const { pieces, unknownId = null } = options;
    super(new Map(pieces.map(([piece], id) => [piece, id])));
    if (pieces.length === 0) throw new DataError("Unigram: there are no pieces");
    if (this.ids.size !== pieces.length) throw new DataError("Unigram: a piece stands in the list twice");
    if (unknownId !== null && !(unknownId >= 0 && unknownId < pieces.length)) {
      throw new DataError(`Unigram: the unknown piece is number ${unknownId} of ${pieces.length} pieces`);
    }
    this.options = options;
    this.#tree = new PieceTree(this.ids);
    this.#unknownScore = pieces.reduce((least, [, score]) => Math.min(least, score), Infinity) - PENALTY;
  }
  tokenize(word: string): readonly Token[] {
    return this.#words.get(word);
  }

  #cut(word: string): readonly Token[] {
    const { pieces, unknownId = null, byteFallback = false } = this.options;
    const n = word.length;
    const best = new Float64Array(n + 1).fill(-Infinity);
    const from = new Int32Array(n + 1), ids = new Int32Array(n + 1);
    best[0] = 0;
    for (let start = 0; start < n;) {
      const step = word.codePointAt(start)! > 0xffff ? 2 : 1;
      let single = false;
      const offer = (id: number, score: number, end: number): void => {
        if (best[start] + score > best[end]) {
          best[end] = best[start] + score;
          from[end] = start;
          ids[end] = id;
        }
      };
      this.#tree.visit(word, start, (id, end) => {
        offer(id, pieces[id][1], end);
        single ||= end === start + step;
      });
      if (!single) offer(-1, this.#unknownScore, start + step);
      start += step;
    }
    const path: Token[] = [];
    for (let end = n; end > 0; end = from[end]) {
      const start = from[end], after = path[path.length - 1] as Token | undefined;
      if (ids[end] < 0 && after?.id === -1) path[path.length - 1] = { id: -1, start, end: after.end };
      else path.push({ id: ids[end], start, end });
    }
    return path.reverse().flatMap((token) => {
      if (token.id >= 0) return [token];
      const bytes = byteFallback
        ? Array.from(utf8(word.slice(token.start, token.end)), (byte) => this.idOf(byteToken(byte))) : [];
      if (bytes.length > 0 && bytes.every((id) => id !== undefined)) {
        return bytes.map((id) => ({ ...token, id }));
      }
      if (unknownId === null) {
        throw new DataError(`Unigram: ${JSON.stringify(word.slice(token.start, token.end))} is unknown, and there ` +
          "is no unknown piece");
      }
      return [{ ...token, id: unknownId }];
    });
  }
}
