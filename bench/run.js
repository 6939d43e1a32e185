/**
 * npm run bench -- [--json FILE] [--only mlp,gpt] [--contenders gradus,torch-eager] [--peers torch,tfjs,jaxjs]
 *                  [--threads N] [--repeats N] [--quick]
 *
 * Every contender is a process of its own; they take turns in rounds, so that a slow minute of the machine meets all of
 * them. A contender that is not installed, or does not run a workload, is a column of dashes.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { compare } from "./check.js";
import { CONTENDERS, OWN_FAMILIES } from "./contenders.js";
import { writeWorkload } from "./data.js";
import { describeMachine, LoadMeter } from "./machine.js";
import { measurePeak } from "./peak.js";
import { ContenderProcess } from "./process.js";
import { summary } from "./statistics.js";
import { measureStudio } from "./studio.js";
import { formatTable } from "./table.js";
import { WORKLOADS } from "./workloads.js";

const ROUNDS = 4;

const { values: options } = parseArgs({
  options: {
    json: { type: "string" }, only: { type: "string" }, peers: { type: "string" }, contenders: { type: "string" },
    threads: { type: "string" }, repeats: { type: "string" }, quick: { type: "boolean", default: false },
  },
});
const list = (text) => text?.split(",").map((part) => part.trim()).filter((part) => part !== "");
const quick = options.quick;
const threads = Number(options.threads ?? availableParallelism());
const repeats = Number(options.repeats ?? (quick ? 3 : 12));
const rounds = quick ? 1 : Math.min(ROUNDS, repeats);
const only = list(options.only) ?? Object.keys(WORKLOADS);
const unknown = only.filter((name) => !(name in WORKLOADS));
if (unknown.length > 0 || !(threads >= 1) || !(repeats >= 1)) {
  console.error(unknown.length > 0
    ? `no workload is called ${unknown.join(", ")}; there are ${Object.keys(WORKLOADS).join(", ")}`
    : "--threads and --repeats take whole numbers from 1 on");
  process.exit(2);
}
const peers = list(options.peers);
const wanted = list(options.contenders);
const chosen = Object.entries(CONTENDERS).filter(([id, { family, installed }]) =>
  (wanted === undefined || wanted.includes(id) || wanted.includes(family)) &&
  (peers === undefined || OWN_FAMILIES.includes(family) || peers.includes(family)) && (installed?.() ?? true));
for (const [id, { installed, missing }] of Object.entries(CONTENDERS)) {
  if (installed?.() === false) console.log(`${id}: not installed (${missing})`);
}

const folder = mkdtempSync(join(tmpdir(), "gradus-bench-"));
const cache = join(folder, "cache");
const rows = [];
const notes = [];
const versions = {};
const meter = new LoadMeter();

function start([id, contender], cacheFolder = cache) {
  mkdirSync(cacheFolder, { recursive: true, mode: 0o700 });
  const [command, args] = contender.command(threads);
  const count = id.endsWith("-1t") ? 1 : threads;
  const environment = { ...contender.environment(cacheFolder), OMP_NUM_THREADS: String(count) };
  return new ContenderProcess(command, args, environment);
}
/** Keeps a line for the end; contenders of whom the same is said share one. */
const said = new Map();
function noteFor(id, text) {
  said.set(text, [...new Set([...(said.get(text) ?? []), id])]);
}
/** Keeps a line for the end when an answer is not a result; true when it is one. */
function accepted(answer, id, what) {
  const reason = answer.unsupported ?? answer.error;
  if (reason === undefined) return true;
  noteFor(id, `${what}: ${reason.split("\n")[0]}`);
  if (answer.error !== undefined) console.error(`  ${id}, ${what}: ${reason.split("\n").slice(0, 4).join("\n    ")}`);
  return false;
}
const factor = (unit) => (unit === "us" ? 1000 : 1);

function addRow(name, variant, id, times, more = {}) {
  const { unit } = WORKLOADS[name];
  const scaled = times.map((time) => time * factor(unit));
  const { flops, bytes, tokens } = variant;
  rows.push({ workload: name, variant: variant.name, contender: id, ...summary(scaled), unit, repeats: times.length,
    ...(flops === undefined ? {} : { flops }), ...(bytes === undefined ? {} : { bytes }),
    ...(tokens === undefined ? {} : { tokens }), ...more });
}

/** Loads, checks and warms up one contender for one variant; null when it does not run it. */
async function prepare([id, at], name, variant) {
  const answer = await at.ask({ do: "prepare", variant, check: true, quick, memory: WORKLOADS[name].memory });
  return accepted(answer, id, `${name} ${variant.name}`) ? { id, at, answer, times: [] } : null;
}

async function measure(name) {
  const workload = WORKLOADS[name];
  const path = writeWorkload(folder, name);
  const processes = [];
  for (const entry of chosen.filter(([, { workloads }]) => workloads.includes(name))) {
    const at = start(entry);
    await at.ready();
    const answer = await at.ask({ do: "load", path });
    if (accepted(answer, entry[0], name)) processes.push([entry[0], at]);
    else await at.stop();
    if (answer.version !== undefined) versions[entry[0]] = answer.version;
  }
  for (const variant of workload.variants.filter((v) => !quick || (workload.quick?.(v) ?? true))) {
    const running = [];
    for (const entry of processes) {
      const prepared = await prepare(entry, name, variant);
      if (prepared !== null) running.push(prepared);
    }
    for (let round = 0; round < rounds; round++) {
      const count = Math.floor(repeats * (round + 1) / rounds) - Math.floor(repeats * round / rounds);
      for (const contender of running) {
        const answer = await meter.measure(() => contender.at.ask({ do: "measure", repeats: count }));
        if (accepted(answer, contender.id, `${name} ${variant.name}`)) contender.times.push(...answer.times);
      }
    }
    report(name, variant, running.filter(({ times }) => times.length > 0));
  }
  for (const [, at] of processes) await at.stop();
}

/**
 * Turns the times of one variant into rows, and says whose numbers disagree with the first torch (else the first)
 * here.
 */
function report(name, variant, running) {
  const reference = running.find(({ id }) => id.startsWith("torch")) ?? running[0];
  for (const { id, answer, times } of running) {
    const check = answer.check === null || reference.answer.check === null || id === reference.id ? null
      : compare(answer.check, reference.answer.check, WORKLOADS[name].tolerance);
    if (check !== null && !check.agrees) {
      noteFor(id, `${name} ${variant.name}: DIFFERS from ${reference.id} by ${check.difference.toExponential(1)} ` +
        `in ${check.name}; marked ! and counted nowhere`);
    }
    addRow(name, variant, id, times, {
      first: answer.first, ...(answer.form === null ? {} : { form: answer.form }),
      ...(typeof answer.peak === "number" ? { peak: answer.peak } : {}),
      ...(answer.check?.loss === undefined ? {} : { loss: answer.check.loss }),
      ...(check === null ? {} : { difference: check.difference, agrees: check.agrees }),
    });
  }
  const { unit } = WORKLOADS[name];
  const line = running.map(({ id, times }) => `${id} ${(summary(times).median * factor(unit)).toPrecision(3)}`);
  console.log(`  ${name} ${variant.name} [${unit}]: ${line.join(", ")}`);
}

/** From the import to the end of the first step, each in a new process; cold ones have an empty cache folder. */
async function measureFirst() {
  const paths = Object.fromEntries(["mlp", "gpt"].map((model) => [model, writeWorkload(folder, model)]));
  const count = quick ? 1 : Math.min(repeats, 5);
  for (const variant of WORKLOADS.first.variants) {
    const entrants = chosen.filter(([id, { workloads }]) => workloads.includes("first") && !id.endsWith("-1t"));
    for (const entry of entrants) {
      // PyTorch's compiler takes long: one cold start tells enough.
      const tries = entry[0] === "torch-compile" && variant.cache === "cold" ? 1 : count;
      const times = [];
      // The first of a warm series fills the cache and is not counted.
      for (let i = variant.cache === "warm" ? -1 : 0; i < tries; i++) {
        const own = variant.cache === "warm" ? `warm-${entry[0]}` : `cold-${entry[0]}-${variant.model}-${i}`;
        const at = start(entry, join(folder, own));
        await at.ready();
        const answer = await meter.measure(() => at.ask({ do: "first", path: paths[variant.model] }));
        await at.stop();
        if (!accepted(answer, entry[0], `first ${variant.name}`)) break;
        if (i >= 0) times.push(...answer.times);
      }
      if (times.length > 0) addRow("first", variant, entry[0], times);
    }
    const line = rows.filter((row) => row.workload === "first" && row.variant === variant.name)
      .map((row) => `${row.contender} ${row.median.toPrecision(3)}`);
    console.log(`  first ${variant.name} [ms]: ${line.join(", ")}`);
  }
}

/** From the start of loading to a figure that answers. */
async function measurePages() {
  for (const variant of WORKLOADS.studio.variants) {
    try {
      const times = await meter.measure(() => measureStudio(variant, quick ? 1 : Math.min(repeats, 10)));
      addRow("studio", variant, "gradus-chromium", times);
      console.log(`  studio ${variant.name} [ms]: gradus-chromium ${summary(times).median.toPrecision(3)}`);
    } catch (error) {
      noteFor("gradus-chromium", `studio ${variant.name}: ${error.message.split("\n")[0]}`);
    }
  }
}

const machine = describeMachine(threads);
try {
  mkdirSync(cache, { recursive: true, mode: 0o700 });
  machine.peak = await measurePeak(threads, notes, { GRADUS_CACHE: cache });
  for (const name of only) {
    console.log(name);
    if (name === "first") await measureFirst();
    else if (name === "studio") await measurePages();
    else await measure(name);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
for (const [text, ids] of said) notes.push(`${ids.join(", ")}: ${text}`);
const others = meter.share();
const result = {
  machine: { ...machine, versions, repeats, quick, others, busy: others !== null && others > 0.05 }, rows, notes,
};
console.log(`\n${formatTable(result)}`);
if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(result, null, 1)}\n`);
