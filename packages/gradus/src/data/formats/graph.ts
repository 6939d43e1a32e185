import { DataError } from "../../vocab/errors.ts";
import { parseLines } from "./language.ts";

/** A citation graph: nodes with a class and a few of many binary features, edges that have no direction. */
export interface CitationGraph {
  readonly nodes: number;
  readonly classes: number;
  readonly features: number;
  readonly labels: Int32Array;
  /** "train", "val", "test" or "none" for each node. */
  readonly splits: readonly string[];
  /** The features that are 1, for each node. */
  readonly words: readonly Int32Array[];
  /** Pairs of nodes, [edges * 2]. */
  readonly edges: Int32Array;
}

/**
 * Reads Cora as two tables: `node, label, split, features` (numbers apart by spaces) and `node, node`. Lines that start
 * with # are remarks. Throws a DataError that names the line.
 */
export function parseCitationGraph(nodeText: string, edgeText: string, name = "citation graph"): CitationGraph {
  const labels: number[] = [], splits: string[] = [], words: Int32Array[] = [];
  rows(nodeText, `${name}, nodes`, 4, ([node, label, split, features], fail) => {
    if (count(node) !== labels.length) fail(`node ${node} where ${labels.length} follows`);
    labels.push(count(label) ?? fail("its label is no class number"));
    splits.push(split);
    const list = features.trim() === "" ? [] : features.trim().split(" ");
    words.push(Int32Array.from(list, (word) => count(word) ?? fail("a feature is no number")));
  });
  if (labels.length === 0) throw new DataError(`${name} has no nodes`);
  const edges: number[] = [];
  rows(edgeText, `${name}, edges`, 2, (ends, fail) => {
    for (const end of ends) {
      const node = count(end);
      if (node === null || node >= labels.length) fail(`${end.slice(0, 20)} is none of the ${labels.length} nodes`);
      else edges.push(node);
    }
  });
  const largest = (values: Iterable<number>): number => {
    let most = -1;
    for (const value of values) most = Math.max(most, value);
    return most;
  };
  return {
    nodes: labels.length, classes: largest(labels) + 1, features: largest(words.map(largest)) + 1,
    labels: Int32Array.from(labels), splits, words, edges: Int32Array.from(edges),
  };
}
/** A number 0 .. 9,999,999; null for anything else. */
const count = (text: string): number | null => (/^\d{1,7}$/.test(text) ? Number(text) : null);

function rows(
  text: string, name: string, columns: number, use: (cells: string[], fail: (what: string) => never) => void,
): void {
  parseLines(text).forEach((line, i) => {
    if (line === "" || line.startsWith("#")) return;
    const fail = (what: string): never => { throw new DataError(`${name}, line ${i + 1}: ${what}`); };
    const cells = line.split("\t");
    if (cells.length !== columns) fail(`${cells.length} columns where ${columns} are expected`);
    use(cells, fail);
  });
}
