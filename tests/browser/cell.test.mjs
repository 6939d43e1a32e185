import assert from "node:assert/strict";
import { CELLS, islands } from "./islands.mjs";
import { checkAccessible, withPage } from "./studio.mjs";

const at = (id) => `[data-cell="test/${id}"]`;
const withCells = async (browser, body, options = {}) =>
  withPage(
    browser,
    "/",
    async (page, origin) => {
      await page.waitForSelector(`${at("first")} button.run`);
      await body(page, origin);
    },
    { root: await islands(), ...options },
  );

/** Presses Run and waits until it is over; returns the text of the output. */
async function run(page, id, button = "button.run") {
  await page.click(`${at(id)} ${button}`);
  await over(page, id);
  return page.locator(`${at(id)} .output`).innerText();
}
const over = (page, id) =>
  page.waitForSelector(`${at(id)} .output.done, ${at(id)} .output.failed`, { timeout: 20_000 });
/** Puts other code into a cell, as a reader would. */
async function write(page, id, code) {
  await page.click(`${at(id)} .code`);
  await page.waitForSelector(`${at(id)} .cm-content`);
  await page.locator(`${at(id)} .cm-content`).focus();
  await page.keyboard.press("Control+a");
  await page.keyboard.insertText(code);
}

export default {
  "a cell runs with the library, prints text and draws its last tensor": (browser) =>
    withCells(browser, async (page) => {
      const output = await run(page, "first");
      assert.match(output, /sum 1\.25/);
      assert.match(output, /Tensor f32 \[3\]\s*line 5/);
      assert.match(output, /1\.500\s*−0\.250\s*0\.000/);
      assert.deepEqual(
        await page.locator(`${at("first")} .tensor .glyph`).evaluateAll((all) => all.map((mark) => mark.className)),
        ["glyph disc positive", "glyph disc negative", "glyph disc zero"],
      );
      assert.match(await page.locator(`${at("first")} .say`).innerText(), /^2 results, [\d.]+ m?s, WebAssembly$/);
    }),
  "a cell sees the names of earlier ones, which run first": (browser) =>
    withCells(browser, async (page) => {
      assert.match(await run(page, "second"), /0\.995/);
      assert.match(await page.locator(`${at("first")} .output`).innerText(), /sum 1\.25/);
    }),
  "data sets of the library are at hand": (browser) =>
    withCells(browser, async (page) => {
      assert.match(await run(page, "data"), /^1797$/);
    }),
  "grids, plots and tables": (browser) =>
    withCells(browser, async (page) => {
      const output = await run(page, "matrix");
      assert.match(output, /Tensor f32 \[2, 2\]/);
      assert.match(
        await page.locator(`${at("matrix")} .tensor svg`).getAttribute("aria-label"),
        /from −2.000 to 4.000/,
      );
      assert.match(
        await page
          .locator(`${at("matrix")} .drawn svg`)
          .last()
          .getAttribute("aria-label"),
        /^up of 3 points.*; down/,
      );
      assert.equal(await page.locator(`${at("matrix")} table td`).count(), 2);
    }),
  "the graph and the kernels of the last expression": (browser) =>
    withCells(browser, async (page) => {
      await run(page, "second", "button:has-text('Graph')");
      assert.match(
        await page
          .locator(`${at("second")} .listing-text`)
          .first()
          .innerText(),
        /tanh %\d+ : f32\[3\]/,
      );
      const kernels = await run(page, "second", "button:has-text('Kernels')");
      assert.match(kernels, /Kernel \S+, one call/);
    }),
  "a loop that never ends is stopped and its line named": (browser) =>
    withCells(browser, async (page) => {
      assert.match(await run(page, "endless"), /Stopped after 1 s: line 2 may never end\. Your code is unchanged\./);
      assert.equal(await page.locator(`${at("endless")} .barred`).count(), 1);
      // What cannot look at the clock itself is ended from outside.
      assert.match(await run(page, "stuck"), /Stopped after 1 s\. Your code is unchanged\./);
      assert.match(await run(page, "second"), /0\.995/);
    }),
  "what runs can be stopped by hand": (browser) =>
    withCells(browser, async (page) => {
      await write(page, "first", "await new Promise(() => {});");
      await page.click(`${at("first")} button.run`);
      await page.click(`${at("first")} button.run:has-text('Stop')`);
      await over(page, "first");
      assert.match(await page.locator(`${at("first")} .output`).innerText(), /Stopped\./);
    }),
  "an error points at its line": (browser) =>
    withCells(browser, async (page) => {
      assert.match(await run(page, "thrower"), /Line 3\. TypeError/);
      assert.equal(await page.locator(`${at("thrower")} .barred`).innerText(), "null!.nothing;\n");
      assert.match(await run(page, "syntax"), /Line 2/);
    }),
  "no network, no storage, no page, no eval": (browser) =>
    withCells(browser, async (page, origin) => {
      await write(page, "network", CELLS.network.replace("ORIGIN", JSON.stringify(origin)));
      const output = await run(page, "network");
      assert.match(
        output,
        new RegExp(["fetch", "own", "socket", "storage", "evaluated", "page"]
          .map((one) => `${one}: "refused"`).join(", ")),
      );
    }),
  "a flood of messages is cut off": (browser) =>
    withCells(browser, async (page) => {
      await run(page, "flood");
      assert.match(await page.locator(`${at("flood")} .failure`).innerText(), /more than a page can show/);
    }),
  "the editor comes with the first focus, completes names and restores": (browser) =>
    withCells(browser, async (page) => {
      assert.equal(await page.locator(".cm-editor").count(), 0);
      await page.focus(`${at("first")} .still`);
      await page.waitForSelector(`${at("first")} .cm-editor.cm-focused`);
      await page.keyboard.press("Control+End");
      await page.keyboard.type(".tan");
      await page.waitForSelector(".cm-tooltip-autocomplete li");
      const offered = await page.locator(".cm-tooltip-autocomplete li").allInnerTexts();
      assert.ok(
        offered.some((text) => text.startsWith("tanh")),
        `offered ${offered}`,
      );
      await page.keyboard.press("Escape");
      await page.keyboard.type("h()");
      await page.keyboard.press("Control+Enter");
      await over(page, "first");
      assert.match(await page.locator(`${at("first")} .output`).innerText(), /0\.905/);
      await page.click(`${at("first")} button:has-text('restore')`);
      assert.match(await run(page, "first"), /1\.500/);
      // Tab leaves the editor, as everywhere.
      await page.focus(`${at("first")} .cm-content`);
      await page.keyboard.press("Tab");
      assert.equal(await page.evaluate(() => document.activeElement?.closest(".cm-editor")), null);
    }),
  "axe finds nothing": (browser) =>
    withCells(browser, async (page) => {
      for (const id of ["first", "matrix", "thrower"]) await run(page, id);
      await page.focus(`${at("second")} .still`);
      await page.waitForSelector(".cm-editor");
      await checkAccessible(page, "cells");
    }),
};
