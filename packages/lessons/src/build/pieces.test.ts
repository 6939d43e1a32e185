import { expect, test } from "vitest";
import { findCycle, foundationsOf } from "./concepts.ts";
import { fenceOptions, readRegion } from "./fence.ts";
import { createLinker } from "./glossary.ts";
import { createHighlighter } from "./highlight.ts";
import { anchorOf, parseMarkdown, renderBlocks } from "./markdown.ts";
import { renderMath } from "./math.ts";
import { Problems } from "./problem.ts";
import { withValue } from "./runner.ts";
import { splitHints } from "./sources.ts";
import { formatValue, numberOf, shapeOf } from "./value.ts";

const html = (text: string): string => {
  const root = parseMarkdown(text);
  return renderBlocks(root.children, [], { file: "f", above: 0, problems: new Problems() });
};

test("colons in prose stay prose", () => {
  expect(html("At 10:30, ratio 3:4, a:b and `x:y`.")).toBe("<p>At 10:30, ratio 3:4, a:b and <code>x:y</code>.</p>");
});
test("formulas become HTML with MathML, and a broken one says why", () => {
  expect(html("Let $x^2$.")).toMatch(/<math[\s\S]*<msup>[\s\S]*katex-base/);
  expect(() => renderMath("\\frac{1", false)).toThrow(/the formula cannot be read: /);
  expect(() => renderMath("\\unknown", false)).toThrow(/unknown/);
});
test("double dollars display a formula, on one line, on several, or on lines of their own", () => {
  for (const text of ["$$x = 1$$", "$$x\n= 1$$\n", "$$\nx = 1\n$$"]) {
    const { children } = parseMarkdown(`Before\n\n${text}\n\nAfter`);
    expect(children.map(({ type }) => type), text).toEqual(["paragraph", "math", "paragraph"]);
    expect(children[2].position?.start.line).toBe(text.split("\n").length + 4);
  }
  expect(html("So $$x$$ it is.")).toContain('display="block"');
});
test("keywords and comments are marked, the text stays the same", async () => {
  const highlight = await createHighlighter();
  const code = `const a = "<b>"; // why\nreturn a;\n`, shown = highlight(code, "ts");
  expect(shown).toContain('<span class="word">const</span>');
  expect(shown).toContain('<span class="comment">// why</span>');
  const text = shown.replace(/<[^>]*>/g, "").replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&quot;", '"');
  expect(text).toBe(code);
  expect(highlight("a < b", "text")).toBe("<code><i>a &lt; b\n</i></code>");
});
test("anchors are spelled as on GitHub", () => {
  expect(anchorOf("What’s “blame”, and why?")).toBe("whats-blame-and-why");
  expect(anchorOf("Bayes’ rule: a test")).toBe("bayes-rule-a-test");
});

const terms = [
  { id: "gradient", term: "gradient", text: "", lesson: "l" },
  { id: "descent", term: "gradient descent", also: ["steepest descent"], text: "", lesson: "l" },
];
test("the first use of a term is linked, the longest one wins, plurals count", () => {
  const linker = createLinker(terms);
  const root = parseMarkdown("Gradient descent uses gradients. *A gradient* again, gradient descent again.");
  expect(linker.link(root)).toEqual(["descent", "gradient"]);
  const shown = renderBlocks(root.children, [], { file: "f", above: 0, problems: new Problems() });
  expect(shown.match(/class="term"/g)).toHaveLength(2);
  expect(shown).toMatch(/data-term="descent">Gradient descent<\/a> uses <a[^>]*data-term="gradient">gradients<\/a>/);
});
test("headings, links and code are no places for terms, and parts of words are no terms", () => {
  const linker = createLinker(terms);
  const root = parseMarkdown("# The gradient\n\n[a gradient](x) `gradient` gradiently gradient-free");
  expect(linker.link(root)).toEqual([]);
});

test("a cycle is found with its way, foundations without end are not", () => {
  const graph = (edges: Record<string, string[]>) =>
    new Map(Object.entries(edges).map(([id, requires]) => [id, { id, title: id, part: 0, requires }]));
  expect(findCycle(graph({ a: ["b"], b: ["c"], c: ["b"] }))).toEqual(["b", "c", "b"]);
  expect(findCycle(graph({ a: ["b", "c"], b: ["c"], c: [] }))).toBeUndefined();
  expect([...foundationsOf("a", graph({ a: ["b"], b: ["c"], c: [] }))]).toEqual(["b", "c"]);
});

test("the last expression is the value of code", async () => {
  expect(await withValue("const a = 1;\na + 1;")).toBe("const a = 1;\nexport default (a + 1);");
  expect(await withValue("const a: number = 1;")).toBe("const a: number = 1;");
});
test("values are shown as cells show them", async () => {
  expect(await formatValue(-0.1 - 0.2)).toBe("−0.3");
  expect(await formatValue(undefined)).toBe("");
  expect(await formatValue({ a: 1, b: [2, 3] })).toBe("{ a: 1, b: [2, 3] }");
  const tensor = { shape: [2, 2], dtype: "f32", array: () => Promise.resolve([[1, 2.5], [-3, 4]]) };
  expect(await formatValue(tensor)).toBe("f32 [2, 2]\n[[1, 2.5],\n [−3, 4]]");
  expect(await numberOf(tensor)).toBeUndefined();
  expect(shapeOf(tensor)).toEqual([2, 2]);
  expect(shapeOf([2, 0.5])).toBeUndefined();
});
test("hints are parts between rules, below headings, or items", () => {
  expect(splitHints("one\n\n---\n\ntwo\n")).toEqual(["one", "two"]);
  expect(splitHints("# Hint 1\n\none\n\n# Hint 2\n\ntwo\n")).toEqual(["one", "two"]);
  expect(splitHints("1. one\n2. two\n")).toEqual(["one", "two"]);
});
test("code comes from marked regions and from declarations", async () => {
  expect(fenceOptions("from=a/b.ts#c other")).toEqual({ from: "a/b.ts#c" });
  const folder = "packages/lessons/src/build/fixtures/good/0-basics/01-coins/labs/mean";
  expect(await readRegion(process.cwd(), `${folder}/reference.ts#mean`)).toMatch(/^export function mean[\s\S]*}$/);
  await expect(readRegion(process.cwd(), `${folder}/reference.ts#nothing`)).rejects.toThrow(/neither a region nor/);
  await expect(readRegion(process.cwd(), "../outside.ts")).rejects.toThrow(/there is no file/);
});
