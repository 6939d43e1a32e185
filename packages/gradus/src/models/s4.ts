import { assign, eagerly } from "../exec/state.ts";
import { add, exp, log, mul, neg } from "../ops/elementwise.ts";
import { stack } from "../ops/movement.ts";
import { onesLike, zerosLike } from "../ops/create.ts";
import * as F from "../nn/functional.ts";
import { normal, uniform, zeros } from "../nn/init.ts";
import { ModuleList } from "../nn/container.ts";
import { Linear } from "../nn/linear.ts";
import { Module } from "../nn/module.ts";
import { LayerNorm } from "../nn/norm.ts";
import { parameter } from "../nn/parameter.ts";
import { noGrad } from "../tensor/gradient.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { UsageError } from "../vocab/errors.ts";
import { MixingBlock, MixingLanguageModel, type Mixer, type MixingOptions } from "./mixing.ts";

/**
 * S4 with a diagonal state matrix (S4D): a language model of state spaces that treat every input alike.
 *
 * Gu, Gupta, Goel, Ré, "On the parameterization and initialization of diagonal state space models", NeurIPS 2022:
 * section 3 (the layer), section 4 (starting values). Gu, Goel, Ré, "Efficiently modeling long sequences with
 * structured state spaces", ICLR 2022: the two views, and blocks with feed-forward nets for text (appendix D.3.3).
 *
 * Letters: B sequences, T time, D width, N states, kept as N / 2 numbers whose conjugates are the others, dt length of
 * a step. Names inside the kernel are those of the authors' s4d.py: log_dt, C, log_A_real, A_imag.
 */
interface LayerOptions {
  /** N; default 64. */
  readonly state?: number;
  /** What A starts with; default "linear" (S4D-Lin). */
  readonly start?: F.DiagonalStart;
}
export interface S4Options extends MixingOptions, LayerOptions {}
/** Sizes of a classifier of sequences. */
export interface S4ClassifierOptions extends Omit<MixingOptions, "vocabulary">, LayerOptions {
  /** Numbers of one step: F. */
  readonly features: number;
  readonly classes: number;
}
/** Named sizes of S4. */
export const S4_PRESETS = {
  small: { vocabulary: 65, width: 128, layers: 4 },
} as const satisfies Readonly<Record<string, S4Options>>;

/** The parameters of D state spaces: A = -e^log_A_real + i A_imag, B = 1, C. */
class Kernel extends Module {
  readonly log_dt: Tensor;
  readonly C: Tensor;
  readonly log_A_real: Tensor;
  readonly A_imag: Tensor;

  constructor({ width, state = 64, start = "linear" }: LayerOptions & { readonly width: number }) {
    super();
    if (state % 2 !== 0) {
      throw new UsageError(`S4: a state of ${state} is not made of pairs of conjugates; take an even one`);
    }
    const pairs = state / 2;
    const part = (f: (A: Tensor) => Tensor): Tensor =>
      eagerly(() => noGrad(() => f(F.diagonalStart(start, pairs)).broadcastTo([width, pairs])));
    this.log_dt = parameter(uniform([width], Math.log(0.001), Math.log(0.1)));        // (D)
    this.C = parameter(normal([width, pairs, 2], 0, Math.SQRT1_2));                   // (D, N/2, 2)
    this.log_A_real = parameter(part((A) => log(neg(A.select(1, 0)))));               // (D, N/2)
    this.A_imag = parameter(part((A) => A.select(1, 1)));                             // (D, N/2)
  }
  /** The model at steps of length dt, by zero-order hold. Twice the real part of half the states is all of them. */
  discrete(): F.DiagonalStateSpace {
    const A = stack([neg(exp(this.log_A_real)), this.A_imag], -1);                    // (D, N/2, 2)
    const B = stack([onesLike(this.A_imag), zerosLike(this.A_imag)], -1);
    return F.discretizeDiagonal({ A, B, C: mul(this.C, 2) }, exp(this.log_dt));
  }
}
/** One state space per channel, then a gated mixture of the channels. */
class S4D extends Module implements Mixer {
  readonly D: Tensor;
  readonly kernel: Kernel;
  readonly output_linear: Linear;

  constructor(options: LayerOptions & { readonly width: number; readonly layers: number }) {
    super();
    this.D = parameter(normal([options.width]));                            // (D)
    this.kernel = new Kernel(options);
    this.output_linear = new Linear(options.width, 2 * options.width);
    assign(this.output_linear.weight, mul(this.output_linear.weight.detach(), 1 / Math.sqrt(2 * options.layers)));
  }
  /** The convolutional view: x (B, T, D), result (B, T, D). */
  forward(x: Tensor): Tensor {
    const kernel = F.stateSpaceKernel(this.kernel.discrete(), x.shape[1]);  // (D, T)
    return this.#finish(F.causalConvolution(x, kernel), x);
  }
  start(batch: number): Tensor {
    return zeros([batch, ...this.kernel.C.shape]);                          // (B, D, N/2, 2)
  }
  /** The recurrent view: x (B, D). */
  step(x: Tensor, state: Tensor): { y: Tensor; state: Tensor } {
    const made = F.stateSpaceStep(this.kernel.discrete(), x, state);
    return { y: this.#finish(made.y, x), state: made.state };
  }
  #finish(y: Tensor, x: Tensor): Tensor {
    return F.glu(this.output_linear.forward(F.gelu(add(y, mul(x, this.D)))), -1);
  }
}

/** Tokens (B, T) to scores of the next token (B, T, vocabulary) by diagonal state spaces. Gu et al. 2022. */
export class S4 extends MixingLanguageModel<S4D> {
  constructor(options: S4Options = S4_PRESETS.small) {
    super(options, () => new S4D(options));
  }
}

/** A sequence (B, T, F) to scores of its class (B, classes): the same blocks, then the mean over time. */
export class S4Classifier extends Module {
  readonly encoder: Linear;
  readonly blocks: ModuleList<MixingBlock<S4D>>;
  readonly norm: LayerNorm;
  readonly decoder: Linear;

  constructor(options: S4ClassifierOptions) {
    super();
    const { width, layers, features, classes } = options;
    this.encoder = new Linear(features, width);
    this.blocks = new ModuleList(Array.from({ length: layers }, () => new MixingBlock(options, new S4D(options))));
    this.norm = new LayerNorm(width);
    this.decoder = new Linear(width, classes);
  }
  forward(x: Tensor): Tensor {
    let h = this.encoder.forward(x);                                        // (B, T, D)
    for (const block of this.blocks) h = block.forward(h);
    return this.decoder.forward(this.norm.forward(h).mean([1]));            // (B, classes)
  }
}
