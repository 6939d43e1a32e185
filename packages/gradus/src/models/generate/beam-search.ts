import { UsageError } from "../../vocab/errors.ts";
import { decoderOf, type Decoder } from "../decoder.ts";
import type { LanguageModel } from "../language-model.ts";
import { checkControls, controlScores, likeliestFirst, logSoftmax, type Controls } from "./controls.ts";
import { checkLimits, type Limits } from "./generate.ts";
import { SequenceReader } from "./reader.ts";

export interface BeamSearchOptions extends Limits,
  Pick<Controls, "repetitionPenalty" | "frequencyPenalty" | "presencePenalty" | "noRepeatNgram"> {
  /** How many hypotheses go on side by side. Default 4. */
  readonly beams?: number;
  /** How many sequences to return, at most `beams`. Default 1. */
  readonly sequences?: number;
  /** A finished sequence of n tokens scores (sum of log-probabilities) / n ** lengthPenalty. Default 1: their mean. */
  readonly lengthPenalty?: number;
  /**
   * When to stop, once `beams` sequences are finished: `true` at once; `false` when the best that goes on, scored at
   * its present length, is no better than the worst finished one; `"never"` when no longer one can become better.
   * Default false.
   */
  readonly earlyStopping?: boolean | "never";
}
/** A hypothesis that was looked at: the tokens on the way from the root to it. */
export interface BeamNode {
  /** Its place in the tree's list. */
  readonly id: number;
  /** The hypothesis it continues; null for the root, which stands for the prompt. */
  readonly parent: number | null;
  /** Its last token; -1 for the root. */
  readonly token: number;
  /** How many tokens it adds to the prompt. */
  readonly depth: number;
  /** Log-probability of its last token, after penalties. */
  readonly logProbability: number;
  /** Sum of the log-probabilities of all its tokens. */
  readonly total: number;
  /** Whether it went on, ended with a stop token or at the greatest length, or was given up. */
  readonly fate: "kept" | "finished" | "dropped";
}
export interface BeamSequence {
  /** The tokens after the prompt. */
  readonly tokens: readonly number[];
  /** total / length ** lengthPenalty. */
  readonly score: number;
  /** Sum of log-probabilities. */
  readonly total: number;
  /** Its place in the tree. */
  readonly node: number;
}
export interface BeamSearchResult {
  /** The best first. */
  readonly sequences: readonly BeamSequence[];
  /** Every hypothesis that was among the best of its step, in the order in which they were found. */
  readonly tree: readonly BeamNode[];
}
interface Candidate {
  /** Which of the running beams it continues. */
  readonly beam: number;
  readonly token: number;
  readonly logProbability: number;
  readonly total: number;
}

/**
 * Looks for the likeliest continuation: in every step the `beams` likeliest hypotheses, all continuations of all
 * beams considered, go on as one batch.
 *
 * Candidates of a step are the best `beams` x (1 + stop tokens), at least twice the beams: so many that enough go on
 * even if all others end. Those that end among the first `beams` are finished. Results are those of Hugging Face's
 * transformers with the same settings. Source: Graves, "Sequence transduction with recurrent neural networks", 2012;
 * the length penalty is a simpler form of that of Wu et al., arXiv 1609.08144, 2016, section 7.
 */
export async function beamSearch(
  model: LanguageModel | Decoder, prompt: readonly number[], options: BeamSearchOptions,
): Promise<BeamSearchResult> {
  checkLimits(prompt, options, model.vocabulary);
  checkOptions(options);
  const { length, stopTokens = [], beams = 4, sequences = 1, lengthPenalty = 1, earlyStopping = false } = options;
  const width = beams * Math.max(2, 1 + stopTokens.length);
  const root: BeamNode = { id: 0, parent: null, token: -1, depth: 0, logProbability: 0, total: 0, fate: "kept" };
  const tree = [root];
  let running: readonly BeamNode[] = [root], finished: readonly BeamSequence[] = [];
  const reader = new SequenceReader(decoderOf(model));
  try {
    let { scores } = await reader.readAll(prompt);
    for (let depth = 1; depth <= length; depth++) {
      const texts = running.map((node) => [...prompt, ...tokensOf(tree, node)]);
      const candidates = running.flatMap((node, beam) =>
        continuations(controlScores(logSoftmax(scores[beam]), texts[beam], options, prompt.length), width)
          .map((found): Candidate => ({ ...found, beam, total: node.total + found.logProbability })))
        .sort((a, b) => b.total - a.total).slice(0, width);
      const going: { readonly node: BeamNode; readonly beam: number }[] = [], ended: BeamSequence[] = [];
      for (const [rank, { beam, token, logProbability, total }] of candidates.entries()) {
        const ends = depth === length || stopTokens.includes(token);
        const lives = ends ? rank < beams : going.length < beams;
        const fate = !lives ? "dropped" : ends ? "finished" : "kept";
        const node = { id: tree.length, parent: running[beam].id, token, depth, logProbability, total, fate } as const;
        tree.push(node);
        if (fate === "kept") going.push({ node, beam });
        if (fate !== "finished") continue;
        const tokens = [...texts[beam].slice(prompt.length), token];
        ended.push({ tokens, score: total / depth ** lengthPenalty, total, node: node.id });
      }
      finished = [...finished, ...ended].sort((a, b) => b.score - a.score).slice(0, beams);
      if (going.length === 0) break;
      if (finished.length === beams) {
        const reach = earlyStopping === "never" && lengthPenalty > 0 ? length : depth;
        const best = going[0].node.total / reach ** lengthPenalty;
        if (earlyStopping === true || best <= finished[beams - 1].score) break;
      }
      running = going.map(({ node }) => node);
      ({ scores } = await reader.read(running.map(({ token }) => token), going.map(({ beam }) => beam)));
    }
    return { sequences: finished.slice(0, sequences), tree };
  } finally {
    reader.close();
  }
}

function checkOptions(options: BeamSearchOptions): void {
  const { beams = 4, sequences = 1, lengthPenalty = 1 } = options;
  checkControls(options);
  if (!(Number.isInteger(beams) && beams >= 1)) {
    throw new UsageError(`beamSearch: beams is ${beams}; it must be a whole number, 1 or more`);
  }
  if (!(Number.isInteger(sequences) && sequences >= 1 && sequences <= beams)) {
    throw new UsageError(`beamSearch: sequences is ${sequences}; with ${beams} beams it must be 1 to ${beams}`);
  }
  if (!Number.isFinite(lengthPenalty)) {
    throw new UsageError(`beamSearch: lengthPenalty is ${lengthPenalty}; it must be a finite number`);
  }
}
/** The `count` likeliest tokens that may come. */
const continuations = (logs: Float64Array, count: number): { token: number; logProbability: number }[] =>
  likeliestFirst(logs).slice(0, count).filter((token) => logs[token] > -Infinity)
    .map((token) => ({ token, logProbability: logs[token] }));

/** The tokens on the way from the root of a tree to one of its hypotheses. */
export function tokensOf(tree: readonly BeamNode[], node: BeamNode): number[] {
  const tokens: number[] = [];
  for (let at = node; at.parent !== null; at = tree[at.parent]) tokens.push(at.token);
  return tokens.reverse();
}
