// @ts-check
/**
 * The course as plain text, which the course model is trained on: lessons, questions with their answers, essays and
 * glossaries, without code, formulas on lines of their own and tables. `node tools/course-model/corpus.js FILE` writes
 * it to a file; train.js uses it directly.
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { parse } from "yaml";

const COURSE = resolve(import.meta.dirname, "../../course");

/** One text of the course: `id` names it, the same in every run. @typedef {{ id: string, text: string }} Piece */

/** The lines of a text, each with its end: what is cut into tokens at a time. @param {string} text */
export const linesOf = (text) => text.split(/(?<=\n)/);

/** Every text of the course, in the order of the folders. @returns {Piece[]} */
export function coursePieces() {
  const folders = (/** @type {string} */ folder) => readdirSync(join(COURSE, folder), { withFileTypes: true })
    .filter((entry) => entry.isDirectory()).map(({ name }) => join(folder, name))
    .sort(new Intl.Collator("en", { numeric: true }).compare);
  return folders("").flatMap((part) => folders(part)).flatMap((folder) => {
    const names = readdirSync(join(COURSE, folder));
    const read = (/** @type {string} */ name) =>
      names.includes(name) ? readFileSync(join(COURSE, folder, name), "utf8") : "";
    const lesson = plain(read("lesson.md")), questions = plain(spoken(parse(read("quiz.yaml"))));
    const essays = plain(spoken(parse(read("essay.yaml")))), glossary = plain(spoken(parse(read("glossary.yaml"))));
    return [["lesson", lesson], ["questions", questions], ["essays", essays], ["glossary", glossary]]
      .filter(([, text]) => text !== "").map(([kind, text]) => ({ id: `${folder}/${kind}`, text }));
  });
}

/** What stands in data for people to read: prompts, answers and reasons, a paragraph each. @param {unknown} items */
function spoken(items) {
  const said = ["title", "term", "prompt", "text", "why", "explain", "model", "hint"];
  /** @type {string[]} */
  const found = [];
  const walk = (/** @type {unknown} */ value) => {
    if (Array.isArray(value)) value.forEach(walk);
    else if (value !== null && typeof value === "object") {
      const { term, text, ...rest } = /** @type {Record<string, unknown>} */ (value);
      if (typeof term === "string") found.push(`${term}: ${String(text)}`);
      else walk(Object.entries({ text, ...rest }).filter(([key]) => said.includes(key) || key === "options"
        || key === "weak").flatMap(([, part]) => (Array.isArray(part) ? part : [part])));
    } else if (typeof value === "string") found.push(value);
  };
  walk(items);
  return found.join("\n\n");
}

/** Markdown as paragraphs of plain text, one a line. @param {string} source */
export function plain(source) {
  return source
    .replace(/^---\n[^]*?\n---\n/, "").replace(/^```[^]*?^```$/gm, "").replace(/^\$\$[^]*?^\$\$.*$/gm, "")
    .replace(/^:{2,}.*$/gm, "").replace(/^\|.*$/gm, "").replace(/^#+ /gm, "").replace(/^ *- /gm, "\n")
    .replace(/!?\[([^\]]*)\]\([^)]*\)/g, "$1").replace(/\$([^$]+)\$/g, (_, formula) => spokenFormula(formula))
    .replace(/\*\*|(?<=\W)\*|\*(?=\W)|<\/?\w+>/g, "")
    .replace(/[“”]/g, "\"").replace(/[‘’]/g, "'").replace(/[–−—]/g, "-").replace(/…/g, "...").replace(/×/g, "x")
    .split(/\n\s*\n/).map((paragraph) => paragraph.replace(/\s+/g, " ").trim())
    .filter((paragraph) => paragraph.length > 20).join("\n");
}
/** A formula inside a line as its letters. @param {string} formula */
const spokenFormula = (formula) => formula
  .replace(/\\(?:mathbf|mathrm|text|hat|operatorname|mathcal|mathbb|bar|tilde)/g, "")
  .replace(/\\(?:dots|ldots|cdots)/g, "...").replace(/\\(?:times|cdot)/g, "x").replace(/\\[,;:! ]/g, " ")
  .replace(/\\(?:to|rightarrow)/g, "->").replace(/\\(?:leq?)\b/g, "<=").replace(/\\(?:geq?)\b/g, ">=")
  .replace(/\\([A-Za-z]+)/g, "$1").replace(/[{}\\$]/g, "");

/**
 * What is learnt from and what is held out: the last twentieth of each text, by whole paragraphs.
 * @returns {{ train: string, heldOut: string }}
 */
export function courseCorpus() {
  /** @type {string[]} */ const train = [];
  /** @type {string[]} */ const heldOut = [];
  for (const { text } of coursePieces()) {
    const paragraphs = text.split("\n");
    let rest = 0.95 * text.length;
    for (const paragraph of paragraphs) {
      (rest > 0 ? train : heldOut).push(paragraph);
      rest -= paragraph.length + 1;
    }
  }
  return { train: train.join("\n") + "\n", heldOut: heldOut.join("\n") + "\n" };
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const { train, heldOut } = courseCorpus(), [, , file] = process.argv;
  if (file !== undefined) writeFileSync(file, train + heldOut);
  console.log(`${train.length} characters to learn from, ${heldOut.length} held out`);
}
