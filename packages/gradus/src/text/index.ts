import "../exec/setup.ts";
import "../tensor/tensor.ts";

export { NgramModel, type NgramOptions, type Smoothing } from "./ngram.ts";
export { Tokenizer, type AddedToken, type EncodeOptions, type TokenizerParts } from "./tokenizer.ts";
export type { Encoding, Padding, Truncation } from "./encoding.ts";
export { readTokenizer, writeTokenizer } from "./tokenizer-json.ts";
export { gpt2Tokenizer, parseMerges } from "./gpt2.ts";
export { BpeModel, type BpeOptions } from "./bpe.ts";
export { WordLevelModel, WordPieceModel, type WordPieceOptions } from "./wordpiece.ts";
export { UnigramModel, type UnigramOptions } from "./unigram.ts";
export type { Token, TokenModel } from "./model.ts";
export type { Decoder } from "./decode.ts";
export type { Normalizer } from "./normalize.ts";
export type { Pattern } from "./pattern.ts";
export type { PostProcessor, TemplatePiece } from "./postprocess.ts";
export type { PreTokenizer, SplitBehavior } from "./pretokenize.ts";
export { byteAlphabet, countWords, trainBpe, trainWordPiece, type MergeTraining } from "./train-bpe.ts";
export { trainUnigram, type UnigramTraining } from "./train-unigram.ts";
export {
  bagOfWords, CharacterModel, oneHotRows, STOP_WORDS, TfIdf, Vocabulary, wordsOf, type VocabularyOptions,
} from "./vocabulary.ts";
