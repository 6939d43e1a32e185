/** The concept graph as a tree for the eye: parts, and in each the stairs that its concepts make. */
export interface MapConcept {
  readonly id: string; readonly title: string; readonly part: number;
  readonly requires: readonly string[]; readonly lesson?: string;
}
export interface MapData {
  readonly nodes: readonly MapConcept[];
  readonly parts: readonly { readonly number: number; readonly title: string }[];
}
export type State = "known" | "next" | "unseen";
export interface TreeNode { readonly content: string; readonly children: TreeNode[]; readonly payload?: object }

const escape = (text: string): string => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");

/** Known are the concepts of lessons read; next, those all of whose foundations are known. */
export function stateOf(concept: MapConcept, known: ReadonlySet<string>): State {
  if (known.has(concept.id)) return "known";
  return concept.requires.every((name) => known.has(name)) ? "next" : "unseen";
}

/** A concept hangs below the last of its foundations in the same part. */
export function treeOf({ nodes, parts }: MapData, known: ReadonlySet<string>): TreeNode {
  const made = new Map<string, TreeNode>();
  const roots = new Map(parts.map(({ number, title }) =>
    [number, { content: `<a href="../part-${number}/">${number} ${escape(title)}</a>`, children: [] as TreeNode[] }]));
  for (const concept of nodes) {
    const { id, title, part, requires, lesson } = concept;
    const state = stateOf(concept, known);
    const text = `<span class="concept ${state}">${escape(title)}</span>`;
    const node = { content: lesson === undefined ? text : `<a href="../${lesson}/">${text}</a>`, children: [] };
    made.set(id, node);
    const below = requires.findLast((name) => nodes.find((other) => other.id === name)?.part === part &&
      made.has(name));
    (below === undefined ? roots.get(part) : made.get(below))?.children.push(node);
  }
  return { content: "Deep learning", children: [...roots.values()] };
}
