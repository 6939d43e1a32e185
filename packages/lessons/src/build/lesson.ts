/** One lesson becomes the HTML of its page, and what other pages want to know of it. */
import type { Heading, RootContent } from "mdast";
import type { LeafDirective } from "mdast-util-directive";
import { visit } from "unist-util-visit";
import type { Computed } from "./kept.ts";
import { readRegion } from "./fence.ts";
import { createLinker, type KnownTerm, type Linker } from "./glossary.ts";
import type { Highlighter } from "./highlight.ts";
import {
  attribute, cardsBlock, cellBlock, codeBlock, essayBlock, figureBlock, inline, labBlock, quizBlock,
  type KeyedQuestion, type Prose, type RenderedLab,
} from "./html.ts";
import { anchorOf, definitionsOf, lineOf, parseMarkdown, plainText, renderBlocks } from "./markdown.ts";
import { sourceOf, type LessonSource } from "./sources.ts";

export interface Section { readonly id: string; readonly title: string }
/** Text of a page, by section: what the search looks through. */
export interface Passage { readonly anchor: string; readonly title: string; readonly text: string }

export interface LessonPage {
  readonly question: string;
  /** HTML of the question, with formulas. */
  readonly questionHtml: string;
  readonly html: string;
  readonly sections: readonly Section[];
  readonly passages: readonly Passage[];
  readonly labs: readonly RenderedLab[];
  /** Ids of terms that are linked in it. */
  readonly terms: readonly string[];
}

export interface RenderOptions {
  readonly repository: string;
  readonly highlight: Highlighter;
  readonly terms: readonly KnownTerm[];
  /** The lesson of a folder, for links between lessons. */
  readonly lessonIn: (folder: string) => string | undefined;
}

export const renderLesson = (lesson: LessonSource, computed: Computed, options: RenderOptions): Promise<LessonPage> =>
  new LessonRenderer(lesson, computed, options).render();

class LessonRenderer {
  private readonly lesson: LessonSource;
  private readonly computed: Computed;
  private readonly options: RenderOptions;
  private readonly linker: Linker;
  private readonly prose: Prose;
  private readonly blocks: string[] = [];
  private readonly sections: Section[] = [];
  private readonly passages: { anchor: string; title: string; text: string }[];
  private readonly ids = new Set<string>(["main", "question"]);
  private readonly placed = new Set<string>();
  private readonly labs: RenderedLab[] = [];
  private readonly met: string[] = [];
  /** Questions that wait for the end of their row: those that follow each other are one island. */
  private waiting: KeyedQuestion[] = [];
  private count = { figure: 0, cell: 0, lab: 0, quiz: 0, block: 0 };

  constructor(lesson: LessonSource, computed: Computed, options: RenderOptions) {
    this.lesson = lesson;
    this.computed = computed;
    this.options = options;
    this.linker = createLinker(options.terms);
    this.passages = [{ anchor: "", title: lesson.title, text: "" }];
    const { file, problems } = lesson.origin;
    // Texts of quizzes and labs stand elsewhere; a formula that fails in one names the lesson at least.
    this.prose = (text) => {
      const root = parseMarkdown(text);
      return renderBlocks(root.children, definitionsOf(root), { file, above: 0, problems });
    };
  }

  async render(): Promise<LessonPage> {
    const { root, title } = this.lesson;
    // A copy: links are written anew in it, and a lesson is rendered once more when it has run.
    const children = structuredClone(root.children);
    const first = children[0];
    if (first?.type === "heading" && first.depth === 1 && plainText(first) === title) children.shift();
    const question = this.takeQuestion(children);
    this.checkLinks(children);
    for (let i = 0; i < children.length; i++) {
      const node = children[i];
      if (!(node.type === "leafDirective" && node.name === "quiz")) this.flushQuestions();
      if (node.type === "leafDirective" && node.name === "cell") {
        this.cell(node);
        i++;
      } else await this.block(node);
    }
    this.end();
    return {
      question: question.text, questionHtml: question.html, html: this.blocks.join("\n"), sections: this.sections,
      passages: this.passages.filter(({ text }) => text.trim() !== ""), labs: this.labs, terms: this.met,
    };
  }

  /**
   * The line under the title: from the front matter, or a first paragraph that is all emphasis, or a first quotation.
   */
  private takeQuestion(children: RootContent[]): { text: string; html: string } {
    const { question } = this.lesson, [first] = children;
    if (question !== undefined) return { text: question, html: inline(this.prose(question)) };
    const only = first?.type === "paragraph" && first.children.length === 1 && first.children[0].type === "emphasis"
      ? { type: "paragraph" as const, children: first.children[0].children }
      : first?.type === "blockquote" ? first.children[0] : undefined;
    if (only === undefined) {
      this.complain(this.lesson.front.line(), "a lesson needs its question: question: in the front matter");
      return { text: "", html: "" };
    }
    children.shift();
    return { text: plainText(only), html: inline(this.toHtml([only])) };
  }

  private complain(line: number, message: string): void {
    const { file, problems } = this.lesson.origin;
    problems.add(file, line, message);
  }
  private complainAt(node: RootContent, message: string): void {
    this.complain(lineOf(node, this.lesson.origin), message);
  }

  private toHtml(nodes: readonly RootContent[]): string {
    return renderBlocks(nodes, definitionsOf(this.lesson.root), this.lesson.origin);
  }

  private takeId(id: string, node?: RootContent): void {
    if (this.ids.has(id) && node !== undefined) this.complainAt(node, `two things on this page are called ${id}`);
    this.ids.add(id);
  }

  private say(text: string): void {
    const passage = this.passages.at(-1);
    if (passage !== undefined) passage.text += ` ${text}`;
  }

  /** Links to other lessons are written to their files, as GitHub wants them. */
  private checkLinks(children: readonly RootContent[]): void {
    const { folder, root } = this.lesson;
    const anchors = new Set(root.children.flatMap((node) => node.type === "heading" ? [anchorOf(plainText(node))]
      : node.type === "leafDirective" ? [node.attributes?.id ?? ""] : []));
    visit({ type: "root", children: [...children] }, "link", (link) => {
      const line = lineOf(link, this.lesson.origin);
      if (/^[a-z]+:/i.test(link.url)) return;
      const [path, anchor] = link.url.split("#", 2);
      if (path === "") {
        if (!anchors.has(anchor)) this.complain(line, `nothing on this page is called ${anchor}`);
        return;
      }
      const target = new URL(path, `file:///${folder}/lesson.md`).pathname.slice(1).replace(/\/(lesson\.md)?$/, "");
      const lesson = this.options.lessonIn(target);
      if (lesson === undefined) this.complain(line, `there is no lesson at ${path}`);
      else link.url = `../${lesson}/${anchor === undefined ? "" : `#${anchor}`}`;
    });
  }

  private async block(node: RootContent): Promise<void> {
    const { highlight, repository } = this.options;
    switch (node.type) {
      case "heading": return this.heading(node);
      case "definition": return;
      case "leafDirective": return this.directive(node);
      case "containerDirective": {
        if (node.name !== "note") return this.complainAt(node, `there is no block :::${node.name}; there is :::note`);
        this.link(node);
        this.blocks.push(`<aside class="note" role="note">${this.toHtml(node.children)}</aside>`);
        return this.say(plainText(node));
      }
      case "code": {
        const from = sourceOf(node);
        let code = node.value;
        if (from !== undefined) {
          try {
            const source = await readRegion(repository, from);
            if (code.trim() !== "" && code.trim() !== source.trim()) {
              this.complainAt(node, `the code differs from ${from}; leave the fence empty or copy it again`);
            }
            code = source;
          } catch (error) {
            this.complainAt(node, error instanceof Error ? error.message : String(error));
          }
        }
        this.blocks.push(codeBlock(code, node.lang ?? "", from, highlight));
        return this.say(code);
      }
      case "math": {
        this.blocks.push(this.toHtml([node]).replace("<span", `<span${this.mark()}`));
        return this.say(node.value);
      }
      case "table": {
        this.link(node);
        this.blocks.push(`<div class="table"${this.mark()}>${this.toHtml([node])}</div>`);
        return this.say(plainText(node));
      }
      default: {
        this.link(node);
        this.blocks.push(this.toHtml([node]).replace(/^<(\w+)/, `<$1${this.mark()}`));
        return this.say(plainText(node));
      }
    }
  }

  /** What notes and doubts about a paragraph refer to. */
  private mark(): string {
    return ` data-block="${this.sections.at(-1)?.id ?? "question"}-${++this.count.block}"`;
  }

  private link(node: RootContent): void {
    this.met.push(...this.linker.link(node));
  }

  private heading(node: Heading): void {
    const title = plainText(node), id = anchorOf(title);
    if (node.depth === 1 || node.depth > 3) this.complainAt(node, "headings of a lesson have two or three #");
    this.takeId(id, node);
    this.blocks.push(`<h${node.depth} ` +
      `id="${id}">${inline(this.toHtml([{ type: "paragraph", children: node.children }]))}` +
      `<a class="anchor" href="#${id}" aria-label="Link to ${attribute(title)}">#</a></h${node.depth}>`);
    if (node.depth === 2) this.startSection(id, title);
    else this.say(title);
  }

  private startSection(id: string, title: string): void {
    this.sections.push({ id, title });
    this.passages.push({ anchor: id, title, text: "" });
    this.count.block = 0;
  }

  private directive(node: LeafDirective): void {
    const id = node.attributes?.id ?? "";
    switch (node.name) {
      case "figure": return this.figure(id, node);
      case "lab": return this.lab(id, node);
      case "quiz": return this.quiz(id, node);
      case "essay": return this.essay(id, node);
      default: this.complainAt(node, `there is no directive ::${node.name}; there are figure, cell, lab, quiz ` +
        `and essay`);
    }
  }

  private figure(id: string, node: RootContent): void {
    const { lesson, computed } = this;
    if (!lesson.figures.some((figure) => figure.id === id)) return this.complainAt(node, `there is no ` +
      `figures/${id}.ts`);
    this.takeId(id, node);
    this.placed.add(`figure ${id}`);
    const figure = computed.figures[id], number = ++this.count.figure;
    // A figure that could not be run has complained already.
    if (figure === undefined) return;
    this.blocks.push(figureBlock(lesson.id, id, number, figure));
    this.say(`${figure.title} ${figure.question}`);
  }

  private cell(node: LeafDirective): void {
    const { id = "", ...attributes } = node.attributes ?? {};
    const cell = this.lesson.cells.find((known) => known.id === id);
    if (id === "" || id === null) return this.complainAt(node, "a cell needs an id: ::cell{#name}");
    if (cell === undefined) return;
    this.takeId(id, node);
    const { title, ...rest } = attributes;
    this.blocks.push(cellBlock(this.lesson.id, {
      id, number: ++this.count.cell, code: cell.code, output: this.computed.cells[id] ?? "",
      title: title ?? (plainText(node) || undefined),
      attributes: Object.fromEntries(Object.entries(rest).map(([name, value]) => [name, value ?? ""])),
    }, this.options.highlight));
    this.say(cell.code);
  }

  private lab(id: string, node: RootContent): void {
    const lab = this.lesson.labs.find((known) => known.id === id);
    if (lab === undefined) return this.complainAt(node, `there is no lab labs/${id}, or it is incomplete`);
    this.takeId(id, node);
    this.placed.add(`lab ${id}`);
    const rendered = {
      id, number: ++this.count.lab, task: this.prose(lab.task.replace(/^# .*\n/, "")), hints: lab.hints.map(this.prose),
    };
    this.labs.push(rendered);
    this.blocks.push(labBlock(this.lesson.id, lab, rendered, this.options.highlight));
    this.say(`${lab.meta.title} ${plainText(parseMarkdown(lab.task))}`);
  }

  /** One question, or all that stand nowhere else where the directive names none. */
  private quiz(id: string, node: RootContent): void {
    const { lesson } = this;
    const whole = id === "" || id === "quiz" && lesson.quiz.every((item) => item.id !== id);
    const items = lesson.quiz.filter((item) => whole ? !this.isPlacedByName(item.id) : item.id === id);
    if (items.length === 0) return this.complainAt(node, `there is no question ${id || "left"} in quiz.yaml`);
    for (const item of items) this.question(item.id, node);
  }
  private isPlacedByName(id: string): boolean {
    return this.lesson.root.children.some((node) =>
      node.type === "leafDirective" && node.name === "quiz" && node.attributes?.id === id);
  }
  private question(id: string, node?: RootContent): void {
    const item = this.lesson.quiz.find((known) => known.id === id);
    if (item === undefined) return;
    this.takeId(`quiz-${id}`, node);
    this.placed.add(`quiz ${id}`);
    this.waiting.push({ item, number: ++this.count.quiz, key: this.computed.keys[id] });
    this.say(plainText(parseMarkdown(item.prompt)));
  }

  private flushQuestions(): void {
    // A key that could not be computed has complained already.
    const questions = this.waiting.filter(({ item, key }) => !("code" in item) || key !== undefined);
    if (questions.length > 0) {
      this.blocks.push(quizBlock(this.lesson.id, questions, this.prose, this.options.highlight));
    }
    this.waiting = [];
  }

  private essay(id: string, node?: RootContent): void {
    const essay = this.lesson.essays.find((known) => known.id === id);
    if (essay === undefined) {
      if (node !== undefined) this.complainAt(node, `there is no essay ${id} in essay.yaml`);
      return;
    }
    this.takeId(`essay-${id}`, node);
    this.placed.add(`essay ${id}`);
    this.blocks.push(essayBlock(this.lesson.id, essay, this.prose));
    this.say(plainText(parseMarkdown(essay.prompt)));
  }

  /** What stands nowhere in the text stands at its end; figures and labs must stand in it. */
  private end(): void {
    const { lesson } = this;
    this.flushQuestions();
    for (const { id } of lesson.figures) {
      if (!this.placed.has(`figure ${id}`)) this.complain(1, `the figure ${id} is not shown; write ::figure{#${id}}`);
    }
    for (const { id } of lesson.labs) {
      if (!this.placed.has(`lab ${id}`)) this.complain(1, `the lab ${id} is not shown; write ::lab{#${id}}`);
    }
    const questions = lesson.quiz.filter(({ id }) => !this.placed.has(`quiz ${id}`));
    if (questions.length > 0) this.added("Quiz");
    for (const { id } of questions) this.question(id);
    this.flushQuestions();
    const essays = lesson.essays.filter(({ id }) => !this.placed.has(`essay ${id}`));
    if (essays.length > 0) this.added("Essay");
    for (const { id } of essays) this.essay(id);
    if (lesson.terms.length === 0) return;
    this.added("Terms");
    this.blocks.push(cardsBlock(lesson.id, lesson.terms, this.prose));
  }
  private added(title: string): void {
    const id = this.ids.has(title.toLowerCase()) ? `more-${title.toLowerCase()}` : `the-${title.toLowerCase()}`;
    this.takeId(id);
    this.blocks.push(`<h2 id="${id}">${title}</h2>`);
    this.startSection(id, title);
  }
}
