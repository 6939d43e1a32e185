import { UsageError } from "../vocab/errors.ts";
import { Scheduler, type Scheduled } from "./scheduler.ts";

/** One schedule after another: each begins, at its own count 0, with its milestone. As torch's SequentialLR. */
export class SequentialLR extends Scheduler {
  readonly schedulers: readonly Scheduler[];
  readonly milestones: readonly number[];
  constructor(
    optimizer: Scheduled,
    options: { readonly schedulers: readonly Scheduler[]; readonly milestones: readonly number[] },
  ) {
    super(startOf(optimizer, options.schedulers));
    this.schedulers = options.schedulers;
    this.milestones = options.milestones;
    if (options.milestones.length !== options.schedulers.length - 1) {
      throw new UsageError(`SequentialLR: ${options.schedulers.length} schedulers need ` +
        `${options.schedulers.length - 1} milestones, and there are ${options.milestones.length}`);
    }
    this.apply();
  }
  override rate(base: number, count: number): number {
    const now = this.milestones.filter((at) => at <= count).length;
    return this.schedulers[now].rate(base, now === 0 ? count : count - this.milestones[now - 1]);
  }
}
/** Several schedules at once: each takes the rate of the one before as its base. As torch's ChainedScheduler. */
export class ChainedScheduler extends Scheduler {
  readonly schedulers: readonly Scheduler[];
  constructor(optimizer: Scheduled, schedulers: readonly Scheduler[]) {
    super(startOf(optimizer, schedulers));
    this.schedulers = schedulers;
    this.apply();
  }
  override rate(base: number, count: number): number {
    return this.schedulers.reduce((rate, scheduler) => scheduler.rate(rate, count), base);
  }
}
/** The optimizer with the rates it had before its schedulers were made. */
function startOf(optimizer: Scheduled, schedulers: readonly Scheduler[]): Scheduled {
  if (schedulers.length === 0) throw new UsageError("there are no schedulers to combine; pass at least one");
  optimizer.groups.forEach((group, i) => { group.lr = schedulers[0].baseRates[i] ?? group.lr; });
  return optimizer;
}
