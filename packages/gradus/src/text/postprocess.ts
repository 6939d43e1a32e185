import { DataError } from "../vocab/errors.ts";
import { addedToken, joinEncodings, type Encoding } from "./encoding.ts";

/** A place of a template: a text (A or B) or a special token, with its type. */
export type TemplatePiece =
  | { readonly Sequence: { readonly id: "A" | "B"; readonly type_id: number } }
  | { readonly SpecialToken: { readonly id: string; readonly type_id: number } };
/** What is put around texts, as `tokenizer.json` writes it. */
export type PostProcessor =
  | { readonly type: "Sequence"; readonly processors: readonly PostProcessor[] }
  | {
    readonly type: "TemplateProcessing"; readonly single: readonly TemplatePiece[];
    readonly pair: readonly TemplatePiece[]; readonly special_tokens: Readonly<Record<string, {
      readonly id: string; readonly ids: readonly number[]; readonly tokens: readonly string[];
    }>>;
  }
  | {
    readonly type: "BertProcessing"; readonly sep: readonly [token: string, id: number];
    readonly cls: readonly [token: string, id: number];
  }
  | {
    readonly type: "RobertaProcessing"; readonly sep: readonly [token: string, id: number];
    readonly cls: readonly [token: string, id: number]; readonly trim_offsets: boolean;
    readonly add_prefix_space: boolean;
  }
  | {
    readonly type: "ByteLevel"; readonly add_prefix_space: boolean; readonly trim_offsets: boolean;
    readonly use_regex: boolean;
  };

/** Changes one or two encodings before they are joined; `added` counts the tokens that it puts around them. */
export interface PostProcess {
  added(pair: boolean): number;
  apply(parts: readonly Encoding[], special: boolean): Encoding[];
}

export function compilePostProcessor(config: PostProcessor): PostProcess {
  switch (config.type) {
    case "Sequence": {
      const steps = config.processors.map(compilePostProcessor);
      return {
        added: (pair) => steps.reduce((sum, step) => sum + step.added(pair), 0),
        apply: (parts, special) => steps.reduce<Encoding[]>((x, step) => step.apply(x, special), [...parts]),
      };
    }
    case "ByteLevel": return {
      added: () => 0,
      apply: (parts) => parts.map((part) => (config.trim_offsets ? trimmed(part, config.add_prefix_space) : part)),
    };
    case "BertProcessing": case "RobertaProcessing": return aroundBoth(config);
    case "TemplateProcessing": return template(config);
    default: throw new DataError(`there is no post-processor ${JSON.stringify((config as { type: unknown }).type)}`);
  }
}

/** Spaces at the ends of byte-level tokens are not part of their offsets. */
function trimmed(part: Encoding, addPrefixSpace: boolean): Encoding {
  const offsets = part.offsets.map(([start, end], i): [number, number] => {
    const token = part.tokens[i];
    let before = /^[\u0120\p{White_Space}]*/u.exec(token)![0].length;
    const behind = /[\u0120\p{White_Space}]*$/u.exec(token)![0].length;
    if (before > 0 && addPrefixSpace && (i === 0 || start === 0)) before--;
    const from = Math.min(start + before, end);
    return [from, behind > 0 && end >= behind ? Math.max(end - behind, from) : end];
  });
  return { ...part, offsets };
}

type Around = Extract<PostProcessor, { type: "BertProcessing" | "RobertaProcessing" }>;
/** BERT: [CLS] A [SEP] B [SEP], types 0 and 1. RoBERTa: <s> A </s> </s> B </s>, type 0. */
function aroundBoth(config: Around): PostProcess {
  const roberta = config.type === "RobertaProcessing";
  const token = ([text, id]: readonly [string, number], type: number): Encoding => addedToken(id, text, type);
  return {
    added: (pair) => (pair ? (roberta ? 4 : 3) : 2),
    apply: (parts, special) => {
      const cut = roberta && config.trim_offsets ? parts.map((part) => trimmed(part, config.add_prefix_space)) : parts;
      const second = roberta ? 0 : 1;
      const texts = cut.map((part, i) => withType(part, i === 0 ? 0 : second));
      if (!special) return texts;
      return texts.map((part, i) => joinEncodings(
        ...(i === 0 ? [token(config.cls, 0)] : roberta ? [token(config.sep, 0)] : []), part,
        token(config.sep, i === 0 ? 0 : second)));
    },
  };
}
const withType = (part: Encoding, type: number): Encoding => ({ ...part, typeIds: part.typeIds.map(() => type) });

function template(config: Extract<PostProcessor, { type: "TemplateProcessing" }>): PostProcess {
  const specials = (pieces: readonly TemplatePiece[]): number => pieces.reduce((sum, piece) =>
    sum + ("SpecialToken" in piece ? tokensOf(piece.SpecialToken.id).ids.length : 0), 0);
  const tokensOf = (id: string): { readonly ids: readonly number[]; readonly tokens: readonly string[] } => {
    if (!Object.hasOwn(config.special_tokens, id)) {
      throw new DataError(`the template names ${JSON.stringify(id)}, which is none of its special tokens`);
    }
    return config.special_tokens[id];
  };
  return {
    added: (pair) => specials(pair ? config.pair : config.single),
    apply: (parts, special) => [joinEncodings(...(parts.length > 1 ? config.pair : config.single).flatMap((piece) => {
      if ("Sequence" in piece) {
        const { id, type_id: type } = piece.Sequence;
        return [withType(parts[id === "A" ? 0 : 1], type)];
      }
      if (!special) return [];
      const { ids, tokens } = tokensOf(piece.SpecialToken.id);
      return ids.map((id, i) => addedToken(id, tokens[i], piece.SpecialToken.type_id));
    }))],
  };
}
