import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";

export const ROOT = resolve(import.meta.dirname, "../..");

/** A code block of a document that is run, and what the document says it prints. */
export interface Block {
  /** First line of the code in its file. */
  readonly line: number;
  readonly code: string;
  /** The lines of the block ```text output that follows; null where the document does not say. */
  readonly output: string | null;
  /** Where that output stands in the text: start and length. */
  readonly place: readonly [start: number, length: number] | null;
}

/** Documents whose blocks are run. */
export function documents(): string[] {
  const docs = readdirSync(join(ROOT, "docs"), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".md")).map((name) => `docs/${name}`).sort();
  return ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "packages/gradus/README.md", ...docs];
}
export const readDocument = (name: string): string => readFileSync(join(ROOT, name), "utf8");

/** Every block marked ```ts run, with the ```text output that stands right after it. */
export function blocksOf(text: string): Block[] {
  return [...text.matchAll(/^```ts run\n([\s\S]*?)^```\n(?:\s*^```text output\n([\s\S]*?)^```$)?/gm)].map((match) => {
    const output = match[2] ?? null;
    const start = match.index + match[0].length - "```".length - (output?.length ?? 0);
    return {
      line: text.slice(0, match.index).split("\n").length + 1, code: match[1], output,
      place: output === null ? null : [start, output.length],
    };
  });
}

/** The code spans in the last column of every table whose last heading is "Gradus", with their lines. */
export function expressionsOf(text: string): { readonly line: number; readonly code: string }[] {
  let inside = false;
  return text.split("\n").flatMap((row, i) => {
    const cells = row.startsWith("|") ? row.split("|").slice(1, -1) : [];
    if (cells.length === 0) inside = false;
    const last = cells.at(-1) ?? "";
    if (last.trim() === "Gradus") inside = true;
    // Classes are shown by how they begin, which is no expression.
    return inside ? [...last.matchAll(/`([^`]+)`/g)].map(([, code]) => ({ line: i + 1, code }))
      .filter(({ code }) => !code.startsWith("class ") && code !== "forward") : [];
  });
}
