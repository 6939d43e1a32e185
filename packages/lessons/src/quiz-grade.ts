/** Grades answers to quiz items. Pure: no page, no clock, no chance. */
import type { ChoiceItem, NumericItem, OrderItem, QuizItem, ShapeItem, ShortItem, TraceItem } from "./quiz.ts";

/**
 * A quiz item as a page holds it: what `code` gives is already computed by the build. `key` is a number (numeric),
 * the printed text (trace) or the sizes of a shape (shape).
 */
export type KeyedItem = ChoiceItem | ShortItem | OrderItem
  | (NumericItem & { readonly key: number })
  | (TraceItem & { readonly key: string })
  | (ShapeItem & { readonly key: readonly number[] });

/** What a reader gave: numbers of chosen options or of steps in the order given, or the text typed. */
export type Answer = readonly number[] | string;

/** The verdict on one answer. `text` says what was understood, where a typed answer could be misread. */
export interface Grade {
  readonly right: boolean;
  /** False where the answer cannot be read as one: nothing is held against the reader. */
  readonly readable: boolean;
  /** What is missing or misread, as a sentence; empty where there is nothing to say. */
  readonly text: string;
}
const RIGHT: Grade = { right: true, readable: true, text: "" };
const wrong = (text = ""): Grade => ({ right: false, readable: true, text });
const unreadable = (text: string): Grade => ({ right: false, readable: false, text });

/** Grades an answer; an unreadable one (empty, no number) is neither right nor a miss. */
export function grade(item: KeyedItem, answer: Answer): Grade {
  switch (item.kind) {
    case "choice": return gradeChoice(item, numbers(answer));
    case "multi": return gradeMulti(item, numbers(answer));
    case "order": return gradeOrder(item, numbers(answer));
    case "short": return gradeShort(item.answers, words(answer));
    case "numeric": return gradeNumeric(item, words(answer));
    case "trace": return gradeTrace(item.key, words(answer));
    case "shape": return gradeShape(item.key, words(answer));
  }
}
const numbers = (answer: Answer): readonly number[] => (typeof answer === "string" ? [] : answer);
const words = (answer: Answer): string => (typeof answer === "string" ? answer : "");

function gradeChoice({ options }: ChoiceItem, chosen: readonly number[]): Grade {
  if (chosen.length !== 1 || options[chosen[0]] === undefined) return unreadable("Choose one answer.");
  return options[chosen[0]].right === true ? RIGHT : wrong();
}
function gradeMulti({ options }: ChoiceItem, chosen: readonly number[]): Grade {
  if (chosen.length === 0) return unreadable("Choose at least one answer.");
  const missed = options.filter(({ right }, i) => right === true && !chosen.includes(i)).length;
  const extra = chosen.filter((i) => options[i]?.right !== true).length;
  if (missed === 0 && extra === 0) return RIGHT;
  const parts = [missed > 0 ? `${missed} not chosen that belong` : "", extra > 0 ? `${extra} chosen that do not` : ""];
  return wrong(`${parts.filter((part) => part !== "").join(", ")}.`);
}
function gradeOrder({ steps }: OrderItem, order: readonly number[]): Grade {
  if (order.length !== steps.length || new Set(order).size !== steps.length) return unreadable("Place every step.");
  const misplaced = order.filter((step, place) => steps[step] !== steps[place]).length;
  return misplaced === 0 ? RIGHT : wrong(`${misplaced} of ${steps.length} steps stand elsewhere.`);
}

/** Letters and digits as they are compared: composed, small, single spaces, straight quotes, a plain minus. */
const plain = (text: string): string => text.normalize("NFKC").trim().toLowerCase()
  .replace(/[\u2018\u2019]/g, "'").replace(/[\u201c\u201d]/g, '"').replace(/[\u2212\u2010-\u2013]/g, "-")
  .replace(/\s+/g, " ").replace(/[.!?]$/, "");

function gradeShort(answers: readonly string[], given: string): Grade {
  if (given.trim() === "") return unreadable("Type an answer.");
  return answers.some((answer) => plain(answer) === plain(given)) ? RIGHT : wrong();
}

/**
 * A number as readers write it: 1,234.5, -3e-2, 1/3, 50 %, with a true minus or a decimal comma; a unit behind it is
 * ignored where it is the item's. NaN for anything else.
 */
export function readNumber(text: string, unit = ""): number {
  let given = plain(text).replace(/ /g, "").replace(/^\+/, "");
  const suffix = plain(unit).replace(/ /g, "");
  if (suffix !== "" && given.endsWith(suffix)) given = given.slice(0, -suffix.length);
  if (given.endsWith("%") && suffix !== "%") return readNumber(given.slice(0, -1)) / 100;
  const fraction = /^(-?\d+(?:\.\d+)?)\/(\d+(?:\.\d+)?)$/.exec(given);
  if (fraction !== null) return Number(fraction[1]) / Number(fraction[2]);
  if (/^-?\d{1,3}(,\d{3})+(\.\d+)?$/.test(given)) given = given.replaceAll(",", "");
  else if (/^-?\d+,\d+$/.test(given)) given = given.replace(",", ".");
  if (/^-?(inf|infinity|\u221e)$/.test(given)) return given.startsWith("-") ? -Infinity : Infinity;
  return /^-?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/.test(given) ? Number(given) : NaN;
}
function gradeNumeric({ key, tolerance, unit }: NumericItem & { readonly key: number }, given: string): Grade {
  if (given.trim() === "") return unreadable("Type a number.");
  const value = readNumber(given, unit);
  if (Number.isNaN(value)) return unreadable(`"${given.trim()}" is not a number; write it like 0.25, 1/4 or 3e-2.`);
  if (value === key) return RIGHT;
  // Decimals of the tolerance itself must not decide at its edge.
  return Math.abs(value - key) <= tolerance * (1 + 1e-9) ? RIGHT : wrong();
}

/** What is printed, without trailing spaces of lines, outer blank lines and the choice of quotes. */
const printed = (text: string): string => text.replaceAll("\r", "").replaceAll("\u2212", "-").replaceAll('"', "'")
  .split("\n").map((line) => line.trimEnd()).join("\n").trim();
function gradeTrace(key: string, given: string): Grade {
  if (given.trim() === "") return unreadable("Type what is printed.");
  // Spaces beside brackets are a matter of style; between words they are not.
  const dense = (text: string): string[] => printed(text).replace(/[ \t]*([[\](){},:])[ \t]*/g, "$1").split("\n");
  const want = dense(key), have = dense(given);
  const line = want.findIndex((text, i) => text !== have[i]);
  if (line < 0 && want.length === have.length) return RIGHT;
  return want.length > 1 ? wrong(`Line ${(line < 0 ? want.length : line) + 1} is the first that differs.`) : wrong();
}

/** A shape as readers write it: [2, 3], (2,3), 2 x 3, 2×3; [] or () for a single number. Null for anything else. */
export function readShape(text: string): readonly number[] | null {
  const given = plain(text).replace(/^[[(]|[\])]$/g, "").trim().replace(/,$/, "");
  if (given === "") return [];
  const sizes = given.split(/\s*(?:,|x|\u00d7|\*|\s)\s*/);
  return sizes.every((size) => /^\d+$/.test(size)) ? sizes.map(Number) : null;
}
function gradeShape(key: readonly number[], given: string): Grade {
  if (given.trim() === "") return unreadable("Type a shape.");
  const shape = readShape(given);
  if (shape === null) return unreadable(`"${given.trim()}" is not a shape; write it like [2, 3].`);
  if (shape.length !== key.length) return wrong(`You gave ${axes(shape.length)}; there are ${key.length}.`);
  const axis = key.findIndex((size, i) => size !== shape[i]);
  return axis < 0 ? RIGHT : wrong(`Axis ${axis} differs.`);
}
const axes = (count: number): string => `${count} ${count === 1 ? "axis" : "axes"}`;

/** The right answer as a text, for cards and for showing after the first attempt. */
export function rightAnswer(item: KeyedItem): string {
  switch (item.kind) {
    case "choice": case "multi":
      return item.options.filter(({ right }) => right === true).map(({ text }) => text).join("; ");
    case "short": return item.answers[0];
    case "numeric": return `${shownNumber(item.key, item.tolerance)}${item.unit === undefined ? "" : ` ${item.unit}`}`;
    case "trace": return item.key;
    case "shape": return `[${item.key.join(", ")}]`;
    case "order": return item.steps.map((step, i) => `${i + 1}. ${step}`).join("\n");
  }
}
/** A key with as many decimals as its tolerance can tell apart. */
function shownNumber(value: number, tolerance: number): string {
  if (!Number.isFinite(value)) return value > 0 ? "\u221e" : "\u2212\u221e";
  const decimals = tolerance > 0 ? Math.min(12, Math.max(0, Math.ceil(-Math.log10(tolerance)))) : 12;
  return String(Number(value.toFixed(decimals))).replace("-", "\u2212");
}

/** The steps of an order item in the order they are first shown: the same on every visit, never the right one. */
export function shuffledSteps({ id, steps }: OrderItem): readonly number[] {
  let state = 0x811c9dc5;
  const next = (): number => {
    state = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9 | 0;
    return (state >>> 0) / 2 ** 32;
  };
  for (const character of id) state = Math.imul(state ^ character.codePointAt(0)!, 0x01000193);
  const order = steps.map((_, i) => i);
  for (let i = order.length - 1; i > 0; i--) {
    const j = Math.floor(next() * (i + 1));
    [order[i], order[j]] = [order[j], order[i]];
  }
  return order.every((step, i) => steps[step] === steps[i]) ? [...order.slice(1), order[0]] : order;
}

/** Finds what is wrong with a value that should be quiz items of a page; null when nothing is. */
export function faultOf(item: QuizItem | KeyedItem): string | null {
  switch (item.kind) {
    case "choice": case "multi": {
      const right = item.options.filter((option) => option.right === true).length;
      if (item.options.length < 2) return `${item.id}: a choice needs at least two options`;
      if (item.kind === "choice" && right !== 1) return `${item.id}: ${right} options are right; a choice has one`;
      return right === 0 ? `${item.id}: no option is right` : null;
    }
    case "short": return item.answers.length === 0 ? `${item.id}: there is no answer` : null;
    case "order": return item.steps.length < 2 ? `${item.id}: an order needs at least two steps` : null;
    case "numeric": case "trace": case "shape":
      return "key" in item ? null : `${item.id}: its key has not been computed`;
  }
}
