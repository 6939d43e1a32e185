// @ts-check
import { spawn } from "node:child_process";
import { existsSync, readdirSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";

/**
 * Builds the studio for its server, which opens before the lessons have run: a page that is asked for before it is made
 * is made next, and the answer waits for it.
 */

const here = import.meta.dirname;
/** The build writes it last. */
const LAST_FILE = "offline.js";

/**
 * The newest change below a path, in milliseconds; 0 where there is nothing.
 * @param {string} path
 * @returns {number}
 */
function newest(path) {
  if (!existsSync(path)) return 0;
  const status = statSync(path);
  if (!status.isDirectory()) return status.mtimeMs;
  return readdirSync(path).reduce((latest, name) => Math.max(latest, newest(join(path, name))), 0);
}

/** Whether a whole build is there that is newer than what it is made from. @param {string} dist */
function isBuilt(dist) {
  const rooms = readdirSync(here).filter((name) => existsSync(join(here, name, "index.html")) && name !== "dist");
  const sources = ["src", "public", ...rooms, "index.html", "vite.config.js", "package.json"]
    .map((name) => join(here, name));
  const beside = ["course", "packages/lessons/src", "packages/gradus/dist"];
  sources.push(...beside.map((name) => resolve(here, "../..", name)));
  const built = newest(join(dist, LAST_FILE));
  return built > 0 && sources.every((source) => newest(source) <= built);
}

/**
 * What the process of the build says while the studio is open.
 * @typedef {{ readonly opened: readonly string[] } | { readonly made: string }} Said
 */

/**
 * Resolves when the studio can be opened, to what its server asks about missing files: a promise of the file where it
 * is still being made, nothing where it is not. Ends this process where the build fails before that.
 * @param {string} dist @param {boolean} force
 * @returns {Promise<(path: string) => Promise<unknown> | undefined>}
 */
export async function buildStudio(dist, force) {
  if (!force && isBuilt(dist)) return () => undefined;
  if (newest(resolve(here, "../../packages/gradus/dist/index.js")) === 0) {
    console.error("The library is not built yet: run npm ci, or npm run build --workspace gradus.");
    process.exit(1);
  }
  console.log("Building the studio.");
  const vite = join(createRequire(import.meta.url).resolve("vite/package.json"), "../bin/vite.js");
  const child = spawn(process.execPath, [vite, "build", "--logLevel", "error", "--emptyOutDir", "--outDir", dist], {
    cwd: here, stdio: ["inherit", "inherit", "inherit", "ipc"], env: { ...process.env, GRADUS_OPEN_EARLY: "1" },
  });
  /** @type {Map<string, { readonly page: Promise<void>, readonly settle: () => void }>} */
  const waiting = new Map();
  let busy = true, isOpen = false;
  /** @type {Promise<void>} */
  const ended = new Promise((end) => child.once("exit", (code, signal) => {
    if (code !== 0) {
      console.error(`The studio could not be built (${signal ?? `code ${code}`}); the messages above say why.`);
      if (!isOpen) process.exit(1);
      console.error(`${waiting.size} pages of lessons are missing; the next start makes them.`);
    }
    busy = false;
    end();
  }));
  await new Promise((open) => {
    child.on("message", (/** @type {Said} */ said) => {
      if ("made" in said) {
        waiting.get(said.made)?.settle();
        waiting.delete(said.made);
        return;
      }
      for (const id of said.opened) {
        let settle = () => {};
        waiting.set(id, { page: new Promise((made) => { settle = () => made(); }), settle });
      }
      if (said.opened.length > 0) console.log(`${said.opened.length} lessons are being run; pages open meanwhile.`);
      isOpen = true;
      open(undefined);
    });
    void ended.then(open);
  });
  void ended.then(() => {
    if (waiting.size === 0) console.log("All lessons stand.");
  });
  return (path) => {
    if (!busy) return undefined;
    if (path === `/${LAST_FILE}`) return ended;
    const id = /^\/course\/([a-z0-9-]+)(\/(index\.html)?)?$/.exec(path)?.[1] ?? "", lesson = waiting.get(id);
    if (lesson === undefined) return undefined;
    if (child.connected) child.send({ prefer: id });
    return Promise.race([lesson.page, ended]);
  };
}
