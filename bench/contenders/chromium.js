/**
 * Gradus in Chromium as a contender: the argument is the number of threads. The workloads run in a worker of a page
 * that is isolated, so that threads may share memory; times are taken here, a message to the page and back included.
 */
import { createReadStream } from "node:fs";
import { createServer } from "node:http";
import { dirname, join, resolve } from "node:path";
import { chromium } from "playwright-core";
import { serve } from "../child.js";

const threads = Number(process.argv[2]);
const bench = resolve(import.meta.dirname, "..");
const LIBRARY = resolve(bench, "../packages/gradus/dist/gradus.single.js");
const PAGE = "<!doctype html><meta charset=utf-8><title>bench</title><link rel=icon href='data:,'>";
const TYPES = { js: "text/javascript", json: "application/json", bin: "application/octet-stream" };

let numbers = null;
const server = createServer((request, response) => {
  const name = new URL(request.url, "http://localhost").pathname.slice(1);
  response.setHeader("Cross-Origin-Opener-Policy", "same-origin");
  response.setHeader("Cross-Origin-Embedder-Policy", "require-corp");
  response.setHeader("Content-Type", TYPES[name.split(".").pop()] ?? "text/html");
  if (name === "") response.end(PAGE);
  else {
    const file = name === "library.js" ? LIBRARY : name.endsWith(".js") ? join(bench, name) : join(numbers, name);
    createReadStream(file).on("error", () => response.writeHead(404).end()).pipe(response);
  }
});
await new Promise((listening) => { server.listen(0, "127.0.0.1", listening); });
const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-background-networking"] });
const version = `Chromium ${browser.version()}`;
const page = await browser.newPage();
await page.goto(`http://127.0.0.1:${server.address().port}/`);

/** Asks the worker of the page and waits for its answer. */
const ask = (request, more) => page.evaluate(([name, rest]) => new Promise((done, fail) => {
  const { worker } = globalThis;
  const id = Math.random();
  const listen = ({ data }) => {
    if (data.id !== id) return;
    worker.removeEventListener("message", listen);
    if (data.error === undefined) done(data.value);
    else fail(new Error(data.error));
  };
  worker.addEventListener("message", listen);
  worker.postMessage({ id, request: name, ...rest });
}), [request, more]);

serve({
  async load({ name }, path) {
    numbers = dirname(path);
    await page.evaluate(() => {
      globalThis.worker = new globalThis.Worker("/contenders/page.js", { type: "module" });
    });
    await ask("load", { name, threads });
    return async (variant) => {
      const { form } = await ask("prepare", { variant });
      return { form, check: () => ask("check", {}), run: (count) => ask("run", { count }) };
    };
  },
  version: () => `gradus, wasm, ${threads} threads, ${version}`,
});
