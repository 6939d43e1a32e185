// A studio served for one test, and a page in it that must not complain.
import { createRequire } from "node:module";
import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { createStudioServer, listen } from "../../apps/studio/server.js";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
export const DIST = resolve(import.meta.dirname, "../../apps/studio/dist");
const COURSE = resolve(DIST, "course/course.json");
/** What the build says there is; nothing where the studio was not built. */
export const course = existsSync(COURSE) ? JSON.parse(readFileSync(COURSE, "utf8")) : { parts: [] };
export const lessons = course.parts.flatMap((part) => part.lessons);

/**
 * Opens a page, runs the body, and fails on console errors, failed requests and requests to other hosts.
 * `options`: isolated (default true), context (for the browser), root (folder to serve).
 */
export async function withPage(browser, path, body, { isolated = true, context = {}, root = DIST } = {}) {
  const server = createStudioServer(root, { isolated });
  const port = await listen(server, 0);
  const origin = `http://127.0.0.1:${port}`;
  const session = await browser.newContext({
    // Without the worker that keeps the studio for use offline: it fetches everything, in every new profile.
    viewport: { width: 1440, height: 936 }, serviceWorkers: "block", ...context,
  });
  const complaints = [];
  try {
    const page = await session.newPage();
    page.on("console", (message) => { if (message.type() === "error") complaints.push(`console: ${message.text()}`); });
    page.on("pageerror", (error) => complaints.push(`page: ${error.message}`));
    page.on("requestfailed", (request) => {
      const fault = request.failure()?.errorText;
      // A page that is left takes its requests with it.
      if (fault !== "net::ERR_ABORTED") complaints.push(`failed: ${request.url()} ${fault}`);
    });
    page.on("response", (response) => {
      if (response.status() >= 400) complaints.push(`${response.status()}: ${response.url()}`);
    });
    page.on("request", (request) => {
      const url = new URL(request.url());
      if (/^(https?|wss?):$/.test(url.protocol) && url.origin !== origin) complaints.push(`foreign: ${url}`);
    });
    await page.goto(origin + path, { waitUntil: "load" });
    await body(page, origin);
  } finally {
    await session.close();
    await new Promise((closed) => { server.close(closed); server.closeAllConnections(); });
  }
  if (complaints.length > 0) throw new Error(`the page complained:\n${complaints.join("\n")}`);
}

/** Fails with every rule that axe finds broken. */
export async function checkAccessible(page, where) {
  // The strict policy forbids added scripts; the debugger may evaluate one.
  await page.evaluate(AXE);
  const found = await page.evaluate(async () => {
    const { violations } = await globalThis.axe.run(document, { resultTypes: ["violations"] });
    return violations.map(({ id, impact, help, nodes }) => {
      const places = nodes.slice(0, 3).map((node) => `\n  ${node.html.slice(0, 160)} ${node.failureSummary ?? ""}`);
      return `${id} (${impact}): ${help}${places.join("")}`;
    });
  });
  if (found.length > 0) throw new Error(`${where}: ${found.length} accessibility faults\n${found.join("\n")}`);
}

/**
 * Goes down the page, so that every island wakes. A browser on a busy machine may stop drawing: a frame is waited for a
 * second and no longer, since nothing else here depends on it.
 */
export const walk = (page) => page.evaluate(async () => {
  const soon = (event) => Promise.race([event, new Promise((over) => { setTimeout(over, 1000); })]);
  const drawn = () => soon(new Promise((done) => { requestAnimationFrame(() => requestAnimationFrame(done)); }));
  for (let y = 0; y < document.documentElement.scrollHeight; y += innerHeight) {
    scrollTo(0, y);
    await drawn();
  }
  scrollTo(0, 0);
  // Formulas are as wide as their letters, and what is too wide gets its keyboard access with the next frame.
  await soon(document.fonts.ready);
  await drawn();
});
/** Waits by the clock: frames may be late. */
const BY_CLOCK = { polling: 100 };
/** Waits until every island of the page has its script. */
export const awake = (page) => page.waitForFunction(() =>
  [...document.querySelectorAll(".island")].every((island) => "awake" in island.dataset), undefined, BY_CLOCK);
/** Waits until what is wider than its place can be scrolled by keyboard: the page sees to that with a frame. */
export const reachable = (page) => page.waitForFunction(() =>
  [...document.querySelectorAll(".formula")].every((formula) =>
    formula.scrollWidth <= formula.clientWidth + 1 || formula.tabIndex === 0), undefined, BY_CLOCK);
