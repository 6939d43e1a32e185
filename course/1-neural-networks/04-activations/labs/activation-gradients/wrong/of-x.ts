// fails: takes the value of the sigmoid
import { tensor } from "gradus";

/** The share of a standard normal distribution below x, and its bell. */
const share = (x: number): number => 0.5 + 0.5 * tensor(x / Math.SQRT2).erf().itemSync();
const bell = (x: number): number => Math.exp(-x * x / 2) / Math.sqrt(2 * Math.PI);
const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

/** s (1 − s): a product of two numbers between 0 and 1, so it cannot overflow. */
export const sigmoidGradient = (x: number): number => x * (1 - x);

/** 1 − tanh². */
export const tanhGradient = (x: number): number => 1 - Math.tanh(x) ** 2;

/** Each factor waits while the other moves. */
export const siluGradient = (x: number): number => sigmoid(x) + x * sigmoidGradient(x);

/** The same, with the share and its bell. */
export const geluGradient = (x: number): number => share(x) + x * bell(x);
