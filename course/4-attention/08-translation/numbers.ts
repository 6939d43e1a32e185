/** Numbers from 0 to 999 in English and German words: “two hundred and forty seven”,
  “zwei hundert sieben und vierzig”. */
import { tensor, type Tensor } from "gradus";

const EN = ("zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen " +
  "seventeen eighteen nineteen").split(" ");
const EN_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split(" ");
const DE = ("null ein zwei drei vier fünf sechs sieben acht neun zehn elf zwölf dreizehn vierzehn fünfzehn sechzehn " +
  "siebzehn achtzehn neunzehn").split(" ");
const DE_TENS = "zwanzig dreißig vierzig fünfzig sechzig siebzig achtzig neunzig".split(" ");

function english(n: number): string[] {
  if (n >= 100) return [EN[Math.floor(n / 100)], "hundred", ...(n % 100 === 0 ? [] : ["and", ...english(n % 100)])];
  return n < 20 ? [EN[n]] : [EN_TENS[Math.floor(n / 10) - 2], ...(n % 10 === 0 ? [] : [EN[n % 10]])];
}
function german(n: number): string[] {
  if (n >= 100) return [DE[Math.floor(n / 100)], "hundert", ...(n % 100 === 0 ? [] : german(n % 100))];
  if (n < 20) return [n === 1 ? "eins" : DE[n]];
  const tens = DE_TENS[Math.floor(n / 10) - 2];
  return n % 10 === 0 ? [tens] : [DE[n % 10], "und", tens];
}
const PAD = 0;
export const START = 1, STOP = 2;
export const SOURCE_WORDS: readonly string[] = ["", "hundred", "and", ...EN, ...EN_TENS];
export const TARGET_WORDS: readonly string[] = ["", "⊢", "⊣", "eins", "hundert", "und", ...DE, ...DE_TENS];
/** The longest source, and the longest target with its stop. */
export const SOURCE = 5, TARGET = 6;

export const sourceOf = (n: number): number[] => english(n).map((word) => SOURCE_WORDS.indexOf(word));
/** What should be written, stop included. */
export const targetOf = (n: number): number[] => [...german(n).map((word) => TARGET_WORDS.indexOf(word)), STOP];

/** Every number: a hundred of them are held back, spread over all sizes. */
export const HELD = Array.from({ length: 100 }, (_, i) => (37 * i + 11) % 1000);
export const KNOWN = Array.from({ length: 1000 }, (_, n) => n).filter((n) => !HELD.includes(n));

export interface Batch { readonly source: Tensor; readonly input: Tensor; readonly wanted: Tensor }
/** Numbers as a batch: sources [B, 5], what the decoder reads and what it should say, [B, 6] each. */
export function batchOf(numbers: readonly number[]): Batch {
  const table = (rows: readonly (readonly number[])[], length: number): Tensor => tensor(Int32Array.from(rows.flatMap(
    (row) => [...row, ...Array.from({ length: length - row.length }, () => PAD)])), { shape: [rows.length, length] });
  const targets = numbers.map(targetOf);
  return { source: table(numbers.map(sourceOf), SOURCE), wanted: table(targets, TARGET),
    input: table(targets.map((row) => [START, ...row.slice(0, -1)]), TARGET) };
}
