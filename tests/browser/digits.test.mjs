import assert from "node:assert/strict";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createStudioServer, isLocalHost, listen } from "../../apps/studio/server.js";
import { checkAccessible, withPage } from "./studio.mjs";

const DIST = resolve(import.meta.dirname, "../../apps/studio/dist");
const ROOM = "/digits/?seed=3&hidden=32&rate=0.003&batch=32&optimizer=adam";
const READY = "#training svg.curves";

/** The share of held-out digits named rightly, as the sentence of figure 1 says it. */
const accuracy = async (page) =>
  Number(/([\d.]+) % of the held-out digits/.exec(await page.locator("#training .say").textContent())?.[1]);
/** Waits until the sentence of figure 1 begins so. */
const said = (page, start) => page.waitForFunction((text) =>
  document.querySelector("#training .say")?.textContent?.startsWith(text), start);
const probabilities = (page) => page.locator("#probabilities .value").allTextContents();

/** Plays until some step is over, then pauses. */
async function trainPast(page, step) {
  await page.waitForSelector(READY);
  await page.click("#training .play");
  await page.waitForFunction((goal) => {
    const found = /^Step ([\d,]+)/.exec(document.querySelector("#training .say")?.textContent ?? "");
    return found !== null && Number(found[1].replace(",", "")) > goal;
  }, step, { timeout: 60_000 });
  await page.click("#training .play");
  await page.waitForFunction(() => document.querySelector("#training .say")?.textContent?.endsWith("Paused."));
}
async function drawSeven(page) {
  const box = await page.locator(".pad").boundingBox();
  const points = [[0.25, 0.2], [0.75, 0.2], [0.62, 0.45], [0.5, 0.85]];
  const at = ([x, y]) => [box.x + x * box.width, box.y + y * box.height];
  await page.mouse.move(...at(points[0]));
  await page.mouse.down();
  for (const point of points.slice(1)) await page.mouse.move(...at(point), { steps: 6 });
  await page.mouse.up();
}

async function trainsAndReads(page) {
  await trainPast(page, 400);
  const reached = await accuracy(page);
  assert.ok(reached > 90, `paused at ${reached} %`);
  assert.deepEqual(new Set(await probabilities(page)), new Set(["·"]), "nothing is read before anything is drawn");
  await drawSeven(page);
  await page.waitForFunction(() => document.querySelector("#probabilities .value")?.textContent !== "·");
  const drawn = await probabilities(page);
  assert.ok(Math.abs(drawn.reduce((sum, text) => sum + Number(text), 0) - 1) < 0.01, `ten probabilities: ${drawn}`);
  const counts = await page.locator(".counts td").allTextContents();
  assert.ok(counts.some((count) => Number(count) === 16) && counts.every((count) => Number(count) <= 16));
  await page.click("#drawing button:has-text('Clear')");
  await page.waitForFunction(() => document.querySelector("#probabilities .value")?.textContent === "·");
}

export default {
  "trains past 90 % and reads what is drawn, isolated": (browser) => withPage(browser, ROOM, async (page) => {
    assert.equal(await page.evaluate(() => crossOriginIsolated), true);
    await trainsAndReads(page);
  }),
  "trains past 90 % and reads what is drawn, not isolated": (browser) => withPage(browser, ROOM, async (page) => {
    assert.equal(await page.evaluate(() => crossOriginIsolated), false);
    await trainsAndReads(page);
  }, { isolated: false }),
  "works from a sub-folder of a plain host": async (browser) => {
    const root = mkdtempSync(join(tmpdir(), "gradus-"));
    try {
      cpSync(DIST, join(root, "some/where"), { recursive: true });
      await withPage(browser, "/some/where/", async (page) => {
        await page.click('main a[href="./digits/"]');
        await page.waitForSelector(READY);
        await page.click("#training button:has-text('Step')");
        await said(page, "Step 1,");
      }, { isolated: false, root });
    } finally {
      rmSync(root, { recursive: true });
    }
  },
  "the same address gives the same run": async (browser) => {
    const sentences = [];
    for (let i = 0; i < 2; i++) {
      await withPage(browser, ROOM, async (page) => {
        await page.waitForSelector(READY);
        for (let step = 1; step <= 3; step++) {
          await page.click("#training button:has-text('Step')");
          await said(page, `Step ${step},`);
        }
        sentences.push(await page.locator("#training .say").textContent());
      });
    }
    assert.equal(sentences[0], sentences[1]);
  },
  "settings go to the address, a reset to step 0": (browser) => withPage(browser, "/digits/", async (page) => {
    await page.waitForSelector(READY);
    await page.locator("#training input[type=range]").first().press("ArrowLeft");
    await page.waitForFunction(() => location.search.includes("hidden=16"));
    await page.waitForFunction(() => document.querySelectorAll(".tiles [role=radio]").length === 16);
    await page.locator(".seed input").fill("12");
    await page.locator(".seed input").press("Enter");
    await page.waitForFunction(() => location.search.includes("seed=12"));
    await page.click("#training button:has-text('Step')");
    await said(page, "Step 1,");
    await page.click("#training button:has-text('Reset')");
    await said(page, "Nothing has been learned");
  }),
  "the keyboard draws, browses mistakes and reads weights out": (browser) => withPage(browser, ROOM, async (page) => {
    await page.waitForSelector(READY);
    await page.locator(".pad").focus();
    for (const key of [" ", ...Array.from({ length: 9 }, () => "ArrowDown"), " "]) await page.keyboard.press(key);
    await page.waitForFunction(() => document.querySelector("#probabilities .value")?.textContent !== "·");
    assert.equal(await page.locator(".pad polyline").count(), 1);
    await page.keyboard.press("Delete");
    await page.waitForFunction(() => document.querySelector("#probabilities .value")?.textContent === "·");
    await page.click("#mistakes button:has-text('Next')");
    await page.waitForFunction(() => document.querySelector("#drawing .say")?.textContent?.startsWith("It is a"));
    await page.locator(".tiles [aria-checked=true]").press("ArrowRight");
    assert.equal(await page.locator(".tiles [aria-checked=true]").getAttribute("aria-label"), "Unit 2");
    await page.locator(".cells .grid").press("ArrowRight");
    assert.match(await page.locator("#cell").textContent(), /^row 4, column 5 [−\d]/);
  }),
  "reduced motion runs to the end": (browser) => withPage(browser, "/digits/?hidden=8&rate=0.01", async (page) => {
    await page.waitForSelector(READY);
    assert.equal(await page.locator("#training .play").textContent(), "Run to the end");
    await page.click("#training .play");
    await page.waitForFunction(() =>
      /^Step 1,000,.*Paused/.test(document.querySelector("#training .say")?.textContent ?? ""), null,
    { timeout: 60_000 });
  }, { context: { reducedMotion: "reduce" } }),
  "nothing scrolls sideways at 360, 768 and 1440": async (browser) => {
    for (const width of [360, 768, 1440]) {
      for (const path of ["/", ROOM]) {
        await withPage(browser, path, async (page) => {
          if (path === ROOM) await page.waitForSelector(READY);
          const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
          assert.ok(over <= 0, `${path} at ${width} is ${over} px too wide`);
        }, { context: { viewport: { width, height: 800 } } });
      }
    }
  },
  "axe finds nothing, in light and dark": async (browser) => {
    for (const colorScheme of ["light", "dark"]) {
      await withPage(browser, "/", async (page) => {
        await page.waitForFunction(() => document.querySelector(".map .say")?.textContent?.startsWith("The start"));
        await page.click(".map button:has-text('Step')");
        await page.click(".map button:has-text('Table of values')");
        await checkAccessible(page, `home, ${colorScheme}`);
      }, { context: { colorScheme } });
      await withPage(browser, ROOM, async (page) => {
        await page.waitForSelector(READY);
        await page.click("#training button:has-text('Step')");
        await page.click("#mistakes button:has-text('Next')");
        await page.locator(".actions button[aria-expanded]").evaluateAll((all) => {
          for (const button of all) button.click();
        });
        await page.waitForSelector("#training .values");
        await checkAccessible(page, `digits, ${colorScheme}`);
      }, { context: { colorScheme } });
    }
  },
  "the server answers this machine alone and only from its folder": async () => {
    for (const host of ["localhost:4173", "127.0.0.1", "[::1]:80"]) assert.ok(isLocalHost(host));
    for (const host of [undefined, "", "evil.example", "localhost.evil.example", "127.0.0.1.evil.example:80"]) {
      assert.ok(!isLocalHost(host), host);
    }
    const server = createStudioServer(DIST);
    const port = await listen(server, 0);
    const status = (path, headers = {}, method = "GET") => new Promise((done, failed) => {
      request({ host: "127.0.0.1", port, path, method, headers }, (response) => {
        response.resume();
        done(response.statusCode);
      }).on("error", failed).end();
    });
    try {
      assert.equal(await status("/"), 200);
      assert.equal(await status("/", { host: "evil.example" }), 403);
      assert.equal(await status("/", {}, "POST"), 405);
      assert.equal(await status("/digits"), 301);
      const outside = ["/../package.json", "/..%2fpackage.json", "/%2e%2e/server.js", "/..%5cserver.js", "/%00", "/%",
        "//etc/passwd", "/.git/config"];
      for (const path of outside) {
        assert.equal(await status(path), 404, path);
      }
    } finally {
      await new Promise((closed) => { server.close(closed); server.closeAllConnections(); });
    }
  },
};
