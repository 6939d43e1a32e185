// The studio opened before its lessons have run: a page asked for early waits for its lesson and comes whole.
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { buildStudio } from "../../apps/studio/build.js";
import { createStudioServer, listen } from "../../apps/studio/server.js";

const repository = resolve(import.meta.dirname, "../..");
/** A course of two lessons: what they print is in their pages when they are whole. */
const COURSE = join(repository, "packages/lessons/src/build/fixtures/good");
const KEPT = join(repository, "node_modules/.cache/gradus-course");

/** Nothing kept of these lessons, as on a fresh machine. */
function forget() {
  if (!existsSync(KEPT)) return;
  for (const name of readdirSync(KEPT)) if (/^(coins|pairs-of-coins)\./.test(name)) rmSync(join(KEPT, name));
}

export default {
  "pages open while lessons are run": async (browser) => {
    const dist = mkdtempSync(join(tmpdir(), "gradus-first-start-"));
    forget();
    process.env.GRADUS_COURSE = COURSE;
    let server, context;
    try {
      const coming = await buildStudio(dist, true);
      assert.ok(!existsSync(join(dist, "offline.js")), "the build has ended before anybody asked for a page");
      server = createStudioServer(dist, { coming });
      const origin = `http://127.0.0.1:${await listen(server, 0)}`;
      context = await browser.newContext({ serviceWorkers: "block" });
      const page = await context.newPage();
      assert.equal((await page.goto(`${origin}/`)).status(), 200);
      // The last lesson, by the address without its last stroke.
      assert.equal((await page.goto(`${origin}/course/pairs-of-coins`)).status(), 200);
      await page.goto(`${origin}/course/coins/`);
      assert.match(await page.locator('[data-cell="coins/first"]').innerText(), /0\.75/);
      assert.equal((await page.goto(`${origin}/course/no-such-lesson/`)).status(), 404);
      // What is written last is waited for too.
      assert.equal((await page.goto(`${origin}/offline.js`)).status(), 200);
      const search = await (await page.goto(`${origin}/course/search.json`)).text();
      assert.match(search, /toss/);
    } finally {
      delete process.env.GRADUS_COURSE;
      await context?.close();
      if (server !== undefined) {
        await new Promise((closed) => { server.close(closed); server.closeAllConnections(); });
      }
      rmSync(dist, { recursive: true, force: true });
      forget();
    }
  },
};
