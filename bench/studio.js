/**
 * The time from the start of loading a lesson to its first figure that answers, in Chromium: a new profile for every
 * repeat, so nothing is cached. The studio must have been built.
 */
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { chromium } from "playwright-core";
import { createStudioServer, listen } from "../apps/studio/server.js";

const DIST = resolve(import.meta.dirname, "../apps/studio/dist");
const LIMIT = 30_000;

/** Notes the moment at which a figure has been drawn by its worker, in the page's own time. */
const watch = () => {
  const { document, requestAnimationFrame } = globalThis;
  const look = () => {
    if (document.querySelector("figure.player .canvas svg:not(.first)") === null) requestAnimationFrame(look);
    else globalThis.interactive = performance.now();
  };
  requestAnimationFrame(look);
};

/** Milliseconds of every repeat, for a lesson and one of its figures; throws where that cannot be measured. */
export async function measureStudio({ lesson, figure }, repeats) {
  const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
  if (!existsSync(executablePath)) throw new Error(`there is no browser at ${executablePath}; set CHROMIUM to one`);
  if (!existsSync(DIST)) throw new Error("the studio is not built: npm run build --workspace @gradus/studio");
  const server = createStudioServer(DIST, { isolated: true });
  const port = await listen(server, 0);
  const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-background-networking"] });
  const times = [];
  try {
    for (let i = -1; i < repeats; i++) {
      const context = await browser.newContext({ viewport: { width: 1440, height: 936 } });
      const page = await context.newPage();
      await page.addInitScript(watch);
      await page.goto(`http://127.0.0.1:${port}/course/${lesson}/#${figure}`);
      const ready = await page.waitForFunction(() => globalThis.interactive, null, { timeout: LIMIT });
      // The first start of the browser itself is not counted.
      if (i >= 0) times.push(await ready.jsonValue());
      await context.close();
    }
  } finally {
    await browser.close();
    await new Promise((closed) => { server.close(closed); server.closeAllConnections(); });
  }
  return times;
}
