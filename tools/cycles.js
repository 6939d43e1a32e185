// @ts-check
/**
 * Finds import cycles: `npm run cycles`. Imports of types alone leave nothing behind and are skipped, and so are
 * `import()`s, which run later. Prints every knot of files that import each other, with one way around it.
 */
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import ts from "typescript";

const root = resolve(import.meta.dirname, "..");
const FOLDERS = [
  "packages/gradus/src", "packages/gradus/bin", "packages/lessons/src", "apps/studio", "bench", "tests", "tools",
  "course",
];
const SKIPPED = new Set(["node_modules", "dist"]);
const KINDS = /\.(ts|tsx|js|jsx|mjs)$/;
/** @type {Readonly<Record<string, { "@gradus/source": Readonly<Record<string, string>> }>>} */
const INNER_NAMES = JSON.parse(readFileSync(join(root, "packages/gradus/package.json"), "utf8")).imports;

/** @param {string} folder @returns {string[]} every source file below a folder */
function filesOf(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return SKIPPED.has(entry.name) ? [] : filesOf(path);
    return KINDS.test(entry.name) && !entry.name.endsWith(".d.ts") ? [path] : [];
  });
}

/** @param {ts.ImportClause | undefined} clause @returns {boolean} whether an import leaves something behind */
function isOfValues(clause) {
  if (clause === undefined) return true;
  if (clause.phaseModifier === ts.SyntaxKind.TypeKeyword) return false;
  const names = clause.namedBindings;
  if (clause.name !== undefined || names === undefined || !ts.isNamedImports(names)) return true;
  return names.elements.some((element) => !element.isTypeOnly);
}

/** @param {string} file @returns {string[]} the files that a file imports when it is loaded */
function importsOf(file) {
  const source = ts.createSourceFile(file, readFileSync(file, "utf8"), ts.ScriptTarget.Latest);
  return source.statements.flatMap((statement) => {
    const isImport = ts.isImportDeclaration(statement) && isOfValues(statement.importClause);
    const isExport = ts.isExportDeclaration(statement) && !statement.isTypeOnly;
    if (!(isImport || isExport) || statement.moduleSpecifier === undefined) return [];
    if (!ts.isStringLiteral(statement.moduleSpecifier)) return [];
    const name = statement.moduleSpecifier.text;
    // "#threads" is one file in Node and another in a page.
    const paths = name.startsWith(".") ? [resolve(dirname(file), name)]
      : Object.values(INNER_NAMES[name]?.["@gradus/source"] ?? {}).map((path) => join(root, "packages/gradus", path));
    return paths.filter((path) => existsSync(path) && statSync(path).isFile());
  });
}

/**
 * The strongly connected components of more than one file (or of a file that imports itself), after Tarjan (1972).
 * @param {ReadonlyMap<string, readonly string[]>} graph
 */
function knotsOf(graph) {
  /** @type {Map<string, number>} */
  const order = new Map();
  /** @type {string[]} */
  const stack = [];
  /** @type {string[][]} */
  const knots = [];
  const open = new Set();
  /** @param {string} file @returns {number} the earliest file that can be reached from this one */
  function visit(file) {
    const index = order.size;
    let reached = index;
    order.set(file, index);
    stack.push(file);
    open.add(file);
    for (const next of graph.get(file) ?? []) {
      if (!order.has(next)) reached = Math.min(reached, visit(next));
      else if (open.has(next)) reached = Math.min(reached, /** @type {number} */ (order.get(next)));
    }
    if (reached === index) {
      const knot = stack.splice(stack.indexOf(file));
      for (const member of knot) open.delete(member);
      if (knot.length > 1 || graph.get(file)?.includes(file)) knots.push(knot);
    }
    return reached;
  }
  for (const file of graph.keys()) if (!order.has(file)) visit(file);
  return knots;
}

/**
 * A shortest way from the first file of a knot back to itself.
 * @param {readonly string[]} knot @param {ReadonlyMap<string, readonly string[]>} graph
 */
function wayAround([first, ...others], graph) {
  const members = new Set([first, ...others]);
  const ways = [[first]];
  const seen = new Set();
  for (const way of ways) {
    for (const next of graph.get(/** @type {string} */ (way.at(-1))) ?? []) {
      if (next === first) return [...way, first];
      if (!members.has(next) || seen.has(next)) continue;
      seen.add(next);
      ways.push([...way, next]);
    }
  }
  return [first];
}

const graph = new Map(FOLDERS.flatMap((folder) => filesOf(join(root, folder))).map((file) => [file, importsOf(file)]));
const knots = knotsOf(graph);
const short = (/** @type {string} */ file) => file.replace(`${root}/`, "");
for (const knot of knots) {
  console.error(`${knot.length} files import each other: ${wayAround(knot, graph).map(short).join(" -> ")}`);
}
console.log(`${graph.size} files, ${knots.length} import cycles`);
process.exitCode = knots.length > 0 ? 1 : 0;
