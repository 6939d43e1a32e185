/** Dates of a plan: pure, so that it is tested without a page. */
export interface Settings {
  /** The first day, as `2026-01-05`. */
  readonly start: string;
  readonly hours: number;
  /** How much longer or shorter than planned everything takes. */
  readonly depth: number;
}
export interface Stage { readonly id: string; readonly minutes: number }
export interface Dated { readonly id: string; readonly from: Date; readonly to: Date }

const DAY = 86_400_000, DAYS_A_WEEK = 7;

/** When each stage begins and ends, with so many hours in every week. Days are whole; a stage takes at least one. */
export function schedule(stages: readonly Stage[], { start, hours, depth }: Settings): readonly Dated[] {
  const first = Date.parse(`${start}T00:00:00Z`);
  if (Number.isNaN(first) || !(hours > 0) || !(depth > 0)) return [];
  let day = 0;
  return stages.map(({ id, minutes }) => {
    const days = Math.max(1, Math.round(minutes * depth / 60 / hours * DAYS_A_WEEK));
    const from = new Date(first + day * DAY), to = new Date(first + (day + days - 1) * DAY);
    day += days;
    return { id, from, to };
  });
}

/** "5 January to 2 February 2026" */
export function formatSpan({ from, to }: Dated): string {
  const show = (date: Date, year: boolean): string => date.toLocaleDateString("en-GB", {
    day: "numeric", month: "long", timeZone: "UTC", ...(year ? { year: "numeric" } : {}),
  });
  if (from.getTime() === to.getTime()) return show(from, true);
  return `${show(from, from.getUTCFullYear() !== to.getUTCFullYear())} to ${show(to, true)}`;
}
