import { DataError } from "../vocab/errors.ts";
import type { Aligned } from "./aligned.ts";
import { charsMap } from "./chars-map.ts";
import { compilePattern, type Pattern } from "./pattern.ts";

/** What is done to a text before it is cut, as `tokenizer.json` writes it. */
export type Normalizer =
  | { readonly type: "Sequence"; readonly normalizers: readonly Normalizer[] }
  | { readonly type: "NFC" | "NFD" | "NFKC" | "NFKD" | "Lowercase" | "StripAccents" }
  | { readonly type: "Strip"; readonly strip_left: boolean; readonly strip_right: boolean }
  | { readonly type: "Prepend"; readonly prepend: string }
  | { readonly type: "Replace"; readonly pattern: Pattern; readonly content: string }
  | { readonly type: "Precompiled"; readonly precompiled_charsmap: string }
  | {
    readonly type: "BertNormalizer"; readonly clean_text: boolean; readonly handle_chinese_chars: boolean;
    /** null: as `lowercase`. */
    readonly strip_accents: boolean | null; readonly lowercase: boolean;
  };

/** A function of texts that keeps the places. */
export function compileNormalizer(config: Normalizer): (x: Aligned) => Aligned {
  switch (config.type) {
    case "Sequence": {
      const steps = config.normalizers.map(compileNormalizer);
      return (x) => steps.reduce((y, step) => step(y), x);
    }
    case "NFC": case "NFD": case "NFKC": case "NFKD": {
      const form = config.type;
      return (x) => canonical(x, form);
    }
    case "Lowercase": return lowercase;
    case "StripAccents": return (x) => x.replace(/\p{M}+/gu, () => "");
    case "Strip": return (x) => {
      const start = config.strip_left ? /^\p{White_Space}*/u.exec(x.text)![0].length : 0;
      const end = config.strip_right ? x.text.length - /\p{White_Space}*$/u.exec(x.text)![0].length : x.text.length;
      return x.slice(start, Math.max(start, end));
    };
    case "Prepend": return (x) => x.prepend(config.prepend);
    case "Replace": {
      const pattern = compilePattern(config.pattern, "normalizer");
      return (x) => x.replace(pattern, () => config.content);
    }
    case "Precompiled": {
      const map = charsMap(config.precompiled_charsmap);
      return (x) => map(x);
    }
    case "BertNormalizer": return bert(config);
    default: throw new DataError(`there is no normalizer ${JSON.stringify((config as { type: unknown }).type)}`);
  }
}

/** A character with the marks that join it, and jamo that make a Hangul syllable: what may become one character. */
const CLUSTER = /[^\p{M}\u1160-\u11ff][\p{M}\u1160-\u11ff]*|[\p{M}\u1160-\u11ff]+/gu;
const PLAIN = /^[\x20-\x7e\n\t\r]*$/;
const canonical = (x: Aligned, form: "NFC" | "NFD" | "NFKC" | "NFKD"): Aligned =>
  (PLAIN.test(x.text) || x.text.normalize(form) === x.text ? x
    : x.replace(CLUSTER, (cluster) => cluster.normalize(form)));
// Character by character: a capital sigma at the end of a word has no rule of its own here.
const lowercase = (x: Aligned): Aligned => x.replace(/[^\p{Ll}\p{M}\p{P}\p{Z}\p{N}]/gu, (c) => c.toLowerCase());

const CHINESE = new RegExp("[\\u4e00-\\u9fff\\u3400-\\u4dbf\\u{20000}-\\u{2a6df}\\u{2a700}-\\u{2b73f}" +
  "\\u{2b740}-\\u{2b81f}\\u{2b920}-\\u{2ceaf}\\uf900-\\ufaff\\u{2f800}-\\u{2fa1f}]", "gu");
/** BERT's basic tokenizer, its first half. Source: Devlin and others 2019, tokenization.py. */
function bert(config: Extract<Normalizer, { type: "BertNormalizer" }>): (x: Aligned) => Aligned {
  const stripAccents = config.strip_accents ?? config.lowercase;
  return (x) => {
    let y = x;
    if (config.clean_text) {
      y = y.replace(/[\0\ufffd]|(?![\t\n\r])\p{C}/gu, () => "").replace(/(?! )\p{White_Space}/gu, () => " ");
    }
    if (config.handle_chinese_chars) y = y.replace(CHINESE, (c) => ` ${c} `);
    if (stripAccents) y = canonical(y, "NFD").replace(/\p{Mn}+/gu, () => "");
    return config.lowercase ? lowercase(y) : y;
  };
}
