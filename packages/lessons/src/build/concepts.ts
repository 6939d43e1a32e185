/** The concept graph: order of study, and that nothing stands on itself. */
import type { Read } from "./data.ts";
import type { Problems } from "./problem.ts";
import type { Concept } from "./schemas.ts";

export const CONCEPTS = "concepts.yaml";

/** Complains about double and unknown ids and about cycles; returns the concepts by id. */
export function checkConcepts(read: Read<readonly Concept[]>, problems: Problems): Map<string, Concept> {
  const byId = new Map<string, Concept>();
  read.value.forEach((concept, i) => {
    if (byId.has(concept.id)) problems.add(CONCEPTS, read.line(i), `there are two concepts ${concept.id}`);
    byId.set(concept.id, concept);
  });
  read.value.forEach(({ id, part, requires }, i) => {
    for (const [k, name] of requires.entries()) {
      const required = byId.get(name);
      const line = read.line(i, "requires", k);
      if (required === undefined) problems.add(CONCEPTS, line, `${id} requires ${name}, which is no concept`);
      else if (required.part > part) {
        problems.add(CONCEPTS, line, `${id} of part ${part} requires ${name}, which comes later, in ` +
          `part ${required.part}`);
      }
    }
  });
  const cycle = findCycle(byId);
  if (cycle !== undefined) {
    const at = read.value.findIndex(({ id }) => id === cycle[0]);
    problems.add(CONCEPTS, read.line(at), `concepts stand on themselves: ${cycle.join(" requires ")}`);
  }
  return byId;
}

/** A way from a concept back to itself, or nothing. */
export function findCycle(concepts: ReadonlyMap<string, Pick<Concept, "requires">>): readonly string[] | undefined {
  const done = new Set<string>(), way: string[] = [];
  const visit = (id: string): readonly string[] | undefined => {
    if (done.has(id)) return undefined;
    const at = way.indexOf(id);
    if (at >= 0) return [...way.slice(at), id];
    way.push(id);
    for (const next of concepts.get(id)?.requires ?? []) {
      const found = visit(next);
      if (found !== undefined) return found;
    }
    way.pop();
    done.add(id);
    return undefined;
  };
  for (const id of concepts.keys()) {
    const found = visit(id);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Everything that a concept stands on, itself left out. */
export function foundationsOf(id: string, concepts: ReadonlyMap<string, Concept>): ReadonlySet<string> {
  const found = new Set<string>();
  const visit = (name: string): void => {
    for (const next of concepts.get(name)?.requires ?? []) {
      if (found.has(next)) continue;
      found.add(next);
      visit(next);
    }
  };
  visit(id);
  return found;
}
