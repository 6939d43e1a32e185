import type { Study, Trial } from "./study.ts";

type Valued = Trial & { readonly value: number };
const valued = ({ trials }: Study): Valued[] => trials.filter((trial): trial is Valued => trial.value !== null);
/** The best value up to each trial that has one. */
function bestSoFar(study: Study): number[] {
  const pick = study.direction === "minimize" ? Math.min : Math.max;
  let best = study.direction === "minimize" ? Infinity : -Infinity;
  return valued(study).map(({ value }) => best = pick(best, value));
}
const short = (value: unknown): string =>
  String(typeof value === "number" ? Number(value.toPrecision(4)) : value);

export interface StudyPlotOptions {
  /** Characters of the drawing, without the labels. */
  readonly width?: number;
  readonly height?: number;
}
/** Trials as dots in the order of their numbers, the best so far as a line of dashes. */
export function drawStudy(study: Study, options: StudyPlotOptions = {}): string[] {
  const trials = valued(study);
  if (trials.length === 0) return [];
  const { width = Math.min(60, Math.max(20, study.trials.length)), height = 10 } = options;
  const values = trials.map(({ value }) => value), best = bestSoFar(study);
  const low = Math.min(...values), high = Math.max(...values);
  const cells = Array.from({ length: height }, () => new Array<string>(width).fill(" "));
  const rowOf = (value: number): number =>
    (high === low ? height - 1 : Math.round(((high - value) / (high - low)) * (height - 1)));
  const columnOf = (i: number): number => Math.round((i / Math.max(1, trials.length - 1)) * (width - 1));
  for (let x = 0; x < width; x++) {
    const i = Math.round((x / Math.max(1, width - 1)) * (trials.length - 1));
    cells[rowOf(best[i])][x] = "─";
  }
  trials.forEach(({ value, state }, i) => { cells[rowOf(value)][columnOf(i)] = state === "stopped" ? "×" : "●"; });
  const labels = [short(high), ...new Array<string>(height - 2).fill(""), short(low)];
  const margin = Math.max(...labels.map((label) => label.length));
  return cells.map((row, y) => `${labels[y].padStart(margin)} ┤${row.join("")}`.trimEnd());
}

const escaped = (text: string): string => text.replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);
const round = (value: number): string => String(Number(value.toFixed(1)));

/** The same as a picture: SVG text with the colours of the page it stands on, a title per trial. */
export function svgOfStudy(study: Study, options: StudyPlotOptions = {}): string {
  const { width = 640, height = 320 } = options;
  const trials = valued(study), best = bestSoFar(study), values = trials.map(({ value }) => value);
  const low = Math.min(...values), high = Math.max(...values), pad = { left: 64, right: 16, top: 16, bottom: 36 };
  const x = (i: number): string =>
    round(pad.left + (trials.length < 2 ? 0 : (i / (trials.length - 1)) * (width - pad.left - pad.right)));
  const y = (value: number): string =>
    round(pad.top + (high === low ? 0.5 : (high - value) / (high - low)) * (height - pad.top - pad.bottom));
  const path = best.map((value, i) => (i === 0 ? `M${x(0)} ${y(value)}` : `H${x(i)}V${y(value)}`)).join("");
  const dots = trials.map(({ id, value, values: chosen, state }, i) => {
    const words = Object.entries(chosen).map(([name, v]) => `${name} ${short(v)}`).join(", ");
    const fill = state === "stopped" ? "none" : "currentColor";
    return `  <circle cx="${x(i)}" cy="${y(value)}" r="3.5" fill="${fill}" stroke="currentColor">` +
      `<title>${escaped(`trial ${id}: ${short(value)} (${words})`)}</title></circle>`;
  });
  const label = (at: string, right: string, anchor: string, text: string): string =>
    `  <text x="${right}" y="${at}" text-anchor="${anchor}" fill="currentColor">${escaped(text)}</text>`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" font-family="sans-serif" ` +
      'font-size="12">',
    `  <title>${trials.length} trials${trials.length === 0 ? "" : `, best ${short(best[best.length - 1])}`}</title>`,
    ...(trials.length === 0 ? [] : [
      `  <path d="${path}" fill="none" stroke="currentColor" stroke-opacity="0.5"/>`, ...dots,
      label(y(high), String(pad.left - 8), "end", short(high)), label(y(low), String(pad.left - 8), "end", short(low)),
      label(String(height - 10), x(0), "start", `trial ${trials[0].id}`),
      label(String(height - 10), x(trials.length - 1), "end", `trial ${trials[trials.length - 1].id}`),
    ]),
    "</svg>",
  ].join("\n");
}
