import type { TaskRecipe } from "../recipe.ts";
import { openTranslation, restoreTranslation, WANTED, type TranslationSettings } from "../translation.ts";

const COMMON = {
  kind: "task", data: null, wanted: WANTED, steps: 1500, batch: 64, warmup: 0.05, weightDecay: 0,
} as const;
/** One run each; bars lie two deviations below it, measured by drawing the test sentences again 100 times. */
const ON = "Multi30k's 1,000 test pairs of 2016, lower case, English to German, greedy";

/** A recipe of translation with what reads its data and builds its model again. */
const recipe = (
  own: Pick<TaskRecipe, "name" | "title" | "bar" | "lr">,
  settings: Pick<TranslationSettings, "pieces" | "labelSmoothing" | "create">,
): TaskRecipe => {
  const all = { ...COMMON, ...settings };
  return {
    ...COMMON, ...own, open: (source) => openTranslation(all, source), restore: (kept) => restoreTranslation(all, kept),
  };
};
const network = (attention: "none" | "bahdanau") => async (vocabulary: number) => {
  const { Seq2Seq, SEQ2SEQ_PRESETS } = await import("../../models/seq2seq.ts");
  return new Seq2Seq({ ...SEQ2SEQ_PRESETS.small, vocabulary, attention, dropout: 0.1 });
};

/** One vector of 256 numbers carries each sentence. Cho et al. 2014. BLEU 14.6, perplexity 17.6 a piece. */
const SEQ2SEQ_RECIPE = recipe({
  name: "seq2seq", title: "GRU encoder and decoder that translate, without attention", lr: 2e-3,
  bar: { metric: "bleu", value: 13.5, on: ON },
}, { pieces: 3000, create: network("none") });
/** The same network with attention. Bahdanau et al. 2015. BLEU 26.1 (deviation 0.7), perplexity 11.3 a piece. */
const SEQ2SEQ_ATTENTION_RECIPE = recipe({
  name: "seq2seq-attention", title: "GRU encoder and decoder that translate, with attention", lr: 2e-3,
  bar: { metric: "bleu", value: 24.6, on: ON },
}, { pieces: 3000, create: network("bahdanau") });
/** 2 layers of encoder and decoder, 128 wide. Vaswani et al. 2017. BLEU 28.3 (deviation 0.8), perplexity 10 a piece. */
const TRANSFORMER_RECIPE = recipe({
  name: "transformer", title: "Transformer that translates", lr: 3e-3,
  bar: { metric: "bleu", value: 26.7, on: ON },
}, {
  pieces: 3000, labelSmoothing: 0.1,
  async create(vocabulary) {
    const { TranslationTransformer, TRANSLATION_TRANSFORMER_PRESETS } = await import("../../models/transformer.ts");
    return new TranslationTransformer({ ...TRANSLATION_TRANSFORMER_PRESETS.small, vocabulary });
  },
});
/** Translation without attention, with it, and by it alone. */
export const TRANSLATION_RECIPES: readonly TaskRecipe[] =
  [SEQ2SEQ_RECIPE, SEQ2SEQ_ATTENTION_RECIPE, TRANSFORMER_RECIPE];
