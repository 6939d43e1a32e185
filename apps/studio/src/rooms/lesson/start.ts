/** A lesson's page: islands wake near the window, the rail follows the reader, terms open their cards. */
import { startIslands } from "./islands.ts";
import { startPaper } from "./paper.ts";
import { startRail } from "./rail.ts";
import { startReading } from "./reading.ts";
import { startRegions } from "./regions.ts";
import { startTerms } from "./terms.ts";

export function start(): void {
  const main = document.querySelector<HTMLElement>("main[data-lesson]");
  if (main === null) return;
  startRail(main);
  startTerms(main);
  startRegions(main);
  startReading(main);
  startPaper(main);
  startIslands(main);
}
