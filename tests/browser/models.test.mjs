import assert from "node:assert/strict";
import { checkAccessible, withPage } from "./studio.mjs";

const SMALL = "/models/?model=mlp&preset=digits&seed=7&rate=0.01&batch=32";
const saying = (page, pattern, where = "#training .say") => page.waitForFunction(([at, text]) =>
  new RegExp(text).test(document.querySelector(at)?.textContent ?? ""), [where, pattern], { timeout: 60_000 });
const ready = (page) => saying(page, "^Nothing has been learned");

export default {
  "a model trains, and its loss falls": (browser) => withPage(browser, SMALL, async (page) => {
    await ready(page);
    assert.deepEqual((await page.locator(".facts dd").allTextContents()).slice(0, 3), ["2,410", "2", "4,736"]);
    const loss = async () => Number(/pays ([\d.]+)/.exec(await page.locator("#training figcaption").textContent())[1]);
    const before = await loss();
    await page.click("#training .play");
    await saying(page, "^Step (\\d{3}|\\d,)");
    await page.click("#training .play");
    await saying(page, "Paused\\.$");
    assert.ok(await loss() < before / 2);
  }),
  "a part opens in place, by keyboard, and is in the address": (browser) => withPage(browser, SMALL, async (page) => {
    await ready(page);
    await page.locator(".score [role=button]").first().focus();
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("Enter");
    const told = "^Linear 2, a Linear: \\[32\\] to \\[10\\], 330 parameters, 320 multiply-adds";
    await saying(page, told, "#architecture .say");
    assert.match(page.url(), /open=layers\.1/);
    assert.match(await page.locator("#inspector h2").textContent(), /^layers\.1\.weight$/);
    await page.keyboard.press("Escape");
    await saying(page, "Nothing is open\\.$", "#architecture .say");
  }),
  "the inspector reads numbers out, signs can be told apart": (browser) => withPage(browser, SMALL, async (page) => {
    await ready(page);
    await page.locator(".big").press("ArrowRight");
    await saying(page, "^row 1, column 2 [−\\d]", "#inspected-cell");
    await page.click("#inspector button:has-text('Sign: both')");
    await page.waitForSelector("#inspector button:has-text('Sign: only positive')");
    await page.click("#inspector button:has-text('Gradients')");
    await page.waitForSelector("#inspector p:has-text('What is asked of it?')");
  }),
  "a language model learns from the reader's own text and writes": (browser) =>
    withPage(browser, "/models/?model=lstm-lm&batch=4&rate=0.01", async (page) => {
      await ready(page);
      await page.setInputFiles("#training input[type=file]",
        { name: "a.bin", mimeType: "text/plain", buffer: Buffer.from([0xff, 0xfe, 0x00]) });
      await saying(page, "This file is not UTF-8 text", "#training .actions");
      await page.setInputFiles("#training input[type=file]",
        { name: "mine.txt", mimeType: "text/plain", buffer: Buffer.from("abcd ".repeat(200)) });
      await saying(page, "mine\\.txt: 1,000 characters, 5 different ones", "#training figcaption");
      await page.click("#training button:has-text('Step')");
      await saying(page, "^Step 1\\.");
      await page.click("#sample button:has-text('Next character')");
      await page.waitForFunction(() => document.querySelectorAll("#sample .odds tr").length === 5);
    }),
  "the zoo opens another model; narrow screens get the list": (browser) => withPage(browser, SMALL, async (page) => {
    await ready(page);
    await page.click(".zoo a:has-text('LeNet-5')");
    await page.waitForFunction(() => document.querySelector("h1")?.textContent === "LeNet-5");
    await page.waitForSelector(".parts-list li");
    await page.click(".parts-list button >> nth=1");
    await page.waitForSelector(".parts-list .opened .tensor");
    assert.match(page.url(), /model=lenet5.*open=conv2/);
  }, { context: { viewport: { width: 360, height: 720 } } }),
  "nothing scrolls sideways, and axe finds nothing, in light and dark": async (browser) => {
    for (const [width, colorScheme] of [[360, "light"], [768, "dark"], [1440, "light"], [1440, "dark"]]) {
      await withPage(browser, "/models/?model=gpt&batch=1&open=h.1", async (page) => {
        await ready(page);
        await page.waitForSelector("#inspector .pairs");
        const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        assert.ok(over <= 0, `at ${width} the page is ${over} px too wide`);
        await checkAccessible(page, `models at ${width}, ${colorScheme}`);
      }, { context: { viewport: { width, height: 800 }, colorScheme } });
    }
  },
};
