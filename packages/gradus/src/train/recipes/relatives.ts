import type { LanguageRecipe } from "../recipe.ts";
import { COMMON, HELD_OUT } from "./language.ts";

/** Of the size and with the steps of the recipes for GPT and Mamba, so that the figures can be compared. */
export const RELATIVES_RECIPES: readonly LanguageRecipe[] = [
  {
    ...COMMON, name: "s4", title: "S4D that predicts characters", lr: 4e-3, weightDecay: 0.1,
    bar: { metric: "nats", value: 1.68, on: HELD_OUT },
    async create(vocabulary) {
      const { S4, S4_PRESETS } = await import("../../models/s4.ts");
      return new S4({ ...S4_PRESETS.small, vocabulary });
    },
  },
  {
    ...COMMON, name: "linear-attention", title: "Linear Transformer that predicts characters", lr: 2e-3,
    weightDecay: 0.1, bar: { metric: "nats", value: 1.9, on: HELD_OUT },
    async create(vocabulary) {
      const { LinearAttention, LINEAR_ATTENTION_PRESETS } = await import("../../models/linear-attention.ts");
      return new LinearAttention({ ...LINEAR_ATTENTION_PRESETS.small, vocabulary });
    },
  },
  {
    ...COMMON, name: "retnet", title: "RetNet that predicts characters", lr: 2e-3, weightDecay: 0.1,
    bar: { metric: "nats", value: 1.78, on: HELD_OUT },
    async create(vocabulary) {
      const { RetNet, RETNET_PRESETS } = await import("../../models/retnet.ts");
      return new RetNet({ ...RETNET_PRESETS.small, vocabulary });
    },
  },
  {
    ...COMMON, name: "rwkv", title: "RWKV-4 that predicts characters", lr: 4e-3, weightDecay: 0.1,
    bar: { metric: "nats", value: 1.59, on: HELD_OUT },
    async create(vocabulary) {
      const { RWKV, RWKV_PRESETS } = await import("../../models/rwkv.ts");
      return new RWKV({ ...RWKV_PRESETS.small, vocabulary });
    },
  },
];
