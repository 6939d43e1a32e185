import { assign, eagerly } from "../exec/state.ts";
import { add, exp, mul, neg, square, sub } from "../ops/elementwise.ts";
import { concat, narrow } from "../ops/movement.ts";
import { ModuleList } from "../nn/container.ts";
import { Embedding } from "../nn/embedding.ts";
import * as F from "../nn/functional.ts";
import { orthogonal, uniform, zeros } from "../nn/init.ts";
import { Linear } from "../nn/linear.ts";
import { Module } from "../nn/module.ts";
import { LayerNorm } from "../nn/norm.ts";
import { parameter } from "../nn/parameter.ts";
import { tensor } from "../tensor/create.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { RecurrentLanguageModel } from "./language-model.ts";

/**
 * RWKV-4: a recurrent network that is trained like a Transformer.
 *
 * Peng, Alcaide, Anthony et al., "RWKV: reinventing RNNs for the Transformer era", EMNLP 2023: section 3 (time mixing
 * and channel mixing), appendix E (starting values).
 *
 * Letters: B sequences, T time, V vocabulary, D width, L layers; in time mixing r receptance (a gate), w how fast a
 * channel forgets, k key, v value, u the bonus of the present.
 *
 * Names are those of Hugging Face: rwkv.blocks.0.attention.time_decay, ... w is -e^time_decay, u is time_first.
 */
export interface RWKVOptions {
  readonly vocabulary: number;
  readonly width: number;
  readonly layers: number;
  /** Width inside channel mixing; default 4 D. */
  readonly inner?: number;
}
/** Named sizes of RWKV-4. */
export const RWKV_PRESETS = {
  small: { vocabulary: 65, width: 128, layers: 4 },
  "rwkv-4-169m-pile": { vocabulary: 50277, width: 768, layers: 12 },
} as const satisfies Readonly<Record<string, RWKVOptions>>;

/** Which of the L layers this is. */
interface Place extends RWKVOptions {
  readonly layer: number;
}
/** A row of D numbers from the channel's number, as State. */
const row = (width: number, f: (channel: number) => number, lead: readonly number[] = []): Tensor =>
  parameter(tensor(Float32Array.from({ length: width }, (_, i) => f(i)), { shape: [...lead, width] }));
/** How much of the present goes into a mixture with the step before: more in later channels, and in later layers. */
const mixture = ({ width, layers, layer }: Place, scale = 1, shift = 0): Tensor =>
  row(width, (i) => scale * (i / width) ** (1 - layer / layers) + shift, [1, 1]);
/** A product without bias whose weights start at 0, so that the block first changes nothing. */
function silent(inputs: number, outputs: number): Linear {
  const made = new Linear(inputs, outputs, { bias: false });
  assign(made.weight, zeros([outputs, inputs]));
  return made;
}
function turning(inputs: number, outputs: number, scale = 1): Linear {
  const made = new Linear(inputs, outputs, { bias: false });
  assign(made.weight, orthogonal([outputs, inputs], scale * Math.sqrt(Math.max(1, outputs / inputs))));
  return made;
}
/** The step before each: x (B, T, D), with zeros before the first. */
const previous = (x: Tensor): Tensor =>
  concat([zeros([x.shape[0], 1, x.shape[2]]), narrow(x, 1, 0, x.shape[1] - 1)], 1);
/** mix x + (1 - mix) before, for x (B, T, D) or (B, D). */
const blend = (x: Tensor, before: Tensor, mix: Tensor): Tensor =>
  add(before, mul(sub(x, before), mix.reshape([-1])));

/** Time mixing: what each channel remembers of the past, let through by the receptance. */
class Attention extends Module {
  readonly time_decay: Tensor;
  readonly time_first: Tensor;
  readonly time_mix_key: Tensor;
  readonly time_mix_value: Tensor;
  readonly time_mix_receptance: Tensor;
  readonly key: Linear;
  readonly value: Linear;
  readonly receptance: Linear;
  readonly output: Linear;

  constructor(place: Place) {
    super();
    const { width, layers, layer } = place, depth = layer / Math.max(1, layers - 1);
    this.time_decay = row(width, (i) => -5 + 8 * (i / Math.max(1, width - 1)) ** (0.7 + 1.3 * depth)); // (D)
    this.time_first = row(width, (i) => Math.log(0.3) + 0.5 * ((i + 1) % 3 - 1));                      // (D)
    this.time_mix_key = mixture(place);                                     // (1, 1, D)
    this.time_mix_value = mixture(place, 1, 0.3 * depth);
    this.time_mix_receptance = mixture(place, 0.5);
    this.key = silent(width, width);
    this.value = turning(width, width);
    this.receptance = silent(width, width);
    this.output = silent(width, width);
  }
  /** Receptance, key and value of x and the step before it. */
  #project(x: Tensor, before: Tensor): readonly Tensor[] {
    return [
      F.sigmoid(this.receptance.forward(blend(x, before, this.time_mix_receptance))),
      this.key.forward(blend(x, before, this.time_mix_key)),
      this.value.forward(blend(x, before, this.time_mix_value)),
    ];
  }
  forward(x: Tensor): Tensor {
    const [r, k, v] = this.#project(x, previous(x));                        // (B, T, D) each
    return this.output.forward(r.mul(F.wkv(k, v, neg(exp(this.time_decay)), this.time_first)));
  }
  step(x: Tensor, before: Tensor, state: F.WkvState): { y: Tensor; state: F.WkvState } {
    const [r, k, v] = this.#project(x, before);                             // (B, D) each
    const made = F.wkvStep(k, v, neg(exp(this.time_decay)), this.time_first, state);
    return { y: this.output.forward(r.mul(made.y)), state: made.state };
  }
}
/** Channel mixing: a feed-forward net with squared relu, that also sees the step before. */
class FeedForward extends Module {
  readonly time_mix_key: Tensor;
  readonly time_mix_receptance: Tensor;
  readonly key: Linear;
  readonly receptance: Linear;
  readonly value: Linear;

  constructor(place: Place) {
    super();
    const { width, inner = 4 * width } = place;
    this.time_mix_key = mixture(place);
    this.time_mix_receptance = mixture(place);
    this.key = turning(width, inner);
    this.receptance = silent(width, width);
    this.value = silent(inner, width);
  }
  /** x and the step before it, (B, T, D) or (B, D), result as x. */
  forward(x: Tensor, before: Tensor): Tensor {
    const k = square(F.relu(this.key.forward(blend(x, before, this.time_mix_key))));
    const r = F.sigmoid(this.receptance.forward(blend(x, before, this.time_mix_receptance)));
    return r.mul(this.value.forward(k));
  }
}
class Block extends Module {
  readonly pre_ln: LayerNorm | null;
  readonly ln1: LayerNorm;
  readonly ln2: LayerNorm;
  readonly attention: Attention;
  readonly feed_forward: FeedForward;

  constructor(place: Place) {
    super();
    this.pre_ln = place.layer === 0 ? new LayerNorm(place.width) : null;
    this.ln1 = new LayerNorm(place.width);
    this.ln2 = new LayerNorm(place.width);
    this.attention = new Attention(place);
    this.feed_forward = new FeedForward(place);
  }
  forward(x: Tensor): Tensor {
    const start = this.pre_ln === null ? x : this.pre_ln.forward(x);
    const h = start.add(this.attention.forward(this.ln1.forward(start)));
    const seen = this.ln2.forward(h);
    return h.add(this.feed_forward.forward(seen, previous(seen)));          // (B, T, D)
  }
  /** One step: x (B, D), and of the step before what both mixings saw and what the first remembers; (B, D) each. */
  step(x: Tensor, before: readonly Tensor[]): { y: Tensor; state: readonly Tensor[] } {
    const [time, numerator, denominator, exponent, channel] = before;
    const start = this.pre_ln === null ? x : this.pre_ln.forward(x);
    const seen = this.ln1.forward(start);
    const made = this.attention.step(seen, time, { numerator, denominator, exponent });
    const h = start.add(made.y), after = this.ln2.forward(h);
    const kept = [made.state.numerator, made.state.denominator, made.state.exponent];
    return { y: h.add(this.feed_forward.forward(after, channel)), state: [seen, ...kept, after] };
  }
}
/** Tensors that a block keeps from step to step. */
const KEPT = 5;

class Backbone extends Module {
  readonly embeddings: Embedding;
  readonly blocks: ModuleList<Block>;
  readonly ln_out: LayerNorm;

  constructor(options: RWKVOptions) {
    super();
    const { vocabulary, width, layers } = options;
    this.embeddings = new Embedding(vocabulary, width);
    // Tiny numbers, which the first norm makes large: they change direction quickly while training.
    assign(this.embeddings.weight, eagerly(() => uniform([vocabulary, width], -1e-4, 1e-4)));
    this.blocks = new ModuleList(Array.from({ length: layers }, (_, layer) => new Block({ ...options, layer })));
    this.ln_out = new LayerNorm(width);
  }
}

/** Tokens (B, T) to scores of the next token (B, T, vocabulary) by decaying means of the past. Peng et al. 2023. */
export class RWKV extends Module implements RecurrentLanguageModel {
  readonly rwkv: Backbone;
  readonly head: Linear;
  readonly vocabulary: number;
  readonly context = Infinity;

  constructor(options: RWKVOptions = RWKV_PRESETS.small) {
    super();
    this.rwkv = new Backbone(options);
    this.head = turning(options.width, options.vocabulary, 0.5);
    this.vocabulary = options.vocabulary;
  }
  /** Scores of every next token: tokens (B, T), i32, result (B, T, V). */
  forward(tokens: Tensor): Tensor {
    const { embeddings, blocks, ln_out } = this.rwkv;
    let x = embeddings.forward(tokens);                                     // (B, T, D)
    for (const block of blocks) x = block.forward(x);
    return this.head.forward(ln_out.forward(x));                            // (B, T, V)
  }
  start(batch: number): readonly Tensor[] {
    const width = this.head.weight.shape[1], nothing = zeros([batch, width]);
    const { numerator, denominator, exponent } = F.wkvStart(batch, width);
    return [...this.rwkv.blocks].flatMap(() => [nothing, numerator, denominator, exponent, nothing]);
  }
  step(token: Tensor, state: readonly Tensor[]): { logits: Tensor; state: readonly Tensor[]; hidden: Tensor } {
    const next: Tensor[] = [];
    let x = this.rwkv.embeddings.forward(token);                            // (B, D)
    for (const [i, block] of [...this.rwkv.blocks].entries()) {
      const made = block.step(x, state.slice(KEPT * i, KEPT * (i + 1)));
      next.push(...made.state);
      x = made.y;
    }
    const hidden = this.rwkv.ln_out.forward(x);
    return { logits: this.head.forward(hidden), state: next, hidden };      // (B, V)
  }
}
