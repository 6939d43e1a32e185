import { reshape } from "../ops/movement.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { crossEntropy, nllLoss, type CrossEntropyOptions, type NllOptions } from "./functional/cross-entropy.ts";
import { infoNceLoss, ntXentLoss, type ContrastiveOptions, type InfoNceOptions } from "./functional/contrastive.ts";
import { ctcLoss, type CtcOptions, type Lengths } from "./functional/ctc.ts";
import {
  bceWithLogits, binaryCrossEntropy, gaussianNllLoss, huberLoss, klDiv, l1Loss, mseLoss, poissonNllLoss, smoothL1Loss,
  type GaussianNllOptions, type LossOptions, type PoissonNllOptions,
} from "./functional/loss.ts";
import {
  cosineEmbeddingLoss, hingeEmbeddingLoss, hingeLoss, marginRankingLoss, multilabelMarginLoss, multilabelSoftMarginLoss,
  multiMarginLoss, softMarginLoss, tripletMarginLoss, tripletMarginWithDistanceLoss, type HingeOptions,
  type MarginOptions, type MultiMarginOptions, type TripletDistanceOptions, type TripletOptions,
} from "./functional/margin.ts";
import { diceLoss, focalLoss, sigmoidFocalLoss, type DiceOptions, type FocalOptions } from "./functional/unbalanced.ts";
import { Linear } from "./linear.ts";
import { Module } from "./module.ts";
import { buffer } from "./parameter.ts";

type Weight = { readonly weight?: Tensor | null };

/** A loss as a module: its options are those of the function of `F` that it calls. */
abstract class Loss<O extends object> extends Module {
  readonly options: O;

  constructor(options?: O) {
    super();
    this.options = options ?? {} as O;
  }
  protected override describe(): string {
    return Object.entries(this.options)
      .filter(([, value]) => typeof value === "number" || typeof value === "string" || typeof value === "boolean")
      .map(([name, value]) => `${name}=${String(value)}`).join(", ");
  }
}
/** A loss whose weights are a buffer, saved with the model as PyTorch does. */
abstract class WeightedLoss<O extends Weight> extends Loss<O> {
  readonly weight: Tensor | null;

  constructor(options?: O) {
    super(options);
    const weight = options?.weight ?? null;
    this.weight = weight === null ? null : buffer(weight);
  }
  protected get weighted(): O {
    return { ...this.options, weight: this.weight };
  }
}

/** Mean absolute error; see `F.l1Loss`. */
export class L1Loss extends Loss<LossOptions> {
  forward(x: Tensor, target: Tensor): Tensor {
    return l1Loss(x, target, this.options);
  }
}
/** Mean squared error; see `F.mseLoss`. */
export class MSELoss extends Loss<LossOptions> {
  forward(x: Tensor, target: Tensor): Tensor {
    return mseLoss(x, target, this.options);
  }
}
/** See `F.huberLoss`. */
export class HuberLoss extends Loss<LossOptions & { readonly delta?: number }> {
  forward(x: Tensor, target: Tensor): Tensor {
    return huberLoss(x, target, this.options);
  }
}
/** See `F.smoothL1Loss`. */
export class SmoothL1Loss extends Loss<LossOptions & { readonly beta?: number }> {
  forward(x: Tensor, target: Tensor): Tensor {
    return smoothL1Loss(x, target, this.options);
  }
}
/** Cross-entropy of logits; see `F.crossEntropy`. */
export class CrossEntropyLoss extends WeightedLoss<CrossEntropyOptions> {
  forward(x: Tensor, target: Tensor): Tensor {
    return crossEntropy(x, target, this.weighted);
  }
}
export interface LinearCrossEntropyOptions extends CrossEntropyOptions {
  readonly bias?: boolean;
  /** Further axes of the logits behind the classes: x then gives (N, classes, ...outFeatures). */
  readonly outFeatures?: readonly number[];
}
/** A linear layer and the cross-entropy of its results: x (N, inFeatures), target as for `F.crossEntropy`. */
export class LinearCrossEntropyLoss extends WeightedLoss<LinearCrossEntropyOptions> {
  readonly linear: Linear;
  readonly classes: number;

  constructor(inFeatures: number, classes: number, options: LinearCrossEntropyOptions = {}) {
    super(options);
    const { outFeatures = [], bias = false } = options;
    this.linear = new Linear(inFeatures, outFeatures.reduce((a, b) => a * b, classes), { bias });
    this.classes = classes;
  }
  forward(x: Tensor, target: Tensor): Tensor {
    const { outFeatures = [], bias: _, ...rest } = this.weighted;
    const logits = reshape(this.linear.forward(x), [...x.shape.slice(0, -1), this.classes, ...outFeatures]);
    return crossEntropy(logits, target, rest);
  }
}
/** Cross-entropy of log-probabilities; see `F.nllLoss`. */
export class NLLLoss extends WeightedLoss<NllOptions> {
  forward(x: Tensor, target: Tensor): Tensor {
    return nllLoss(x, target, this.weighted);
  }
}
/** Binary cross-entropy of probabilities; see `F.binaryCrossEntropy`. */
export class BCELoss extends WeightedLoss<LossOptions & Weight> {
  forward(p: Tensor, target: Tensor): Tensor {
    return binaryCrossEntropy(p, target, this.weighted);
  }
}
type LogitsOptions = LossOptions & Weight & { readonly posWeight?: Tensor | null };
/** Binary cross-entropy of logits; see `F.bceWithLogits`. */
export class BCEWithLogitsLoss extends WeightedLoss<LogitsOptions> {
  readonly pos_weight: Tensor | null;

  constructor(options?: LogitsOptions) {
    super(options);
    const weight = options?.posWeight ?? null;
    this.pos_weight = weight === null ? null : buffer(weight);
  }
  forward(x: Tensor, target: Tensor): Tensor {
    return bceWithLogits(x, target, { ...this.weighted, posWeight: this.pos_weight });
  }
}
/** Kullback-Leibler divergence of log-probabilities; see `F.klDiv`. */
export class KLDivLoss extends Loss<NonNullable<Parameters<typeof klDiv>[2]>> {
  forward(x: Tensor, target: Tensor): Tensor {
    return klDiv(x, target, this.options);
  }
}
/** See `F.poissonNllLoss`. */
export class PoissonNLLLoss extends Loss<PoissonNllOptions> {
  forward(x: Tensor, target: Tensor): Tensor {
    return poissonNllLoss(x, target, this.options);
  }
}
/** See `F.gaussianNllLoss`. */
export class GaussianNLLLoss extends Loss<GaussianNllOptions> {
  forward(x: Tensor, target: Tensor, variance: Tensor): Tensor {
    return gaussianNllLoss(x, target, variance, this.options);
  }
}
/** See `F.hingeEmbeddingLoss`. */
export class HingeEmbeddingLoss extends Loss<MarginOptions> {
  forward(x: Tensor, target: Tensor): Tensor {
    return hingeEmbeddingLoss(x, target, this.options);
  }
}
/** See `F.marginRankingLoss`. */
export class MarginRankingLoss extends Loss<MarginOptions> {
  forward(a: Tensor, b: Tensor, target: Tensor): Tensor {
    return marginRankingLoss(a, b, target, this.options);
  }
}
/** See `F.multiMarginLoss`. */
export class MultiMarginLoss extends WeightedLoss<MultiMarginOptions> {
  forward(x: Tensor, target: Tensor): Tensor {
    return multiMarginLoss(x, target, this.weighted);
  }
}
/** See `F.multilabelMarginLoss`. */
export class MultiLabelMarginLoss extends Loss<LossOptions> {
  forward(x: Tensor, target: Tensor): Tensor {
    return multilabelMarginLoss(x, target, this.options);
  }
}
/** See `F.multilabelSoftMarginLoss`. */
export class MultiLabelSoftMarginLoss extends WeightedLoss<LossOptions & Weight> {
  forward(x: Tensor, target: Tensor): Tensor {
    return multilabelSoftMarginLoss(x, target, this.weighted);
  }
}
/** See `F.softMarginLoss`. */
export class SoftMarginLoss extends Loss<LossOptions> {
  forward(x: Tensor, target: Tensor): Tensor {
    return softMarginLoss(x, target, this.options);
  }
}
/** See `F.cosineEmbeddingLoss`. */
export class CosineEmbeddingLoss extends Loss<MarginOptions> {
  forward(a: Tensor, b: Tensor, target: Tensor): Tensor {
    return cosineEmbeddingLoss(a, b, target, this.options);
  }
}
/** See `F.tripletMarginLoss`. */
export class TripletMarginLoss extends Loss<TripletOptions & { readonly p?: number; readonly eps?: number }> {
  forward(anchor: Tensor, positive: Tensor, negative: Tensor): Tensor {
    return tripletMarginLoss(anchor, positive, negative, this.options);
  }
}
/** See `F.tripletMarginWithDistanceLoss`. */
export class TripletMarginWithDistanceLoss extends Loss<TripletDistanceOptions> {
  forward(anchor: Tensor, positive: Tensor, negative: Tensor): Tensor {
    return tripletMarginWithDistanceLoss(anchor, positive, negative, this.options);
  }
}
/** Connectionist temporal classification; see `F.ctcLoss`. */
export class CTCLoss extends Loss<CtcOptions> {
  forward(logProbs: Tensor, targets: Tensor, inputLengths: Lengths, targetLengths: Lengths): Tensor {
    return ctcLoss(logProbs, targets, inputLengths, targetLengths, this.options);
  }
}

/** The loss of a support vector machine; see `F.hingeLoss`. */
export class HingeLoss extends Loss<HingeOptions> {
  forward(x: Tensor, target: Tensor): Tensor {
    return hingeLoss(x, target, this.options);
  }
}
/** See `F.infoNceLoss`. */
export class InfoNCELoss extends Loss<Omit<InfoNceOptions, "negatives">> {
  forward(query: Tensor, key: Tensor, negatives: Tensor | null = null): Tensor {
    return infoNceLoss(query, key, { ...this.options, negatives });
  }
}
/** See `F.ntXentLoss`. */
export class NTXentLoss extends Loss<ContrastiveOptions> {
  forward(a: Tensor, b: Tensor): Tensor {
    return ntXentLoss(a, b, this.options);
  }
}
/** See `F.focalLoss`. */
export class FocalLoss extends WeightedLoss<FocalOptions & Weight> {
  forward(x: Tensor, target: Tensor): Tensor {
    return focalLoss(x, target, this.weighted);
  }
}
/** See `F.sigmoidFocalLoss`. */
export class SigmoidFocalLoss extends Loss<FocalOptions & { readonly alpha?: number }> {
  forward(x: Tensor, target: Tensor): Tensor {
    return sigmoidFocalLoss(x, target, this.options);
  }
}
/** See `F.diceLoss`. */
export class DiceLoss extends Loss<DiceOptions> {
  forward(p: Tensor, target: Tensor): Tensor {
    return diceLoss(p, target, this.options);
  }
}
