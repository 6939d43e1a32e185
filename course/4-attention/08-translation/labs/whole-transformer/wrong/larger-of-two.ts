// fails: Take the smaller of the two terms
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
  let x = model.embedSource(ids);
  for (const { attend, feed, norm1, norm2 } of model.encoder) {
    const normed = norm1(x);
    x = x.add(attend(normed, normed, false));
    x = x.add(feed(norm2(x)));
  }
  return model.encoderNorm(x);
}

/** Scores of the next token at each place: [T, V]. */
export function decode(ids: number[], memory: Tensor, model: Model): Tensor {
  let x = model.embedTarget(ids);
  for (const { attend, cross, feed, norm1, norm2, norm3 } of model.decoder) {
    const normed = norm1(x);
    x = x.add(attend(normed, normed, true));
    x = x.add(cross(norm2(x), memory, false));
    x = x.add(feed(norm3(x)));
  }
  return model.score(model.decoderNorm(x));
}

/** The likeliest token, again and again. */
export function greedy(ids: number[], model: Model, options: { start: number; stop: number; length: number }):
  number[] {
  const { start, stop, length } = options, memory = encode(ids, model), written: number[] = [];
  while (written.length < length) {
    const scores = decode([start, ...written], memory, model);
    const token = scores.select(0, written.length).argmax().itemSync();
    if (token === stop) break;
    written.push(token);
  }
  return written;
}

/** The target of label smoothing. */
export function smoothed(classes: number, right: number, epsilon: number): number[] {
  return Array.from({ length: classes }, (_, i) => epsilon / classes + (i === right ? 1 - epsilon : 0));
}

/** The learning rate at a step, counted from 1. */
export function rate(step: number, width: number, warmup: number): number {
  return width ** -0.5 * Math.max(step ** -0.5, step * warmup ** -1.5);
}
