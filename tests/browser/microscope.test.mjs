import assert from "node:assert/strict";
import { checkAccessible, withPage } from "./studio.mjs";

const ready = (page) => page.waitForSelector(".band .operation, .band pre", { timeout: 30_000 });
const told = (page, pattern) => page.waitForFunction((text) =>
  new RegExp(text).test(document.querySelector(".slide .say")?.textContent ?? ""), pattern);

export default {
  "an operation is marked in all four columns": (browser) => withPage(browser, "/microscope/", async (page) => {
    await ready(page);
    const heads = await page.locator(".heads h2").allTextContents();
    assert.deepEqual(heads, ["Expression", "Gradient", "Kernels", "Source"]);
    await page.click(".operation:has-text('relu') >> nth=0");
    await told(page, "^Selected: relu, f32\\[64, 128\\], in kernel \\d");
    assert.equal(await page.locator(".operation.selected").count(), 2, "in the expression and in the gradient");
    assert.equal(await page.locator(".band.marked pre").count(), 2, "one kernel and its source");
    assert.match(await page.locator(".band pre").nth(1).textContent(), /^\(func \$/);
  }),
  "an expression of one's own goes to the address and comes back": (browser) =>
    withPage(browser, "/microscope/", async (page) => {
      await ready(page);
      await page.fill(".expression input", "(a - b).square().mean()");
      await page.fill(".inputs input", "a[50], b[50]");
      await page.keyboard.press("Enter");
      await told(page, "^Selected: sub, f32\\[50\\]");
      await page.reload();
      await told(page, "^Selected: sub, f32\\[50\\]");
      assert.equal(await page.inputValue(".expression input"), "(a - b).square().mean()");
    }),
  "what cannot be read or computed says why": (browser) => withPage(browser, "/microscope/", async (page) => {
    await ready(page);
    const fault = (pattern) => page.waitForFunction((text) =>
      new RegExp(text).test(document.querySelector("#fault")?.textContent ?? ""), pattern);
    await page.fill(".expression input", "x.matmul(w");
    await page.keyboard.press("Enter");
    await fault("is missing before the end");
    await page.fill(".expression input", "x.matmul(x)");
    await page.keyboard.press("Enter");
    await fault("matmul");
    await page.fill(".expression input", "x.constructor()");
    await page.keyboard.press("Enter");
    await fault("There is no constructor");
    await page.click(".examples button:has-text('Fusion')");
    await told(page, "^Selected: mul");
  }),
  "narrow screens have four tabs, by keyboard too": (browser) => withPage(browser, "/microscope/", async (page) => {
    await ready(page);
    for (const [from, to] of [["expression", "gradient"], ["gradient", "kernels"]]) {
      await page.locator(`#tab-${from}`).press("ArrowRight");
      await page.waitForSelector(`#tab-${to}[aria-selected=true]`);
    }
    await page.waitForFunction(() => /^kernel /.test(document.querySelector(".band pre")?.textContent ?? ""));
  }, { context: { viewport: { width: 360, height: 720 } } }),
  "nothing scrolls sideways, and axe finds nothing, in light and dark": async (browser) => {
    for (const [width, colorScheme] of [[360, "light"], [768, "dark"], [1440, "light"], [1440, "dark"]]) {
      await withPage(browser, "/microscope/", async (page) => {
        await ready(page);
        const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        assert.ok(over <= 0, `at ${width} the page is ${over} px too wide`);
        await checkAccessible(page, `microscope at ${width}, ${colorScheme}`);
      }, { context: { viewport: { width, height: 800 }, colorScheme } });
    }
  },
};
