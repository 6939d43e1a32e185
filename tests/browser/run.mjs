// Runs every *.test.mjs of this folder in Chromium and prints "N passed, N failed, N skipped".
// node tests/browser/run.mjs [part of a file's name]
// Needs a built studio and Chromium (CHROMIUM=path, default /usr/bin/chromium).
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { chromium } from "playwright-core";

/** The longest test takes about 20 s on a busy machine of 2 cores; what takes longer has hung. */
const LIMIT_SECONDS = 90;
/** Chromium stops drawing about once in 150 tests: so many get a second try, which is told. More is a fault of ours. */
const SECOND_TRIES = 6;

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

/** A browser that can be killed, whatever it hangs in. */
async function launch() {
  const server = await chromium.launchServer({
    executablePath, args: ["--no-sandbox", "--disable-background-networking"],
  });
  return { browser: await chromium.connect(server.wsEndpoint()), end: () => server.kill() };
}
/** Rejects when the body does, or when it takes too long. */
async function within(seconds, body) {
  let late;
  const limit = new Promise((_, reject) => {
    late = setTimeout(() => reject(new Error(`it did not end within ${seconds} s`)), seconds * 1000);
  });
  try {
    const work = Promise.resolve(body());
    // What is given up may still fail, when its browser goes.
    work.catch(() => {});
    await Promise.race([work, limit]);
  } finally {
    clearTimeout(late);
  }
}

if (!existsSync(executablePath)) {
  count.skipped = tests.length;
  console.log(`skipped: there is no browser at ${executablePath}; set CHROMIUM to one`);
} else {
  let session = await launch(), again = SECOND_TRIES;
  for (const { name, body } of tests) {
    for (let tries = 0, open = true; open; tries++) {
      open = false;
      const began = Date.now(), time = () => `${((Date.now() - began) / 1000).toFixed(1)} s`;
      try {
        await within(LIMIT_SECONDS, () => body(session.browser));
        count.passed++;
        console.log(`ok      ${name}, ${time()}`);
      } catch (error) {
        open = tries === 0 && again-- > 0;
        if (!open) count.failed++;
        const told = String(error?.stack ?? error).replaceAll("\n", "\n        ");
        console.log(`${open ? "again " : "FAILED"}  ${name}, ${time()}\n        ${told}`);
        await session.end();
        session = await launch();
      }
    }
  }
  await session.end();
}
console.log(`${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped`);
process.exit(count.failed > 0 || tests.length === 0 ? 1 : 0);
