// A learner's whole run through one lesson of the real course: once with every tool, once by keyboard alone.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { text } from "node:stream/consumers";
import { awake, lessons, walk, withPage } from "./studio.mjs";

const LESSON = "perceptron", PATH = `/course/${LESSON}/`;
const LAB = resolve(import.meta.dirname, "../../course/1-neural-networks/02-perceptron/labs/perceptron-rule");
const code = (name) => readFileSync(resolve(LAB, name), "utf8");
const WRONG = code("wrong/moves-when-right.ts"), RIGHT = code("reference.ts");
const WRONG_MESSAGE = /^\/\/ fails: (.+)$/m.exec(WRONG)[1];

const island = (kind, id) => `[data-${kind}="${LESSON}/${id}"]`;
const FIGURE = island("figure", "rule"), RULE = island("lab", "perceptron-rule"), CELL = island("cell", "no-slope");
const GUESS = island("quiz", "half"), QUIZ = island("quiz", "one-push");
const shows = (page, selector, pattern) => page.waitForFunction(
  ([where, what]) => new RegExp(what, "s").test(document.querySelector(where)?.textContent ?? ""),
  [selector, pattern], { timeout: 30_000 });
const focused = (page, selector) => page.evaluate((where) => document.activeElement?.matches(where) ?? false, selector);

/** Presses Tab until what is named has the focus; nothing may hold it for good. */
async function tabTo(page, selector, most = 400) {
  for (let i = 0; i < most; i++) {
    if (await focused(page, selector)) return;
    await page.keyboard.press("Tab");
  }
  throw new Error(`Tab does not lead to ${selector}; the focus is on ` +
    await page.evaluate(() => document.activeElement?.outerHTML.slice(0, 200)));
}
/** Types other code into the editor that has the focus. */
async function rewrite(page, source) {
  await page.keyboard.press("Control+a");
  await page.keyboard.insertText(source);
}
/** Opens the editor of a lab and puts code there. */
async function write(page, source) {
  await page.click(`${RULE} .code`);
  await page.waitForSelector(`${RULE} .cm-content`);
  await page.focus(`${RULE} .cm-content`);
  await rewrite(page, source);
}
const check = async (page, pattern) => {
  await page.click(`${RULE} button.check`);
  await shows(page, RULE, pattern);
};

export default {
  "read, predict, drag, run, fail, pass, answer, keep cards, and take it all to another browser": (browser) =>
    withPage(browser, PATH, async (page, origin) => {
      await walk(page);
      await awake(page);

      // A guess before the answer is shown.
      assert.equal(await page.locator(`${GUESS} .correct, ${GUESS} .incorrect`).count(), 0);
      await page.fill(`${GUESS} .typed input`, "24");
      await page.click(`${GUESS} button:has-text('Check')`);
      await shows(page, `${GUESS} .verdict-text`, "Incorrect.*26");

      // A point is dragged, and the sentence of the figure says where it is.
      const point = page.locator(`${FIGURE} .handle.drag`).first();
      await point.scrollIntoViewIfNeeded();
      const before = await point.getAttribute("aria-label");
      const box = await point.locator(".target").boundingBox();
      await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
      await page.mouse.down();
      await page.mouse.move(box.x + 60, box.y - 30, { steps: 6 });
      await page.mouse.up();
      await page.waitForFunction(([where, was]) =>
        document.querySelector(where)?.getAttribute("aria-label") !== was, [`${FIGURE} .handle.drag`, before]);

      await page.click(`${CELL} button.run`);
      await page.waitForSelector(`${CELL} .output.done, ${CELL} .output.failed`, { timeout: 30_000 });

      // A known wrong answer gets the message that was written for it; the right one passes.
      await write(page, WRONG);
      await check(page, "first attempt, \\d+ of \\d+");
      assert.ok((await page.locator(RULE).textContent()).includes(WRONG_MESSAGE));
      await write(page, RIGHT);
      await check(page, "All \\d+ checks pass");

      await page.fill(`${QUIZ} .typed input, ${QUIZ} .typed textarea`, "1.5 -0.5 0.5");
      await page.click(`${QUIZ} button:has-text('Check')`);
      await shows(page, `${QUIZ} .verdict-text`, "Correct");
      await page.click(`${QUIZ} button:has-text('Next question')`);
      await page.click(`${QUIZ} .option >> nth=0`);
      await page.click(`${QUIZ} button:has-text('Check')`);
      await page.waitForSelector(`${QUIZ} .option.correct`);

      await page.click(".term-cards button:has-text('Add all')");
      await shows(page, ".term-cards", "(\\d+) of \\1 terms");

      // What was done stands in the log, and goes to a browser that knows nothing.
      await page.goto(`${origin}/progress/`);
      await page.waitForSelector(".log caption");
      const count = Number(/^(\d+) entries/.exec(await page.locator(".log caption").textContent())[1]);
      const [download] = await Promise.all([
        page.waitForEvent("download"), page.click(".files button:has-text('Export')"),
      ]);
      const saved = await text(await download.createReadStream());
      const kinds = new Set(JSON.parse(saved).entries.map(({ kind }) => kind));
      for (const kind of ["figure-touched", "cell-run", "lab-tried", "quiz-answered", "card-made"]) {
        assert.ok(kinds.has(kind), `the log has ${[...kinds].join(", ")}, and not ${kind}`);
      }
      const other = await browser.newContext({ serviceWorkers: "block" });
      try {
        const fresh = await other.newPage();
        await fresh.goto(`${origin}/progress/`);
        await fresh.waitForSelector(".files input[type=file]", { state: "attached" });
        await fresh.setInputFiles(".files input[type=file]",
          { name: "progress.json", mimeType: "application/json", buffer: Buffer.from(saved) });
        await shows(fresh, ".files .say", `Added ${count} entries; 0 were here already`);
        await fresh.goto(`${origin}/cards/`);
        await fresh.waitForSelector(".flash .front");
      } finally {
        await other.close();
      }
    }),
  "a whole lesson by keyboard alone": (browser) =>
    withPage(browser, PATH, async (page, origin) => {
      const { keyboard } = page;
      // The figure: a step, and a point by its arrows.
      await tabTo(page, `${FIGURE} .handle.drag`);
      const before = await page.evaluate(() => document.activeElement.getAttribute("aria-label"));
      for (let i = 0; i < 4; i++) await keyboard.press("ArrowRight");
      await page.waitForFunction((was) => document.activeElement?.getAttribute("aria-label") !== was, before);
      await tabTo(page, `${FIGURE} button.step`);
      await keyboard.press("Enter");
      await shows(page, `${FIGURE} .say`, "w");
      // The lab: code is typed, checked by its key, left by Tab.
      await tabTo(page, `${RULE} .still, ${RULE} .cm-content`);
      await page.waitForSelector(`${RULE} .cm-editor.cm-focused`);
      await rewrite(page, RIGHT);
      await keyboard.press("Control+Enter");
      await shows(page, RULE, "All \\d+ checks pass");
      // The cell.
      await tabTo(page, `${CELL} button.run`);
      await keyboard.press("Enter");
      await page.waitForSelector(`${CELL} .output.done, ${CELL} .output.failed`, { timeout: 30_000 });
      // The questions.
      await tabTo(page, `${GUESS} input`);
      await keyboard.type("26");
      await keyboard.press("Enter");
      await shows(page, `${GUESS} .verdict-text`, "Correct");
      await tabTo(page, `${QUIZ} .typed input, ${QUIZ} .typed textarea`);
      await keyboard.type("1.5 -0.5 0.5");
      await tabTo(page, `${QUIZ} button[type=submit]`);
      await keyboard.press("Enter");
      await shows(page, `${QUIZ} .verdict-text`, "Correct");
      await tabTo(page, `${QUIZ} button[type=submit]`);
      await keyboard.press("Enter");
      await shows(page, `${QUIZ} legend`, "Question 2 of");
      // The essay, the cards, and on to the next lesson.
      await tabTo(page, ".essay textarea");
      await keyboard.type("A weight is a picture of what the unit looks for: where it is large and positive, ink " +
        "counts for the answer; where it is negative, ink counts against it; elsewhere the unit does not look.");
      await tabTo(page, ".essay button");
      await keyboard.press("Enter");
      await page.waitForSelector(".essay article");
      await tabTo(page, ".term-cards button");
      await keyboard.press("Enter");
      await shows(page, ".term-cards", "[1-9]\\d* of \\d+ terms");
      const next = lessons[lessons.findIndex(({ id }) => id === LESSON) + 1];
      await tabTo(page, `a[href$="/${next.id}/"]`);
      await keyboard.press("Enter");
      await page.waitForURL(`${origin}/course/${next.id}/`);
    }, { context: { reducedMotion: "reduce" } }),
};
