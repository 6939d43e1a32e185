import { DataError } from "../../vocab/errors.ts";
import { parseStrictJson, type JsonValue } from "../../interop/json.ts";
import { JsonField } from "./fields.ts";

/** The lines of a text, without line ends; a last line end opens no further line. */
export function parseLines(text: string): string[] {
  const lines = text.replace(/^\ufeff/, "").split(/\r\n|\n|\r/);
  if (lines[lines.length - 1] === "") lines.pop();
  return lines;
}

/** One JSON value a line; empty lines are left out. Throws a DataError that names the line. */
export function parseJsonLines(text: string, name = "JSON lines"): JsonValue[] {
  return parseLines(text).flatMap((line, i) =>
    (line.trim() === "" ? [] : [parseStrictJson(line, `${name}, line ${i + 1}`)]));
}

/** Two texts whose lines belong together, such as a sentence and its translation. */
export function parseParallel(
  source: string, target: string, name = "parallel text",
): { readonly source: string; readonly target: string }[] {
  const a = parseLines(source), b = parseLines(target);
  if (a.length !== b.length) {
    throw new DataError(`${name}: ${a.length} lines on one side and ${b.length} on the other; they do not belong ` +
      "together, or one is cut off");
  }
  return a.map((line, i) => ({ source: line, target: b[i] }));
}

/** A sentence of a column file: for each token, its columns. */
export type ColumnSentence = readonly (readonly string[])[];
/**
 * Reads CoNLL columns: a token a line, columns apart by tabs or spaces, an empty line after each sentence. Lines that
 * start with "-DOCSTART-" are left out. Throws a DataError that names a line with another number of columns.
 */
export function parseConll(
  text: string, options: { readonly name?: string; readonly separator?: RegExp } = {},
): ColumnSentence[] {
  const { name = "CoNLL file", separator = /\t|[ ]+/ } = options;
  const sentences: ColumnSentence[] = [];
  let sentence: string[][] = [], width = 0;
  const finish = (): void => {
    if (sentence.length > 0) sentences.push(sentence);
    sentence = [];
  };
  parseLines(text).forEach((line, i) => {
    if (line.trim() === "" || line.startsWith("-DOCSTART-")) {
      finish();
      return;
    }
    const columns = line.trimEnd().split(separator);
    width ||= columns.length;
    if (columns.length !== width) {
      throw new DataError(`${name}, line ${i + 1}: ${columns.length} columns where the first line has ${width}`);
    }
    sentence.push(columns);
  });
  finish();
  if (sentences.length === 0) throw new DataError(`${name} is empty: it has no sentences`);
  return sentences;
}

/** A named entity: tokens start .. end - 1. */
export interface EntitySpan {
  readonly kind: string;
  readonly start: number;
  readonly end: number;
}
/** Entities from tags B-kind, I-kind and O. An I without a B before it starts an entity, as in CoNLL's scorer. */
export function spansOfTags(tags: readonly string[]): EntitySpan[] {
  const spans: EntitySpan[] = [];
  let open: { kind: string; start: number } | null = null;
  [...tags, "O"].forEach((tag, i) => {
    const kind = tag === "O" ? null : tag.slice(2);
    if (open !== null && (kind !== open.kind || tag.startsWith("B-"))) {
      spans.push({ ...open, end: i });
      open = null;
    }
    if (kind !== null) open ??= { kind, start: i };
  });
  return spans;
}

/** A question about a passage; each answer starts at a UTF-16 position of the passage. */
export interface Question {
  readonly id: string;
  readonly title: string;
  readonly context: string;
  readonly question: string;
  readonly answers: readonly { readonly text: string; readonly start: number }[];
}
/**
 * Reads SQuAD 1.1 or 2.0. Its `answer_start` counts Unicode code points, `start` here counts UTF-16 units, as
 * JavaScript's strings do. Throws a DataError when an answer does not stand where the file says.
 * Source: Rajpurkar and others, "SQuAD: 100,000+ Questions for Machine Comprehension of Text", 2016.
 */
export function parseSquad(text: string, name = "SQuAD file"): Question[] {
  const questions: Question[] = [];
  for (const article of JsonField.parse(text, name).get("data").list) {
    const title = article.get("title").isMissing ? "" : article.get("title").text;
    for (const paragraph of article.get("paragraphs").list) {
      const context = paragraph.get("context").text;
      const unitOf = codePointOffsets(context);
      for (const field of paragraph.get("qas").list) {
        const answers = field.get("answers").list.map((answer) => {
          const words = answer.get("text").text, place = answer.get("answer_start").integer;
          const start = unitOf?.[place] ?? place;
          if (context.slice(start, start + words.length) !== words) {
            throw new DataError(`${name}: ${answer.path} ${JSON.stringify(words.slice(0, 40))} does not stand at ` +
              `${place} of its context`);
          }
          return { text: words, start };
        });
        const id = field.get("id").text;
        questions.push({ id, title, context, question: field.get("question").text, answers });
      }
    }
  }
  return questions;
}
/** The UTF-16 position of every code point; null where the two are the same. */
function codePointOffsets(text: string): number[] | null {
  if (!/[\ud800-\udbff]/.test(text)) return null;
  const offsets: number[] = [];
  let at = 0;
  for (const character of text) {
    offsets.push(at);
    at += character.length;
  }
  return offsets;
}
