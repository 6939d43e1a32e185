import { expect, test } from "vitest";
import { stateOf, treeOf, type MapConcept } from "./tree.ts";

const concept = (id: string, part: number, requires: string[] = [], lesson?: string): MapConcept =>
  ({ id, title: id.toUpperCase(), part, requires, ...(lesson === undefined ? {} : { lesson }) });
const nodes = [concept("a", 0, [], "first"), concept("b", 0, ["a"]), concept("c", 1, ["b"]), concept("d", 1, ["a",
  "c"])];

test("what is read is known, what stands on it comes next", () => {
  const known = new Set(["a"]);
  expect(nodes.map((node) => stateOf(node, known))).toEqual(["known", "next", "unseen", "unseen"]);
});
test("a concept hangs below its last foundation of the same part", () => {
  const tree = treeOf({ nodes, parts: [{ number: 0, title: "Zero" }, { number: 1, title: "One" }] }, new Set());
  const [zero, one] = tree.children;
  expect(zero.children).toHaveLength(1);
  expect(zero.children[0].content).toBe('<a href="../first/"><span class="concept next">A</span></a>');
  expect(zero.children[0].children.map(({ content }) => content)).toEqual(['<span class="concept unseen">B</span>']);
  expect(one.children[0].children.map(({ content }) => content)).toEqual(['<span class="concept unseen">D</span>']);
});
