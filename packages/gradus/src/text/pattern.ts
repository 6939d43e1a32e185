import { DataError } from "../vocab/errors.ts";

/** How `tokenizer.json` writes a pattern: a text to find as it is, or a regular expression of Oniguruma. */
export type Pattern = { readonly String: string } | { readonly Regex: string };

/** Oniguruma counts the superscript digits and fractions of Latin-1 as well. */
const WORD = "\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}\u00b2\u00b3\u00b9\u00bc-\u00be";
/** Classes that mean Unicode there and ASCII (or something slightly different) here: inside [ ], and outside. */
const CLASSES: Readonly<Record<string, readonly [inside: string, outside: string]>> = {
  s: ["\\p{White_Space}", "\\p{White_Space}"], S: ["\\P{White_Space}", "\\P{White_Space}"],
  d: ["\\p{Nd}", "\\p{Nd}"], D: ["\\P{Nd}", "\\P{Nd}"],
  w: [WORD, `[${WORD}]`], W: ["", `[^${WORD}]`],
};
/** Letters whose other case is not only the other ASCII letter. */
const FOLDS: Readonly<Record<string, string>> = { s: "sS\u017f", k: "kK\u212a" };
const MOST_CHARACTERS = 2000;

/**
 * The same pattern for JavaScript, global and in Unicode mode. What JavaScript cannot say, or says differently, is
 * refused with a DataError that shows it: \G, \b, atomic groups, possessive quantifiers, flags other than (?i:...).
 */
export function compilePattern(pattern: Pattern, name = "pattern"): RegExp {
  if ("String" in pattern) return new RegExp(escape(pattern.String), "gu");
  const source = pattern.Regex;
  if (source.length > MOST_CHARACTERS) {
    throw new DataError(`${name}: a pattern of ${source.length} characters; at most ${MOST_CHARACTERS} are read`);
  }
  const refuse = (what: string): never => {
    throw new DataError(`${name}: ${what} of the pattern ${JSON.stringify(source.slice(0, 120))} has no equal here`);
  };
  let out = "", inClass = 0;
  // For every open group, whether letters of any case match inside of it.
  const groups: boolean[] = [false];
  for (let at = 0; at < source.length; at++) {
    const character = source[at];
    const anyCase = groups[groups.length - 1];
    if (character === "\\") {
      const next = source[++at] ?? refuse("the last backslash");
      if (Object.hasOwn(CLASSES, next)) {
        const [inside, outside] = CLASSES[next];
        if (inClass > 0 && inside === "") refuse(`\\${next}`);
        out += inClass > 0 ? inside : outside;
      } else if (next === "p" || next === "P") {
        const end = source.indexOf("}", at);
        if (source[at + 1] !== "{" || end < 0) refuse(`\\${next}`);
        out += `\\${source.slice(at, end + 1)}`;
        at = end;
      } else if (/[rntfv]/.test(next)) out += `\\${next}`;
      else if (next === "u" && /^[\da-fA-F]{4}/.test(source.slice(at + 1))) {
        out += `\\u${source.slice(at + 1, at + 5)}`;
        at += 4;
      } else if (/[\p{L}\p{N}]/u.test(next)) refuse(`\\${next}`);
      else out += escape(next);
    } else if (inClass > 0) {
      if (character === "[" || (character === "&" && source[at + 1] === "&")) refuse("a class inside a class");
      if (character === "]") inClass--;
      out += anyCase && /[a-zA-Z]/.test(character) ? bothCases(character) : character;
    } else if (character === "[") {
      inClass++;
      out += character;
    } else if (character === "(") {
      const flags = /^\(\?([a-zA-Z-]*)(:)?/.exec(source.slice(at));
      let caseless = anyCase;
      if (flags !== null && flags[1] !== "") {
        if (flags[1] !== "i" || flags[2] !== ":") refuse(flags[0]);
        caseless = true;
        out += "(?:";
        at += flags[0].length - 1;
      } else if (source.startsWith("(?>", at)) refuse("(?>");
      else out += character;
      groups.push(caseless);
    } else if (character === ")") {
      groups.pop();
      out += character;
    } else if (character === ".") out += "[^\\n]";
    else if (/[*+?{]/.test(character)) {
      const [quantifier, behind] = /^(?:[*+?]|\{\d+(?:,\d*)?\})([+?]?)/.exec(source.slice(at)) ?? refuse("a brace");
      if (behind === "+") refuse("a possessive quantifier");
      out += quantifier;
      at += quantifier.length - 1;
    } else out += anyCase && /[a-zA-Z]/.test(character) ? `[${bothCases(character)}]` : character;
  }
  try {
    return new RegExp(out, "gu");
  } catch {
    return refuse("the whole");
  }
}
const bothCases = (letter: string): string =>
  FOLDS[letter.toLowerCase()] ?? letter.toLowerCase() + letter.toUpperCase();
const escape = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&");
