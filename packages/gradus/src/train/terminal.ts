import type { Callback, Run, StepReport, TrainResult } from "./callbacks.ts";
import { drawCurve } from "./curve.ts";
import { Progress, type ProgressOutput } from "./progress.ts";
import type { Evaluation } from "./task.ts";

/** Progress with rate and time left as a run goes, a line per evaluation, and the curve of the loss at its end. */
export class TerminalReport implements Callback {
  readonly name = "terminalReport";
  readonly #output: ProgressOutput;
  readonly #progress: Progress;
  #first = 0;
  #started = 0;

  constructor(output: ProgressOutput) {
    this.#output = output;
    this.#progress = new Progress(output);
  }
  onStart(run: Run): void {
    this.#first = run.step;
    this.#started = performance.now();
  }
  onStep({ step, loss }: StepReport, { task }: Run): void {
    const seconds = (performance.now() - this.#started) / 1000;
    this.#progress.update({ step, steps: task.steps, loss, seconds, made: step - this.#first });
  }
  onEvaluate(evaluation: Evaluation, { step }: Run): void {
    const figures = Object.entries(evaluation).map(([name, value]) => `${name} ${value.toFixed(4)}`);
    this.#progress.note(`step ${step}: ${figures.join(", ")}`);
  }
  onEnd({ losses, end, reason }: TrainResult): void {
    this.#progress.clear();
    this.#output.write(`${[...drawCurve(losses), `${end}${reason === undefined ? "" : `: ${reason}`}`].join("\n")}\n`);
  }
}
