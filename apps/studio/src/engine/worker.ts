import { reduceStrokes } from "gradus/data";
import { dataOf, DigitsRun, loadParts, type Digits } from "./digits-run.ts";
import { BUDGET, stepsPerTick, TICK } from "./pace.ts";
import { PIXELS } from "./network.ts";
import type { FromWorker, ToWorker } from "./protocol.ts";

/** The part of a worker's global scope used here. */
interface Scope {
  postMessage(message: FromWorker): void;
  onmessage: ((event: { readonly data: ToWorker }) => void) | null;
}
const page = globalThis as unknown as Scope;

const QUIET_TICK = 1000;
let digits: Digits | null = null;
let run: DigitsRun | null = null;
let seen: Uint8Array = new Uint8Array(PIXELS);
/** Which press of Play the present loop belongs to; 0 while paused. */
let playing = 0;
let presses = 0;
/** Over when no loop uses the run any more. */
let loop: Promise<void> = Promise.resolve();

async function report(): Promise<void> {
  if (run === null) return;
  const current = run;
  await current.measure();
  const snapshot = await current.snapshot(playing !== 0), reading = await current.read(seen);
  if (run === current) page.postMessage({ type: "snapshot", snapshot, reading });
}

/** Trains in slices, so that messages get their turn, and reports after each. */
async function play(quiet: boolean): Promise<void> {
  const press = playing = ++presses;
  let reported = -Infinity;
  while (playing === press && run !== null) {
    const began = performance.now();
    const left = run.goal - run.step;
    run.train(Math.min(left, quiet ? left : stepsPerTick(run.step)), BUDGET);
    if (run.step === run.goal) playing = 0;
    if (!quiet || playing === 0 || began - reported > QUIET_TICK) {
      await report();
      reported = began;
    } else {
      await run.measure();
    }
    await new Promise((resume) => setTimeout(resume, quiet ? 0 : Math.max(0, TICK - (performance.now() - began))));
  }
}

async function receive(message: ToWorker): Promise<void> {
  switch (message.type) {
    case "start": {
      playing = 0;
      // A loop that failed has already said so.
      await loop.catch(() => undefined);
      run?.dispose();
      if (digits === null) {
        digits = await loadParts();
        page.postMessage({ type: "data", data: dataOf(digits) });
      }
      run = new DigitsRun(message.settings, digits);
      return report();
    }
    case "play":
      if (run !== null && run.step === run.goal) run.extend();
      return loop = play(message.quiet);
    case "pause":
      playing = 0;
      return report();
    case "step":
      playing = 0;
      run?.train(1);
      return report();
    case "draw":
      return look(reduceStrokes(message.strokes));
    case "show":
      if (digits === null) return;
      return look(digits.heldOut.images.slice(message.heldOut * PIXELS, (message.heldOut + 1) * PIXELS));
  }
}
async function look(counts: Uint8Array): Promise<void> {
  seen = counts;
  if (run !== null) page.postMessage({ type: "reading", reading: await run.read(counts) });
}

/** Messages are answered one after the other, except that Play goes on beside them. */
let last: Promise<void> = Promise.resolve();
page.onmessage = ({ data }) => {
  const failed = (error: unknown): void => {
    playing = 0;
    page.postMessage({ type: "failed", message: error instanceof Error ? error.message : String(error) });
  };
  if (data.type === "play") void last.then(() => receive(data)).catch(failed);
  else last = last.then(() => receive(data)).catch(failed);
};
