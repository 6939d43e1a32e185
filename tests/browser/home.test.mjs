import assert from "node:assert/strict";
import { withPage } from "./studio.mjs";

const SAY = ".map .say";
const said = (page, start) => page.waitForFunction(([where, text]) =>
  document.querySelector(where)?.textContent?.startsWith(text), [SAY, start]);

export default {
  "the map is measured, and a step goes downhill": (browser) => withPage(browser, "/", async (page) => {
    await said(page, "The start:");
    assert.ok(await page.locator(".map .line").count() > 10);
    const loss = async () => Number(/loss (\d+\.\d+)/.exec(await page.locator(SAY).textContent())[1]);
    const first = await loss();
    await page.click(".map button:has-text('Step')");
    await said(page, "Step 1:");
    assert.ok(await loss() < first);
    await page.click(".map button:has-text('Reset')");
    await said(page, "The start:");
  }),
  "the start moves by keyboard and by pointer": (browser) => withPage(browser, "/", async (page) => {
    await said(page, "The start: weights −1.10");
    await page.locator(".map .start").press("ArrowLeft");
    await said(page, "The start: weights −1.20");
    const box = await page.locator(".map .ring").boundingBox();
    await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
    await page.mouse.down();
    await page.mouse.move(box.x + 200, box.y + 80, { steps: 5 });
    await page.mouse.up();
    await page.waitForFunction((where) =>
      /weights (?!−1\.20)/.test(document.querySelector(where)?.textContent ?? ""), SAY);
  }),
  "reduced motion runs to the end at once": (browser) => withPage(browser, "/", async (page) => {
    await said(page, "The start:");
    await page.click(".map button:has-text('Run to the end')");
    await page.waitForFunction((where) =>
      document.querySelector(where)?.textContent?.includes("flat enough to stop"), SAY);
  }, { context: { reducedMotion: "reduce" } }),
  "the theme switches and is remembered": (browser) => withPage(browser, "/", async (page) => {
    // The page draws after the click and colours may glide: wait for the colour, do not read it once.
    const ground = (colour) => page.waitForFunction((wanted) =>
      getComputedStyle(document.body).backgroundColor === wanted, colour);
    // A page that is left while its engine loads reports the load as failed: leave it when the map is drawn.
    await said(page, "The start:");
    await ground("rgb(246, 247, 245)");
    await page.click("button.theme");
    await ground("rgb(17, 20, 23)");
    await page.reload();
    await ground("rgb(17, 20, 23)");
    await said(page, "The start:");
  }, { context: { colorScheme: "light" } }),
};
