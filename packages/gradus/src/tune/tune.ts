/** Looking for good settings: the namespace `tune`. */
export {
  choice, float, integer, log, type IntegerOptions, type Parameter, type Space, type Value, type Values,
} from "./space.ts";
export {
  search, Study, type Direction, type History, type Journal, type JournalLine, type Objective, type Proposal,
  type Report, type SearchOptions, type Stopping, type Strategy, type Trial, type TrialRun,
} from "./study.ts";
export { GridSearch, RandomSearch } from "./sampling.ts";
export { Bayesian, expectedImprovement, type BayesianOptions } from "./bayesian.ts";
export { GaussianProcess, type KernelSettings, type Prediction } from "./gaussian-process.ts";
export { TreeParzen, type TreeParzenOptions } from "./tree-parzen.ts";
export { Asha, Hyperband, SuccessiveHalving, type HalvingOptions } from "./halving.ts";
export { drawStudy, svgOfStudy, type StudyPlotOptions } from "./plot.ts";
