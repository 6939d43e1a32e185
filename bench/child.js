/**
 * The inside of a contender's process: reads requests, one JSON line each, and answers with lines that begin with
 * "@", so
 * that a library may print what it likes. The process sleeps between requests: only one contender runs at a time.
 */
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { openWorkload, Unsupported } from "./numbers.js";

/** A workload's numbers from the files that `data.js` wrote. */
export function readWorkload(path) {
  const about = JSON.parse(readFileSync(path, "utf8"));
  const bytes = readFileSync(join(dirname(path), about.data));
  return openWorkload(about, bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
}

/** Repeats shorter than this many milliseconds are made of several runs. */
const SHORTEST = 10;
const WARM_UP = 500;

/** Runs n times and returns the milliseconds of one. */
async function timed(job, n) {
  const start = performance.now();
  await job.run(n);
  return (performance.now() - start) / n;
}

async function warmUp(job, quick) {
  const until = performance.now() + (quick ? WARM_UP / 5 : WARM_UP);
  let n;
  let each = await timed(job, 1);
  do {
    n = Math.max(1, Math.min(100_000, Math.ceil(SHORTEST / Math.max(each, 1e-6))));
    each = await timed(job, n);
  } while (performance.now() < until);
  return n;
}

/**
 * Serves a contender: `load(workload)` returns `prepare(variant)`, which returns a job: `run(n)` does the work n times
 * and waits for the last result, `check()` gives `{loss, values}` of the first run, `form` says how it is written,
 * `peak()` how many bytes a run needs besides what it is given.
 */
export function serve(contender) {
  let prepare = null;
  let job = null;
  let runs = 1;
  const answer = (message) => process.stdout.write(`@${JSON.stringify(message)}\n`);
  const handle = async (request) => {
    if (request.do === "load") {
      prepare = await contender.load(readWorkload(request.path), request.path);
      return { version: await contender.version() };
    }
    if (request.do === "prepare") {
      job = null;
      job = await prepare(request.variant);
      const check = request.check ? await job.check() : null;
      const start = performance.now();
      await job.run(1);
      const first = performance.now() - start;
      runs = await warmUp(job, request.quick);
      const peak = request.memory === true ? job.peak?.() ?? null : null;
      return { check, first, runs, peak, form: job.form ?? null };
    }
    if (request.do === "measure") {
      const times = [];
      await timed(job, runs);
      for (let i = 0; i < request.repeats; i++) times.push(await timed(job, runs));
      return { times };
    }
    if (request.do === "first") {
      const workload = readWorkload(request.path);
      const start = performance.now();
      prepare = await contender.load(workload, request.path);
      job = await prepare(workload.variants[0]);
      await job.run(1);
      return { times: [performance.now() - start] };
    }
    throw new Error(`unknown request ${request.do}`);
  };
  const lines = createInterface({ input: process.stdin });
  let queue = Promise.resolve();
  lines.on("line", (line) => {
    queue = queue.then(async () => {
      try {
        answer(await handle(JSON.parse(line)));
      } catch (error) {
        const unsupported = error instanceof Unsupported;
        answer(unsupported ? { unsupported: error.message } : { error: String(error?.stack ?? error) });
      }
    });
  });
  lines.on("close", () => queue.then(() => process.exit(0)));
  answer({ ready: true });
}
