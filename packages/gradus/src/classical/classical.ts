/** Models that are not networks, in float64 on the CPU, beside networks as baselines: the namespace `classical`. */
export type { Estimator } from "./estimator.ts";
export { KNeighborsClassifier, KNeighborsRegressor, type NeighborsOptions } from "./neighbors.ts";
export {
  DecisionTreeClassifier, DecisionTreeRegressor, type ClassificationTreeOptions, type TreeNode, type TreeOptions,
} from "./tree.ts";
export {
  GradientBoostingClassifier, GradientBoostingRegressor, RandomForestClassifier, RandomForestRegressor,
  type BoostingOptions, type ForestOptions,
} from "./ensemble.ts";
export { LinearRegression, LogisticRegression, Ridge, type LinearOptions, type LogisticOptions } from "./linear.ts";
export { LinearSVC, SVC, type LinearSVCOptions, type SVCOptions } from "./svm.ts";
export { BernoulliNB, GaussianNB, MultinomialNB } from "./bayes.ts";
export { KMeans, type KMeansOptions } from "./kmeans.ts";
export { PCA } from "./pca.ts";
export { MarkovChain, type MarkovOptions } from "./markov.ts";
export { crossValidate, kFold, stratifiedKFold, stratifiedSplit, type Fold } from "./selection.ts";
export { MinMaxScaler, StandardScaler } from "./scaling.ts";
