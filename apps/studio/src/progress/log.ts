import type { Entry } from "./event.ts";

/** Where entries are kept. Adding one that is there already changes nothing. */
export interface Log {
  /** Every entry, oldest first. */
  all(): Promise<readonly Entry[]>;
  /** Adds entries; gives how many were new. */
  add(entries: readonly Entry[]): Promise<number>;
}

/** Oldest first; what happened at the same moment goes by name, so that every copy of a log reads alike. */
export const inOrder = (entries: Iterable<Entry>): Entry[] =>
  [...entries].sort((a, b) => a.at - b.at || (a.id < b.id ? -1 : 1));

/** A log that lasts as long as the page: for tests, and where a browser keeps nothing. */
export function memoryLog(first: readonly Entry[] = []): Log {
  const kept = new Map(first.map((entry) => [entry.id, entry]));
  return {
    all: () => Promise.resolve(inOrder(kept.values())),
    add(entries) {
      const before = kept.size;
      for (const entry of entries) if (!kept.has(entry.id)) kept.set(entry.id, entry);
      return Promise.resolve(kept.size - before);
    },
  };
}
