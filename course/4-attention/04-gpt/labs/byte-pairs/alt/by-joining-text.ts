export type Pair = [left: string, right: string];
const pairs = (words: string[][]): Pair[] => words.flatMap((word) =>
  word.slice(1).map((right, i): Pair => [word[i], right]));
const times = (all: Pair[], pair: Pair): number => all.filter(([a, b]) => a === pair[0] && b === pair[1]).length;

export function mostFrequent(words: string[][]): Pair | null {
  const all = pairs(words);
  return all.length === 0 ? null : all.reduce((best, pair) => (times(all, pair) > times(all, best) ? pair : best));
}
export function merge(word: string[], [left, right]: Pair): string[] {
  const at = word.findIndex((token, i) => token === left && word[i + 1] === right);
  return at < 0 ? [...word] : [...word.slice(0, at), left + right, ...merge(word.slice(at + 2), [left, right])];
}
export function learn(words: string[][], merges: number): Pair[] {
  const pair = merges > 0 ? mostFrequent(words) : null;
  if (pair === null || times(pairs(words), pair) < 2) return [];
  return [pair, ...learn(words.map((word) => merge(word, pair)), merges - 1)];
}
export function encode(word: string, merges: Pair[]): string[] {
  let tokens = Array.from(word);
  for (const pair of merges) tokens = merge(tokens, pair);
  return tokens;
}
