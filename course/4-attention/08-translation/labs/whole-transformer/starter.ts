import type { Tensor } from "gradus";

type Norm = (x: Tensor) => Tensor;
type Attend = (from: Tensor, to: Tensor, causal: boolean) => Tensor;
interface EncoderBlock { attend: Attend; feed: Norm; norm1: Norm; norm2: Norm }
interface DecoderBlock extends EncoderBlock { cross: Attend; norm3: Norm }
export interface Model {
  embedSource(ids: number[]): Tensor; embedTarget(ids: number[]): Tensor; score(rows: Tensor): Tensor;
  encoder: EncoderBlock[]; decoder: DecoderBlock[]; encoderNorm: Norm; decoderNorm: Norm;
}

/** What the encoder makes of a source: [S, D]. */
export function encode(ids: number[], model: Model): Tensor {
  return model.embedSource(ids);
}

/** Scores of the next token at each place: [T, V]. */
export function decode(ids: number[], memory: Tensor, model: Model): Tensor {
  return model.score(model.embedTarget(ids));
}

/** The likeliest token, again and again. */
export function greedy(ids: number[], model: Model, options: { start: number; stop: number; length: number }):
  number[] {
  return ids;
}

/** The target of label smoothing. */
export function smoothed(classes: number, right: number, epsilon: number): number[] {
  return Array.from({ length: classes }, () => 0);
}

/** The learning rate at a step, counted from 1. */
export function rate(step: number, width: number, warmup: number): number {
  return 0;
}
