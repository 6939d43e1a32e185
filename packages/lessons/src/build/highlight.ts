/**
 * Code in the look of the course: keywords bold, comments italic and quieter, nothing coloured. Shiki finds the
 * words; what they look like is a matter of two classes, so that one text serves light, dark and print.
 */
import { createHighlighterCore, type HighlighterCore } from "shiki/core";
import { createJavaScriptRegexEngine } from "shiki/engine/javascript";
import json from "shiki/langs/json.mjs";
import shellscript from "shiki/langs/shellscript.mjs";
import typescript from "shiki/langs/typescript.mjs";

const WORD = "#000001", COMMENT = "#000002";
const theme = {
  name: "gradus", type: "light" as const, fg: "#000000", bg: "#ffffff",
  settings: [
    { settings: { foreground: "#000000", background: "#ffffff" } },
    { scope: ["comment"], settings: { foreground: COMMENT } },
    { scope: ["keyword.control", "storage", "keyword.operator.new", "keyword.operator.expression"],
      settings: { foreground: WORD } },
    { scope: ["storage.type.function.arrow"], settings: { foreground: "#000000" } },
  ],
};
const LANGUAGES: Readonly<Record<string, string>> = {
  ts: "typescript", typescript: "typescript", js: "typescript", sh: "shellscript", bash: "shellscript", json: "json",
};
const CLASSES: Readonly<Record<string, string>> = { [WORD]: "word", [COMMENT]: "comment" };

export interface Highlighter {
  /** `<code>` with a line `<i>` each. */
  (code: string, language: string): string;
}

export const escapeHtml = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");

let made: Promise<HighlighterCore> | undefined;

export async function createHighlighter(): Promise<Highlighter> {
  made ??= createHighlighterCore({
    themes: [theme], engine: createJavaScriptRegexEngine(),
    langs: [typescript, shellscript, json],
  });
  const shiki = await made;
  // Without a time limit: what a slow machine did not finish would be marked wrongly.
  return (code, language) => {
    const text = code.replace(/\n+$/, "");
    const lang = LANGUAGES[language];
    const lines = lang === undefined
      ? text.split("\n").map(escapeHtml)
      : shiki.codeToTokens(text, { lang, theme: "gradus", tokenizeTimeLimit: 0 }).tokens.map((line) => line
        .map((token) => {
        const name = CLASSES[(token.color ?? "").toLowerCase()];
        const content = escapeHtml(token.content);
        return name === undefined ? content : `<span class="${name}">${content}</span>`;
      }).join(""));
    return `<code>${lines.map((line) => `<i>${line}\n</i>`).join("")}</code>`;
  };
}
