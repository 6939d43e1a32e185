import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { islands } from "./islands.mjs";
import { checkAccessible, withPage } from "./studio.mjs";

const LAB = resolve(import.meta.dirname, "../../course/1-neural-networks/02-perceptron/labs/perceptron-rule");
const text = (name) => readFileSync(resolve(LAB, name), "utf8");
const withLab = async (browser, body, options = {}) =>
  withPage(
    browser,
    "/",
    async (page) => {
      await page.waitForSelector(".lab button.check");
      await body(page);
    },
    { root: await islands(), ...options },
  );

async function write(page, code) {
  await page.click(".lab .code");
  await page.waitForSelector(".lab .cm-content");
  await page.locator(".lab .cm-content").focus();
  await page.keyboard.press("Control+a");
  await page.keyboard.insertText(code);
}
async function check(page) {
  await page.click(".lab button.check");
  await page.waitForFunction(
    () =>
      / attempt, \d+ of \d+/.test(document.querySelector(".lab > header")?.textContent ?? "") &&
      document.querySelector(".lab .strip .say")?.textContent !== "",
    null,
    { timeout: 30_000 },
  );
  return page.locator(".lab .checks li").evaluateAll((all) => all.map((one) => [one.className, one.textContent]));
}

export default {
  "the starter fails, and later checks wait": (browser) =>
    withLab(browser, async (page) => {
      const rows = await check(page);
      assert.equal(rows[0][0], "passed");
      assert.equal(rows[1][0], "failed");
      assert.match(rows[1][1], /predict is 0; it should be 1/);
      assert.match(rows[2][1], /Waits for the check above/);
      assert.match(await page.locator(".lab > header").innerText(), /first attempt, 1 of 8 checks pass/);
    }),
  "the reference passes": (browser) =>
    withLab(browser, async (page) => {
      await write(page, text("reference.ts"));
      const rows = await check(page);
      assert.ok(
        rows.every(([verdict]) => verdict === "passed"),
        JSON.stringify(rows),
      );
      assert.equal(await page.locator(".lab .passed-once").count(), 1);
    }),
  "a wrong answer gets its message and its counterexample drawn": (browser) =>
    withLab(browser, async (page) => {
      await write(page, text("wrong/rate-forgotten.ts"));
      const rows = await check(page);
      assert.match(rows.find(([verdict]) => verdict === "failed")[1], /after update differs in/);
      assert.deepEqual(
        await page.locator(".grid-table caption").allInnerTexts(),
        ["Yours ", "Expected ", "Difference yours − expected"].map((name) => name.trimEnd()),
      );
      assert.ok((await page.locator(".grid-table .off").count()) > 0);
      assert.match(await page.locator(".smallest").innerText(), /weights = \[.*rate = /);
      await write(page, text("wrong/at-zero.ts"));
      assert.match(
        (await check(page)).find(([verdict]) => verdict === "failed")[1],
        /At exactly zero the unit should answer 0/,
      );
      assert.match(await page.locator(".lab > header").innerText(), /second attempt/);
    }),
  "a loop that never ends and an error point at their lines": (browser) =>
    withLab(browser, async (page) => {
      await write(page, text("wrong/until-no-mistake.ts"));
      assert.match(
        (await check(page)).find(([verdict]) => verdict === "failed")[1],
        /Stopped after 5 s: line 11 may never end/,
      );
      assert.equal(await page.locator(".lab .barred").count(), 1);
      await write(
        page,
        "export function predict() {\n  return nothing.at.all;\n}\nexport const update = 1, train = 2;",
      );
      assert.match(
        (await check(page)).find(([verdict]) => verdict === "failed")[1],
        /ReferenceError: nothing is not defined/,
      );
      assert.match(await page.locator(".lab .strip .say").innerText(), /^Line 2\./);
      await write(page, "export const predict = ;");
      assert.match((await check(page)).find(([verdict]) => verdict === "failed")[1], /Line 1 cannot be read/);
    }),
  "hints one at a time, the puzzle by keyboard, the solution; code is kept": (browser) =>
    withLab(browser, async (page) => {
      await page.click(".ladder button:has-text('Hint 1')");
      assert.equal(await page.locator(".ladder .hint").count(), 1);
      await page.click(".ladder button:has-text('Hint 2')");
      await page.click(".ladder button:has-text('Reorder')");
      for (let i = 0; i < 60; i++) {
        const wrong = await page.evaluate(
          () =>
            /The first (line is|\d+ lines are) right|not right|Move the lines/.exec(
              document.querySelector(".reorder p").textContent,
            )?.[0] ?? null,
        );
        if (wrong === null) break;
        // A reader who knows the order: the place of each line is sought in the reference.
        const moved = await page.evaluate((reference) => {
          const key = (line) => line.trim();
          const lines = [...document.querySelectorAll(".reorder code")].map((line) => key(line.textContent));
          const all = reference
            .split("\n")
            .map(key)
            .filter((line) => line !== "" && !line.startsWith("/"));
          const start = all.findIndex((line) => line.startsWith("export function train"));
          const wanted = all.slice(start, start + lines.length);
          const at = wanted.findIndex((line, place) => lines[place] !== line);
          if (at < 0) return false;
          const from = lines.findIndex((line, place) => place > at && line === wanted[at]);
          document.querySelectorAll(".reorder li > button")[from].focus();
          return from - at;
        }, text("reference.ts"));
        if (moved === false) break;
        for (let k = 0; k < moved; k++) {
          await page.keyboard.press("ArrowUp");
          await page.evaluate(
            () =>
              new Promise((frame) => {
                requestAnimationFrame(() => requestAnimationFrame(frame));
              }),
          );
        }
      }
      assert.match(await page.locator(".reorder p").innerText(), /^In order\./);
      await page.click(".ladder button:has-text('Solution')");
      await page.click(".ladder button:has-text('Put it into the editor')");
      assert.ok((await check(page)).every(([verdict]) => verdict === "passed"));
      await page.reload();
      await page.waitForSelector(".lab .passed-once");
      assert.match(await page.locator(".lab .code").innerText(), /while \(mistakes > 0/);
      await page.click(".lab button:has-text('Start over')");
      assert.match(await page.locator(".lab .code").innerText(), /return 0;/);
    }),
  "axe finds nothing": (browser) =>
    withLab(browser, async (page) => {
      await write(page, text("wrong/rate-forgotten.ts"));
      await check(page);
      for (const name of ["Hint 1", "Reorder", "Solution"]) await page.click(`.ladder button:has-text('${name}')`);
      await checkAccessible(page, "lab");
    }),
};
