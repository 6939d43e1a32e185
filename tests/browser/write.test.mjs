import assert from "node:assert/strict";
import { checkAccessible, withPage } from "./studio.mjs";

const ROOM = "/write/?from=The%20gradient&seed=3";
const ready = (page) => page.waitForFunction(() =>
  document.querySelector("#text .strip .say")?.textContent === "Nothing is written yet.", null, { timeout: 30_000 });
const tokens = (page, count) => page.waitForFunction((least) =>
  document.querySelectorAll("#text .token").length >= least, count, { timeout: 30_000 });

export default {
  "the model that comes with the studio writes, and shows what it chose from": (browser) =>
    withPage(browser, ROOM, async (page) => {
      await ready(page);
      await page.click("button:has-text('Next token')");
      await tokens(page, 1);
      assert.ok(await page.locator("#text .odds tbody tr").count() >= 8);
      assert.match(await page.locator("#text .say").textContent(), /had [\d.]+ %, drawn among \d+\./);
      await page.click("button:has-text('Keep going')");
      await tokens(page, 12);
      const text = await page.locator(".paper").innerText();
      assert.ok(text.startsWith("The gradient") && text.length > 30, text);
    }),
  "the same address and presses write the same": async (browser) => {
    const texts = [];
    for (let i = 0; i < 2; i++) {
      await withPage(browser, ROOM, async (page) => {
        await ready(page);
        for (let count = 1; count <= 3; count++) {
          await page.click("button:has-text('Next token')");
          await tokens(page, count);
          await page.waitForSelector("button:has-text('Next token'):not([disabled])");
        }
        texts.push(await page.locator(".paper").innerText());
      });
    }
    assert.equal(texts[1], texts[0]);
  },
  "nothing scrolls sideways, and axe finds nothing, in light and dark": (browser) =>
    withPage(browser, ROOM, async (page) => {
      await ready(page);
      await page.click("button:has-text('Next token')");
      await tokens(page, 1);
      for (const width of [1440, 768, 360]) {
        await page.setViewportSize({ width, height: 800 });
        assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth + 1), `at ${width} px`);
      }
      for (const colorScheme of ["light", "dark"]) {
        await page.emulateMedia({ colorScheme });
        await checkAccessible(page, `write, ${colorScheme}`);
      }
    }),
};
