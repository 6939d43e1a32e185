import type { Tensor } from "gradus";

type Norm = (x: Tensor) => Tensor;
type Attend = (from: Tensor, to: Tensor, causal: boolean) => Tensor;
interface Block { attend: Attend; cross?: Attend; feed: Norm; norm1: Norm; norm2: Norm; norm3?: Norm }
interface Model {
  embedSource(ids: number[]): Tensor; embedTarget(ids: number[]): Tensor; score(rows: Tensor): Tensor;
  encoder: Block[]; decoder: Block[]; encoderNorm: Norm; decoderNorm: Norm;
}
/** A stack: with a memory it is a decoder. */
function stack(x: Tensor, blocks: Block[], memory: Tensor | null): Tensor {
  return blocks.reduce((stream, { attend, cross, feed, norm1, norm2, norm3 }) => {
    const own = norm1(stream), first = stream.add(attend(own, own, memory !== null));
    const second = memory === null ? first : first.add(cross!(norm2(first), memory, false));
    return second.add(feed((memory === null ? norm2 : norm3!)(second)));
  }, x);
}
export const encode = (ids: number[], model: Model): Tensor =>
  model.encoderNorm(stack(model.embedSource(ids), model.encoder, null));
export const decode = (ids: number[], memory: Tensor, model: Model): Tensor =>
  model.score(model.decoderNorm(stack(model.embedTarget(ids), model.decoder, memory)));
export async function greedy(ids: number[], model: Model, { start, stop, length }: Record<string, number>) {
  const memory = encode(ids, model), read = [start];
  for (let i = 0; i < length; i++) {
    const rows = await decode(read, memory, model).array() as number[][], scores = rows[i];
    const token = scores.indexOf(Math.max(...scores));
    if (token === stop) return read.slice(1);
    read.push(token);
  }
  return read.slice(1);
}
export function smoothed(classes: number, right: number, epsilon: number): number[] {
  const target = new Array<number>(classes).fill(epsilon / classes);
  target[right] += 1 - epsilon;
  return target;
}
export const rate = (step: number, width: number, warmup: number): number =>
  (step < warmup ? step / warmup ** 1.5 : 1 / Math.sqrt(step)) / Math.sqrt(width);
