import { bytesOf } from "../vocab/dtype.ts";
import { formatShape, type Shape } from "../vocab/shape.ts";
import type { Module } from "../nn/module.ts";
import { layerCosts, type LayerCost } from "./cost.ts";
import { formatTable } from "./format.ts";

/** One parameter or buffer of a model. */
export interface SummaryRow {
  /** Its key in the checkpoint. */
  readonly name: string;
  /** The class of the module that holds it. */
  readonly module: string;
  readonly kind: "parameter" | "frozen parameter" | "buffer";
  readonly shape: Shape;
  readonly dtype: string;
  /** Numbers in it. */
  readonly count: number;
}
/** What a model holds. */
export interface ModelSummary {
  readonly model: string;
  readonly rows: readonly SummaryRow[];
  /** Numbers that are learned, those frozen included; a shared parameter counts once. */
  readonly parameters: number;
  readonly trainable: number;
  /** Numbers in buffers, such as running averages. */
  readonly buffers: number;
  /** Bytes of parameters and buffers. */
  readonly bytes: number;
  /** What each module does with the inputs given: output shapes and multiply-adds; null without inputs. */
  readonly layers: readonly LayerCost[] | null;
}

/**
 * Parameters and buffers of a model with their shapes and counts; with `inputs`, the arguments of its `forward`, also
 * what each layer gives and costs. The model is not run.
 */
export function summary(model: Module, inputs?: readonly unknown[]): ModelSummary {
  const modules = new Map(model.namedModules());
  const holder = (name: string): string =>
    modules.get(name.slice(0, Math.max(0, name.lastIndexOf("."))))!.constructor.name;
  const rows: SummaryRow[] = [
    ...model.namedParameters().map(([name, p]) =>
      [name, p, p.requiresGrad ? "parameter" : "frozen parameter"] as const),
    ...model.namedBuffers().map(([name, b]) => [name, b, "buffer"] as const),
  ].map(([name, x, kind]) => ({ name, module: holder(name), kind, shape: x.shape, dtype: x.dtype, count: x.numel }));
  const total = (wanted: (row: SummaryRow) => boolean): number =>
    rows.filter(wanted).reduce((sum, row) => sum + row.count, 0);
  return {
    model: model.constructor.name, rows,
    parameters: total((row) => row.kind !== "buffer"), trainable: total((row) => row.kind === "parameter"),
    buffers: total((row) => row.kind === "buffer"),
    bytes: [...model.parameters(), ...model.buffers()].reduce((sum, x) => sum + x.numel * bytesOf(x.dtype), 0),
    layers: inputs === undefined ? null : layerCosts(model, inputs),
  };
}

/** A summary as a table for a terminal. */
export function formatSummary({ model, rows, parameters, trainable, buffers, bytes, layers }: ModelSummary): string {
  const table = [["name", "in", "what", "shape", "dtype", "numbers"],
    ...rows.map(({ name, module, kind, shape, dtype, count }) =>
      [name, module, kind, formatShape(shape), dtype, count.toLocaleString("en")])];
  const frozen = parameters === trainable ? "" : ` (${trainable.toLocaleString("en")} of them trainable)`;
  const kept = buffers === 0 ? "" : `, ${buffers.toLocaleString("en")} numbers in buffers`;
  return `${model}\n${formatTable(table, [5])}\n${parameters.toLocaleString("en")} parameters${frozen}${kept}, ` +
    `${bytes.toLocaleString("en")} bytes${layers === null ? "" : formatLayers(layers)}`;
}
/** One line per module that was called, indented as they lie in each other. */
function formatLayers(layers: readonly LayerCost[]): string {
  const depth = (name: string): number => (name === "" ? 0 : name.split(".").length);
  const rows = layers.map(({ name, module, output, calls, parameters, multiplyAdds }) => [
    `${"  ".repeat(depth(name))}${name === "" ? "(the model)" : name.slice(name.lastIndexOf(".") + 1)}`,
    module + (calls > 1 ? ` (${calls} calls)` : ""), output.map(formatShape).join(" "),
    parameters.toLocaleString("en"), multiplyAdds.toLocaleString("en"),
  ]);
  const total = layers.find(({ name }) => name === "")?.multiplyAdds ?? 0;
  return `\n\n${formatTable([["layer", "class", "output", "parameters", "multiply-adds"], ...rows], [3, 4])}\n` +
    `${total.toLocaleString("en")} multiply-adds, ${(2 * total).toLocaleString("en")} operations on floats`;
}
