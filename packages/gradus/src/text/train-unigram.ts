import { DataError, UsageError } from "../vocab/errors.ts";
import { PieceTree, UnigramModel } from "./unigram.ts";

export interface UnigramTraining {
  /** Pieces in all, with the special ones and every character. */
  readonly size: number;
  readonly specialTokens?: readonly string[];
  /** One of the special tokens (default "<unk>"). */
  readonly unknown?: string;
  /** Longest piece, in UTF-16 units (default 16). */
  readonly maxLength?: number;
  /** Share of the pieces that a round of pruning keeps (default 3/4). */
  readonly shrink?: number;
  /** Steps of EM in a round (default 2). */
  readonly steps?: number;
  /** Pieces to begin with (default 1,000,000, the best by count times length). */
  readonly seeds?: number;
  /** Called after each step with the mean log-likelihood of a word. */
  readonly onStep?: (logLikelihood: number, pieces: number) => void;
}
type Piece = readonly [text: string, score: number];

/**
 * Learns a unigram model by EM: from all frequent pieces of words, expected counts are taken over all ways to cut each
 * word (forward-backward), scores become digamma(count) - digamma(sum), and the pieces whose loss would cost the least
 * likelihood are dropped, until `size` is left. Characters always stay.
 * Source: Kudo, "Subword Regularization", 2018; the digamma is SentencePiece's (Liang and others 2007).
 */
export function trainUnigram(words: ReadonlyMap<string, number>, options: UnigramTraining): UnigramModel {
  const { size, unknown = "<unk>", shrink = 0.75, steps = 2, onStep } = options;
  const specialTokens = options.specialTokens ?? [unknown];
  if (!specialTokens.includes(unknown)) {
    throw new UsageError(`trainUnigram: ${JSON.stringify(unknown)} is not among the special tokens`);
  }
  if (words.size === 0) throw new DataError("there are no words to learn from");
  const list = [...words];
  const characters = new Set(list.flatMap(([word]) => [...word]));
  const wanted = size - specialTokens.length;
  if (!(wanted >= characters.size)) {
    throw new UsageError(`trainUnigram: ${size} pieces have no room for ${specialTokens.length} special tokens and ` +
      `${characters.size} characters`);
  }
  let pieces = seedPieces(list, characters, options);
  for (;;) {
    for (let step = 0; step < steps; step++) {
      const { counts, logLikelihood } = expectation(list, pieces);
      onStep?.(logLikelihood, pieces.length);
      pieces = maximization(pieces, counts, characters);
    }
    if (pieces.length <= wanted * 1.1) break;
    const fewer = prune(list, pieces, characters, Math.max(Math.floor(wanted * 1.1),
      Math.floor(pieces.length * shrink)));
    if (fewer.length === pieces.length) break;
    pieces = fewer;
  }
  return new UnigramModel({
    pieces: [...specialTokens.map((token): Piece => [token, 0]), ...finish(pieces, characters, wanted)],
    unknownId: specialTokens.indexOf(unknown),
  });
}

const byScore = ([a, x]: Piece, [b, y]: Piece): number => y - x || (a < b ? -1 : 1);

function seedPieces(list: readonly Piece[], characters: ReadonlySet<string>, options: UnigramTraining): Piece[] {
  const { maxLength = 16, seeds = 1_000_000 } = options;
  const counts = new Map<string, number>();
  for (const [word, count] of list) {
    for (let start = 0; start < word.length; start++) {
      if (isInside(word, start)) continue;
      for (let end = start + 1; end <= Math.min(word.length, start + maxLength); end++) {
        if (isInside(word, end)) continue;
        const piece = word.slice(start, end);
        counts.set(piece, (counts.get(piece) ?? 0) + count);
      }
    }
  }
  const weighed = [...counts].map(([piece, count]): Piece => [piece, count * (characters.has(piece) ? 1
    : piece.length)]);
  const kept = [...weighed.filter(([piece]) => characters.has(piece)),
    ...weighed.filter(([piece]) => !characters.has(piece) && counts.get(piece)! > 1).sort(byScore).slice(0, seeds)];
  const total = Math.log(kept.reduce((sum, [, weight]) => sum + weight, 0));
  return kept.map(([piece, weight]): Piece => [piece, Math.log(weight) - total]);
}
/** True between the halves of a surrogate pair. */
const isInside = (word: string, at: number): boolean => {
  const code = word.charCodeAt(at);
  return code >= 0xdc00 && code <= 0xdfff;
};

const addLogs = (a: number, b: number): number => {
  const most = Math.max(a, b);
  return most === -Infinity ? most : most + Math.log1p(Math.exp(Math.min(a, b) - most));
};
interface Edge {
  readonly id: number;
  readonly start: number;
  readonly end: number;
}
/** Every piece that stands in a word, in order of its start. */
function edgesOf(tree: PieceTree, word: string): Edge[] {
  const edges: Edge[] = [];
  for (let start = 0; start < word.length; start++) tree.visit(word, start, (id, end) => edges.push({ id, start,
    end }));
  return edges;
}
/** Expected counts over all cuts, and the mean log-likelihood of a word. */
function expectation(
  list: readonly Piece[], pieces: readonly Piece[],
): { counts: Float64Array; logLikelihood: number } {
  const tree = new PieceTree(pieces.map(([piece], id) => [piece, id]));
  const counts = new Float64Array(pieces.length);
  let sum = 0, weight = 0;
  for (const [word, count] of list) {
    const edges = edgesOf(tree, word), n = word.length;
    const forward = new Float64Array(n + 1).fill(-Infinity), backward = new Float64Array(n + 1).fill(-Infinity);
    forward[0] = 0;
    backward[n] = 0;
    for (const { id, start, end } of edges) forward[end] = addLogs(forward[end], forward[start] + pieces[id][1]);
    for (let i = edges.length - 1; i >= 0; i--) {
      const { id, start, end } = edges[i];
      backward[start] = addLogs(backward[start], backward[end] + pieces[id][1]);
    }
    for (const { id, start, end } of edges) {
      counts[id] += count * Math.exp(forward[start] + pieces[id][1] + backward[end] - forward[n]);
    }
    sum += count * forward[n];
    weight += count;
  }
  return { counts, logLikelihood: sum / weight };
}
/** Pieces that are hardly used go; characters stay, with at least half a count. */
function maximization(pieces: readonly Piece[], counts: Float64Array, characters: ReadonlySet<string>): Piece[] {
  const used = pieces.flatMap(([piece], i): Piece[] =>
    (counts[i] >= 0.5 || characters.has(piece) ? [[piece, Math.max(counts[i], 0.5)]] : []));
  const total = digamma(used.reduce((sum, [, count]) => sum + count, 0));
  return used.map(([piece, count]): Piece => [piece, digamma(count) - total]);
}
/** psi(x), by recurrence and its asymptotic series (Bernardo 1976). */
export function digamma(x: number): number {
  let shift = 0, at = x;
  for (; at < 7; at++) shift -= 1 / at;
  const s = 1 / (at * at);
  return shift + Math.log(at) - 0.5 / at -
    s * (1 / 12 - s * (1 / 120 - s * (1 / 252 - s * (1 / 240 - s * (1 / 132)))));
}

/** The most likely cut of a word: numbers of pieces; `without` may not be used. */
function bestCut(tree: PieceTree, pieces: readonly Piece[], word: string, without = -1): number[] | null {
  const n = word.length;
  const best = new Float64Array(n + 1).fill(-Infinity), from = new Int32Array(n + 1), ids = new Int32Array(n + 1);
  best[0] = 0;
  for (const { id, start, end } of edgesOf(tree, word)) {
    const score = best[start] + pieces[id][1];
    if (id === without || !(score > best[end])) continue;
    best[end] = score;
    from[end] = start;
    ids[end] = id;
  }
  if (best[n] === -Infinity) return null;
  const path: number[] = [];
  for (let end = n; end > 0; end = from[end]) path.push(ids[end]);
  return path.reverse();
}
/** The `keep` pieces whose absence would cost the most likelihood, with all characters. */
function prune(
  list: readonly Piece[], pieces: readonly Piece[], characters: ReadonlySet<string>, keep: number,
): Piece[] {
  const tree = new PieceTree(pieces.map(([piece], id) => [piece, id]));
  const used = new Float64Array(pieces.length);
  for (const [word, count] of list) for (const id of bestCut(tree, pieces, word)!) used[id] += count;
  const total = used.reduce((a, b) => a + b, 0);
  const scored = pieces.map((piece, id): { piece: Piece; loss: number } => {
    if (characters.has(piece[0])) return { piece, loss: Infinity };
    if (used[id] === 0) return { piece, loss: -Infinity };
    const instead = bestCut(tree, pieces, piece[0], id)!;
    // Were the piece gone, its uses would fall to the pieces of its own best cut.
    const after = Math.log(total + used[id] * (instead.length - 1));
    const alternative = instead.reduce((sum, other) => sum + Math.log(used[other] + used[id]) - after, 0);
    return { piece, loss: (used[id] / total) * (Math.log(used[id]) - Math.log(total) - alternative) };
  });
  return scored.sort((a, b) => (a.loss === b.loss ? byScore(a.piece, b.piece) : b.loss > a.loss ? 1 : -1))
    .slice(0, keep).map(({ piece }) => piece);
}
/** Exactly `wanted` pieces (fewer if there are no more), the likeliest first. */
function finish(pieces: readonly Piece[], characters: ReadonlySet<string>, wanted: number): Piece[] {
  const must = pieces.filter(([piece]) => characters.has(piece));
  const rest = pieces.filter(([piece]) => !characters.has(piece)).sort(byScore).slice(0, wanted - must.length);
  return [...must, ...rest].sort(byScore);
}
