import * as F from "../../packages/gradus/src/nn/functional.ts";
import * as nn from "../../packages/gradus/src/nn/nn.ts";
import {
  differenceOf, layerOf, load, loadAll, pairsOf, toleranceOf, type Case, type Compared, type Packed,
} from "../../packages/gradus/src/nn/oracle.fixture.ts";
import { tenSteps, type OptimizerCase } from "../../packages/gradus/src/optim/steps.fixture.ts";
import type { Tensor } from "../../packages/gradus/src/tensor/tensor.ts";

/** A line of docs/parity.md: what was compared with PyTorch, and the largest relative differences. */
export interface ParityRow {
  readonly name: string;
  readonly cases: number;
  /** Largest difference by what was compared, by the largest number of its tensor; null: nothing to compare. */
  readonly found: Readonly<Record<Compared["kind"], number | null>>;
  /** The largest difference in units of what is allowed: at most 1. */
  readonly worst: number;
  readonly options: readonly string[];
}
const KINDS = ["output", "input gradient", "parameter gradient", "buffer"] as const;

/** The names of options that cases give: keys of objects among the arguments. */
const optionsIn = (values: readonly unknown[]): string[] => values.flatMap((value) =>
  (value !== null && typeof value === "object" && !Array.isArray(value) && !("$" in value) && !("dtype" in value)
    ? Object.keys(value) : []));

function rowOf(name: string, all: readonly (readonly Compared[])[], options: readonly string[]): ParityRow {
  const found: Record<Compared["kind"], number | null> =
    { "output": null, "input gradient": null, "parameter gradient": null, "buffer": null };
  let worst = 0;
  for (const { kind, got, want } of all.flat()) {
    const { error, largest } = differenceOf(got!, want);
    found[kind] = Math.max(found[kind] ?? 0, error / largest);
    worst = Math.max(worst, error / largest / toleranceOf(want));
  }
  return { name, cases: all.length, found, worst, options: [...new Set(options)].sort() };
}
function rowsOf(cases: readonly Case[], run: (item: Case) => readonly Compared[]): ParityRow[] {
  const names = [...new Set(cases.map(({ type }) => type))].sort();
  return names.map((name) => {
    const own = cases.filter(({ type }) => type === name);
    const options = own.flatMap((item) => optionsIn(item.args ?? item.call));
    return rowOf(name, own.map(run), options);
  });
}

/** Runs every fixture of layers, functions and optimizers. */
export function parity(): Readonly<Record<"Layers" | "Functions" | "Optimizers", readonly ParityRow[]>> {
  const optimizers = load<readonly (OptimizerCase | { readonly kind: "other" })[]>("optim")
    .filter((one): one is OptimizerCase => one.kind === "optimizer" || one.kind === "wrapper");
  return {
    Layers: rowsOf(loadAll("layers"), (item) => {
      const layer = layerOf(item, nn);
      return pairsOf((...args) => layer.forward(...args), item, layer);
    }),
    Functions: rowsOf(loadAll("functions"), (item) =>
      pairsOf(Reflect.get(F, item.type) as (...args: never[]) => unknown, item)),
    Optimizers: [...new Set(optimizers.map(({ type }) => type))].sort().map((name) => {
      const own = optimizers.filter(({ type }) => type === name);
      const pair = (got: Tensor, want: Packed): Compared => ({ kind: "output", what: "", got, want });
      const ends = own.map((one) => tenSteps(one, false).map((p, i) => pair(p, one.last[i])));
      return rowOf(name, ends, own.flatMap(({ options }) => Object.keys(options)));
    }),
  };
}

const figure = (value: number | null): string => (value === null ? "" : value === 0 ? "0" : value.toExponential(0));
/** The Markdown of docs/parity.md. */
export function renderParity(sections: ReturnType<typeof parity>): string {
  const tables = Object.entries(sections).map(([title, rows]) => {
    const kinds = title === "Optimizers" ? (["output"] as const) : title === "Functions" ? KINDS.slice(0, 2) : KINDS;
    const names = title === "Optimizers" ? ["ten steps"] : kinds.map((kind) => kind.replace("gradient", "gradients"));
    const head = ["name", "cases", ...names, "options given"];
    const lines = rows.map(({ name, cases, found, options }) => [
      `\`${name}\``, String(cases), ...kinds.map((kind) => figure(found[kind])),
      options.map((option) => `\`${option}\``).join(" "),
    ]);
    const table = [head, head.map(() => "---"), ...lines].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
    return `## ${title}\n\n${table}`;
  });
  return [
    "<!-- Written by tools/parity.js from runs of the fixtures in tools/oracle/fixtures. -->",
    "# Parity with PyTorch",
    "Every row was run on the reference backend with the weights and inputs of PyTorch 2.13 and compared with what " +
      "it gives (optimizers that PyTorch lacks: with a direct implementation of their paper). A figure is the " +
      "largest difference divided by the largest number of its tensor, over all cases of the row; allowed are 1e-5 " +
      "in float32 and 1e-12 in float64 (optimizers). An empty cell has nothing to compare.",
    "A loss that is a class calls the function of its name, which is the row to look at. Schedules, averages of " +
      "weights and L-BFGS are compared in `packages/gradus/src/optim/parity.test.ts`; operations of tensors, linear " +
      "algebra, distributions, metrics, tokenizers and file formats beside their sources, with the fixtures of " +
      "`tools/oracle/`.",
    ...tables,
  ].join("\n\n") + "\n";
}
