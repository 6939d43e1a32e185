import assert from "node:assert/strict";
import { islands } from "./islands.mjs";
import { checkAccessible, withPage } from "./studio.mjs";

const withFigure = async (browser, body, options = {}, query = "") =>
  withPage(
    browser,
    `/${query}`,
    async (page) => {
      await page.waitForSelector("#line .handle.drag");
      await body(page);
    },
    { root: await islands(), ...options },
  );
const said = (page, pattern, where = "#line") =>
  page.waitForFunction(
    ([at, source]) => new RegExp(source).test(document.querySelector(`${at} .say`)?.textContent ?? ""),
    [where, pattern.source],
  );

export default {
  "step, play and reset": (browser) =>
    withFigure(browser, async (page) => {
      await said(page, /^Step 0: slope 0\.50/);
      await page.click("#line button.step");
      await said(page, /^Step 1: slope 0\.60/);
      await page.waitForFunction(() => location.search === "?line.step=1");
      await page.click("#line button.play");
      await said(page, /^Step 3:/);
      await page.click("#line button.play:has-text('Pause')");
      await page.click("#line button.reset");
      await said(page, /^Step 0: slope 0\.50/);
      await page.waitForFunction(() => location.search === "");
    }),
  "reduced motion runs to the end": (browser) =>
    withFigure(
      browser,
      async (page) => {
        await page.click("#line button.play:has-text('Run to the end')");
        await said(page, /^Step 6:/);
      },
      { context: { reducedMotion: "reduce" } },
    ),
  "a point is dragged by pointer and by arrow keys": (browser) =>
    withFigure(browser, async (page) => {
      await said(page, /point at 0\.50 and 0\.60/);
      await page.focus("#line .handle.drag");
      for (let i = 0; i < 5; i++) await page.keyboard.press("ArrowUp");
      await said(page, /point at 0\.50 and 0\.45/);
      assert.match(
        await page.locator("#line .handle.drag").getAttribute("aria-label"),
        /^point at 0\.50, 0\.45; arrow keys move it$/,
      );
      assert.equal(
        await page.evaluate(() => document.activeElement?.getAttribute("data-id")),
        "point",
        "the focus stays",
      );
      await page.locator("#line .handle.drag").scrollIntoViewIfNeeded();
      const box = await page.locator("#line .handle.drag .target").boundingBox();
      await page.mouse.move(box.x + 12, box.y + 12);
      await page.mouse.down();
      await page.mouse.move(box.x + 112, box.y + 62, { steps: 8 });
      await page.mouse.up();
      await said(page, /point at 0\.5[5-9]|point at 0\.6/);
      await said(page, /and 0\.6[0-9];/);
    }),
  "cells are pressed, arrows go from cell to cell, the canvas takes drops": (browser) =>
    withFigure(browser, async (page) => {
      await page.focus("#line .handle.press");
      await page.keyboard.press("Enter");
      await said(page, /first cell −0\.50/);
      await page.keyboard.press("ArrowRight");
      assert.match(await page.evaluate(() => document.activeElement?.getAttribute("aria-label")), /row 1, column 2/);
      await page.focus("#line .handle.ground");
      await page.keyboard.press("ArrowLeft");
      await page.keyboard.press("Enter");
      await said(page, /; 1 drops/);
      const box = await page.locator("#line .handle.ground").boundingBox();
      await page.mouse.click(box.x + 20, box.y + 200);
      await said(page, /; 2 drops/);
    }),
  "parameters: slider, typed, segments, flag and text, kept in the address by figure": (browser) =>
    withFigure(browser, async (page) => {
      await page.fill("#line .typed", "−1.25");
      await page.press("#line .typed", "Enter");
      await said(page, /slope −1\.25/);
      await page.locator("#line input[type=range]").press("ArrowRight");
      await said(page, /slope −1\.20/);
      await page.click("#line .segments label:has-text('dashed')");
      await page.check("#line .flag input");
      await page.fill("#line .text input", "g & h");
      await page.fill("#line-again .seed input", "3");
      await page.press("#line-again .seed input", "Enter");
      await page.waitForFunction(() => {
        const query = new URL(location.href).searchParams;
        return (
          query.get("line.slope") === "-1.2" &&
          query.get("line.stroke") === "dashed" &&
          query.get("line.thick") === "yes" &&
          query.get("line.name") === "g & h" &&
          query.get("test-line.seed") === "3"
        );
      });
      await page.reload();
      await said(page, /slope −1\.20/);
      assert.match(await page.locator("#line .drawn text").first().textContent(), /^g & h\(x\) = −1\.20 x$/);
      await said(page, /and 0\.40/, "#line-again");
    }),
  "an address brings a moment back, and nonsense in it does no harm": (browser) =>
    withFigure(
      browser,
      async (page) => {
        await said(page, /^Step 4: slope 1\.40/);
        assert.ok((await page.locator("#line .segments label.chosen:has-text('plain')").count()) === 1);
      },
      {},
      "?line.slope=1&line.step=4&line.stroke=zebra&line.nothing=1&line.seed=x",
    ),
  "table, link, picture and cell": (browser) =>
    withFigure(
      browser,
      async (page) => {
        await page.click("#line button:has-text('Table of values')");
        assert.match(await page.locator("#line table").innerText(), /slope\s+0\.50/);
        await page.click("#line button.step");
        await said(page, /^Step 1/);
        await page.click("#line button:has-text('Copy link')");
        await page.waitForSelector("#line button:has-text('Link copied')");
        assert.match(await page.evaluate(() => navigator.clipboard.readText()), /\?line\.step=1#line$/);
        const [saved] = await Promise.all([
          page.waitForEvent("download"),
          page.click("#line button:has-text('Save SVG')"),
        ]);
        assert.equal(saved.suggestedFilename(), "line.svg");
        await page.click("#line button:has-text('Open in a cell')");
        const cell = page.locator('[data-cell="test/line/cell"]');
        await cell.locator("button.run").click();
        await cell.locator(".output.done").waitFor();
        assert.match(await cell.locator(".output").innerText(), /0\.500\s*1\.000\s*1\.500/);
      },
      { context: { permissions: ["clipboard-read", "clipboard-write"] } },
    ),
  "nothing moves off-screen": (browser) =>
    withFigure(browser, async (page) => {
      await page.click("#line button.play");
      await said(page, /^Step 1:/);
      await page.locator(".lab").scrollIntoViewIfNeeded();
      await page.evaluate(
        () =>
          new Promise((later) => {
            setTimeout(later, 1800);
          }),
      );
      const step = await page.locator("#line .say").textContent();
      assert.match(step, /^Step [12]:/);
      await page.locator("#line").scrollIntoViewIfNeeded();
      await said(page, /^Step [3-6]:/);
    }),
  "nothing scrolls sideways at 360": (browser) =>
    withFigure(
      browser,
      async (page) => {
        const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        assert.ok(over <= 0, `${over} px too wide`);
      },
      { context: { viewport: { width: 360, height: 740 } } },
    ),
  "axe finds nothing, in light and dark": async (browser) => {
    for (const colorScheme of ["light", "dark"]) {
      await withFigure(
        browser,
        async (page) => {
          await page.click("#line button:has-text('Table of values')");
          await checkAccessible(page, `figure, ${colorScheme}`);
        },
        { context: { colorScheme } },
      );
    }
  },
};
