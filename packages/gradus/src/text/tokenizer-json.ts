import { DataError } from "../vocab/errors.ts";
import { JsonField } from "../data/formats/fields.ts";
import { BpeModel } from "./bpe.ts";
import type { Decoder } from "./decode.ts";
import type { Padding, Truncation } from "./encoding.ts";
import type { TokenModel } from "./model.ts";
import type { Normalizer } from "./normalize.ts";
import { compilePattern, type Pattern } from "./pattern.ts";
import type { PostProcessor, TemplatePiece } from "./postprocess.ts";
import type { PreTokenizer, SplitBehavior } from "./pretokenize.ts";
import { Tokenizer, type AddedToken } from "./tokenizer.ts";
import { UnigramModel } from "./unigram.ts";
import { WordLevelModel, WordPieceModel } from "./wordpiece.ts";

/**
 * Reads Hugging Face's `tokenizer.json`: models BPE, WordPiece, Unigram and WordLevel, and the parts that GPT-2, BERT,
 * T5 and Llama use. Throws a DataError that names a kind, a setting or a pattern that is not known here: another
 * tokenization is never passed off as the right one.
 */
export function readTokenizer(text: string, name = "tokenizer.json"): Tokenizer {
  const root = JsonField.parse(text, name);
  const optional = <Value>(key: string, read: (field: JsonField) => Value): Value | null =>
    (root.get(key).isMissing ? null : read(root.get(key)));
  return new Tokenizer({
    model: readModel(root.get("model")),
    normalizer: optional("normalizer", readNormalizer), preTokenizer: optional("pre_tokenizer", readPreTokenizer),
    postProcessor: optional("post_processor", readPostProcessor), decoder: optional("decoder", readDecoder),
    addedTokens: optional("added_tokens", (field) => field.list.map(readAdded)) ?? [],
    truncation: optional("truncation", readTruncation), padding: optional("padding", readPadding),
  });
}

const refuse = (field: JsonField, what: string): never => {
  const { isMissing, value } = field.get("type");
  throw new DataError(`${field.file}: ${field.path} is of type ${isMissing ? "none" : JSON.stringify(value)}; ` +
    `there is no such ${what} here`);
};
const flag = (field: JsonField, fallback: boolean): boolean => (field.isMissing ? fallback : field.boolean);
const textOr = <Fallback>(field: JsonField, fallback: Fallback): string | Fallback =>
  (field.isMissing ? fallback : field.text);
function oneOf<Word extends string>(field: JsonField, words: readonly Word[]): Word {
  return words.find((word) => word === field.value) ?? field.fail(`one of ${words.join(", ")}`);
}
function readPattern(field: JsonField): Pattern {
  const key = field.object.has("String") ? "String" : "Regex";
  const pattern = key === "String" ? { String: field.get(key).text } : { Regex: field.get(key).text };
  compilePattern(pattern, `${field.file}: ${field.path}`);
  return pattern;
}

function readModel(field: JsonField): TokenModel {
  // Old files give no type for BPE.
  const type = field.get("type").isMissing && field.object.has("merges") ? "BPE" : field.get("type").value;
  const vocab = (): Map<string, number> => {
    const table = field.get("vocab");
    return new Map(Array.from(table.object.keys(), (token) => [token, table.get(token).integer]));
  };
  switch (type) {
    case "BPE": {
      if (!field.get("dropout").isMissing && field.get("dropout").number !== 0) field.get("dropout").fail("null");
      return new BpeModel({
        vocab: vocab(), unknown: textOr(field.get("unk_token"), null),
        merges: field.get("merges").list.map((merge): [string, string] => {
          const pair = typeof merge.value === "string" ? merge.text.split(" ") : merge.list.map((side) => side.text);
          return pair.length === 2 ? [pair[0], pair[1]] : merge.fail("two pieces");
        }),
        continuingPrefix: textOr(field.get("continuing_subword_prefix"), null),
        endSuffix: textOr(field.get("end_of_word_suffix"), null), fuseUnknown: flag(field.get("fuse_unk"), false),
        byteFallback: flag(field.get("byte_fallback"), false), ignoreMerges: flag(field.get("ignore_merges"), false),
      });
    }
    case "WordPiece": return new WordPieceModel({
      vocab: vocab(), unknown: textOr(field.get("unk_token"), "[UNK]"),
      continuingPrefix: textOr(field.get("continuing_subword_prefix"), "##"),
      maxCharacters: field.get("max_input_chars_per_word").isMissing ? 100
        : field.get("max_input_chars_per_word").integer,
    });
    case "Unigram": return new UnigramModel({
      pieces: field.get("vocab").list.map((entry): [string, number] => {
        const [piece, score] = entry.list;
        return [piece.text, score.number];
      }),
      unknownId: field.get("unk_id").isMissing ? null : field.get("unk_id").integer,
      byteFallback: flag(field.get("byte_fallback"), false),
    });
    case "WordLevel": return new WordLevelModel({ vocab: vocab(), unknown: textOr(field.get("unk_token"), "[UNK]") });
    default: return refuse(field, "model");
  }
}

function readNormalizer(field: JsonField): Normalizer {
  const type = field.get("type").value;
  switch (type) {
    case "Sequence": return { type, normalizers: field.get("normalizers").list.map(readNormalizer) };
    case "NFC": case "NFD": case "NFKC": case "NFKD": case "Lowercase": case "StripAccents": return { type };
    case "Strip": return { type, strip_left: field.get("strip_left").boolean,
      strip_right: field.get("strip_right").boolean };
    case "Prepend": return { type, prepend: field.get("prepend").text };
    case "Replace": return { type, pattern: readPattern(field.get("pattern")), content: field.get("content").text };
    case "Precompiled": return { type, precompiled_charsmap: field.get("precompiled_charsmap").text };
    case "BertNormalizer": return {
      type, clean_text: flag(field.get("clean_text"), true),
      handle_chinese_chars: flag(field.get("handle_chinese_chars"), true),
      strip_accents: field.get("strip_accents").isMissing ? null : field.get("strip_accents").boolean,
      lowercase: flag(field.get("lowercase"), true),
    };
    default: return refuse(field, "normalizer");
  }
}

const BEHAVIORS: readonly SplitBehavior[] =
  ["Removed", "Isolated", "MergedWithPrevious", "MergedWithNext", "Contiguous"];
const SCHEMES = ["always", "first", "never"] as const;
function readScheme(field: JsonField): "always" | "first" | "never" {
  if (!field.get("prepend_scheme").isMissing) return oneOf(field.get("prepend_scheme"), SCHEMES);
  return flag(field.get("add_prefix_space"), true) ? "always" : "never";
}
const readByteLevel = (field: JsonField): Extract<PreTokenizer, { type: "ByteLevel" }> => ({
  type: "ByteLevel", add_prefix_space: flag(field.get("add_prefix_space"), true),
  trim_offsets: flag(field.get("trim_offsets"), true), use_regex: flag(field.get("use_regex"), true),
});
function readPreTokenizer(field: JsonField): PreTokenizer {
  const type = field.get("type").value;
  switch (type) {
    case "Sequence": return { type, pretokenizers: field.get("pretokenizers").list.map(readPreTokenizer) };
    case "ByteLevel": return readByteLevel(field);
    case "BertPreTokenizer": case "Whitespace": case "WhitespaceSplit": return { type };
    case "Metaspace": return {
      type, replacement: field.get("replacement").text, prepend_scheme: readScheme(field),
      split: flag(field.get("split"), true),
    };
    case "Split": return {
      type, pattern: readPattern(field.get("pattern")), behavior: oneOf(field.get("behavior"), BEHAVIORS),
      invert: flag(field.get("invert"), false),
    };
    case "Punctuation": return {
      type, behavior: field.get("behavior").isMissing ? "Isolated" : oneOf(field.get("behavior"), BEHAVIORS),
    };
    case "Digits": return { type, individual_digits: flag(field.get("individual_digits"), false) };
    default: return refuse(field, "pre-tokenizer");
  }
}

function readPostProcessor(field: JsonField): PostProcessor {
  const type = field.get("type").value;
  const named = (key: string): [string, number] => {
    const [token, id] = field.get(key).list;
    return [token.text, id.integer];
  };
  switch (type) {
    case "Sequence": return { type, processors: field.get("processors").list.map(readPostProcessor) };
    case "ByteLevel": return readByteLevel(field);
    case "BertProcessing": return { type, sep: named("sep"), cls: named("cls") };
    case "RobertaProcessing": return {
      type, sep: named("sep"), cls: named("cls"), trim_offsets: flag(field.get("trim_offsets"), true),
      add_prefix_space: flag(field.get("add_prefix_space"), true),
    };
    case "TemplateProcessing": return {
      type, single: field.get("single").list.map(readPiece), pair: field.get("pair").list.map(readPiece),
      special_tokens: Object.fromEntries(Array.from(field.get("special_tokens").object.keys(), (key) => {
        const token = field.get("special_tokens").get(key);
        return [key, {
          id: token.get("id").text, ids: token.get("ids").list.map((id) => id.integer),
          tokens: token.get("tokens").list.map((one) => one.text),
        }];
      })),
    };
    default: return refuse(field, "post-processor");
  }
}
function readPiece(field: JsonField): TemplatePiece {
  if (field.object.has("Sequence")) {
    const piece = field.get("Sequence");
    return { Sequence: { id: oneOf(piece.get("id"), ["A", "B"]), type_id: piece.get("type_id").integer } };
  }
  const piece = field.get("SpecialToken");
  return { SpecialToken: { id: piece.get("id").text, type_id: piece.get("type_id").integer } };
}

function readDecoder(field: JsonField): Decoder {
  const type = field.get("type").value;
  switch (type) {
    case "Sequence": return { type, decoders: field.get("decoders").list.map(readDecoder) };
    case "ByteLevel": case "ByteFallback": case "Fuse": return { type };
    case "WordPiece": return { type, prefix: field.get("prefix").text, cleanup: flag(field.get("cleanup"), true) };
    case "Metaspace": return { type, replacement: field.get("replacement").text, prepend_scheme: readScheme(field) };
    case "Strip": return {
      type, content: field.get("content").text, start: field.get("start").integer, stop: field.get("stop").integer,
    };
    case "Replace": return { type, pattern: readPattern(field.get("pattern")), content: field.get("content").text };
    case "BPEDecoder": return { type, suffix: field.get("suffix").text };
    default: return refuse(field, "decoder");
  }
}

const readAdded = (field: JsonField): AddedToken => ({
  id: field.get("id").integer, content: field.get("content").text, special: flag(field.get("special"), false),
  singleWord: flag(field.get("single_word"), false), leftStrip: flag(field.get("lstrip"), false),
  rightStrip: flag(field.get("rstrip"), false), normalized: flag(field.get("normalized"), false),
});
const direction = (field: JsonField): "left" | "right" =>
  (field.isMissing || oneOf(field, ["Left", "Right"]) === "Right" ? "right" : "left");
const STRATEGIES = { LongestFirst: "longest_first", OnlyFirst: "only_first", OnlySecond: "only_second" } as const;
function readTruncation(field: JsonField): Truncation {
  const strategy = oneOf(field.get("strategy"), Object.keys(STRATEGIES) as (keyof typeof STRATEGIES)[]);
  return {
    maxLength: field.get("max_length").integer, strategy: STRATEGIES[strategy],
    stride: field.get("stride").isMissing ? 0 : field.get("stride").integer,
    direction: direction(field.get("direction")),
  };
}
function readPadding(field: JsonField): Padding {
  const strategy = field.get("strategy");
  return {
    length: strategy.value === "BatchLongest" ? "longest" : strategy.get("Fixed").integer,
    direction: direction(field.get("direction")), id: field.get("pad_id").integer,
    token: field.get("pad_token").text, typeId: field.get("pad_type_id").integer,
    ...(field.get("pad_to_multiple_of").isMissing ? {} : { multipleOf: field.get("pad_to_multiple_of").integer }),
  };
}

/** Writes `tokenizer.json`, which Hugging Face's tokenizers and `readTokenizer` read. */
export function writeTokenizer(tokenizer: Tokenizer): string {
  const { parts, addedTokens } = tokenizer;
  const { truncation, padding } = parts;
  const side = (word: "left" | "right" = "right"): string => (word === "left" ? "Left" : "Right");
  const strategy = Object.entries(STRATEGIES)
    .find(([, ours]) => ours === (truncation?.strategy ?? "longest_first"))![0];
  return `${JSON.stringify({
    version: "1.0",
    truncation: truncation == null ? null : {
      direction: side(truncation.direction), max_length: truncation.maxLength, strategy,
      stride: truncation.stride ?? 0,
    },
    padding: padding == null ? null : {
      strategy: typeof padding.length === "number" ? { Fixed: padding.length } : "BatchLongest",
      direction: side(padding.direction), pad_to_multiple_of: padding.multipleOf ?? null, pad_id: padding.id ?? 0,
      pad_type_id: padding.typeId ?? 0, pad_token: padding.token ?? "[PAD]",
    },
    added_tokens: [...addedTokens].sort((a, b) => a.id - b.id).map((token) => ({
      id: token.id, content: token.content, single_word: token.singleWord ?? false, lstrip: token.leftStrip ?? false,
      rstrip: token.rightStrip ?? false, normalized: token.normalized ?? false, special: token.special,
    })),
    normalizer: parts.normalizer ?? null, pre_tokenizer: parts.preTokenizer ?? null,
    post_processor: parts.postProcessor ?? null, decoder: decoderJson(parts.decoder ?? null),
    model: modelJson(parts.model),
  }, null, 2)}\n`;
}
/** Decoders as their other readers want them: some have settings that decoding does not use. */
function decoderJson(decoder: Decoder | null): unknown {
  if (decoder?.type === "ByteLevel") return { ...decoder, add_prefix_space: true, trim_offsets: true, use_regex: true };
  if (decoder?.type === "Metaspace") return { ...decoder, split: true };
  if (decoder?.type === "Sequence") return { ...decoder, decoders: decoder.decoders.map(decoderJson) };
  return decoder;
}
function modelJson(model: TokenModel): unknown {
  const table = (ids: ReadonlyMap<string, number>): Record<string, number> =>
    Object.fromEntries([...ids].sort(([, a], [, b]) => a - b));
  if (model instanceof BpeModel) {
    const { options } = model;
    return {
      type: "BPE", dropout: null, unk_token: options.unknown ?? null,
      continuing_subword_prefix: options.continuingPrefix ?? null, end_of_word_suffix: options.endSuffix ?? null,
      fuse_unk: options.fuseUnknown ?? false, byte_fallback: options.byteFallback ?? false,
      ignore_merges: options.ignoreMerges ?? false, vocab: table(model.ids), merges: options.merges,
    };
  }
  if (model instanceof WordPieceModel) {
    const { options } = model;
    return {
      type: "WordPiece", unk_token: options.unknown, continuing_subword_prefix: options.continuingPrefix,
      max_input_chars_per_word: options.maxCharacters, vocab: table(model.ids),
    };
  }
  if (model instanceof UnigramModel) {
    const { options } = model;
    return {
      type: "Unigram", unk_id: options.unknownId ?? null, vocab: options.pieces,
      byte_fallback: options.byteFallback ?? false,
    };
  }
  if (model instanceof WordLevelModel) {
    return { type: "WordLevel", vocab: table(model.ids), unk_token: model.unknown };
  }
  throw new DataError("writeTokenizer: this model is none of BPE, WordPiece, Unigram and WordLevel");
}
