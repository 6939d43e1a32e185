// @ts-check
/**
 * Writes docs/api: a page per namespace of the public surface, from the types and docstrings of the source. Fails when
 * a public function, class or constant has no docstring.
 *
 *     node tools/api.js            writes the pages
 *     node tools/api.js --check    writes nothing, fails when they are not current
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, FOLDER } from "./api-read.js";

/** @typedef {import("./api-read.js").Entry} Entry @typedef {import("./api-read.js").Page} Page */

/** What nobody could know: functions, classes and constants without a docstring, and types without one that no
 * signature takes or gives, as "page: name (file)". @param {readonly Page[]} pages */
export function undocumented(pages) {
  const uses = usesOf(pages);
  return pages.flatMap(({ page, entries }) => entries
    .filter(({ name, kind, doc }) => doc === "" && (kind !== "type" || !uses.has(name)))
    .map(({ name, source }) => `${page}: ${name} (${source})`));
}

/** The names whose signatures or members mention a type. @param {readonly Page[]} pages */
function usesOf(pages) {
  /** @type {Map<string, Set<string>>} */
  const uses = new Map();
  for (const { entries } of pages) {
    for (const { name, signature, rows } of entries) {
      for (const [word] of `${signature} ${rows.map(({ type }) => type).join(" ")}`.matchAll(/\b[A-Z]\w+/g)) {
        if (word !== name) uses.set(word, (uses.get(word) ?? new Set()).add(name));
      }
    }
  }
  return uses;
}

const NOTICE = "<!-- Written by tools/api.js from the docstrings of the source; edit those. -->";
const HEADINGS = { class: "Classes", function: "Functions", constant: "Constants", type: "Types" };
/** @param {string} text */
const cell = (text) => text.replaceAll("|", "\\|");

/** The Markdown of every page, by file name. @param {readonly Page[]} pages @returns {Map<string, string>} */
export function render(pages) {
  const uses = usesOf(pages);
  /** @param {Entry} entry @param {string} page */
  const section = ({ name, signature, doc, rows, types, source, seeAlso, method }, page) => {
    const heading = `### ${name}`;
    if (seeAlso !== null) {
      return `${heading}\n\nThe same as [${seeAlso.split("#")[0].replace(".md", "")}.${name}](${seeAlso}).`;
    }
    const users = [...uses.get(name) ?? []].slice(0, 6).map((user) => `\`${user}\``).join(", ");
    const sentences = (doc === "" ? `Used by ${users}.` : doc).split(/(?<=[.)])\s+(?=Throws )/);
    const text = sentences.map((part) => (part.startsWith("Throws ") ? `**Errors.** ${part}` : part)).join("\n\n");
    const table = rows.length === 0 ? [] : [["| name | type | |", "|---|---|---|", ...rows.map((row) =>
      `| \`${row.name}\` | \`${cell(row.type)}\` | ${cell(row.doc)} |`)].join("\n")];
    const links = types.map((type) => `[${type.name}](${type.link.replace(`${page}.md#`, "#")})`);
    const last = [...(links.length === 0 ? [] : [`types: ${links.join(", ")}`]), `[source](${source})`].join(" · ");
    return [heading, `\`\`\`ts\n${signature}\n\`\`\``, text.replaceAll("<", "\\<"),
      ...(method ? [`Also a method: \`x.${name}(...)\`.`] : []), ...table, last].join("\n\n");
  };
  const files = new Map(pages.map(({ page, title, doc, importing, entries }) => {
    const parts = /** @type {(keyof typeof HEADINGS)[]} */ (Object.keys(HEADINGS)).flatMap((kind) => {
      const these = entries.filter((entry) => entry.kind === kind);
      return these.length === 0 ? [] : [`## ${HEADINGS[kind]}`, ...these.map((entry) => section(entry, page))];
    });
    const lead = [`\`import ${importing};\``, ...(doc === "" ? [] : [doc.replaceAll("<", "\\<")])];
    return [`${page}.md`, [NOTICE, `# ${title}`, ...lead, ...parts].join("\n\n") + "\n"];
  }));
  const list = pages.map(({ page, title, entries }) => `| [${title}](${page}.md) | ${entries.length} |`);
  const lead = "Every public name, with its signature, what it does and where it is written.";
  const table = ["| page | names |", "|---|---|", ...list].join("\n");
  files.set("README.md", [NOTICE, "# Reference", lead, table].join("\n\n") + "\n");
  return files;
}

/** What is not as the pages say: names of files. @param {ReadonlyMap<string, string>} files */
export function outdated(files) {
  const there = existsSync(FOLDER) ? readdirSync(FOLDER).filter((name) => name.endsWith(".md")) : [];
  const wrong = [...files].filter(([name, text]) =>
    !there.includes(name) || readFileSync(join(FOLDER, name), "utf8") !== text);
  return [...wrong.map(([name]) => name), ...there.filter((name) => !files.has(name))];
}

if (process.argv[1] === import.meta.filename) {
  const pages = describe(), missing = undocumented(pages), files = render(pages);
  if (missing.length > 0) console.error(`no docstring:\n  ${missing.join("\n  ")}`);
  const wrong = outdated(files);
  if (process.argv.includes("--check")) {
    if (wrong.length > 0) console.error(`not current (npm run api writes them): ${wrong.join(", ")}`);
    process.exitCode = missing.length + wrong.length > 0 ? 1 : 0;
  } else {
    mkdirSync(FOLDER, { recursive: true });
    for (const name of wrong) if (!files.has(name)) rmSync(join(FOLDER, name));
    for (const [name, text] of files) writeFileSync(join(FOLDER, name), text);
    console.log(`${files.size} pages, ${pages.reduce((sum, { entries }) => sum + entries.length, 0)} names`);
    process.exitCode = missing.length > 0 ? 1 : 0;
  }
}
