import assert from "node:assert/strict";
import { awake, checkAccessible, course, lessons, walk, withPage } from "./studio.mjs";

const [first] = lessons;

export default {
  "the build has lessons": () => assert.ok(lessons.length > 0, "build the studio first"),
  "a lesson reads without scripts": (browser) => withPage(browser, "/course/glossary/", async (page, origin) => {
    await page.route("**/*.js", (route) => route.fulfill({ contentType: "text/javascript", body: "" }));
    await page.goto(`${origin}/course/${first.id}/`);
    assert.equal(await page.locator("h1").textContent(), first.title);
    const text = await page.locator("main").innerText();
    for (const { title } of first.sections) assert.ok(text.includes(title), `the section ${title} is missing`);
    for (const { id } of first.figures) {
      assert.ok(await page.locator(`#${id} svg:visible`).count() >= 1, `the first frame of ${id} is missing`);
      assert.ok((await page.locator(`#${id} .say`).textContent()).length > 10);
    }
    assert.ok(await page.locator("main math").count() > 0);
    assert.ok(await page.locator("pre.source .word").count() > 0);
    assert.equal(await page.locator(".island[data-awake]").count(), 0);
  }),
  "every island wakes when the reader comes near": (browser) =>
    withPage(browser, `/course/${first.id}/`, async (page) => {
      await walk(page);
      await awake(page);
    }),
  "the rail follows the reader and leads to every section": (browser) =>
    withPage(browser, `/course/${first.id}/`, async (page) => {
      assert.equal(await page.locator(".rail [aria-current]").innerText(), "Question");
      const { id, title } = first.sections[1];
      await page.click(`.rail a[href="#${id}"]`);
      await page.waitForFunction((name) => document.querySelector(".rail [aria-current]")?.textContent === name, title);
      const address = await page.locator("[data-doubt]").getAttribute("href");
      assert.ok(address.endsWith(`${first.id}/${id}`), address);
    }, { context: { reducedMotion: "reduce" } }),
  "a term opens on focus, Escape closes, hover opens it in the margin": (browser) =>
    withPage(browser, `/course/${first.id}/`, async (page) => {
      const term = page.locator("a.term").first();
      await page.locator(".rail a").first().focus();
      await page.keyboard.press("Tab");
      // Tab on until a term has the focus.
      for (let i = 0; i < 80 && await page.evaluate(() => !document.activeElement.matches("a.term")); i++) {
        await page.keyboard.press("Tab");
      }
      await page.waitForSelector("#term-card");
      assert.ok((await page.locator("#term-card").innerText()).length > 30);
      await page.keyboard.press("Escape");
      await page.waitForSelector("#term-card", { state: "detached" });
      await page.evaluate(() => document.activeElement.blur());
      await term.hover();
      await page.waitForSelector("#term-card.in-margin");
      const [card, text] = [await page.locator("#term-card").boundingBox(), await term.boundingBox()];
      assert.ok(card.x > text.x && Math.abs(card.y - text.y) < 60, "the card stands beside its line");
      await page.click("#term-card a >> nth=0");
      await page.waitForURL("**/course/glossary/**");
    }),
  "search opens by its key and finds texts, terms and symbols": (browser) =>
    withPage(browser, `/course/${first.id}/`, async (page) => {
      await page.keyboard.press("/");
      await page.waitForSelector("dialog.search[open]");
      const [term] = course.terms;
      await page.fill("dialog.search input", term.term);
      await page.waitForSelector(".hits a");
      assert.ok((await page.locator(".hits").innerText()).toLowerCase().includes(term.term.toLowerCase()));
      await page.keyboard.press("ArrowDown");
      assert.ok(await page.evaluate(() => document.activeElement.matches(".hits a")));
      await page.keyboard.press("ArrowUp");
      await page.fill("dialog.search input", "gradient");
      await page.waitForSelector(".hits h2:text-is('Symbols')");
      await checkAccessible(page, "search");
      await page.keyboard.press("Escape");
      await page.waitForFunction(() => document.querySelector("dialog.search[open]") === null);
    }),
  "the menu of a phone leads to the map, which draws itself": (browser) =>
    withPage(browser, `/course/${first.id}/`, async (page) => {
      await page.click(".menu summary");
      await page.click(".menu a:has-text('Map')");
      await page.waitForSelector("#mind-map svg a");
      assert.ok(await page.locator(".twin-list li").count() === course.concepts.length);
    }, { context: { viewport: { width: 360, height: 740 }, reducedMotion: "reduce" } }),
  "a path is dated anew by its settings, and boxes are kept": (browser) =>
    withPage(browser, `/course/path-${course.paths?.[0].id}/`, async (page) => {
      const end = () => page.locator("#plan output").textContent();
      await page.fill("#plan [name=start]", "2026-01-05");
      const slow = await end();
      await page.fill("#plan [name=hours]", "10");
      assert.notEqual(await end(), slow);
      assert.match(await page.locator("[data-date]").first().textContent(), /^5 January to /);
      await page.locator("[data-tick]").first().check();
      await page.reload();
      assert.ok(await page.locator("[data-tick]").first().isChecked());
      assert.equal(await page.inputValue("#plan [name=hours]"), "10");
    }),
  "the home page leads to the first lesson and counts what was read": (browser) =>
    withPage(browser, "/", async (page) => {
      await page.waitForSelector(".stairs .ticks");
      await page.click(`.hero a:has-text("${first.title}")`);
      await page.waitForSelector("main[data-lesson]");
      await page.evaluate(() => document.querySelector(".doubt").scrollIntoView());
      await page.waitForSelector("main[data-read]");
      await page.goBack();
      await page.waitForSelector(".stairs .read");
      await page.waitForSelector(`.due:has-text("${first.title}")`);
      await page.waitForSelector(`.hero .button:has-text("${lessons[1].title}")`);
    }),
  "on paper all questions stand, and their answers at the end": (browser) =>
    withPage(browser, `/course/${first.id}/`, async (page) => {
      await walk(page);
      await awake(page);
      await page.emulateMedia({ media: "print" });
      await page.evaluate(() => window.dispatchEvent(new Event("beforeprint")));
      const seen = (selector) => page.locator(`${selector}:visible`).count();
      assert.ok(await seen(".question .prompt") >= 5);
      assert.equal(await seen(".paper-answers .which"), await seen(".question .prompt"));
      assert.equal(await seen(".question .answer") + await seen(".quiz") + await seen(".term-cards"), 0);
      await page.evaluate(() => window.dispatchEvent(new Event("afterprint")));
      assert.equal(await page.locator(".paper-answers").count(), 0);
    }),
  "numbers of a figure stand under the factors of a formula, and follow it": (browser) =>
    withPage(browser, "/course/backpropagation/#graph-walk", async (page) => {
      const numbers = page.locator("[data-live^='graph-walk.'] .live-number");
      await numbers.first().waitFor();
      assert.deepEqual([...new Set(await numbers.allTextContents())], ["·"]);
      await page.click("#graph-walk button:has-text('Run to the end')");
      await page.waitForFunction(() => [...document.querySelectorAll("[data-live^='graph-walk.'] .live-number")]
        .every((number) => /^−?\d/.test(number.textContent)), undefined, { polling: 100 });
      const [whole, ...factors] = (await numbers.allTextContents()).map((text) => Number(text.replace("−", "-")));
      assert.ok(Math.abs(factors.reduce((product, factor) => product * factor, 1) - whole) < 0.01);
    }, { context: { reducedMotion: "reduce" } }),
  "questions find the place to begin": (browser) => withPage(browser, "/course/placement/", async (page) => {
    await page.waitForSelector(".quiz .option");
    await checkAccessible(page, "placement");
    await page.click(".quiz button:has-text('Skip')");
    await page.waitForFunction((title) =>
      document.querySelector("#placement-says a")?.textContent.includes(title), first.title);
  }),
  "all of it works from a folder of a plain host": (browser) =>
  withPage(browser, `/course/${first.id}/`, async (page) => {
    const links = await page.evaluate(() => [...document.querySelectorAll("a[href], link[href], script[src]")]
      .map((element) => element.getAttribute("href") ?? element.getAttribute("src")));
    for (const link of links) assert.ok(!link.startsWith("/"), `${link} is not relative`);
    const inside = await page.evaluate(() => [...document.querySelectorAll("a[href^='../']")].map((a) => a.href));
    for (const address of new Set(inside.map((href) => href.split("#")[0]))) {
      assert.equal((await page.request.get(address)).status(), 200, address);
    }
  }),
};
