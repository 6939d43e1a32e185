/** Milliseconds between two reports: twenty a second. */
export const TICK = 50;
/** How long a slice may compute before the worker looks at its messages again. */
export const BUDGET = 30;
/** A run stops at multiples of this many steps. */
export const RUN_LENGTH = 1000;

/** Steps until the next report: one by one at first, where the most happens, then faster in proportion. */
export const stepsPerTick = (step: number): number => 1 + Math.floor(step / 40);

/** Where Play stops when it is pressed at this step. */
export const goalAfter = (step: number): number => (Math.floor(step / RUN_LENGTH) + 1) * RUN_LENGTH;
