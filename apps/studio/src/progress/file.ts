import { readEntry, type Entry } from "./event.ts";
import { inOrder } from "./log.ts";

const FORMAT = "gradus-progress", VERSION = 1;
/** A file of this size holds a lifetime of study. */
export const LARGEST_FILE = 50_000_000;
const MOST_ENTRIES = 500_000;

/** The log as a text file: one entry a line, so that two of them can be compared. */
export function writeFile(entries: readonly Entry[]): string {
  const lines = inOrder(entries).map((entry) => `  ${JSON.stringify(entry)}`);
  return `{"format": "${FORMAT}", "version": ${VERSION}, "entries": [\n${lines.join(",\n")}\n]}\n`;
}

/** What a file holds, or why it was refused; `skipped` counts lines that were no entries. */
export type FileContent =
  | { readonly ok: true; readonly entries: readonly Entry[]; readonly skipped: number }
  | { readonly ok: false; readonly why: string };
const refuse = (why: string): FileContent => ({ ok: false, why });

/** Reads a file that somebody hands over: nothing in it is trusted. */
export function readFile(text: string): FileContent {
  if (text.length > LARGEST_FILE) return refuse("This file is larger than any log of progress. Nothing was changed.");
  let found: unknown;
  try {
    found = JSON.parse(text.replace(/^\ufeff/, ""));
  } catch {
    return refuse("This file is not JSON. Choose one that Export made; nothing was changed.");
  }
  if (found === null || typeof found !== "object" || !("format" in found) || found.format !== FORMAT) {
    return refuse("This is JSON, but no progress of Gradus. Choose a file that Export made; nothing was changed.");
  }
  const { version, entries } = found as { version?: unknown; entries?: unknown };
  if (version !== VERSION) {
    return refuse(`This file has version ${String(version).slice(0, 20)}; this studio reads version ${VERSION}. ` +
      "Nothing was changed.");
  }
  if (!Array.isArray(entries)) return refuse("This file has no entries. Nothing was changed.");
  if (entries.length > MOST_ENTRIES) {
    return refuse(`This file has ${entries.length} entries; ${MOST_ENTRIES} fit. Nothing was changed.`);
  }
  const read = entries.map(readEntry);
  const kept = read.filter((entry) => entry !== null);
  return { ok: true, entries: kept, skipped: read.length - kept.length };
}
