// Every page of the course, at three widths and in both themes.
import assert from "node:assert/strict";
import { existsSync, readdirSync } from "node:fs";
import { resolve } from "node:path";
import { awake, checkAccessible, reachable, walk, withPage } from "./studio.mjs";

const FOLDER = resolve(import.meta.dirname, "../../apps/studio/dist/course");
const WIDTHS = [1440, 768, 360];

const pages = !existsSync(FOLDER) ? [] : readdirSync(FOLDER, { withFileTypes: true })
  .filter((entry) => entry.isDirectory()).map(({ name }) => name);

/** What stands out of the window on the right, with its text, so that a fault can be found. */
const overflow = (page) => page.evaluate(() => {
  const over = document.documentElement.scrollWidth - innerWidth;
  if (over <= 1) return "";
  const wide = [...document.querySelectorAll("main *")]
    .filter((element) => element.getBoundingClientRect().right > innerWidth + 1 && element.textContent.trim() !== "");
  return `by ${over} px: ${wide.slice(-1).map((element) => element.outerHTML.slice(0, 200)).join("")}`;
});

export default Object.fromEntries([
  ["there are pages", () => assert.ok(pages.length > 0, "build the studio first")],
  ...pages.map((name) => [
    `${name} is accessible in light and dark and as wide as its window`, (browser) =>
      withPage(browser, `/course/${name}/`, async (page) => {
        for (const width of WIDTHS) {
          await page.setViewportSize({ width, height: 800 });
          await walk(page);
          if (width === WIDTHS[0]) await awake(page);
          assert.equal(await overflow(page), "", `${name} scrolls sideways at ${width} px`);
          // Themes differ in colours, widths in layout: the two ends have all of both.
          if (width === 768) continue;
          await page.emulateMedia({ colorScheme: width === 360 ? "dark" : "light" });
          await reachable(page);
          await checkAccessible(page, `${name}, ${width} px`);
        }
      }, { context: { viewport: { width: WIDTHS[0], height: 800 }, reducedMotion: "reduce" } }),
  ]),
]);
