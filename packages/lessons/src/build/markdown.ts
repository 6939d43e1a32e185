/** Markdown of a course: GitHub's kind, formulas, and directives that stand on a line of their own. */
import { toHtml } from "hast-util-to-html";
import type { Definition, Nodes, Root, RootContent } from "mdast";
import type {} from "mdast-util-directive";
import type {} from "mdast-util-math";
import { toString } from "mdast-util-to-string";
import remarkDirective from "remark-directive";
import remarkGfm from "remark-gfm";
import remarkMath from "remark-math";
import remarkParse from "remark-parse";
import remarkRehype from "remark-rehype";
import { unified } from "unified";
import { visit } from "unist-util-visit";
import { renderMath } from "./math.ts";
import type { Problems } from "./problem.ts";

const parser = unified().use(remarkParse).use(remarkGfm).use(remarkMath).use(remarkDirective);

/** Where a Markdown text stands, so that complaints can name it. */
export interface Origin {
  readonly file: string;
  /** Lines of the file above the text. */
  readonly above: number;
  readonly problems: Problems;
}

export const lineOf = (node: Nodes, origin: Origin): number => (node.position?.start.line ?? 1) + origin.above;

/**
 * Parses a text. "10:30" and "a :b" are prose here: only directives on a line of their own count. A formula between
 * double dollars is displayed, whether or not they stand on lines of their own.
 */
export function parseMarkdown(source: string): Root {
  const text = joinFormulas(source), root = parser.parse(text);
  visit(root, "inlineMath", (node, index, parent) => {
    const start = node.position?.start.offset ?? 0;
    if (parent === undefined || index === undefined || !text.startsWith("$$", start)) return;
    parent.children[index] = { type: "math", value: node.value, position: node.position } as never;
  });
  visit(root, "paragraph", (node, index, parent) => {
    const [only] = node.children as RootContent[];
    if (parent !== undefined && index !== undefined && node.children.length === 1 && only.type === "math") {
      parent.children[index] = only;
    }
  });
  visit(root, "textDirective", (node, index, parent) => {
    if (parent === undefined || index === undefined || node.position === undefined) return;
    const { start, end } = node.position;
    parent.children[index] = { type: "text", value: text.slice(start.offset, end.offset), position: node.position };
  });
  visit(root, (node) => {
    if ("children" in node) joinTexts(node.children);
  });
  return root;
}

/** Puts a formula that begins behind its double dollars into one line; lines that this takes away follow it, empty. */
function joinFormulas(text: string): string {
  return text.replace(/^\$\$(?=[^\S\n]*[^\s$])[^$]*\$\$[^\S\n]*$/gm, (formula) => {
    const lines = formula.split("\n");
    return lines.map((line) => line.trim()).join(" ") + "\n".repeat(lines.length - 1);
  });
}

/** Neighbouring texts become one, so that terms are found across what was taken apart. */
function joinTexts(children: RootContent[]): void {
  for (let i = children.length - 1; i > 0; i--) {
    const [before, after] = [children[i - 1], children[i]];
    if (before.type !== "text" || after.type !== "text") continue;
    before.value += after.value;
    if (before.position && after.position) {
      before.position = { start: before.position.start, end: after.position.end };
    }
    children.splice(i, 1);
  }
}

/** Plain text of a node, for search and titles; formulas as they are written. */
export const plainText = (node: Nodes | readonly Nodes[]): string =>
  toString(node).replace(/\\live\{[^}]*\}/g, "").replace(/\s+/g, " ").trim();

/** HTML of some blocks of one document. */
export function renderBlocks(
  nodes: readonly RootContent[], definitions: readonly Definition[], origin: Origin,
): string {
  const formula = (node: Nodes & { value: string }, display: boolean): { type: "raw"; value: string } => {
    try {
      const html = renderMath(node.value, display);
      // A span, since a paragraph may hold it; it is laid out as a block, and what is too long scrolls inside it.
      return { type: "raw", value: display ? `<span class="formula">${html}</span>` : html };
    } catch (error) {
      origin.problems.add(origin.file, lineOf(node, origin), error instanceof Error ? error.message : String(error));
      return { type: "raw", value: "" };
    }
  };
  const rehype = unified().use(remarkRehype, {
    allowDangerousHtml: true,
    handlers: {
      inlineMath: (_state: unknown, node: Nodes & { value: string }) => formula(node, false),
      math: (_state: unknown, node: Nodes & { value: string }) => formula(node, true),
    },
  });
  const tree = rehype.runSync({ type: "root", children: [...nodes, ...definitions] } satisfies Root);
  return toHtml(tree, { allowDangerousHtml: true }).trim();
}

/** The definitions of `[text][name]` links. */
export const definitionsOf = (root: Root): readonly Definition[] =>
  root.children.filter((node): node is Definition => node.type === "definition");

const KINDS: Readonly<Record<string, string>> = {
  html: "HTML is not read here; write Markdown", image: "pictures are figures here: use ::figure{#id}",
  imageReference: "pictures are figures here: use ::figure{#id}",
  footnoteReference: "there are no footnotes; use a margin note (:::note)",
};

/** Complains about what the pages have no place for. Comments are left out of them. */
export function checkMarkdown(root: Root, origin: Origin): void {
  visit(root, (node, index, parent) => {
    if (node.type === "html" && /^\s*<!--[\s\S]*-->\s*$/.test(node.value)) {
      if (parent !== undefined && index !== undefined) parent.children.splice(index, 1);
      return index;
    }
    // A screen reader announces every cell of a column by its header, for which a formula is no word.
    const nameless = node.type === "table" && node.children[0].children.some((cell) =>
      plainText(cell.children.filter(({ type }) => type !== "inlineMath")) === "");
    const message = nameless ? "a column of the table has no name; give its header a word" : KINDS[node.type];
    if (message !== undefined) origin.problems.add(origin.file, lineOf(node, origin), message);
    return undefined;
  });
}

/** A heading's name in addresses, as GitHub spells it. */
export const anchorOf = (title: string): string =>
  title.toLowerCase().replace(/[^\p{L}\p{N}\s-]/gu, "").trim().replace(/\s+/g, "-") || "section";
