import { ModelRun } from "./run.ts";
import type { FromWorker, Settings, ToWorker } from "./protocol.ts";

/** The part of a worker's global scope used here. */
interface Scope {
  postMessage(message: FromWorker): void;
  onmessage: ((event: { readonly data: ToWorker }) => void) | null;
}
const page = globalThis as unknown as Scope;

/** Milliseconds of training before messages get their turn, and between two looks inside. */
const BUDGET = 60, REPORT = 600, QUIET_REPORT = 3000;
/** Play stops here; playing on goes to the next multiple. */
const RUN_LENGTH = 500;

let run: ModelRun | null = null;
let settings: Settings = { model: "", preset: "", seed: 0, rate: 0, batch: 0 };
/** Which press of Play the present loop belongs to; 0 while paused. */
let playing = 0;
let presses = 0;

async function report(): Promise<void> {
  if (run === null) return;
  await run.measure();
  page.postMessage({ type: "snapshot", snapshot: await run.snapshot(playing !== 0) });
}
/** One slice of training; asks for the next as a message to itself, so that others get their turn between. */
async function play(press: number, goal: number, quiet: boolean, reported: number): Promise<void> {
  if (playing !== press || run === null) return;
  await run.train(BUDGET, goal - run.step);
  const over = run.step >= goal;
  if (over) playing = 0;
  const now = performance.now();
  const due = over || now - reported > (quiet ? QUIET_REPORT : REPORT);
  if (due) await report();
  if (!over) setTimeout(() => enqueue(() => play(press, goal, quiet, due ? performance.now() : reported)), 0);
}

async function receive(message: ToWorker): Promise<void> {
  switch (message.type) {
    case "open":
      playing = 0;
      ({ settings } = message);
      run?.dispose();
      run = null;
      run = await ModelRun.open(message.settings, message.text);
      page.postMessage({ type: "anatomy", anatomy: run.anatomy, settings });
      return report();
    case "play":
      if (run === null || !run.trains) return;
      playing = ++presses;
      return play(playing, (Math.floor(run.step / RUN_LENGTH) + 1) * RUN_LENGTH, message.quiet, -Infinity);
    case "pause":
      playing = 0;
      return report();
    case "step":
      playing = 0;
      await run?.train(0, 1);
      return report();
    case "write":
      if (run === null) return;
      page.postMessage({
        type: "next", next: await run.write(message.prompt, message.length, message.temperature), settings,
      });
  }
}

/** Everything that uses the run waits for what was asked before. */
let last: Promise<void> = Promise.resolve();
function enqueue(task: () => Promise<void>): void {
  last = last.then(task).catch((error: unknown) => {
    playing = 0;
    page.postMessage({ type: "failed", message: error instanceof Error ? error.message : String(error), settings });
  });
}
page.onmessage = ({ data }) => enqueue(() => receive(data));
