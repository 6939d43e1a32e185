/** Reads YAML and JSON files against their schema; every complaint names file and line. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { LineCounter, isNode, parseDocument, type Document } from "yaml";
import type { z } from "zod";
import type { Problems } from "./problem.ts";

/** A value that was read, and where its parts stand. */
export interface Read<T> {
  readonly value: T;
  /** The line of the part at a path, or of what holds it. */
  line(...path: readonly (string | number)[]): number;
}

/** The text of a file, or nothing (with a problem, where it must be there). */
export function readText(root: string, file: string, problems?: Problems): string | undefined {
  const path = join(root, file);
  if (!existsSync(path)) {
    problems?.add(file, 1, "this file is missing");
    return undefined;
  }
  return readFileSync(path, "utf8").replaceAll("\r\n", "\n");
}

/** Reads `text`, which stands in `file` from line `first` on. JSON is YAML. */
export function parseData<S extends z.ZodType>(
  schema: S, text: string, file: string, problems: Problems, first = 1,
): Read<z.output<S>> | undefined {
  const counter = new LineCounter();
  const document = parseDocument(text, { lineCounter: counter });
  for (const { message, pos } of [...document.errors, ...document.warnings]) {
    problems.add(file, counter.linePos(pos[0]).line + first - 1, message.split("\n", 1)[0]);
  }
  if (document.errors.length > 0) return undefined;
  const line = (...path: readonly (string | number)[]): number => lineOf(document, counter, path) + first - 1;
  const result = schema.safeParse(document.toJS());
  if (result.success) return { value: result.data, line };
  for (const issue of result.error.issues) {
    const path = issue.path.map((key) => typeof key === "number" ? key : String(key));
    problems.add(file, line(...path), `${path.length > 0 ? `${path.join(".")}: ` : ""}${issue.message}`);
  }
  return undefined;
}

function lineOf(document: Document, counter: LineCounter, path: readonly (string | number)[]): number {
  for (let length = path.length; length > 0; length--) {
    const node = document.getIn(path.slice(0, length), true);
    if (isNode(node) && node.range) return counter.linePos(node.range[0]).line;
  }
  return 1;
}

/** Reads a whole file; nothing where it is missing or wrong (the problems say why). */
export function readData<S extends z.ZodType>(
  schema: S, root: string, file: string, problems: Problems, optional = false,
): Read<z.output<S>> | undefined {
  const text = readText(root, file, optional ? undefined : problems);
  return text === undefined ? undefined : parseData(schema, text, file, problems);
}
