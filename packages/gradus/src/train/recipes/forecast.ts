import { parseCsv } from "../../data/csv.ts";
import { compile } from "../../exec/compile.ts";
import { rootMeanSquaredError } from "../../metrics/regression.ts";
import type { Forecaster } from "../../models/forecaster.ts";
import { tensor } from "../../tensor/create.ts";
import { noGrad } from "../../tensor/gradient.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { DataError } from "../../vocab/errors.ts";
import { RandomStream } from "../../vocab/random.ts";
import { adamwTask } from "../adamw-task.ts";
import { keptNumber } from "../kept.ts";
import type { Settings, Source, TaskData, TaskRecipe } from "../recipe.ts";

/** How a series is looked at: values of a season, of the window, and whether the forecast starts a season before. */
interface Rhythm {
  /** Values of a year. */
  readonly year: number;
  /** Values that are looked at. */
  readonly window: number;
  /** The forecast is what is added to the value so many places before. */
  readonly season: number;
  /** Values at the end that are held out. */
  readonly heldOut: number;
}
/** Two years of months; of days, a month of them. The last two years are held out. */
const MONTHLY: Rhythm = { year: 12, window: 24, season: 12, heldOut: 24 };
const DAILY: Rhythm = { year: 365, window: 32, season: 1, heldOut: 730 };
/** Values that `answer` says. */
const AHEAD = 6;

interface Series {
  readonly values: Float64Array;
  readonly rhythm: Rhythm;
}
/** A date and a value a line, behind a line of names. Throws a DataError that names a line that is neither. */
async function readSeries(source: Source): Promise<Series> {
  const rows = parseCsv(new TextDecoder().decode(await source.read()), { name: source.name }).slice(1);
  const values = Float64Array.from(rows, ({ line, cells }) => {
    const value = cells[1] === undefined || cells[1].trim() === "" ? NaN : Number(cells[1]);
    if (!Number.isFinite(value) || !/^\d{4}-\d{2}(-\d{2})?$/.test(cells[0])) {
      throw new DataError(`${source.name}, line ${line}: a line holds a date, such as 1949-01 or 1981-01-31, and a ` +
        "number");
    }
    return value;
  });
  const rhythm = /^\d{4}-\d{2}$/.test(rows[0]?.cells[0] ?? "") ? MONTHLY : DAILY;
  const needed = rhythm.heldOut + Math.max(rhythm.window + 1, rhythm.year);
  if (values.length < needed) {
    throw new DataError(`${source.name} has ${values.length} values; a year, a window and two years that are held ` +
      `out are ${needed}`);
  }
  return { values, rhythm };
}
/** Windows that end before the places `at`, and what stands there. */
function windowsBefore(values: Float64Array, window: number, at: readonly number[]): [x: Tensor, y: Tensor] {
  const x = new Float32Array(at.length * window);
  at.forEach((place, i) => x.set(values.subarray(place - window, place), i * window));
  return [tensor(x, { shape: [at.length, window] }), tensor(Float32Array.from(at, (place) => values[place]))];
}
async function modelFor(season: number): Promise<Forecaster> {
  const { Forecaster } = await import("../../models/forecaster.ts");
  return new Forecaster({ season });
}

async function open(source: Source): Promise<TaskData> {
  const { values, rhythm } = await readSeries(source), { window, season, year, heldOut } = rhythm;
  const start = values.length - heldOut;
  const late = Array.from({ length: heldOut }, (_, i) => start + i), truth = values.subarray(start);
  /** The error of saying that all is as it was so many values ago. */
  const repeating = (back: number): number => rootMeanSquaredError(truth, late.map((at) => values[at - back]));
  const level = Math.sqrt(variance(values.subarray(0, start)));
  return {
    kept: { window, season },
    async task(settings: Settings) {
      const model = await modelFor(season), [x, y] = windowsBefore(values, window, late);
      const forecast = compile((given: Tensor) => model.forward(given), { name: "forecast" });
      return adamwTask(FORECAST_RECIPE, settings, {
        model, stepsPerEvaluation: 100,
        batch(step) {
          const random = new RandomStream(settings.seed, step + 1);
          const at = Array.from({ length: settings.batch }, () => window + random.integer(start - window));
          return windowsBefore(values, window, at);
        },
        loss: (given, wanted) => model.forward(given).sub(wanted).div(level).square().mean(),
        async evaluate() {
          const found = noGrad(() => forecast(x));
          const rmse = rootMeanSquaredError(await y.data(), await found.data());
          found.dispose();
          return { rmse, naive: repeating(1), seasonal_naive: repeating(year) };
        },
      });
    },
  };
}
function variance(values: Float64Array): number {
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  return values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
}

/** The next value of a series. */
export const FORECAST_RECIPE: TaskRecipe = {
  kind: "task", name: "forecast", title: "LSTM that forecasts a series", data: null,
  wanted: "a CSV file of dates (1949-01 or 1981-01-31) and values",
  bar: { metric: "rmse", value: 25, on: "the last two years of airline passengers, a month ahead, worst of 3 seeds" },
  batch: 32, lr: 5e-3, weightDecay: 0.01, warmup: 0.05, steps: 600,
  open,
  async restore(kept) {
    const season = keptNumber(kept, "season", 1), window = keptNumber(kept, "window", season);
    const model = await modelFor(season);
    return {
      model,
      async answer(line) {
        const values = line.trim().split(/[\s,;]+/).map(Number);
        if (values.length < window || !values.every(Number.isFinite)) {
          throw new DataError(`the line holds the values so far, at least ${window} numbers, to be gone on from`);
        }
        for (let i = 0; i < AHEAD; i++) {
          const x = tensor(Float32Array.from(values.slice(-window)), { shape: [1, window] });
          values.push(await noGrad(() => model.forward(x)).item());
        }
        return values.slice(-AHEAD).map((value) => value.toPrecision(4)).join(" ");
      },
    };
  },
};
