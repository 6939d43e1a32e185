/**
 * node bench/report.js FILE.json ... [--out docs/results.md]: turns what `npm run bench -- --json FILE` wrote into
 * tables, and README's short one.
 * A ratio is only ever made of rows of one file: one run.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { fileURLToPath } from "node:url";
import { CONTENDERS } from "./contenders.js";
import { summary, withSummary } from "./summary.js";
import { groups, machineLines, mark, meanOfSteps, memoryLines, number, rate, ratios, times } from "./table.js";

const RESULTS = fileURLToPath(new URL("../docs/results.md", import.meta.url));
const README = fileURLToPath(new URL("../README.md", import.meta.url));
const { values: { out }, positionals: files } = parseArgs({
  options: { out: { type: "string", default: RESULTS } },
  allowPositionals: true,
});
if (files.length === 0) {
  console.error("name one or more JSON files: npm run bench -- --json FILE writes one");
  process.exit(2);
}

const line = (cells) => `| ${cells.join(" | ")} |`;
const table = (head, rows) =>
  [line(head), line(head.map((_, i) => (i === 0 ? "---" : "---:"))), ...rows.map(line)].join("\n");

/** One workload: medians with quartiles of every contender that ran it, and what Gradus reaches. */
function section(workload, grouped) {
  const entries = [...grouped].filter(([, group]) => [...group.values()][0].workload === workload)
    .map(([, group]) => group);
  const present = Object.keys(CONTENDERS).filter((id) => entries.some((group) => group.has(id)));
  const own = present.filter((id) => id.startsWith("gradus"));
  const { unit } = [...entries[0].values()][0];
  const head = [`${workload}, ${unit}`, ...present];
  const medians = entries.map((group) => [[...group.values()][0].variant, ...present.map((id) => {
    const row = group.get(id);
    if (row === undefined) return "-";
    return `${mark(row)}${number(row.median)} <small>${number(row.p25)}-${number(row.p75)}</small>`;
  })]);
  const parts = [`## ${workload}`, table(head, medians)];
  if (own.length > 0) {
    parts.push(table(["times faster", ...own.flatMap((id) => [`${id} / PyTorch`, `/ JavaScript`, "reached"])],
      entries.map((group) => [[...group.values()][0].variant, ...own.flatMap((id) => {
        const { torch, javascript } = ratios(group, id);
        return [times(torch), times(javascript), group.has(id) ? rate(group.get(id)) || "-" : "-"];
      })])));
  }
  const memory = memoryLines(new Map(entries.map((group) => [[...group.values()][0].variant, group])), present);
  if (memory !== null) parts.push(table(memory[0], memory.slice(1)));
  const forms = new Set(entries.flatMap((group) => [...group.values()].filter((row) => row.form !== undefined)
    .map((row) => `${row.contender}: ${row.form}`)));
  const written = [...forms].map((form) => `- ${form}`).join("\n");
  if (forms.size > 0) parts.push(`<details><summary>As written</summary>\n\n${written}\n\n</details>`);
  return parts.join("\n\n");
}

function run(file) {
  const { machine, rows, notes } = JSON.parse(readFileSync(file, "utf8"));
  const grouped = groups(rows);
  const parts = [machineLines(machine).map((text) => `- ${text}`).join("\n")];
  const mean = meanOfSteps(grouped, "gradus-native");
  if (mean !== null) {
    parts.push(`Geometric mean of gradus-native against PyTorch eager over ${mean.names.join(", ")}, a single ` +
      `ratio counting for at most 4: **${mean.value.toFixed(2)}x**.`);
  }
  for (const workload of new Set(rows.map((row) => row.workload))) parts.push(section(workload, grouped));
  if (notes.length > 0) parts.push(`## Not run, or different\n\n${notes.map((note) => `- ${note}`).join("\n")}`);
  return parts.join("\n\n");
}

const text = `# Results

Times are medians of counted repeats with their quartiles, measured by \`npm run bench\`: contenders are processes of
their own that take turns on the same numbers. Ratios above 1 mean that Gradus is faster; each is made within one run,
against PyTorch eager with as many threads and against the better of TensorFlow.js (wasm) and jax-js, which have one
thread in Node. What runs where, and how, is said in [\`bench/NOTES.md\`](../bench/NOTES.md).

${files.map(run).join("\n\n---\n\n")}
`;
writeFileSync(out, text);
console.log(`wrote ${out}`);
if (out === RESULTS) {
  writeFileSync(README, withSummary(readFileSync(README, "utf8"),
    summary(files.map((file) => JSON.parse(readFileSync(file, "utf8"))))));
  console.log(`wrote the short table into ${README}`);
}
