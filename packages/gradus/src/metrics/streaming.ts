import { UsageError } from "../vocab/errors.ts";
import { Tensor } from "../tensor/tensor.ts";
import { rowsOf, valuesOf, type Rows, type Values } from "./input.ts";

/**
 * A metric over data that comes in batches: `update` keeps each batch, `compute` gives the metric of all of them
 * together, which is not the mean of the batches' metrics. `reset` begins anew.
 */
export class Metric<R> {
  readonly #metric: (truth: Float64Array, predicted: Float64Array | Float64Array[]) => R;
  #truth: number[] = [];
  #predicted: (number | Float64Array)[] = [];

  /** `metric` is any function of true values and predictions, such as `accuracy` or `rocAuc`. */
  constructor(metric: (truth: Float64Array, predicted: Float64Array & Float64Array[]) => R) {
    this.#metric = metric as (truth: Float64Array, predicted: Float64Array | Float64Array[]) => R;
  }
  /** Takes up a batch: one prediction, or a row of scores, per true value. */
  update(truth: Values, predicted: Values | Rows): void {
    const own = valuesOf(truth);
    const made = isRows(predicted) ? rowsOf(predicted) : [...valuesOf(predicted)];
    if (own.length !== made.length) {
      throw new UsageError(`Metric.update: ${own.length} true values and ${made.length} predictions; as many of both`);
    }
    this.#truth.push(...own);
    this.#predicted.push(...made);
  }
  compute(): R {
    if (this.#truth.length === 0) throw new UsageError("Metric.compute: there were no updates yet");
    const rows = typeof this.#predicted[0] !== "number";
    return this.#metric(Float64Array.from(this.#truth),
      rows ? this.#predicted as Float64Array[] : Float64Array.from(this.#predicted as number[]));
  }
  reset(): void {
    this.#truth = [];
    this.#predicted = [];
  }
}
const isRows = (x: Values | Rows): x is Rows =>
  (x instanceof Tensor ? x.ndim === 2 : x.length > 0 && typeof x[0] !== "number");

/** The mean of numbers that come one by one or in batches, weighted by the size of the batch: losses of an epoch. */
export class MeanMetric {
  #sum = 0;
  #weight = 0;
  update(value: number, weight = 1): void {
    this.#sum += value * weight;
    this.#weight += weight;
  }
  compute(): number {
    if (this.#weight === 0) throw new UsageError("MeanMetric.compute: there were no updates yet");
    return this.#sum / this.#weight;
  }
  reset(): void {
    this.#sum = this.#weight = 0;
  }
}
