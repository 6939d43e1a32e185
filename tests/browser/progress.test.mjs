import assert from "node:assert/strict";
import { text } from "node:stream/consumers";
import { checkAccessible, withPage } from "./studio.mjs";

const DAY = 86_400_000, START = Date.UTC(2026, 0, 5, 9);
const entry = (id, days, happening) => ({ id, at: START + days * DAY, ...happening });
const card = (id, days, made) => entry(id, days, { kind: "card-made", lesson: "backpropagation", ...made });
const ENTRIES = [
  entry("a", 0, { kind: "figure-touched", lesson: "chain-rule", figure: "f1" }),
  entry("b", 1, { kind: "lesson-read", lesson: "chain-rule", title: "The chain rule" }),
  entry("c", 2, { kind: "lab-tried", lesson: "backpropagation", lab: "tanh", passed: 5, checks: 5 }),
  card("d", 3, { card: "quiz/backpropagation/q1", front: "What is 2 + 2?", back: "Four." }),
  card("e", 4, { card: "term/vjp", front: "<img src=x>", back: "Plain <b>text</b>." }),
];
const file = (entries) => ({
  name: "progress.json", mimeType: "application/json",
  buffer: Buffer.from(JSON.stringify({ format: "gradus-progress", version: 1, entries })),
});
const opened = (page) => page.waitForFunction(() => document.querySelector(".facts dd")?.textContent !== "·");
const said = (page, text) => page.waitForFunction((start) =>
  document.querySelector(".files .say")?.textContent?.trim().startsWith(start), text);
async function bring(page, entries = ENTRIES) {
  await opened(page);
  await page.setInputFiles(".files input[type=file]", file(entries));
}

export default {
  "an import adds what is missing, an export brings all of it back": (browser) =>
    withPage(browser, "/progress/", async (page) => {
      await bring(page);
      await said(page, "Added 5 entries; 0 were here already.");
      assert.deepEqual(await page.locator(".facts dd").allTextContents(), ["2", "1", "1", "2"]);
      assert.match(await page.locator(".flights li").first().textContent(), /The chain rule.*read 6 January 2026/);
      await bring(page, [...ENTRIES.slice(3), entry("f", 5, { kind: "path-chosen", path: "weeks" }), { evil: true }]);
      await said(page, "Added 1 entry; 2 were here already. 1 entry could not be read");
      await page.reload();
      await opened(page);
      assert.match(await page.locator(".log caption").textContent(), /^6 entries/);
      const [download] = await Promise.all([
        page.waitForEvent("download"), page.click(".files button:has-text('Export')"),
      ]);
      const { entries } = JSON.parse(await text(await download.createReadStream()));
      assert.deepEqual(entries.map(({ id }) => id), ["a", "b", "c", "d", "e", "f"]);
    }),
  "a hostile file is refused kindly": (browser) => withPage(browser, "/progress/", async (page) => {
    await opened(page);
    await page.setInputFiles(".files input[type=file]",
      { name: "x.json", mimeType: "application/json", buffer: Buffer.from("\u0000not json") });
    await said(page, "This file is not JSON.");
    await page.setInputFiles(".files input[type=file]",
      { name: "x.json", mimeType: "application/json", buffer: Buffer.from('{"format": "other"}') });
    await said(page, "This is JSON, but no progress of Gradus.");
    assert.deepEqual(await page.locator(".facts dd").allTextContents(), ["0", "0", "0", "0"]);
  }),
  "cards are reviewed and leave as a table": (browser) => withPage(browser, "/progress/", async (page, origin) => {
    await bring(page);
    await said(page, "Added 5");
    await page.goto(`${origin}/cards/`);
    await page.waitForSelector(".flash .front");
    assert.equal(await page.locator(".flash .back").count(), 0);
    await page.keyboard.press("Space");
    await page.waitForFunction(() => document.querySelector(".flash .back")?.textContent === "Four.");
    await page.keyboard.press("3");
    await page.waitForFunction(() => document.querySelector(".flash .front")?.textContent === "<img src=x>");
    assert.equal(await page.locator(".flash img").count(), 0, "cards are text, never markup");
    await page.keyboard.press("Space");
    await page.waitForSelector(".flash .back");
    await page.keyboard.press("1");
    await page.waitForFunction(() =>
      /No cards now\. 2 come back/.test(document.querySelector(".sitting")?.textContent ?? ""));
    const [download] = await Promise.all([
      page.waitForEvent("download"), page.click(".pile button:has-text('Export')"),
    ]);
    const table = await text(await download.createReadStream());
    assert.match(table, /^#separator:tab\n[\s\S]*What is 2 \+ 2\?\tFour\.\tgradus::/);
  }),
  "a path ends some of its stages with a look back at what was missed": (browser) =>
    withPage(browser, "/course/path-weeks/", async (page) => {
      const link = page.locator(".stage:has(#week-4) a:has-text('What you missed so far')");
      const lessons = new URL(await link.getAttribute("href"), page.url()).searchParams.get("review").split(",");
      assert.ok(lessons.includes("probability") && lessons.includes("information"), lessons.join());
      await link.click();
      await page.waitForSelector("h1:text-is('Review')");
      await page.waitForSelector(".sitting [role=status]:has-text('Nothing of these lessons has been missed')");
    }),
  "nothing scrolls sideways, and axe finds nothing, in light and dark": async (browser) => {
    for (const [width, colorScheme] of [[360, "light"], [768, "dark"], [1440, "light"], [1440, "dark"]]) {
      await withPage(browser, "/progress/", async (page, origin) => {
        await bring(page);
        await said(page, "Added 5");
        for (const path of ["/progress/", "/cards/"]) {
          await page.goto(origin + path);
          await page.waitForSelector(path === "/cards/" ? ".flash .front" : ".flights li");
          const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
          assert.ok(over <= 0, `${path} at ${width} is ${over} px too wide`);
          await checkAccessible(page, `${path} at ${width}, ${colorScheme}`);
        }
      }, { context: { viewport: { width, height: 800 }, colorScheme } });
    }
  },
};
