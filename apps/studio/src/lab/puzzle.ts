/** The lines of a lab's reference, to be put into order: its longest function, shuffled the same way every time. */

export interface Puzzle {
  /** The lines in their right order, as they are written. */
  readonly lines: readonly string[];
  /** A first order: places in `lines`. */
  readonly shuffled: readonly number[];
}

/** Declarations at the top of a file, from their first to their last line. */
function declarations(source: string): string[][] {
  const found: string[][] = [];
  for (const line of source.split("\n")) {
    if (/^(export |async |function |const |let |class )/.test(line)) found.push([line]);
    else found.at(-1)?.push(line);
  }
  return found;
}

export function puzzleOf(reference: string): Puzzle {
  const tidy = declarations(reference).map((lines) => {
    const end = lines.findLastIndex((line) => /^[}\])]/.test(line));
    return (end < 0 ? lines : lines.slice(0, end + 1)).filter(
      (line) => line.trim() !== "" && !/^\s*(\/\/|\/\*|\*)/.test(line),
    );
  });
  const lines = tidy.reduce((longest, one) => (one.length > longest.length ? one : longest), [] as string[]);
  // A multiplicative shuffle: no randomness, and never the right order.
  const shuffled = lines.map((_, i) => i).sort((a, b) => mixed(a) - mixed(b));
  return { lines, shuffled: isInOrder(lines, shuffled) ? [...shuffled].reverse() : shuffled };
}
const mixed = (i: number): number => Math.imul(i + 1, 0x9e3779b1) >>> 0;

/** Whether the lines read as they should; equal lines may stand for each other. */
export const isInOrder = (lines: readonly string[], order: readonly number[]): boolean =>
  order.every((place, i) => lines[place].trim() === lines[i].trim());
/** How many lines from the top are right. */
export function rightFromTop(lines: readonly string[], order: readonly number[]): number {
  const wrong = order.findIndex((place, i) => lines[place].trim() !== lines[i].trim());
  return wrong < 0 ? lines.length : wrong;
}
/** The order with one line moved to another place. */
export function moved(order: readonly number[], from: number, to: number): number[] {
  const rest = order.filter((_, i) => i !== from);
  rest.splice(Math.min(rest.length, Math.max(0, to)), 0, order[from]);
  return rest;
}
