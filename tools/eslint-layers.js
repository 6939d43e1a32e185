// @ts-check
import { dirname, join, relative, sep } from "node:path";

/**
 * The architecture as a rule: every folder of the library's sources says what it may import, and nothing else passes.
 * Options: `root` (the folder of the sources) and `table`, rows of `name: list of what may be imported`. A name is a
 * folder, a folder below a folder, or one file; a file belongs to the longest name that fits it, and may import what
 * belongs to its own row or to one that the row lists. Packages are listed by their name ("node:*" for all that begin
 * so). A name that starts with a star, as in "*.node.ts", adds its list to every file that ends so.
 * @type {import("eslint").Rule.RuleModule}
 */
export const layers = {
  meta: {
    type: "problem",
    docs: { description: "imports follow the table of layers" },
    schema: [{ type: "object" }],
    messages: {
      row: "{{file}} has no row in the table of layers (tools/layers.js): say there what it may import.",
      refused: "{{row}} may not import {{target}}: the table of layers (tools/layers.js) does not list it.",
      outside: "{{row}} may not import {{target}}: it lies outside of the library's sources.",
    },
  },
  create(context) {
    const { root, table } = context.options[0];
    const file = slashes(relative(root, context.filename));
    const row = rowOf(table, file);
    const endings = Object.keys(table).filter((name) => name.startsWith("*") && file.endsWith(name.slice(1)));
    const allowed = [row, ...endings].flatMap((name) => table[name] ?? []).concat(row ?? []);

    /** @param {import("estree").Node} node @param {unknown} source */
    function check(node, source) {
      if (typeof source !== "string" || row === undefined) return;
      const inside = source.startsWith(".");
      const target = inside ? slashes(join(dirname(file), source)) : source;
      const name = inside ? rowOf(table, target) : source;
      if (target.startsWith("../")) context.report({ node, messageId: "outside", data: { row, target } });
      else if (name === undefined || !allowed.some((wanted) => fits(wanted, name))) {
        context.report({ node, messageId: "refused", data: { row, target } });
      }
    }
    return {
      Program(node) {
        if (row === undefined) context.report({ node, messageId: "row", data: { file } });
      },
      ImportDeclaration: (node) => check(node, node.source.value),
      ExportAllDeclaration: (node) => check(node, node.source.value),
      ExportNamedDeclaration: (node) => check(node, node.source?.value),
      ImportExpression: (node) => check(node, node.source.type === "Literal" ? node.source.value : undefined),
      "TSImportType > Literal": (/** @type {import("eslint").Rule.Node} */ node) =>
        check(node, node.type === "Literal" ? node.value : undefined),
    };
  },
};

const slashes = (/** @type {string} */ path) => path.split(sep).join("/");
const fits = (/** @type {string} */ wanted, /** @type {string} */ name) =>
  (wanted.endsWith("*") ? name.startsWith(wanted.slice(0, -1)) : name === wanted);

/** The longest name of the table that holds the file. @param {object} table @param {string} file */
function rowOf(table, file) {
  const names = Object.keys(table).filter((name) => file === name || file.startsWith(`${name}/`));
  return names.sort((a, b) => b.length - a.length)[0];
}
