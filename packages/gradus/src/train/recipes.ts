import type { Recipe } from "./recipe.ts";
import { GPT_RECIPE, LSTM_RECIPE, MAMBA_RECIPE } from "./recipes/language.ts";
import { LENET5_RECIPE } from "./recipes/lenet5.ts";
import { MLP_RECIPE } from "./recipes/mlp.ts";

/** Every model that `gradus train` can train, in the order of its list. */
export const RECIPES: readonly Recipe[] = [MLP_RECIPE, LENET5_RECIPE, LSTM_RECIPE, GPT_RECIPE, MAMBA_RECIPE];
