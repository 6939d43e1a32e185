/** HTML of the blocks of a lesson as they stand without JavaScript; islands replace their content when they wake up. */
import type { Essay, QuizItem, Term } from "../quiz.ts";
import type { FigureResult, Key } from "./kept.ts";
import { escapeHtml, type Highlighter } from "./highlight.ts";
import type { LabSource } from "./sources.ts";

/** Markdown of a line or of paragraphs, as HTML. */
export type Prose = (text: string) => string;

export const attribute = (text: string): string => escapeHtml(text);
/** JSON in a script of a page: nothing in it may end the script. */
const data = (value: unknown): string =>
  `<script type="application/json">${JSON.stringify(value).replaceAll("<", "\\u003c")}</script>`;

const island = (kind: string, id: string, block: string, wide: boolean, extra: string, content: string): string =>
  `<div class="island${wide ? " wide" : ""}" id="${block}" data-island="${kind}" data-${kind}="${attribute(id)}"` +
  `${extra}>${content}</div>`;

/** One paragraph's HTML without its `<p>`, for places that are a line. */
export const inline = (html: string): string => /^<p>((?:(?!<p>)[\s\S])*)<\/p>$/.exec(html)?.[1] ?? html;

export function figureBlock(lesson: string, id: string, number: number, figure: FigureResult): string {
  const head = `<header><span class="which">Figure ${number}</span><h3 ` +
    `id="${id}-title">${escapeHtml(figure.title)}</h3>` +
    `<p>${escapeHtml(figure.question)}</p></header>`;
  const canvas = `<div class="plate gridded"><div class="first wide-frame">${figure.wide}</div>` +
    `<div class="first narrow-frame">${figure.narrow}</div></div>`;
  const strip = `<div class="strip ui"><p class="say">${escapeHtml(figure.describe)}</p></div>`;
  const heavy = figure.heavy === true ? " data-heavy" : "";
  return island("figure", `${lesson}/${id}`, id, true, ` data-number="${number}"${heavy}`,
    `<figure class="figure" aria-labelledby="${id}-title">${head}${canvas}${strip}</figure>`);
}

export interface CellBlock {
  readonly id: string;
  readonly number: number;
  readonly code: string;
  readonly output: string;
  readonly title?: string;
  readonly attributes: Readonly<Record<string, string>>;
}
export function cellBlock(lesson: string, cell: CellBlock, highlight: Highlighter): string {
  const extra = Object.entries(cell.attributes).map(([name, value]) => ` data-${name}="${attribute(value)}"`).join("");
  const output = cell.output === "" ? "" :
    `<pre class="output" aria-label="Output">${escapeHtml(cell.output)}</pre>`;
  return island("cell", `${lesson}/${cell.id}`, cell.id, true, ` data-number="${cell.number}"${extra}`,
    `<div class="cell"><header class="ui"><b>Cell ${cell.number}</b><span>${escapeHtml(cell.title ?? "")}` +
    `</span></header>` +
    `<pre class="source" aria-label="Code of cell ${cell.number}">${highlight(cell.code, "ts")}</pre>${output}</div>`);
}

export const codeBlock = (code: string, language: string, from: string | undefined, highlight: Highlighter): string =>
  `<div class="listing">${from === undefined ? "" : `<p class="from ui">from <code>${escapeHtml(from)}</code></p>`}` +
  `<pre class="source">${highlight(code, language)}</pre></div>`;

/** What the page of a lab needs, rendered; `virtual:course/labs` hands the same to the studio. */
export interface RenderedLab {
  readonly id: string;
  readonly number: number;
  readonly task: string;
  readonly hints: readonly string[];
}
export function labBlock(lesson: string, lab: LabSource, rendered: RenderedLab, highlight: Highlighter): string {
  const hints = rendered.hints.map((hint, i) => `<details><summary>Hint ${i + 1}</summary>${hint}</details>`).join("");
  const { meta } = lab;
  return island("lab", `${lesson}/${lab.id}`, lab.id, true, ` data-number="${rendered.number}"`,
    `<section class="lab" aria-labelledby="${lab.id}-title"><header class="ui"><b>Lab ${rendered.number}</b>` +
    `<span>about ${meta.minutes} minutes</span></header><div class="task"><h3 id="${lab.id}-title">` +
    `${escapeHtml(meta.title)}</h3>${rendered.task}</div><pre class="source" aria-label="Where to begin">` +
    `${highlight(lab.starter, "ts")}</pre><div class="hints">${hints}<details><summary>Solution</summary>` +
    `<pre class="source">${highlight(lab.reference, "ts")}</pre></details></div></section>`);
}

/** A quiz item with its texts as HTML and its key; what the island of a quiz reads. */
export function renderItem(item: QuizItem, key: Key | undefined, prose: Prose): object {
  const line = (text: string): string => inline(prose(text));
  const texts = { prompt: line(item.prompt), explain: prose(item.explain) };
  switch (item.kind) {
    case "choice":
    case "multi": return {
      ...item, ...texts,
      options: item.options.map(({ text, right = false, why }) =>
        ({ text: line(text), right, ...(why === undefined ? {} : { why: line(why) }) })),
    };
    case "short": return { ...item, ...texts };
    case "order": return { ...item, ...texts, steps: item.steps.map(line) };
    case "numeric":
    case "trace":
    case "shape": return { ...item, ...texts, key, code: item.code.trimEnd() };
  }
}

export interface KeyedQuestion {
  readonly item: QuizItem;
  readonly number: number;
  readonly key: Key | undefined;
}
/** Questions that follow each other: one island. */
export function quizBlock(
  lesson: string, questions: readonly KeyedQuestion[], prose: Prose, highlight: Highlighter,
): string {
  const items = questions.map(({ item, key }) => renderItem(item, key, prose));
  return island("quiz", `${lesson}/${questions[0].item.id}`, `quiz-${questions[0].item.id}`, false, HTML_TEXTS,
    questions.map((question) => plainQuestion(question, prose, highlight)).join("") + data(items));
}
/** Says that texts of an island are HTML. */
const HTML_TEXTS = ` data-format="html"`;

function plainQuestion({ item, number, key }: KeyedQuestion, prose: Prose, highlight: Highlighter): string {
  const line = (text: string): string => inline(prose(text));
  const code = "code" in item && item.kind !== "numeric"
    ? `<pre class="source">${highlight(item.code, "ts")}</pre>` : "";
  const options = "options" in item
    ? `<ol class="options" type="A">${item.options.map(({ text }) => `<li>${line(text)}</li>`).join("")}</ol>`
    : item.kind === "order"
      ? `<ul class="options">${[...item.steps].sort().map((step) => `<li>${line(step)}</li>`).join("")}</ul>` : "";
  return `<section class="question" aria-label="Question ${number}"><p class="which ui">Question ${number}</p>` +
    `<div class="prompt">${prose(item.prompt)}</div>${code}${options}<details class="answer"><summary>Answer` +
    `</summary>` +
    `${answerOf(item, key, line)}${prose(item.explain)}</details></section>`;
}

function answerOf(item: QuizItem, key: Key | undefined, line: Prose): string {
  switch (item.kind) {
    case "choice":
    case "multi": return `<ul>${item.options.filter(({ right }) => right)
      .map(({ text, why }) => `<li>${line(text)}${why === undefined ? "" : ` ${line(why)}`}</li>`).join("")}</ul>`;
    case "short": return `<p>${escapeHtml(item.answers[0])}</p>`;
    case "order": return `<ol>${item.steps.map((step) => `<li>${line(step)}</li>`).join("")}</ol>`;
    case "numeric": return `<p class="number">${String(key ?? "").replace("-", "−")}${
      item.unit === undefined ? "" : ` ${escapeHtml(item.unit)}`}</p>`;
    case "trace":
    case "shape": return `<pre ` +
      `class="output">${escapeHtml(Array.isArray(key) ? `[${key.join(", ")}]` : String(key ?? ""))
      }</pre>`;
  }
}

export function essayBlock(lesson: string, essay: Essay, prose: Prose): string {
  const line = (text: string): string => inline(prose(text));
  const weak = essay.weak.map(({ text, why }) => ({ text: prose(text), why: prose(why) }));
  const rendered = {
    id: essay.id, prompt: line(essay.prompt), rubric: essay.rubric.map(line), model: prose(essay.model), weak,
  };
  const list = `<ul>${rendered.rubric.map((entry) => `<li>${entry}</li>`).join("")}</ul>`;
  return island("essay", `${lesson}/${essay.id}`, `essay-${essay.id}`, false, HTML_TEXTS,
    `<section class="plain-essay" aria-label="Essay"><p class="which ui">Essay</p><div ` +
    `class="prompt">${rendered.prompt}</div>` +
    `<details><summary>What a good answer contains</summary>${list}</details>` +
    `<details><summary>An answer</summary>${rendered.model}</details>` +
    weak.map(({ text, why }, i) => `<details><summary>A weaker answer${weak.length > 1 ? ` (${i + 1})` : ""}, and why` +
      `</summary>${text}${why}</details>`).join("") + `</section>${data(rendered)}`);
}

/** The terms of a lesson, from which its cards are made. */
export function cardsBlock(lesson: string, terms: readonly Term[], prose: Prose): string {
  const rendered = terms.map((term) => ({ ...term, text: inline(prose(term.text)) }));
  const list = rendered.map(({ term, text }) => `<dt>${escapeHtml(term)}</dt><dd>${text}</dd>`).join("");
  return island("cards", lesson, "cards", false, HTML_TEXTS, `<dl class="terms">${list}</dl>${data(rendered)}`);
}
