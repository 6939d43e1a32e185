import { Linear } from "../nn/linear.ts";
import { Module } from "../nn/module.ts";
import { GRU, LSTM } from "../nn/recurrent.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { UsageError } from "../vocab/errors.ts";

/**
 * The next value of a series from a window of the values before it: a recurrent network reads the window, and a line
 * says how far the next value lies from the value one season before it.
 *
 * Every window is first put on a scale of its own, (x - mean) / deviation, and the forecast is put back, so that a
 * series that grows looks the same everywhere: Kim et al., "Reversible instance normalization for accurate time-series
 * forecasting against distribution shift", ICLR 2022, without its learned scale. The units: Hochreiter and Schmidhuber
 * 1997, Cho et al. 2014.
 *
 * Letters: B windows, T their values, S values of a season, H hidden units.
 */
export interface ForecasterOptions {
  /** S: the forecast starts from the value that many places back; 1 is the last value. */
  readonly season?: number;
  /** H. */
  readonly hidden?: number;
  readonly cell?: "lstm" | "gru";
}
/** Named sizes of the forecaster. */
export const FORECASTER_PRESETS = {
  small: { season: 1, hidden: 32 },
  monthly: { season: 12, hidden: 32 },
} as const satisfies Readonly<Record<string, ForecasterOptions>>;

/** Values (B, T) to the value that comes next (B). */
export class Forecaster extends Module {
  readonly recurrent: GRU | LSTM;
  readonly head: Linear;
  readonly season: number;

  constructor(options: ForecasterOptions = FORECASTER_PRESETS.small) {
    super();
    const { season = 1, hidden = 32, cell = "lstm" } = options;
    if (!(Number.isInteger(season) && season >= 1)) {
      throw new UsageError(`Forecaster: season is ${season}; it counts values, a whole number from 1 on`);
    }
    this.recurrent = new (cell === "gru" ? GRU : LSTM)(1, hidden, { batchFirst: true });
    this.head = new Linear(hidden, 1);
    this.season = season;
  }
  /** The value behind each window: values (B, T), at least S of them, result (B). */
  forward(values: Tensor): Tensor {
    const T = values.shape[1];
    if (T < this.season) {
      throw new UsageError(`Forecaster: windows of ${T} values are shorter than a season of ${this.season}`);
    }
    const mean = values.mean(1, { keepdim: true });                          // (B, 1)
    const deviation = values.sub(mean).square().mean(1, { keepdim: true }).add(TINY).sqrt();
    const x = values.sub(mean).div(deviation);                               // (B, T)
    const [h] = this.recurrent.forward(x.unsqueeze(2));                      // (B, T, H)
    const change = this.head.forward(h.select(1, T - 1));                    // (B, 1)
    const next = x.narrow(1, T - this.season, 1).add(change);
    return next.mul(deviation).add(mean).squeeze(1);                         // (B)
  }
}
/** Added to a variance, for windows without any. */
const TINY = 1e-8;
