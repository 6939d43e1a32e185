import type { LanguageRecipe } from "../recipe.ts";

/** Characters of a window, in training and in scoring. */
const CONTEXT = 64;
/** What the recipes for models of characters have in common, so that their figures can be compared. */
export const COMMON = {
  kind: "language", data: "shakespeare", steps: 2000, batch: 12, context: CONTEXT, warmup: 0.05,
} as const;
export const HELD_OUT = "the last tenth of Shakespeare's plays, worst of 2 seeds";

/** 128 hidden units. */
export const LSTM_RECIPE: LanguageRecipe = {
  ...COMMON, name: "lstm-lm", title: "LSTM that predicts characters", lr: 1e-2, weightDecay: 0.01,
  bar: { metric: "nats", value: 1.8, on: HELD_OUT },
  async create(vocabulary) {
    const { LSTMLanguageModel, LSTM_PRESETS } = await import("../../models/lstm-lm.ts");
    return new LSTMLanguageModel({ ...LSTM_PRESETS.small, vocabulary });
  },
};
/** 4 layers of 4 heads, 128 wide. */
export const GPT_RECIPE: LanguageRecipe = {
  ...COMMON, name: "gpt", title: "GPT that predicts characters", lr: 2e-3, weightDecay: 0.1,
  bar: { metric: "nats", value: 1.92, on: HELD_OUT },
  async create(vocabulary) {
    const { GPT, GPT_PRESETS } = await import("../../models/gpt.ts");
    return new GPT({ ...GPT_PRESETS.small, vocabulary, block: CONTEXT });
  },
};
/** 7 blocks, 128 wide. */
export const MAMBA_RECIPE: LanguageRecipe = {
  ...COMMON, name: "mamba", title: "Mamba that predicts characters", lr: 4e-3, weightDecay: 0.1,
  bar: { metric: "nats", value: 1.65, on: HELD_OUT },
  async create(vocabulary) {
    const { Mamba, MAMBA_PRESETS } = await import("../../models/mamba.ts");
    return new Mamba({ ...MAMBA_PRESETS.small, vocabulary });
  },
};
