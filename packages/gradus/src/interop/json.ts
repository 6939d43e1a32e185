import { DataError } from "../vocab/errors.ts";

/**
 * JSON without its traps: whole numbers are bigint, objects are maps (a key may be "__proto__"), keys do not
 * repeat.
 */
export type JsonValue =
  | null | boolean | string | number | bigint | readonly JsonValue[] | ReadonlyMap<string, JsonValue>;

const MAX_DEPTH = 64;
const LITERALS: readonly (readonly [string, JsonValue])[] = [["true", true], ["false", false], ["null", null]];
/** Sticky patterns of RFC 8259; a string is scanned by hand, since one may be very long. */
const NUMBER = /-?(?:0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?/y;
const SPACE = /[ \t\r\n]*/y;

/**
 * Reads JSON from a source that is not trusted. Unlike JSON.parse it keeps 1 and 1.0 apart, keeps whole numbers of any
 * size exact, and refuses repeated keys, lone surrogates, a byte order mark and nesting deeper than 64.
 */
export function parseStrictJson(text: string, name = "JSON"): JsonValue {
  let at = 0;
  const fail = (what: string): never => {
    throw new DataError(`${name}: ${what} at character ${at}`);
  };
  const match = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    const found = pattern.exec(text);
    if (found !== null) at = pattern.lastIndex;
    return found;
  };
  const take = (character: string): boolean => {
    match(SPACE);
    if (text[at] !== character) return false;
    at++;
    return true;
  };

  function string(): string {
    if (text[at] !== '"') fail("a string is missing");
    let end = at + 1;
    while (end < text.length && text[end] !== '"') end += text[end] === "\\" ? 2 : 1;
    const value = unescape(text.slice(at, end + 1)) ?? fail("a string is malformed");
    at = end + 1;
    if (!isWellFormed(value)) fail("a string holds half a surrogate pair");
    return value;
  }
  function value(depth: number): JsonValue {
    if (depth > MAX_DEPTH) fail(`values are nested deeper than ${MAX_DEPTH}`);
    match(SPACE);
    if (text[at] === '"') return string();
    if (take("{")) return object(depth);
    if (take("[")) return array(depth);
    for (const [word, meaning] of LITERALS) {
      if (text.startsWith(word, at)) {
        at += word.length;
        return meaning;
      }
    }
    const number = match(NUMBER);
    if (number === null) return fail("a value is missing or malformed");
    return number[1] === undefined && number[2] === undefined ? BigInt(number[0]) : Number(number[0]);
  }
  function object(depth: number): JsonValue {
    const entries = new Map<string, JsonValue>();
    if (take("}")) return entries;
    do {
      match(SPACE);
      const key = string();
      if (entries.has(key)) fail(`the key ${JSON.stringify(key.slice(0, 80))} appears twice`);
      if (!take(":")) fail("a colon is missing");
      entries.set(key, value(depth + 1));
    } while (take(","));
    if (!take("}")) fail("a comma or closing brace is missing");
    return entries;
  }
  function array(depth: number): JsonValue {
    const items: JsonValue[] = [];
    if (take("]")) return items;
    do items.push(value(depth + 1)); while (take(","));
    if (!take("]")) fail("a comma or closing bracket is missing");
    return items;
  }

  const result = value(0);
  match(SPACE);
  if (at !== text.length) fail("something follows the value");
  return result;
}

/** What a quoted string means; null if an escape or a control character is wrong. */
function unescape(quoted: string): string | null {
  try {
    return JSON.parse(quoted) as string;
  } catch {
    return null;
  }
}
/** True when every surrogate has its other half. */
const isWellFormed = (text: string): boolean =>
  !/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/.test(text);
