// What a reader has to wait for: the first load of a lesson, and the engine as one file.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { gzipSync } from "node:zlib";
import { DIST, lessons } from "./studio.mjs";
import { createStudioServer, listen } from "../../apps/studio/server.js";

const LIBRARY = resolve(import.meta.dirname, "../../packages/gradus/dist/gradus.single.js");
const KB = 1000, LESSON = 200 * KB, ENGINE = 300 * KB;
const EDITOR = /^(editor|codemirror)/;

/** Scripts and styles, workers included, that a page asks for before anybody touches it: [file, bytes gzipped]. */
async function firstLoad(browser, path) {
  const server = createStudioServer(DIST), port = await listen(server, 0);
  const context = await browser.newContext({ viewport: { width: 1440, height: 936 }, serviceWorkers: "block" });
  const found = [];
  try {
    const page = await context.newPage();
    page.on("response", (response) => {
      if (!/\.(js|css)$/.test(new URL(response.url()).pathname)) return;
      found.push(response.body().then((body) => [response.url().split("/").pop(), gzipSync(body).length]));
    });
    await page.goto(`http://127.0.0.1:${port}${path}`, { waitUntil: "networkidle" });
    return await Promise.all(found);
  } finally {
    await context.close();
    await new Promise((closed) => { server.close(closed); server.closeAllConnections(); });
  }
}

export default {
  "the engine is at most 300 KB": () => {
    assert.ok(gzipSync(readFileSync(LIBRARY)).length <= ENGINE);
  },
  ...Object.fromEntries(lessons.map(({ id }) => [
    `${id} asks for at most 200 KB of scripts and styles, engine included, and for no editor`, async (browser) => {
      const files = await firstLoad(browser, `/course/${id}/`);
      const total = files.reduce((sum, [, bytes]) => sum + bytes, 0);
      const told = files.map((file) => file.join(" ")).join(", ");
      assert.ok(files.length > 3 && total <= LESSON, `${total} bytes: ${told}`);
      assert.deepEqual(files.filter(([file]) => EDITOR.test(file)), []);
    },
  ])),
};
