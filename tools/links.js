// @ts-check
/**
 * Checks the links of every Markdown file: `npm run links`. A relative link must name a file or a folder of the
 * repository, and an anchor a heading of the file (as GitHub spells it) or an element with that id. Links to other
 * hosts are left alone: nothing here needs the network. That the paths in code spans exist is a test (tests/docs).
 */
import { existsSync, readFileSync, readdirSync, statSync } from "node:fs";
import { dirname, join, resolve, sep } from "node:path";

const root = resolve(import.meta.dirname, "..");
const SKIPPED = new Set(["node_modules", "dist", "out", "runs", "coverage", ".git", ".cache"]);

/** @param {string} folder @returns {string[]} */
function documentsOf(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return SKIPPED.has(entry.name) ? [] : documentsOf(path);
    return entry.name.endsWith(".md") ? [path] : [];
  });
}
/** The text without what is only shown: code blocks, code spans and comments. Lines stay where they are. */
const blank = (/** @type {string} */ text) => text.replace(/[^\n]/g, " ");
const prose = (/** @type {string} */ text) => text
  .replace(/^( *)(```+|~~~+)[^\n]*\n[\s\S]*?^ *\2[`~]*[ \t]*$/gm, blank)
  .replace(/<!--[\s\S]*?-->/g, blank);
const withoutSpans = (/** @type {string} */ text) => text.replace(/(`+)(?!`)[^\n]*?[^`]\1(?!`)/g, blank);

/** GitHub's name for a heading: letters, digits, - and _ of its text, in lower case, blanks as dashes. */
const slug = (/** @type {string} */ heading) => heading
  .replace(/!?\[([^\]]*)\]\([^)]*\)/g, "$1").replace(/<[^>]*>/g, "").trim().toLowerCase()
  .replace(/[^\p{L}\p{M}\p{N}\p{Pc}\- ]/gu, "").replaceAll(" ", "-");

/** "## Heading ##", or a line with a line of = or - below it. */
const HEADING = /^ {0,3}#{1,6}[ \t]+(.*?)(?:[ \t]+#+)?[ \t]*$|^(?=\S)([^\n|>-].*)\n(?:=+|-+)[ \t]*$/gm;
/** @type {Map<string, Set<string>>} */
const known = new Map();
/** @param {string} file @returns {Set<string>} the anchors of a Markdown file */
function anchorsOf(file) {
  let anchors = known.get(file);
  if (anchors === undefined) {
    anchors = new Set();
    const text = prose(readFileSync(file, "utf8"));
    for (const [, hashed, underlined] of text.matchAll(HEADING)) {
      const name = slug(hashed ?? underlined);
      let unique = name;
      // Headings of the same name are counted from the second on.
      for (let i = 1; anchors.has(unique); i++) unique = `${name}-${i}`;
      anchors.add(unique);
    }
    for (const [, id] of text.matchAll(/<[a-z]+[^>]*\s(?:id|name)="([^"]+)"/gi)) anchors.add(id);
    known.set(file, anchors);
  }
  return anchors;
}

const LINKS = [
  // [text](target "title"), with one pair of brackets inside of the target, and images.
  /\]\(\s*<?((?:[^()\s<>]|\([^()\s]*\))*)>?(?:\s+["'(][^\n]*?["')])?\s*\)/g,
  // [name]: target
  /^ {0,3}\[[^\]^][^\]]*\]:\s*<?([^\s>]+)/gm,
  /<(?:a|img|source|video)\b[^>]*?\s(?:href|src)="([^"]*)"/gi,
];

/** @param {string} file @param {string} link @returns {string | null} what is wrong with a link */
function faultOf(file, link) {
  if (/^([a-z][a-z\d+.-]*:|\/\/)/i.test(link)) return null;
  let [path, anchor] = link.split("#", 2);
  try {
    [path, anchor] = [decodeURIComponent(path.split("?")[0]), anchor && decodeURIComponent(anchor)];
  } catch {
    return "is not a well-formed address";
  }
  if (path.startsWith("/")) return "starts at the root of a host; write it relative to the file";
  const target = path === "" ? file : resolve(dirname(file), path);
  if (target !== root && !target.startsWith(root + sep)) return "leads out of the repository";
  if (!existsSync(target)) return "names a file that does not exist";
  if (!anchor || !target.endsWith(".md") || statSync(target).isDirectory()) return null;
  return anchorsOf(target).has(anchor) ? null : "names a heading that does not exist";
}

const documents = documentsOf(root);
let links = 0, faults = 0;
for (const file of documents) {
  const text = withoutSpans(prose(readFileSync(file, "utf8")));
  for (const pattern of LINKS) {
    for (const found of text.matchAll(pattern)) {
      links++;
      const fault = faultOf(file, found[1]);
      if (fault === null) continue;
      faults++;
      const line = text.slice(0, found.index).split("\n").length;
      console.error(`${file.replace(`${root}${sep}`, "")}:${line}: ${found[1]} ${fault}`);
    }
  }
}
console.log(`${documents.length} documents, ${links} links, ${faults} broken`);
process.exitCode = faults > 0 ? 1 : 0;
