import { DataError } from "../vocab/errors.ts";
import { fromByteCharacters } from "./bytes.ts";
import { compilePattern, type Pattern } from "./pattern.ts";

/** How tokens become a text again, as `tokenizer.json` writes it. */
export type Decoder =
  | { readonly type: "Sequence"; readonly decoders: readonly Decoder[] }
  | { readonly type: "ByteLevel" | "ByteFallback" | "Fuse" }
  | { readonly type: "WordPiece"; readonly prefix: string; readonly cleanup: boolean }
  | {
    readonly type: "Metaspace"; readonly replacement: string;
    readonly prepend_scheme: "always" | "first" | "never";
  }
  | { readonly type: "Strip"; readonly content: string; readonly start: number; readonly stop: number }
  | { readonly type: "Replace"; readonly pattern: Pattern; readonly content: string }
  | { readonly type: "BPEDecoder"; readonly suffix: string };

/** A function from tokens to pieces of text. */
export function compileDecoder(config: Decoder): (tokens: readonly string[]) => readonly string[] {
  switch (config.type) {
    case "Sequence": {
      const steps = config.decoders.map(compileDecoder);
      return (tokens) => steps.reduce((pieces, step) => step(pieces), tokens);
    }
    case "ByteLevel": return (tokens) => [fromByteCharacters(tokens.join(""))];
    case "Fuse": return (tokens) => [tokens.join("")];
    case "ByteFallback": return bytesBack;
    case "WordPiece": return (tokens) => tokens.map((token, i) => {
      const inside = config.prefix !== "" && token.startsWith(config.prefix);
      const piece = i === 0 ? token : inside ? token.slice(config.prefix.length) : ` ${token}`;
      return config.cleanup ? cleaned(piece) : piece;
    });
    case "Metaspace": return (tokens) => tokens.map((token, i) => {
      const text = token.replaceAll(config.replacement, " ");
      const hasPrefix = i === 0 && config.prepend_scheme !== "never" && token.startsWith(config.replacement);
      return hasPrefix ? text.slice(1) : text;
    });
    case "Strip": return (tokens) => tokens.map((token) => {
      let start = 0, end = token.length;
      while (start < Math.min(config.start, end) && token[start] === config.content) start++;
      for (let i = 0; i < config.stop && end > start && token[end - 1] === config.content; i++) end--;
      return token.slice(start, end);
    });
    case "Replace": {
      const pattern = compilePattern(config.pattern, "decoder");
      return (tokens) => tokens.map((token) => token.replace(pattern, () => config.content));
    }
    case "BPEDecoder": return (tokens) => tokens.map((token, i) =>
      token.replaceAll(config.suffix, i === tokens.length - 1 ? "" : " "));
    default: throw new DataError(`there is no decoder ${JSON.stringify((config as { type: unknown }).type)}`);
  }
}

/** Runs of "<0x0A>" as the text of their bytes; bytes that are no UTF-8 become U+FFFD each. */
function bytesBack(tokens: readonly string[]): string[] {
  const out: string[] = [];
  let bytes: number[] = [];
  const flush = (): void => {
    if (bytes.length === 0) return;
    try {
      out.push(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(Uint8Array.from(bytes)));
    } catch {
      out.push(...bytes.map(() => "\ufffd"));
    }
    bytes = [];
  };
  for (const token of tokens) {
    const found = /^<0x([\dA-Fa-f]{2})>$/.exec(token);
    if (found === null) {
      flush();
      out.push(token);
    } else bytes.push(Number.parseInt(found[1], 16));
  }
  flush();
  return out;
}
/** Spaces that English does not write: before stops and in short forms. */
const cleaned = (text: string): string =>
  [[" .", "."], [" ?", "?"], [" !", "!"], [" ,", ","], [" ' ", "'"], [" n't", "n't"], [" 'm", "'m"],
    [" do not", " don't"], [" 's", "'s"], [" 've", "'ve"], [" 're", "'re"]]
    .reduce((out, [from, to]) => out.replaceAll(from, to), text);
