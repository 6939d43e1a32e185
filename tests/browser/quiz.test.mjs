import assert from "node:assert/strict";
import { join, resolve } from "node:path";
import { build } from "vite";
import { checkAccessible, withPage } from "./studio.mjs";

const repository = resolve(import.meta.dirname, "../..");
const SOURCE = join(repository, "apps/studio/src/quiz/fixtures"), OUT = join(repository, "out/quiz");

let built;
/** Builds a page with a quiz, an essay and cards, apart from the course; returns its folder. */
const fixture = () => built ??= build({
  configFile: false, root: SOURCE, base: "./", logLevel: "warn", publicDir: false,
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  build: { target: "es2022", outDir: OUT, emptyOutDir: true, assetsInlineLimit: 0 },
}).then(() => OUT);
const open = async (browser, body, context = {}) =>
  withPage(browser, "/", async (page) => {
    await page.waitForSelector(".quiz .option");
    await body(page);
  }, { root: await fixture(), context });

/** Waits until the verdict says so. */
const said = (page, pattern) => page.waitForFunction((text) =>
  new RegExp(text, "s").test(document.querySelector(".verdict-text")?.textContent ?? ""), pattern);
const question = (page, number) => page.waitForFunction((text) =>
  document.querySelector(".quiz legend .ui")?.textContent?.trim() === text, `Question ${number} of 6`);
const check = (page) => page.click(".quiz button:has-text('Check')");

export default {
  "answers are hidden until the first attempt, then explained where they stand": (browser) =>
    open(browser, async (page) => {
      assert.equal(await page.locator(".quiz small, .quiz .correct, .quiz .incorrect").count(), 0);
      await check(page);
      await said(page, "^Choose one answer\\.$");
      await page.click(".option:has-text('They all vanish')");
      await check(page);
      await page.waitForSelector(".option.incorrect:has-text('They all vanish')");
      const given = await page.locator(".option.incorrect").textContent();
      assert.match(given, /Your answer, incorrect\..*every input were zero/);
      assert.match(await page.locator(".option.correct").textContent(), /This is right\..*negative number/);
      assert.equal(await page.locator(".option:not(.correct):not(.incorrect) small").count(), 0);
      await page.waitForSelector(".quiz .next:has-text('comes back as a card')");
    }),
  "the whole quiz goes by keyboard": (browser) => open(browser, async (page) => {
    await page.locator(".option input").first().focus();
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    await page.waitForSelector(".option.correct");
    await page.keyboard.press("Enter");
    await question(page, 2);
    for (const key of ["Tab", "Space", "Tab", "Tab", "Space", "Enter"]) await page.keyboard.press(key);
    await page.waitForFunction(() => document.querySelectorAll(".option.correct").length === 2);
    await page.keyboard.press("Enter");
    await question(page, 3);
    await page.keyboard.press("Tab");
    await page.keyboard.type("about six");
    await page.keyboard.press("Enter");
    await said(page, "is not a number");
    await page.locator(".typed input").fill("12/2");
    await page.keyboard.press("Enter");
    await said(page, "Correct");
    await page.keyboard.press("Enter");
    await question(page, 4);
    await page.locator(".typed input").fill("[4, 2]");
    await page.keyboard.press("Enter");
    await said(page, "Incorrect\\..*Axis 0 differs.*\\[2, 4\\]");
    await page.keyboard.press("Enter");
    await question(page, 5);
    await page.locator(".typed input").fill(" vjp ");
    await page.keyboard.press("Enter");
    await said(page, "Correct");
    await page.keyboard.press("Enter");
    await question(page, 6);
    for (const [place, step] of ["forward", "loss", "backward", "update"].entries()) {
      const at = (await page.locator(".order .rich").allTextContents()).indexOf(step);
      await page.locator(".order li").nth(at).locator(".up").focus();
      for (let i = at; i > place; i--) await page.keyboard.press("Enter");
    }
    await check(page);
    await said(page, "Correct");
  }),
  "an essay is kept, compared and marked by its writer": (browser) => open(browser, async (page) => {
    const text = "The chain rule shares everything that lies behind a weight, so one walk serves them all. ".repeat(2);
    await page.click(".essay button:has-text('Compare')");
    await page.waitForSelector(".essay .next:has-text('with 20 there is something to compare')");
    assert.equal(await page.locator(".essay article").count(), 0);
    await page.fill(".essay textarea", text);
    await page.click(".essay button:has-text('Compare')");
    await page.waitForFunction(() => document.querySelectorAll(".essay article").length === 3);
    await page.click(".rubric .option >> nth=0");
    await page.click(".essay button:has-text('Keep this mark')");
    await page.waitForSelector(".essay .next:has-text('Kept: 1 of 2 points.')");
    await page.reload();
    assert.equal(await page.inputValue(".essay textarea"), text);
  }),
  "terms become cards, once": (browser) => open(browser, async (page) => {
    await page.click(".term-cards button:has-text('Add all 2')");
    await page.waitForFunction(() => /2 of 2 terms/.test(document.querySelector(".term-cards")?.textContent ?? ""));
    await page.reload();
    await page.waitForFunction(() => /2 of 2 terms/.test(document.querySelector(".term-cards")?.textContent ?? ""));
  }),
  "nothing scrolls sideways, and axe finds nothing, in light and dark": async (browser) => {
    for (const [width, colorScheme] of [[360, "light"], [768, "dark"], [1440, "light"], [360, "dark"]]) {
      await open(browser, async (page) => {
        await page.click(".option:has-text('They all vanish')");
        await check(page);
        await page.fill(".essay textarea", "word ".repeat(30));
        await page.click(".essay button:has-text('Compare')");
        const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        assert.ok(over <= 0, `at ${width} the page is ${over} px too wide`);
        await checkAccessible(page, `quiz at ${width}, ${colorScheme}`);
      }, { viewport: { width, height: 800 }, colorScheme });
    }
  },
};
