import { DataError } from "../vocab/errors.ts";
import type { Aligned } from "./aligned.ts";
import { toByteCharacters } from "./bytes.ts";
import { compilePattern, type Pattern } from "./pattern.ts";

/** What becomes of what a pattern finds. */
export type SplitBehavior = "Removed" | "Isolated" | "MergedWithPrevious" | "MergedWithNext" | "Contiguous";
/** How a text is cut into words, as `tokenizer.json` writes it. */
export type PreTokenizer =
  | { readonly type: "Sequence"; readonly pretokenizers: readonly PreTokenizer[] }
  | {
    readonly type: "ByteLevel"; readonly add_prefix_space: boolean; readonly trim_offsets: boolean;
    readonly use_regex: boolean;
  }
  | { readonly type: "BertPreTokenizer" | "Whitespace" | "WhitespaceSplit" }
  | {
    readonly type: "Metaspace"; readonly replacement: string;
    readonly prepend_scheme: "always" | "first" | "never"; readonly split: boolean;
  }
  | { readonly type: "Split"; readonly pattern: Pattern; readonly behavior: SplitBehavior; readonly invert: boolean }
  | { readonly type: "Punctuation"; readonly behavior: SplitBehavior }
  | { readonly type: "Digits"; readonly individual_digits: boolean };

/**
 * GPT-2's words: endings such as 's, letters, numbers, other signs, each with a space before it, and spaces.
 * \s is Unicode's, which JavaScript's \s is not quite.
 */
const GPT2 = new RegExp("'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\p{White_Space}\\p{L}\\p{N}]+|" +
  "\\p{White_Space}+(?!\\P{White_Space})|\\p{White_Space}+", "gu");
const LETTERS = "\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}\\p{Join_Control}";
const WORDS = new RegExp(`[${LETTERS}]+|[^${LETTERS}\\p{White_Space}]+`, "gu");
const SPACE = /\p{White_Space}/gu;
export const PUNCTUATION = /[\p{P}!-/:-@[-`{-~]/gu;

type Cut = (piece: Aligned) => Aligned[];

/** A function from a piece of text to its words. */
export function compilePreTokenizer(config: PreTokenizer): Cut {
  switch (config.type) {
    case "Sequence": {
      const steps = config.pretokenizers.map(compilePreTokenizer);
      return (piece) => steps.reduce<Aligned[]>((pieces, step) => pieces.flatMap(step), [piece]);
    }
    case "ByteLevel": return (piece) => {
      const x = config.add_prefix_space && !piece.text.startsWith(" ") ? piece.prepend(" ") : piece;
      const words = config.use_regex ? splitBy(x, GPT2, "Isolated") : [x];
      return words.map((word) => word.replace(/[^!-~]/gu, toByteCharacters));
    };
    case "BertPreTokenizer":
      return (piece) => splitBy(piece, SPACE, "Removed").flatMap((word) => splitBy(word, PUNCTUATION, "Isolated"));
    case "Whitespace": return (piece) => splitBy(piece, WORDS, "Removed", true);
    case "WhitespaceSplit": return (piece) => splitBy(piece, SPACE, "Removed");
    case "Metaspace": return (piece) => {
      const { replacement, prepend_scheme: scheme } = config;
      let x = piece.replace(/ /g, () => replacement);
      const wanted = scheme === "always" || (scheme === "first" && piece.range(0, 0)[0] === 0);
      if (wanted && !x.text.startsWith(replacement)) x = x.prepend(replacement);
      return config.split ? splitBy(x, compilePattern({ String: replacement }), "MergedWithNext") : [x];
    };
    case "Split": {
      const pattern = compilePattern(config.pattern, "pre-tokenizer");
      return (piece) => splitBy(piece, pattern, config.behavior, config.invert);
    }
    case "Punctuation": return (piece) => splitBy(piece, PUNCTUATION, config.behavior);
    case "Digits": return (piece) =>
      splitBy(piece, /[\p{Nd}\p{Nl}\p{No}]/gu, config.individual_digits ? "Isolated" : "Contiguous");
    default: throw new DataError(`there is no pre-tokenizer ${JSON.stringify((config as { type: unknown }).type)}`);
  }
}

interface Part {
  start: number;
  end: number;
  readonly match: boolean;
}
/** A text cut at the matches of a global pattern (inverted: at what lies between them); empty pieces are left out. */
export function splitBy(x: Aligned, pattern: RegExp, behavior: SplitBehavior, invert = false): Aligned[] {
  const parts: Part[] = [];
  let done = 0;
  const between = (end: number): void => {
    if (end > done) parts.push({ start: done, end, match: invert });
  };
  for (const { 0: match, index } of x.text.matchAll(pattern)) {
    if (match === "") continue;
    between(index);
    done = index + match.length;
    parts.push({ start: index, end: done, match: !invert });
  }
  between(x.text.length);
  return joined(parts, behavior).map(({ start, end }) => x.slice(start, end));
}
function joined(parts: readonly Part[], behavior: SplitBehavior): readonly Part[] {
  if (behavior === "Isolated") return parts;
  if (behavior === "Removed") return parts.filter(({ match }) => !match);
  const out: Part[] = [];
  parts.forEach((part, i) => {
    const last = out[out.length - 1] as Part | undefined, before = parts[i - 1] as Part | undefined;
    const joins = before !== undefined && (behavior === "Contiguous" ? before.match === part.match
      : behavior === "MergedWithPrevious" ? part.match && !before.match : before.match && !part.match);
    if (joins) last!.end = part.end;
    else out.push({ ...part });
  });
  return out;
}
