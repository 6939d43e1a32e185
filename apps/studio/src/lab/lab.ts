/** A lab as the build hands it over: `virtual:course/labs`. */
import type { LabMeta } from "@gradus/lessons";

export interface LabSource {
  readonly id: string;
  readonly lesson: string;
  readonly number: number;
  readonly meta: LabMeta;
  /** HTML of the task and of each hint. */
  readonly task: string;
  readonly hints: readonly string[];
  /** TypeScript. */
  readonly starter: string;
  readonly reference: string;
  readonly checks: string;
}
