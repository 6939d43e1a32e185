import { add, cast, div, mul, sub } from "../ops/elementwise.ts";
import { zerosLike } from "../ops/create.ts";
import { assign, eagerly } from "../exec/state.ts";
import { state, tensor } from "../tensor/create.ts";
import { detach, noGrad } from "../tensor/gradient.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { Layer, Module } from "../nn/module.ts";
import { loadStates, saveStates } from "./states.ts";
import { within } from "./wrapper.ts";

/**
 * A second set of weights that follows a model's: `update()` after steps, eagerly or in a compiled function; `swap()`
 * puts the averaged weights into the model, and called again the trained ones back.
 */
abstract class WeightAverage {
  readonly parameters: readonly Tensor[];
  /** The averaged weights, in the order of `parameters`. */
  readonly averages: readonly Tensor[];
  /** How many updates went in, a 0-d State. */
  readonly count = eagerly(() => state(tensor(0)));

  constructor(model: Module | readonly Tensor[]) {
    this.parameters = "parameters" in model ? model.parameters() : model;
    this.averages = this.parameters.map((p) => eagerly(() => state(p)));
  }
  /** The share of the model's present weights in the average, given how many updates went in before. */
  protected abstract share(count: Tensor): Tensor | number;

  /** Takes up the model's present weights. */
  update(): void {
    noGrad(() => {
      const share = this.share(this.count);
      this.parameters.forEach((p, i) => {
        const average = this.averages[i];
        assign(average, cast(add(average, mul(sub(p, average), share)), average.dtype));
      });
      assign(this.count, add(this.count, 1));
    });
  }
  /** Exchanges the model's weights with the averages. */
  swap(): void {
    noGrad(() => {
      this.parameters.forEach((p, i) => {
        const trained = detach(p);
        assign(p, detach(this.averages[i]));
        assign(this.averages[i], trained);
      });
    });
  }
  stateDict(): Record<string, Tensor> {
    return saveStates(this.#states());
  }
  loadStateDict(record: Readonly<Record<string, Tensor>>): void {
    loadStates(this.constructor.name, this.#states(), record);
  }
  #states(): Map<string, Tensor> {
    return new Map([["count", this.count], ...this.averages.map((average, i) => [`average.${i}`, average] as const)]);
  }
}

/**
 * The plain mean of the weights at every update: stochastic weight averaging, SWA. Izmailov et al. 2018; as
 * torch.optim.swa_utils.AveragedModel. Batch norm needs `updateBatchNorm` after `swap`.
 */
export class AveragedModel extends WeightAverage {
  protected override share(count: Tensor): Tensor {
    return div(1, add(count, 1));
  }
}

export interface EMAOptions {
  /** Share of the average that stays in each update. */
  readonly decay?: number;
  /** Start with less: the decay of update n is at most (1 + n) / (10 + n). */
  readonly warmup?: boolean;
}
/**
 * average = decay average + (1 - decay) weights. Polyak and Juditsky 1992; the warm-up as in TensorFlow's
 * ExponentialMovingAverage.
 */
export class ExponentialMovingAverage extends WeightAverage {
  readonly decay: number;
  readonly warmup: boolean;
  constructor(model: Module | readonly Tensor[], options: EMAOptions = {}) {
    super(model);
    this.decay = within("ExponentialMovingAverage: decay", options.decay ?? 0.999, 0, 1);
    this.warmup = options.warmup ?? false;
  }
  protected override share(count: Tensor): Tensor | number {
    return this.warmup ? div(9, add(count, 10)).maximum(1 - this.decay) : 1 - this.decay;
  }
}

/**
 * Sets the running averages of all batch norms to the plain mean over these batches, as weights that were averaged need
 * it; as torch.optim.swa_utils.update_bn.
 */
export function updateBatchNorm(model: Layer, batches: Iterable<Tensor>): void {
  const norms = model.modules().flatMap((module: object) => (tracks(module) ? [module] : []));
  if (norms.length === 0) return;
  const before = norms.map((norm) => norm.momentum), modes = model.modules().map((m) => [m, m.training] as const);
  try {
    for (const norm of norms) {
      norm.momentum = null;
      noGrad(() => {
        assign(norm.num_batches_tracked, zerosLike(norm.num_batches_tracked));
      });
    }
    model.train();
    noGrad(() => {
      for (const batch of batches) model.forward(batch);
    });
  } finally {
    norms.forEach((norm, i) => { norm.momentum = before[i]; });
    for (const [module, training] of modes) module.training = training;
  }
}
/** What a batch norm with running averages has. */
interface Tracking {
  momentum: number | null;
  readonly num_batches_tracked: Tensor | null;
}
const tracks = (module: object): module is Tracking & { num_batches_tracked: Tensor } =>
  "num_batches_tracked" in module && module.num_batches_tracked !== null;
