/** Where progress is written: a terminal rewrites its line, anything else gets whole lines now and then. */
export interface ProgressOutput {
  write(text: string): void;
  readonly isTTY?: boolean;
  readonly columns?: number;
}
export interface ProgressState {
  readonly step: number;
  readonly steps: number;
  /** For the name of the unit and what is shown: "epoch 3/20". */
  readonly label?: string;
  readonly loss: number;
  /** Seconds over which `made` steps were made. */
  readonly seconds: number;
  readonly made: number;
}

/** "45 s", "3 min 20 s", "2 h 05 min". */
export function formatDuration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, "0")} s`;
  return `${Math.floor(whole / 3600)} h ${String(Math.floor((whole % 3600) / 60)).padStart(2, "0")} min`;
}
/** Four figures, as a rate or a loss is read. */
export const formatNumber = (value: number): string =>
  Math.abs(value) >= 1000 ? value.toFixed(0) : String(Number(value.toPrecision(4)));

/** What one line of progress says: how far, the loss and, once steps were made, steps a second and time left. */
export function formatProgress(state: ProgressState): string {
  const { step, steps, label, loss, seconds, made } = state;
  const rate = seconds > 0 ? made / seconds : 0;
  const speed = `${rate >= 10 ? rate.toFixed(0) : rate.toPrecision(2)} steps/s`;
  const parts = [
    `step ${step}/${steps}`, ...(label === undefined ? [] : [label]), `loss ${loss.toFixed(4)}`,
    ...(rate > 0 ? [speed] : []),
    ...(rate > 0 && step < steps ? [`${formatDuration((steps - step) / rate)} left`] : []),
  ];
  return parts.join("  ");
}
/** A bar of the given number of characters. */
export function formatBar(share: number, width: number): string {
  const full = Math.round(Math.min(1, Math.max(0, share)) * width);
  return "█".repeat(full) + "░".repeat(width - full);
}

/** Shows training as it goes. */
export class Progress {
  readonly #output: ProgressOutput;
  #shown = -Infinity;
  /** The first step: it compiles, so the speed is that of the steps after it. */
  #first: ProgressState | null = null;
  #drawn = false;

  constructor(output: ProgressOutput) {
    this.#output = output;
  }
  /** A step was made: redraws the line of a terminal ten times a second; a log gets a line every ten seconds. */
  update(state: ProgressState): void {
    this.#first ??= state;
    const every = this.#output.isTTY === true ? 0.1 : 10;
    if (state.seconds - this.#shown < every && state.step < state.steps) return;
    this.#shown = state.seconds;
    const { seconds, made } = this.#first;
    const text = formatProgress({ ...state, seconds: state.seconds - seconds, made: state.made - made });
    if (this.#output.isTTY !== true) {
      this.#output.write(`${text}\n`);
      return;
    }
    const line = `${formatBar(state.step / state.steps, 20)} ${text}`;
    this.#output.write(`\r\u001b[K${line.slice(0, (this.#output.columns ?? 100) - 1)}`);
    this.#drawn = true;
  }
  /** A line that stays, such as the result of an evaluation. */
  note(text: string): void {
    this.clear();
    this.#output.write(`${text}\n`);
  }
  /** Removes the line that is being redrawn. */
  clear(): void {
    if (this.#drawn) this.#output.write("\r\u001b[K");
    this.#drawn = false;
  }
}
