/** Probability distributions: the namespace `distributions`. */
export { Distribution } from "./distribution.ts";
export { LogNormal, Normal } from "./normal.ts";
export { Cauchy, Exponential, Gumbel, Laplace, Uniform } from "./by-inversion.ts";
export { Beta, Dirichlet, Gamma, StudentT } from "./gamma.ts";
export { Bernoulli, Binomial, Geometric, type Chance } from "./bernoulli.ts";
export { Categorical, Multinomial, OneHotCategorical, type Chances } from "./categorical.ts";
export { Poisson } from "./poisson.ts";
export { MultivariateNormal } from "./multivariate-normal.ts";
export { Independent, MixtureSameFamily } from "./combined.ts";
export { klDivergence } from "./divergence.ts";
