// The studio after the network has gone: its server is stopped, and every page must still open and work.
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { createStudioServer, listen } from "../../apps/studio/server.js";
import { awake, DIST, walk } from "./studio.mjs";

const ROOMS = ["", "microscope/", "models/", "write/", "progress/", "cards/", "digits/"];
const PAGES = readdirSync(`${DIST}/course`, { withFileTypes: true })
  .filter((entry) => entry.isDirectory()).map(({ name }) => `course/${name}/`);
const AT_ONCE = 12;

/** Opens the studio once, waits until it is kept, stops its server and hands on a page. */
async function withoutNetwork(browser, body, root = DIST, folder = "") {
  const server = createStudioServer(root), port = await listen(server, 0);
  const context = await browser.newContext({ viewport: { width: 1440, height: 936 }, reducedMotion: "reduce" });
  const complaints = [];
  let open = true;
  const stop = () => new Promise((closed) => { server.close(closed); server.closeAllConnections(); });
  try {
    const page = await context.newPage(), origin = `http://127.0.0.1:${port}/${folder}`;
    await page.goto(origin);
    await page.evaluate(() => globalThis.navigator.serviceWorker.ready);
    await page.waitForFunction(() => globalThis.navigator.serviceWorker.controller !== null);
    await stop();
    open = false;
    page.on("console", (message) => { if (message.type() === "error") complaints.push(message.text()); });
    page.on("pageerror", (error) => complaints.push(error.message));
    page.on("requestfailed", (request) => {
      if (request.failure()?.errorText !== "net::ERR_ABORTED") complaints.push(`failed: ${request.url()}`);
    });
    await body(page, origin);
  } finally {
    await context.close();
    if (open) await stop();
  }
  assert.deepEqual(complaints, []);
}
const groups = [];
for (let i = 0; i < PAGES.length; i += AT_ONCE) groups.push(PAGES.slice(i, i + AT_ONCE));

export default {
  "every room opens": (browser) => withoutNetwork(browser, async (page, origin) => {
    for (const room of ROOMS) {
      await page.goto(`${origin}${room}`, { waitUntil: "load" });
      assert.ok((await page.locator("main").innerText()).length > 40, `${room} is empty`);
    }
  }),
  "a cell is edited and runs, and a lab is graded": (browser) => withoutNetwork(browser, async (page, origin) => {
    await page.goto(`${origin}course/perceptron/`);
    const cell = '[data-cell="perceptron/no-slope"]', lab = '[data-lab="perceptron/perceptron-rule"]';
    await page.locator(cell).scrollIntoViewIfNeeded();
    await page.focus(`${cell} .still`);
    await page.waitForSelector(`${cell} .cm-editor.cm-focused`);
    await page.click(`${cell} button.run`);
    await page.waitForSelector(`${cell} .output.done, ${cell} .output.failed`, { timeout: 30_000 });
    await page.click(`${lab} button.check`);
    await page.waitForSelector(`${lab} .checks .failed`, { timeout: 30_000 });
  }),
  ...Object.fromEntries(groups.map((pages, i) => [
    `pages of the course open and wake, ${i + 1} of ${groups.length}`, (browser) =>
      withoutNetwork(browser, async (page, origin) => {
        for (const path of pages) {
          await page.goto(origin + path, { waitUntil: "load" });
          await walk(page);
          await awake(page);
        }
      }),
  ])),
};
