import type { Recipe } from "./recipe.ts";
import { MLP_RECIPE } from "./recipes/mlp.ts";

/** Every model that `gradus train` can train, in the order of its list. */
export const RECIPES: readonly Recipe[] = [MLP_RECIPE];
