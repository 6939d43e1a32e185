import { DataError } from "../../vocab/errors.ts";

/** An element: its own text (without that of its children), and its children in order. */
export interface XmlElement {
  readonly name: string;
  readonly text: string;
  readonly children: readonly XmlElement[];
}
interface Open {
  readonly name: string;
  readonly children: XmlElement[];
  text: string;
}

const MOST_DEPTH = 32, MOST_ELEMENTS = 1_000_000;
const NAME = "[A-Za-z_][\\w.-]*";
/** One piece of markup. Attributes are checked for their form and left out. */
const MARKUP = new RegExp(`<(?:\\?xml[^?<>]*\\?>|!--(?:(?!--)[^])*-->|(/?)(${NAME})` +
  `((?:\\s+${NAME}\\s*=\\s*(?:"[^"<]*"|'[^'<]*'))*)\\s*(/?)>)`, "y");
const ENTITIES: Readonly<Record<string, string>> = { lt: "<", gt: ">", amp: "&", quot: '"', apos: "'" };

/**
 * Reads the part of XML that annotation files use: elements, text, comments and the five named entities. Everything
 * else is refused with a DataError: document types and with them declared entities, so that nothing can expand or be
 * fetched; processing instructions; CDATA; nesting deeper than 32.
 */
export function parseXml(text: string, name = "XML"): XmlElement {
  const root: Open = { name: "", text: "", children: [] };
  const open: Open[] = [root];
  let at = text.charCodeAt(0) === 0xfeff ? 1 : 0, count = 0;
  const fail = (what: string): never => { throw new DataError(`${name}: ${what} at character ${at}`); };
  while (at < text.length) {
    const next = text.indexOf("<", at);
    const until = next < 0 ? text.length : next;
    const words = text.slice(at, until);
    const top = open[open.length - 1];
    if (top === root && words.trim() !== "") fail("text stands outside of the outermost element");
    top.text += decoded(words) ?? fail("an entity is not one of &lt; &gt; &amp; &quot; &apos; or a number");
    at = until;
    if (next < 0) break;
    MARKUP.lastIndex = at;
    const found = MARKUP.exec(text);
    if (found === null) {
      return fail(text.startsWith("<!DOCTYPE", at) ? "a document type is declared, which is refused"
        : "markup is malformed or of a kind that is not read");
    }
    at = MARKUP.lastIndex;
    const [, closing, tag, , empty] = found;
    if (tag === undefined) continue;
    if (closing === "/") {
      if (open.length === 1 || top.name !== tag) fail(`</${tag}> closes what is not open`);
      open.pop();
      continue;
    }
    if (++count > MOST_ELEMENTS) fail(`there are more than ${MOST_ELEMENTS} elements`);
    const element: Open = { name: tag, text: "", children: [] };
    if (top === root && root.children.length > 0) fail("there is a second outermost element");
    top.children.push(element);
    if (empty !== "/") open.push(element);
    if (open.length > MOST_DEPTH) fail(`elements are nested deeper than ${MOST_DEPTH}`);
  }
  if (open.length > 1) fail(`<${open[open.length - 1].name}> is never closed; the file is cut off`);
  return root.children[0] ?? fail("there is no element");
}
/** Text with its entities replaced, once; null if one is unknown. */
function decoded(text: string): string | null {
  let known = true;
  const out = text.replace(/&([^;&]{0,10});?/g, (whole, entity: string) => {
    const number = /^#(?:x([\da-fA-F]{1,6})|(\d{1,7}))$/.exec(entity);
    const code = number === null ? -1 : Number.parseInt(number[1] ?? number[2], number[1] === undefined ? 10 : 16);
    const value = code > 0 && code <= 0x10ffff ? String.fromCodePoint(code)
      : Object.hasOwn(ENTITIES, entity) ? ENTITIES[entity] : null;
    if (value === null || !whole.endsWith(";")) known = false;
    return value ?? "";
  });
  return known ? out : null;
}
