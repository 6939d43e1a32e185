import { CONTENDERS } from "./contenders.js";
import { geometricMean } from "./statistics.js";

/** A measured number, in three digits. */
export const number = (value) => (value >= 1000 ? value.toFixed(0) : value.toPrecision(3));

/** How many times faster; a dash where unknown. */
export const times = (value) => (value === undefined ? "-" : `${value.toFixed(2)}x`);

/** An exclamation mark for numbers that differ from the others'. */
export const mark = (row) => (row.agrees === false ? "! " : "");

/** Rows grouped by workload and variant, in the order they were measured. */
export function groups(rows) {
  const found = new Map();
  for (const row of rows) {
    const key = `${row.workload} ${row.variant}`;
    if (!found.has(key)) found.set(key, new Map());
    found.get(key).set(row.contender, row);
  }
  return found;
}

/** Which PyTorch column a contender of Gradus is held against: the one with as many threads. */
const torchOf = (id) => (id.endsWith("-1t") ? "torch-eager-1t" : "torch-eager");

/** The time of a contender whose numbers are right. */
function rightMedian(group, id) {
  const row = group.get(id);
  return row === undefined || row.agrees === false ? undefined : row.median;
}

/**
 * How many times faster than PyTorch eager, and than the better of the two JavaScript peers; undefined where unknown.
 */
export function ratios(group, id) {
  const own = rightMedian(group, id);
  const torch = rightMedian(group, torchOf(id));
  const peers = ["tfjs-wasm", "jax-js"].map((peer) => rightMedian(group, peer))
    .filter((time) => time !== undefined);
  return {
    torch: own && torch ? torch / own : undefined,
    javascript: own && peers.length > 0 ? Math.min(...peers) / own : undefined,
  };
}

function columns(lines) {
  const widths = lines[0].map((_, i) => Math.max(...lines.map((line) => line[i].length)));
  const pad = (cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]));
  return lines.map((line) => line.map(pad).join("  ")).join("\n");
}

/** What a row reaches, in GFLOP/s, GB/s or microseconds a token; empty when it has no such measure. */
export function rate({ median, unit, flops, bytes, tokens }) {
  const seconds = median * (unit === "us" ? 1e-6 : 1e-3);
  if (flops !== undefined) return `${number(flops / seconds / 1e9)} GFLOP/s`;
  if (bytes !== undefined) return `${number(bytes / seconds / 1e9)} GB/s`;
  if (tokens !== undefined) return `${number(seconds / tokens * 1e9)} ns/token`;
  return "";
}

export function machineLines(machine) {
  const peaks = Object.entries(machine.peak).map(([id, value]) => `${id} ${number(value)} GFLOP/s`).join(", ");
  return [
    `${machine.processor}, ${machine.cores} cores, ${machine.threads} threads, ${machine.memoryGiB} GiB, ` +
      machine.system,
    `Node ${machine.node}, ${machine.compiler ?? "no C compiler"}; ` +
      Object.entries(machine.versions).filter(([id]) => !id.startsWith("gradus"))
        .map(([id, version]) => `${id} ${version}`).join(", "),
    `peak of a register loop: ${peaks || "-"}`,
    `measured ${machine.date}, ${machine.repeats} repeats; other programs used ` +
      `${machine.others === null ? "an unknown part" : `${(100 * machine.others).toFixed(1)} %`} of the machine` +
      (machine.busy ? " (OVER 5 %: these numbers are not to be quoted)" : "") + (machine.quick ? "; quick run" : ""),
  ];
}

/** Medians with quartiles, one column a contender, then ratios. */
export function formatTable({ machine, rows, notes }) {
  const shown = Object.keys(CONTENDERS).filter((id) => rows.some((row) => row.contender === id));
  const parts = [...machineLines(machine), ""];
  const grouped = groups(rows);
  const lines = [["median (p25-p75)", "unit", ...shown]];
  const ratioLines = [["times faster", ...shown.filter((id) => id.startsWith("gradus")).flatMap((id) => [id, "js"])]];
  for (const [key, group] of grouped) {
    const unit = [...group.values()][0].unit;
    lines.push([key, unit, ...shown.map((id) => {
      const row = group.get(id);
      return row === undefined ? "-" : `${mark(row)}${number(row.median)} (${number(row.p25)}-${number(row.p75)})`;
    })]);
    ratioLines.push([key, ...shown.filter((id) => id.startsWith("gradus")).flatMap((id) => {
      const { torch, javascript } = ratios(group, id);
      return [torch, javascript].map((ratio) => (ratio === undefined ? "-" : `${ratio.toFixed(2)}x`));
    })]);
  }
  parts.push(columns(lines), "", "Against PyTorch eager with as many threads, and the better of tfjs and jax-js (js):",
    columns(ratioLines));
  const memory = memoryLines(grouped, shown);
  if (memory !== null) parts.push("", columns(memory));
  const mean = meanOfSteps(grouped, "gradus-native");
  if (mean !== null) {
    parts.push("", `geometric mean of gradus-native over ${mean.names.join(", ")}, each at most 4: ` +
      `${mean.value.toFixed(2)}x`);
  }
  if (notes.length > 0) parts.push("", ...notes.map((note) => `- ${note}`));
  return parts.join("\n");
}

/** Peak memory in megabytes, a column for each of `shown`; null where it was not asked for. */
export function memoryLines(grouped, shown) {
  const lines = [...grouped].filter(([, group]) => [...group.values()].some(({ peak }) => peak !== undefined))
    .map(([key, group]) => [key, ...shown.map((id) => {
      const peak = group.get(id)?.peak;
      return peak === undefined ? "-" : number(peak / 1e6);
    })]);
  return lines.length === 0 ? null : [["peak memory, MB", ...shown], ...lines];
}

/** Geometric mean over the whole steps against PyTorch eager, a single ratio counting for at most 4. */
export function meanOfSteps(grouped, id) {
  const keys = ["mlp step", "lenet step", "conv forward + gradients", "resnet step", "lstm step", "gpt step",
    "mamba step B8 T256"];
  const found = keys.filter((key) => grouped.has(key))
    .map((key) => [key.split(" ")[0], ratios(grouped.get(key), id).torch])
    .filter(([, ratio]) => ratio !== undefined);
  if (found.length === 0) return null;
  return { names: found.map(([name]) => name), value: geometricMean(found.map(([, ratio]) => Math.min(4, ratio))) };
}
