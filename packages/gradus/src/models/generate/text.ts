/** Text of tokens. */
export type Decode = (tokens: readonly number[]) => string;

export interface StreamTextOptions {
  /** Texts that end the writing where they first occur; they are left out. */
  readonly stop?: readonly string[];
  /** The tokens before the text: a tokenizer may write the first token differently at the start of a line. */
  readonly prompt?: readonly number[];
}

/** A text up to the first place where one of `stop` begins; all of it where none does. */
export function textUntil(text: string, stop: readonly string[]): string {
  const ends = stop.filter((end) => end !== "").map((end) => text.indexOf(end)).filter((at) => at >= 0);
  return text.slice(0, Math.min(text.length, ...ends));
}

/**
 * The text of tokens as they are written, in pieces that can be shown at once: characters of several tokens come when
 * they are whole, and what may be the beginning of a stop text waits until that is known.
 */
export async function* streamText(
  steps: AsyncIterable<{ readonly token: number }>, decode: Decode, options: StreamTextOptions = {},
): AsyncGenerator<string, void, undefined> {
  const stop = options.stop?.filter((end) => end !== "") ?? [];
  // Only the tokens since the last whole character are decoded again, behind the ones before them.
  let before = options.prompt?.slice(-1) ?? [], open: number[] = [], waiting = "";
  for await (const { token } of steps) {
    open.push(token);
    const text = decode([...before, ...open]);
    if (text.endsWith("\ufffd")) continue;
    waiting += text.slice(decode(before).length);
    [before, open] = [open, []];
    const whole = textUntil(waiting, stop);
    if (whole.length < waiting.length) {
      if (whole !== "") yield whole;
      return;
    }
    const kept = mayBegin(waiting, stop);
    if (kept < waiting.length) yield waiting.slice(0, waiting.length - kept);
    waiting = waiting.slice(waiting.length - kept);
  }
  waiting += decode([...before, ...open]).slice(decode(before).length);
  if (waiting !== "") yield waiting;
}

/** How many characters at the end of a text may be the beginning of a stop text. */
function mayBegin(text: string, stop: readonly string[]): number {
  const longest = Math.max(0, ...stop.map((end) => end.length - 1));
  for (let length = Math.min(longest, text.length); length > 0; length--) {
    if (stop.some((end) => end.startsWith(text.slice(-length)))) return length;
  }
  return 0;
}
