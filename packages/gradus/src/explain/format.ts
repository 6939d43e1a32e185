import { formatShape } from "../vocab/shape.ts";
import type { Explanation } from "./explain.ts";
import type { MemoryPlan } from "./memory.ts";
import type { GroupExplanation } from "./schedule.ts";

export interface FormatOptions {
  /** Print the source of every kernel too (long); default true. */
  readonly source?: boolean;
}

/** An explanation as text for a terminal, section by section. */
export function formatExplanation(explanation: Explanation, options: FormatOptions = {}): string {
  const { name, backend, target, operations, gradient, groups, kernels, phases, memory } = explanation;
  const machine = target === null ? "walks the graph, no kernels"
    : `${target.lanes} lanes, ${target.registers} registers, ` +
      `${target.fusedMultiplyAdd ? "fused" : "separate"} multiply-add`;
  const sections: [title: string, text: string][] = [
    [`graph: ${count(operations, "operation")}`, explanation.graph],
    ...(gradient === null ? [] : [["gradient", gradient] as [string, string]]),
  ];
  if (memory !== null) {
    sections.push([`schedule: ${count(groups.length, "group")}`, groups.map(formatGroup).join("\n")]);
    for (const kernel of kernels) {
      sections.push([`kernel ${kernel.name}, ${count(kernel.calls, "call")}`,
        kernel.ir + (options.source === false ? "" : `\n\n${kernel.source.trimEnd()}`)]);
    }
    sections.push([`order: ${count(phases.length, "phase")}`, phases.map(({ what, calls }, i) =>
      [`${i}: ${what}`, ...calls.map((call) => `   ${call.kernel}, ${count(call.units, "unit")}, work ${call.work}: ` +
        call.operands.join("; "))].join("\n")).join("\n")]);
    sections.push(["memory", formatMemory(memory)]);
  }
  return [`${name} on ${backend} (${machine})`, ...sections.map(([title, text]) => `== ${title}\n${text}`)]
    .join("\n\n");
}

function formatGroup({ kind, shape, outer, commit, lines }: GroupExplanation, i: number): string {
  const reduced = outer === shape.length ? "" : `, reducing ${formatShape(shape.slice(outer))}`;
  return [`${i}: ${kind} over ${formatShape(shape)}${reduced}${commit ? ", if all is finite" : ""}`,
    ...lines.map((line) => `   ${line}`)].join("\n");
}
function formatMemory({ buffers, arenaBytes, scratchBytes }: MemoryPlan): string {
  const rows = [["buffer", "dtype", "elements", "bytes", "arena offset", "phases"],
    ...buffers.map((b) => [b.name, b.dtype, String(b.elements), String(b.bytes), String(b.offset ?? ""),
      b.first === b.last ? String(b.first) : `${b.first} to ${b.last}`])];
  return `${formatTable(rows, [2, 3, 4])}\narena ${arenaBytes} bytes (scratch adds up to ${scratchBytes})`;
}
const count = (n: number, what: string): string => `${n} ${what}${n === 1 ? "" : "s"}`;

/** Columns side by side; those in `right` are aligned to the right. */
export function formatTable(rows: readonly (readonly string[])[], right: readonly number[]): string {
  const widths = rows[0].map((_, i) => Math.max(...rows.map((row) => row[i].length)));
  return rows.map((row) => row.map((cell, i) => (right.includes(i) ? cell.padStart(widths[i]) : cell.padEnd(widths[i])))
    .join("  ").trimEnd()).join("\n");
}
