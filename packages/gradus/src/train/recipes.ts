import type { Recipe } from "./recipe.ts";
import { GPT_RECIPE, LSTM_RECIPE, MAMBA_RECIPE } from "./recipes/language.ts";
import { LENET5_RECIPE } from "./recipes/lenet5.ts";
import { MLP_RECIPE } from "./recipes/mlp.ts";
import { CAPTION_RECIPE } from "./recipes/caption.ts";
import { FORECAST_RECIPE } from "./recipes/forecast.ts";
import { SENTIMENT_RECIPE } from "./recipes/sentiment.ts";
import { BILSTM_CRF_RECIPE, POS_RECIPE } from "./recipes/tagging.ts";
import { WORD_LM_RECIPE } from "./recipes/word-language.ts";
import { RELATIVES_RECIPES } from "./recipes/relatives.ts";
import { TRANSLATION_RECIPES } from "./recipes/translation.ts";
import { SEQUENCE_TASK_RECIPES } from "./recipes/sequence-tasks.ts";

/** Every model that `gradus train` can train, in the order of its list. */
export const RECIPES: readonly Recipe[] = [
  MLP_RECIPE, LENET5_RECIPE, LSTM_RECIPE, GPT_RECIPE, MAMBA_RECIPE, ...RELATIVES_RECIPES,
  ...SEQUENCE_TASK_RECIPES,
  BILSTM_CRF_RECIPE, POS_RECIPE, SENTIMENT_RECIPE, FORECAST_RECIPE, CAPTION_RECIPE,
  WORD_LM_RECIPE, ...TRANSLATION_RECIPES,
];
