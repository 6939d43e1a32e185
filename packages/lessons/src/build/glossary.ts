/** Links the first use of each term in a text to its explanation. */
import type { Nodes, PhrasingContent, Root, RootContent } from "mdast";
import type { Term } from "../quiz.ts";

/** A term, and the lesson that explains it. */
export interface KnownTerm extends Term {
  readonly lesson: string;
}

/** Words of links, headings and code stay what they are. */
const CLOSED = new Set(["link", "linkReference", "heading", "inlineCode", "code"]);
const escapeExpression = (text: string): string => text.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&");

export interface Linker {
  /** Marks first uses below `node`; to be called in the order of reading. Returns the ids found. */
  link(node: Root | RootContent): readonly string[];
}

/** A linker for one page: it remembers which terms were met. */
export function createLinker(terms: readonly KnownTerm[]): Linker {
  const byForm = new Map<string, KnownTerm>();
  for (const term of terms) {
    for (const form of [term.term, ...(term.also ?? [])]) byForm.set(form.toLowerCase(), term);
  }
  if (byForm.size === 0) return { link: () => [] };
  const forms = [...byForm.keys()].sort((a, b) => b.length - a.length).map(escapeExpression);
  const pattern = new RegExp(`(?<![\\p{L}\\p{N}-])(${forms.join("|")})(e?s)?(?![\\p{L}\\p{N}-])`, "giu");
  const met = new Set<string>();
  return {
    link(node) {
      const found: string[] = [];
      const split = (text: string): readonly PhrasingContent[] => {
        const parts: PhrasingContent[] = [];
        let end = 0;
        for (const match of text.matchAll(pattern)) {
          const term = byForm.get(match[1].toLowerCase());
          if (term === undefined || met.has(term.id)) continue;
          met.add(term.id);
          found.push(term.id);
          parts.push({ type: "text", value: text.slice(end, match.index) }, termLink(term, match[0]));
          end = match.index + match[0].length;
        }
        return parts.length === 0 ? parts : [...parts, { type: "text", value: text.slice(end) }];
      };
      const walk = (inner: Nodes): void => {
        if (CLOSED.has(inner.type) || !("children" in inner)) return;
        const children = inner.children as RootContent[];
        for (let i = 0; i < children.length; i++) {
          const child = children[i];
          const parts = child.type === "text" ? split(child.value) : [];
          if (parts.length > 0) children.splice(i, 1, ...parts);
          else walk(child);
          i += Math.max(0, parts.length - 1);
        }
      };
      walk(node);
      return found;
    },
  };
}

const termLink = (term: KnownTerm, text: string): PhrasingContent => ({
  type: "link", url: `../glossary/#${term.id}`, children: [{ type: "text", value: text }],
  data: { hProperties: { className: ["term"], "data-term": term.id } },
});
