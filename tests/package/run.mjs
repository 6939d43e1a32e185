// Packs the library and uses it as a stranger would: a script, the command, types, and a page built with Vite.
// node tests/package/run.mjs
// Needs Chromium for the page (CHROMIUM=path, default /usr/bin/chromium). Prints "N passed, N failed, N skipped".
import { execFile } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { chromium } from "playwright-core";
import { build } from "vite";
import { createStudioServer, listen } from "../../apps/studio/server.js";

const root = resolve(import.meta.dirname, "../..");
const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
const folder = mkdtempSync(join(tmpdir(), "gradus-package-"));
const count = { passed: 0, failed: 0, skipped: 0 };
const MINUTE = 60_000;

/** Runs a program; what it wrote is part of the error when it fails. */
async function run(program, args, cwd = folder) {
  try {
    return (await promisify(execFile)(program, args, { cwd, timeout: 3 * MINUTE, maxBuffer: 1 << 24 })).stdout;
  } catch (error) {
    throw new Error(`${program} ${args.join(" ")} failed: ${error.message}\n${error.stdout ?? ""}`,
      { cause: error });
  }
}
async function check(name, body) {
  try {
    await body();
    count.passed++;
    console.log(`ok      ${name}`);
  } catch (error) {
    count.failed++;
    console.log(`FAILED  ${name}\n        ${String(error?.stack ?? error).replaceAll("\n", "\n        ")}`);
  }
}
function demand(condition, sentence) {
  if (!condition) throw new Error(sentence);
}
function demandLearning({ losses, backend }, where) {
  demand(losses.length === 10 && losses.every(Number.isFinite), `${where}: the losses are ${losses}`);
  demand(losses[9] < 0.9 * losses[0], `${where} (${backend}): the loss does not fall: ${losses}`);
}

async function install() {
  // Packing builds first.
  await run("npm", ["pack", "--workspace", "gradus", "--pack-destination", folder], root);
  const [tarball] = readdirSync(folder).filter((name) => name.endsWith(".tgz"));
  cpSync(join(import.meta.dirname, "consumer"), folder, { recursive: true });
  writeFileSync(join(folder, "package.json"), JSON.stringify({ name: "consumer", private: true, type: "module" }));
  // `npm ci` leaves what the package needs in the cache, but not always what describes it.
  await run("npm", ["install", "--no-save", "--ignore-scripts", "--omit=optional", "--prefer-offline", `./${tarball}`]);
}

/** The files of the package: what is needed, and nothing of tests or sources. */
function checkFiles() {
  const files = readdirSync(join(folder, "node_modules/gradus"), { recursive: true });
  const strange = files.filter((name) => /\.test\.|\.fixture\.|(^|\/)src\//.test(name));
  demand(strange.length === 0, `these do not belong into the package: ${strange.slice(0, 5).join(", ")}`);
  for (const name of ["dist/index.js", "dist/index.d.ts", "bin/gradus.js", "LICENSE", "README.md"]) {
    demand(files.includes(name), `the package has no ${name}`);
  }
}

async function checkScript() {
  const told = JSON.parse(await run(process.execPath, ["script.js"]));
  demandLearning(told, "Node");
  demand(told.rows === 150 && told.models > 0, `the entrances gave ${JSON.stringify(told)}`);
}

async function checkTypes(moduleResolution, module) {
  const options = {
    strict: true, noEmit: true, skipLibCheck: false, target: "ES2022", lib: ["ES2023", "ESNext.Disposable", "DOM"],
    module, moduleResolution, types: [],
  };
  const file = `tsconfig.${moduleResolution}.json`;
  writeFileSync(join(folder, file), JSON.stringify({ compilerOptions: options, files: ["types.ts"] }));
  await run(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), "-p", file]);
}

async function buildPage() {
  await build({
    root: folder, configFile: false, logLevel: "error", base: "./", worker: { format: "es" },
    build: { target: "es2022", rolldownOptions: { input: join(folder, "index.html") } },
  });
  for (const name of readdirSync(join(folder, "dist/assets"))) {
    const text = readFileSync(join(folder, "dist/assets", name), "utf8");
    demand(!/["']koffi["']|["']node:/.test(text), `${name} asks for modules of Node`);
  }
}

/** The page in Chromium: `isolated` pages may share memory between threads. */
async function checkPage(browser, isolated) {
  const server = createStudioServer(join(folder, "dist"), { isolated });
  const port = await listen(server, 0);
  const page = await browser.newPage();
  const complaints = [];
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("console", (message) => { if (message.type() === "error") complaints.push(message.text()); });
  try {
    await page.goto(`http://127.0.0.1:${port}/`, { waitUntil: "load" });
    await page.waitForFunction(() => globalThis.report !== undefined && globalThis.batch !== undefined, null,
      { timeout: MINUTE });
    const [main, worker] = await page.evaluate(() => globalThis.report);
    demandLearning(main, "the page");
    demandLearning(worker, "its worker");
    demand(await page.evaluate(() => globalThis.batch) === 8, "gradus/data alone made no batch");
  } catch (error) {
    throw new Error([error.message, ...complaints].join("\n"), { cause: error });
  } finally {
    await page.close();
    await new Promise((closed) => { server.close(closed); server.closeAllConnections(); });
  }
  demand(complaints.length === 0, `the page complained: ${complaints.join("; ")}`);
}

try {
  await check("the package installs from its tarball", install);
  await check("the package holds what it should", checkFiles);
  await check("a script trains ten steps in Node", checkScript);
  await check("the command says what it can", async () => {
    const told = await run(join(folder, "node_modules/.bin/gradus"), ["--help"]);
    demand(told.includes("train"), `gradus --help says: ${told}`);
  });
  await check("types resolve as a bundler looks for them", () => checkTypes("bundler", "esnext"));
  await check("types resolve as Node looks for them", () => checkTypes("nodenext", "nodenext"));
  await check("Vite builds a page without modules of Node", buildPage);
  const pages = [["a page trains ten steps", false], ["an isolated page trains ten steps", true]];
  if (!existsSync(executablePath)) {
    count.skipped += pages.length;
    console.log(`skipped: there is no browser at ${executablePath}; set CHROMIUM to one`);
  } else {
    const args = ["--no-sandbox", "--disable-background-networking"];
    const browser = await chromium.launch({ executablePath, args });
    for (const [name, isolated] of pages) await check(name, () => checkPage(browser, isolated));
    await browser.close();
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
console.log(`${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped`);
process.exitCode = count.failed > 0 ? 1 : 0;
