import { DataError } from "../vocab/errors.ts";
import { JsonField } from "../data/formats/fields.ts";
import { BpeModel } from "./bpe.ts";
import { Tokenizer } from "./tokenizer.ts";

/** The merges of a file `vocab.bpe` or `merges.txt`: two pieces a line; a first line with "#version" is a remark. */
export function parseMerges(text: string, name = "vocab.bpe"): [left: string, right: string][] {
  return text.split("\n").flatMap((line, i): [string, string][] => {
    if ((i === 0 && line.startsWith("#version")) || line.trim() === "") return [];
    const pair = line.replace(/\r$/, "").split(" ");
    if (pair.length !== 2) throw new DataError(`${name}, line ${i + 1}: a merge is two pieces with a space between`);
    return [[pair[0], pair[1]]];
  });
}

/** GPT-2's tokenizer from its two files, `vocab.bpe` and `encoder.json`: the same numbers as OpenAI's. */
export function gpt2Tokenizer(vocabBpe: string, encoderJson: string): Tokenizer {
  const fields = JsonField.parse(encoderJson, "encoder.json");
  const vocab = new Map(Array.from(fields.object.keys(), (token) => [token, fields.get(token).integer]));
  const model = new BpeModel({ vocab, merges: parseMerges(vocabBpe) });
  const end = "<|endoftext|>", id = model.idOf(end);
  return new Tokenizer({
    model,
    preTokenizer: { type: "ByteLevel", add_prefix_space: false, trim_offsets: true, use_regex: true },
    postProcessor: { type: "ByteLevel", add_prefix_space: false, trim_offsets: false, use_regex: true },
    decoder: { type: "ByteLevel" },
    addedTokens: id === undefined ? [] : [{ id, content: end, special: true }],
  });
}
