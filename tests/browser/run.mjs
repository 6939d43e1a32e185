// Runs every *.test.mjs of this folder in Chromium and prints "N passed, N failed, N skipped".
// node tests/browser/run.mjs [part of a file's name]
// Needs a built studio and Chromium (CHROMIUM=path, default /usr/bin/chromium).
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { chromium } from "playwright-core";

const here = import.meta.dirname;
const wanted = process.argv[2] ?? "";
const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
const count = { passed: 0, failed: 0, skipped: 0 };
const files = readdirSync(here).filter((name) => name.endsWith(".test.mjs") && name.includes(wanted)).sort();

const tests = [];
for (const file of files) {
  const { default: list } = await import(join(here, file));
  const group = file.replace(".test.mjs", "");
  for (const [name, body] of Object.entries(list)) tests.push({ name: `${group}: ${name}`, body });
}
if (!existsSync(executablePath)) {
  count.skipped = tests.length;
  console.log(`skipped: there is no browser at ${executablePath}; set CHROMIUM to one`);
} else {
  const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-background-networking"] });
  try {
    for (const { name, body } of tests) {
      const began = Date.now(), time = () => `${((Date.now() - began) / 1000).toFixed(1)} s`;
      try {
        await body(browser);
        count.passed++;
        console.log(`ok      ${name}, ${time()}`);
      } catch (error) {
        count.failed++;
        const told = String(error?.stack ?? error).replaceAll("\n", "\n        ");
        console.log(`FAILED  ${name}, ${time()}\n        ${told}`);
      }
    }
  } finally {
    await browser.close();
  }
}
console.log(`${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped`);
process.exitCode = count.failed > 0 || tests.length === 0 ? 1 : 0;
