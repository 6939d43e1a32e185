// @ts-check
/**
 * Runs every part of the checks and sums what they report: `node tools/ci.js [part ...]`. `.ci/run` installs what the
 * parts need and calls this. What a part prints goes to out/ci/<part>.log; the end of it is shown when the part fails.
 * The last line is "N passed, N failed, N skipped"; a skip is a failure unless a limit of the platform explains it.
 */
import { spawn } from "node:child_process";
import { createWriteStream, existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { once } from "node:events";
import { CONTENDERS } from "../bench/contenders.js";

/** @typedef {{ passed: number, failed: number, skipped: number, told?: readonly string[] }} Count */
/**
 * @typedef {object} Part
 * @property {string} name
 * @property {readonly string[]} command
 * @property {(log: string) => Count} [count] what the part reported; without it, the part is one check
 */

/** Tests that may be skipped, by name, with the limit of the platform that is the reason. */
/** @type {readonly (readonly [RegExp, string])[]} */
const PLATFORM_LIMITS = [];

const root = resolve(import.meta.dirname, "..");
const folder = join(root, "out/ci");
const unitReport = join(folder, "test.json"), benchReport = join(folder, "bench.json");
/** Workloads of the short benchmark: times depend on the machine and are not judged, results are. */
const MEASURED = ["mlp", "gpt"];
const SHOWN_LINES = 60, REASON_LINES = 6, PART_MINUTES = 25;

/** @type {readonly Part[]} */
const PARTS = [
  { name: "lint", command: ["npm", "run", "lint"] },
  { name: "types", command: ["npm", "run", "types"] },
  { name: "cycles", command: ["npm", "run", "cycles"] },
  { name: "links", command: ["npm", "run", "links"] },
  { name: "course", command: ["npm", "run", "course"] },
  {
    name: "test",
    command: ["npm", "test", "--", "--reporter=default", "--reporter=json", `--outputFile.json=${unitReport}`],
    count: countUnits,
  },
  { name: "package", command: ["npm", "run", "test:package"], count: countLine },
  { name: "studio", command: ["npm", "run", "build", "--workspace", "@gradus/studio"] },
  { name: "browser", command: ["npm", "run", "test:browser"], count: countLine },
  {
    name: "bench",
    command: ["npm", "run", "bench", "--", "--quick", "--contenders", "gradus", "--only", MEASURED.join(),
      "--json", benchReport],
    count: countBench,
  },
];

/** What vitest wrote: every test, and every file that could not be run at all. @returns {Count} */
function countUnits() {
  if (!existsSync(unitReport)) return { passed: 0, failed: 1, skipped: 0, told: ["vitest wrote no report"] };
  const { testResults } = JSON.parse(readFileSync(unitReport, "utf8"));
  const count = { passed: 0, failed: 0, skipped: 0, told: /** @type {string[]} */ ([]) };
  for (const { name, status, message, assertionResults } of testResults) {
    const file = name.replace(`${root}/`, "");
    if (status === "failed" && assertionResults.every((/** @type {any} */ test) => test.status !== "failed")) {
      count.failed++;
      count.told.push(`failed: ${file} could not be run: ${String(message).split("\n")[0]}`);
    }
    for (const test of assertionResults) {
      if (test.status === "passed") count.passed++;
      else if (test.status === "failed") {
        count.failed++;
        count.told.push(`failed: ${file}: ${test.fullName}`);
      } else {
        const limit = PLATFORM_LIMITS.find(([pattern]) => pattern.test(test.fullName));
        if (limit === undefined) count.failed++;
        else count.skipped++;
        count.told.push(`skipped: ${file}: ${test.fullName}${limit ? ` (${limit[1]})` : ", and no limit explains it"}`);
      }
    }
  }
  return count;
}
/** What the benchmark wrote: every backend has results for every workload, and they agree. @returns {Count} */
function countBench() {
  if (!existsSync(benchReport)) return { passed: 0, failed: 1, skipped: 0, told: ["the benchmark wrote no results"] };
  /** @type {{ rows: { workload: string, variant: string, contender: string, agrees?: boolean }[], notes: string[] }} */
  const { rows, notes } = JSON.parse(readFileSync(benchReport, "utf8"));
  const own = Object.entries(CONTENDERS).filter(([, { family }]) => family === "gradus");
  const wanted = own.flatMap(([id, { workloads }]) =>
    MEASURED.filter((workload) => workloads.includes(workload)).map((workload) => ({ id, workload })));
  const absent = wanted.filter(({ id, workload }) =>
    !rows.some((row) => row.contender === id && row.workload === workload));
  const wrong = rows.filter((row) => row.agrees === false);
  const told = [
    ...absent.map(({ id, workload }) => `failed: ${id} has no result for ${workload}`),
    ...wrong.map((row) => `failed: ${row.contender} differs in ${row.workload} ${row.variant}`),
  ];
  if (told.length > 0) told.push(...notes);
  return { passed: rows.length - wrong.length, failed: absent.length + wrong.length, skipped: 0, told };
}
/** A part that ends with a line of its own; what it skips counts as failed. @param {string} log @returns {Count} */
function countLine(log) {
  const found = [...log.matchAll(/^(\d+) passed, (\d+) failed, (\d+) skipped$/gm)].at(-1);
  if (found === undefined) return { passed: 0, failed: 1, skipped: 0, told: ["it printed no result"] };
  const [passed, failed, skipped] = found.slice(1).map(Number);
  return { passed, failed: failed + skipped, skipped: 0, told: failures(log) };
}
/** Each line that says FAILED or again, with the first lines of its reason. @param {string} log */
function failures(log) {
  const lines = log.split("\n");
  return lines.flatMap((line, at) => /^(FAILED|again) /.test(line) ? lines.slice(at, at + REASON_LINES) : []);
}

/** Runs a part; its output goes to the file. @param {Part} part @param {string} file @returns {Promise<number>} */
async function execute({ command: [program, ...order] }, file) {
  const out = createWriteStream(file);
  // A group of its own, so that whatever a part started ends with it.
  const env = { ...process.env, NO_COLOR: "1", FORCE_COLOR: "0" };
  const child = spawn(program, order, { cwd: root, stdio: ["ignore", "pipe", "pipe"], detached: true, env });
  child.stdout.pipe(out, { end: false });
  child.stderr.pipe(out, { end: false });
  const late = setTimeout(() => {
    out.write(`\nstopped: it ran for more than ${PART_MINUTES} minutes\n`);
    if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
  }, PART_MINUTES * 60_000);
  const [code] = await once(child, "close");
  clearTimeout(late);
  out.end();
  await once(out, "finish");
  return code ?? 1;
}

const wanted = process.argv.slice(2);
const strange = wanted.filter((name) => !PARTS.some((part) => part.name === name));
if (strange.length > 0) {
  console.error(`there is no part ${strange.join(", ")}; there are ${PARTS.map(({ name }) => name).join(", ")}`);
  process.exit(2);
}
rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
const total = { passed: 0, failed: 0, skipped: 0 };
for (const part of PARTS) {
  if (wanted.length > 0 && !wanted.includes(part.name)) continue;
  const file = join(folder, `${part.name}.log`), began = Date.now();
  const code = await execute(part, file);
  const log = readFileSync(file, "utf8");
  const one = { passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1, skipped: 0 };
  /** @type {Count} */
  const count = part.count?.(log) ?? one;
  // A part that fails without a failed test (a crash after the last one) has failed all the same.
  if (code !== 0 && count.failed === 0) count.failed = 1;
  for (const key of /** @type {const} */ (["passed", "failed", "skipped"])) total[key] += count[key];
  const seconds = ((Date.now() - began) / 1000).toFixed(0);
  const state = count.failed > 0 ? "FAILED" : "ok";
  console.log(`${state.padEnd(7)}${part.name.padEnd(9)} ${count.passed} passed, ${count.failed} failed, ` +
    `${count.skipped} skipped, ${seconds} s`);
  for (const line of (count.told ?? []).slice(0, SHOWN_LINES)) console.log(`  ${line}`);
  if (count.failed > 0) {
    const end = log.trimEnd().split("\n").slice(count.told?.length ? -REASON_LINES : -SHOWN_LINES);
    console.log(`  the end of ${file.replace(`${root}/`, "")}:\n${end.map((line) => `  | ${line}`).join("\n")}`);
  }
}
console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
process.exitCode = total.failed > 0 || total.passed === 0 ? 1 : 0;
