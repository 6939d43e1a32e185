import { groups, machineLines, meanOfSteps, number, ratios, times } from "./table.js";

/** What the short table shows, in this order. */
const SHOWN = ["mlp", "lenet", "conv", "resnet", "lstm", "gpt", "mamba", "attention", "generate", "embed"];
const BEGIN = "<!-- speed: written by bench/report.js -->", END = "<!-- /speed -->";

/** Rows that one run gives: two threads against PyTorch, one thread against the peers in JavaScript. */
function rowsOf({ rows }) {
  return [...groups(rows).values()].flatMap((group) => {
    const [{ workload, variant, unit }] = [...group.values()];
    const own = group.get("gradus-native"), torch = group.get("torch-eager");
    // One length of the scan stands for all.
    if (variant.startsWith("scan") && variant !== "scan B8 T2048") return [];
    if (!SHOWN.includes(workload) || own === undefined || torch === undefined) return [];
    const peers = ["tfjs-wasm", "jax-js"].flatMap((id) => group.get(id)?.median ?? []);
    const wasm = group.get("gradus-wasm-1t");
    const name = [...new Set([workload, ...variant.split(" ")])].join(" ");
    return [{ workload, cells: [
      name, `${number(own.median)} ${unit}`, `${number(torch.median)} ${unit}`,
      times(ratios(group, "gradus-native").torch),
      wasm === undefined || peers.length === 0 ? "-" : `${number(wasm.median)} ${unit}`,
      peers.length === 0 ? "-" : `${number(Math.min(...peers))} ${unit}`,
      times(ratios(group, "gradus-wasm-1t").javascript),
    ] }];
  });
}
/** The short table of several runs, for people who decide whether to read on. */
export function summary(runs) {
  const all = runs.flatMap(rowsOf).sort((a, b) => SHOWN.indexOf(a.workload) - SHOWN.indexOf(b.workload));
  const means = runs.map(({ rows }) => meanOfSteps(groups(rows), "gradus-native"));
  const mean = means.find((found) => found !== null);
  const line = (cells) => `| ${cells.join(" | ")} |`;
  const head = ["", "Gradus, native", "PyTorch eager", "times faster",
    "Gradus, WebAssembly", "tfjs or jax-js", "times faster"];
  return [
    "Two threads against PyTorch; one thread, in Node, against the better of TensorFlow.js (wasm) and jax-js:", "",
    line(head), line(head.map((_, i) => (i === 0 ? "---" : "---:"))),
    ...all.map(({ cells }) => line(cells)), "",
    `${machineLines(runs[0].machine)[0]}; ${runs[0].machine.date}.` + (mean === undefined ? "" :
      ` Geometric mean against PyTorch over ${mean.names.join(", ")}, each at most 4: ${mean.value.toFixed(2)}x.`),
  ].join("\n");
}
/** A page with the short table in its place. */
export function withSummary(page, text) {
  const from = page.indexOf(BEGIN), to = page.indexOf(END);
  if (from < 0 || to < from) throw new Error(`the page lacks ${BEGIN} ... ${END}`);
  return `${page.slice(0, from)}${BEGIN}\n\n${text}\n\n${page.slice(to)}`;
}
