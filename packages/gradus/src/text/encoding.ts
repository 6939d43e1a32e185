import { UsageError } from "../vocab/errors.ts";

/** A text as numbers. All lists have one entry for each token. */
export interface Encoding {
  readonly ids: number[];
  readonly tokens: string[];
  /** UTF-16 units of the text that a token stands for: text.slice(start, end). [0, 0] for tokens that are not of it. */
  readonly offsets: [start: number, end: number][];
  /** 0 for the first text, 1 for the second (or as the template says). */
  readonly typeIds: number[];
  /** Which of the texts a token is of; null for special tokens and padding. */
  readonly sequences: (number | null)[];
  /** The number of the word within its text; null as above. */
  readonly words: (number | null)[];
  /** 1 for tokens that a template or padding added. */
  readonly special: number[];
  /** 0 for padding, else 1. */
  readonly attention: number[];
}

export const emptyEncoding = (): Encoding =>
  ({ ids: [], tokens: [], offsets: [], typeIds: [], sequences: [], words: [], special: [], attention: [] });

/** One encoding after another. */
export function joinEncodings(...parts: readonly Encoding[]): Encoding {
  const gather = <Value>(of: (part: Encoding) => readonly Value[]): Value[] => parts.flatMap(of);
  return {
    ids: gather((x) => x.ids), tokens: gather((x) => x.tokens), offsets: gather((x) => x.offsets),
    typeIds: gather((x) => x.typeIds), sequences: gather((x) => x.sequences), words: gather((x) => x.words),
    special: gather((x) => x.special), attention: gather((x) => x.attention),
  };
}
/** The tokens start .. end - 1. */
export function sliceEncoding(x: Encoding, start: number, end: number): Encoding {
  return {
    ids: x.ids.slice(start, end), tokens: x.tokens.slice(start, end), offsets: x.offsets.slice(start, end),
    typeIds: x.typeIds.slice(start, end), sequences: x.sequences.slice(start, end), words: x.words.slice(start, end),
    special: x.special.slice(start, end), attention: x.attention.slice(start, end),
  };
}
/** A token that is not of the text. */
export const addedToken = (id: number, token: string, typeId: number): Encoding =>
  ({ ids: [id], tokens: [token], offsets: [[0, 0]], typeIds: [typeId], sequences: [null], words: [null], special: [1],
    attention: [1] });

export interface Truncation {
  readonly maxLength: number;
  /** Where tokens are dropped (default "right"). */
  readonly direction?: "left" | "right";
  /** Which of two texts gets shorter (default: token by token the longer one). */
  readonly strategy?: "longest_first" | "only_first" | "only_second";
  /** Tokens that neighbouring windows share (`encodeWindows`). */
  readonly stride?: number;
}
/** One or two texts cut so that, with `added` special tokens, they fit. */
export function truncate(parts: readonly Encoding[], added: number, options: Truncation): Encoding[] {
  const { maxLength, direction = "right", strategy = "longest_first" } = options;
  const room = maxLength - added;
  if (room < 0) throw new UsageError(`truncation to ${maxLength} tokens leaves no room for ${added} special tokens`);
  const lengths = parts.map(({ ids }) => ids.length);
  const excess = lengths.reduce((a, b) => a + b, 0) - room;
  if (excess <= 0) return [...parts];
  if (strategy === "longest_first") {
    if (lengths.length === 1) lengths[0] = room;
    else {
      // The longer one gives way until both are equal; it keeps the greater half.
      const short = Math.min(...lengths), less = Math.min(short, Math.floor(room / 2));
      [lengths[0], lengths[1]] = lengths[0] > lengths[1] ? [room - less, less] : [less, room - less];
    }
  } else {
    const which = strategy === "only_first" ? 0 : 1;
    if (lengths.length <= which || lengths[which] <= excess) {
      throw new UsageError(`truncation to ${maxLength} tokens: the ${which === 0 ? "first" : "second"} text is too ` +
        `short to drop ${excess} tokens of it alone`);
    }
    lengths[which] -= excess;
  }
  return parts.map((part, i) => (direction === "right" ? sliceEncoding(part, 0, lengths[i])
    : sliceEncoding(part, part.ids.length - lengths[i], part.ids.length)));
}

export interface Padding {
  /** A number of tokens, or the longest of a batch (default). */
  readonly length?: number | "longest";
  readonly direction?: "left" | "right";
  readonly id?: number;
  readonly token?: string;
  readonly typeId?: number;
  readonly multipleOf?: number;
}
/** Encodings of equal length. */
export function padEncodings(list: readonly Encoding[], options: Padding): Encoding[] {
  const { length = "longest", direction = "right", id = 0, token = "[PAD]", typeId = 0, multipleOf = 1 } = options;
  const longest = list.reduce((most, { ids }) => Math.max(most, ids.length), 0);
  const wanted = Math.ceil((length === "longest" ? longest : length) / multipleOf) * multipleOf;
  const one = { ...addedToken(id, token, typeId), attention: [0] };
  return list.map((encoding) => {
    const filler = Array.from({ length: Math.max(0, wanted - encoding.ids.length) }, () => one);
    return direction === "right" ? joinEncodings(encoding, ...filler) : joinEncodings(...filler, encoding);
  });
}
