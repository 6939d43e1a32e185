/** Code in a lesson that stands in a tested file: `from=path#name` names a region or a declaration of it. */
import { existsSync, readFileSync } from "node:fs";
import { join, normalize } from "node:path";
import { parseAstAsync } from "vite";

/** What stands behind the language of a fence: `ts from=course/labs/x.ts#step`. */
export function fenceOptions(meta: string | null | undefined): Readonly<Record<string, string>> {
  return Object.fromEntries((meta ?? "").split(/\s+/).filter((word) => word.includes("=")).map((word) => {
    const at = word.indexOf("=");
    return [word.slice(0, at), word.slice(at + 1)];
  }));
}

/** The named piece of a file of the repository; throws a sentence where there is none. */
export async function readRegion(repository: string, from: string): Promise<string> {
  const [path, name] = from.split("#", 2);
  const file = join(repository, path);
  if (normalize(path).startsWith("..") || !existsSync(file)) throw new Error(`there is no file ${path} to take ` +
    `code from`);
  const text = readFileSync(file, "utf8").replaceAll("\r\n", "\n");
  if (name === undefined) return text.trimEnd();
  return markedRegion(text, name) ?? await declaration(text, name) ??
    fail(`${path} has neither a region nor a declaration ${name}`);
}
function fail(message: string): never {
  throw new Error(message);
}

function markedRegion(text: string, name: string): string | undefined {
  const lines = text.split("\n");
  const start = lines.findIndex((line) => line.trim() === `// #region ${name}`);
  if (start < 0) return undefined;
  const end = lines.findIndex((line, i) => i > start && line.trim().startsWith("// #endregion"));
  return dedent(lines.slice(start + 1, end < 0 ? undefined : end));
}

/** A declaration at the top of a file, without the comment above it. */
async function declaration(text: string, name: string): Promise<string | undefined> {
  const { body } = await parseAstAsync(text, { lang: "ts" });
  for (const statement of body) {
    const inner = statement.type === "ExportNamedDeclaration" ? statement.declaration : statement;
    if (inner === null || inner === undefined) continue;
    const names = "declarations" in inner && Array.isArray(inner.declarations)
      ? inner.declarations.map(({ id }) => id.type === "Identifier" ? id.name : undefined)
      : "id" in inner && inner.id !== null && "name" in inner.id ? [inner.id.name] : [];
    if (names.includes(name)) return text.slice(statement.start, statement.end);
  }
  return undefined;
}

function dedent(lines: readonly string[]): string {
  const depth = Math.min(...lines.filter((line) => line.trim() !== "").map((line) => line.search(/\S/)));
  return lines.map((line) => line.slice(depth)).join("\n").trimEnd();
}
