import { tensor } from "gradus";

/** The share of a standard normal distribution below x, and its bell. */
const share = (x: number): number => 0.5 + 0.5 * tensor(x / Math.SQRT2).erf().itemSync();
const bell = (x: number): number => Math.exp(-x * x / 2) / Math.sqrt(2 * Math.PI);

/** The slope of 1 / (1 + exp(−x)). */
export const sigmoidGradient = (x: number): number => 0;

/** The slope of tanh x. */
export const tanhGradient = (x: number): number => 0;

/** The slope of x times sigmoid x. */
export const siluGradient = (x: number): number => 0;

/** The slope of x times share(x). */
export const geluGradient = (x: number): number => 0;
