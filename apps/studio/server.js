// @ts-check
import { createHash } from "node:crypto";
import { createReadStream, existsSync, readFileSync, realpathSync, statSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join, resolve, sep } from "node:path";
import { buildStudio } from "./build.js";

/**
 * Serves the built studio to this machine and to nobody else. `node server.js [--port N] [--no-isolation] [--build]`.
 * Isolation headers let the engine use threads; without them it runs on one.
 */

const here = import.meta.dirname;
const FIRST_PORT = 4173, PORTS_TRIED = 20;

/** @type {Readonly<Record<string, string>>} */
const TYPES = {
  ".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8",
  ".json": "application/json; charset=utf-8", ".svg": "image/svg+xml", ".png": "image/png",
  ".txt": "text/plain; charset=utf-8",
  ".woff2": "font/woff2", ".wasm": "application/wasm", ".map": "application/json; charset=utf-8",
};
/**
 * The frame in which code of lessons runs is a part of the page and stands under its policy as well as under its own,
 * which allows less: its one script is named by its hash, and hands the worker in it modules as blobs.
 */
const frame = readFileSync(join(here, "src/engine/sandbox-frame.html"), "utf8");
const frameScript = createHash("sha256").update(frame.split(/<script>|<\/script>/)[1]).digest("base64");
export const POLICY = [
  "default-src 'self'", `script-src 'self' 'wasm-unsafe-eval' blob: 'sha256-${frameScript}'`, "worker-src 'self' blob:",
  "style-src 'self' 'unsafe-inline'", "img-src 'self' data: blob:", "connect-src 'self'",
  "object-src 'none'", "base-uri 'none'",
].join("; ");

/**
 * The file an address names, or null when it names none inside the root.
 * @param {string} root @param {string} address the path of the request, as sent
 */
export function fileFor(root, address) {
  let path;
  try {
    path = decodeURIComponent(address.split(/[?#]/, 1)[0]);
  } catch {
    return null;
  }
  if (!path.startsWith("/") || /[\0\\]/.test(path) || path.split("/").some((part) => part.startsWith("."))) return null;
  let file = resolve(root, `.${path}`);
  if (file !== root && !file.startsWith(root + sep)) return null;
  if (existsSync(file) && statSync(file).isDirectory()) file = join(file, "index.html");
  if (!existsSync(file)) return null;
  // A link inside the folder may point out of it.
  const real = realpathSync(file);
  return real.startsWith(realpathSync(root) + sep) && statSync(real).isFile() ? real : null;
}

/**
 * True for requests that name this machine: a page elsewhere cannot reach the server through a name of its own.
 * @param {string | undefined} host the Host header
 */
export function isLocalHost(host) {
  return host !== undefined && /^(localhost|127\.0\.0\.1|\[::1\])(:\d{1,5})?$/i.test(host);
}

/**
 * @param {string} root the folder to serve
 * @param {{
 *   readonly isolated?: boolean,
 *   readonly coming?: (path: string) => Promise<unknown> | undefined,
 * }} [options] `coming` says when a file that is missing will be there, where it will
 */
export function createStudioServer(root, { isolated = true, coming } = {}) {
  return createServer(async (request, response) => {
    const address = request.url ?? "/", [path, query] = address.split("?", 2);
    response.setHeader("Content-Security-Policy", POLICY);
    response.setHeader("X-Content-Type-Options", "nosniff");
    response.setHeader("Referrer-Policy", "no-referrer");
    response.setHeader("Cross-Origin-Resource-Policy", "same-origin");
    if (isolated) {
      response.setHeader("Cross-Origin-Opener-Policy", "same-origin");
      response.setHeader("Cross-Origin-Embedder-Policy", "require-corp");
    }
    /** @param {number} status @param {string} text */
    const refuse = (status, text) => {
      response.writeHead(status, { "Content-Type": "text/plain; charset=utf-8" });
      response.end(request.method === "HEAD" ? undefined : `${text}\n`);
    };
    if (!isLocalHost(request.headers.host)) return refuse(403, "This server answers only to this machine.");
    if (request.method !== "GET" && request.method !== "HEAD") {
      response.setHeader("Allow", "GET, HEAD");
      return refuse(405, "Only GET and HEAD are served.");
    }
    let file = fileFor(root, address);
    if (file === null) {
      await coming?.(path);
      file = fileFor(root, address);
    }
    if (file === null) return refuse(404, "There is no such page.");
    if (file.endsWith(`${sep}index.html`) && !path.endsWith("/") && !path.endsWith(".html")) {
      // Relative addresses in the page count from the folder. Leading slashes would name another host.
      response.setHeader("Location", `/${path.replace(/^\/+/, "")}/${query === undefined ? "" : `?${query}`}`);
      return refuse(301, "Moved.");
    }
    response.writeHead(200, {
      "Content-Type": TYPES[extname(file)] ?? "application/octet-stream",
      "Content-Length": statSync(file).size,
      // Built files carry a hash of their content in their name; pages do not.
      "Cache-Control": path.startsWith("/assets/") ? "public, max-age=31536000, immutable" : "no-cache",
    });
    if (request.method === "HEAD") return response.end();
    createReadStream(file).on("error", () => response.destroy()).pipe(response);
  });
}

/**
 * Listens on the first free port from `port` on; resolves to the port.
 * @param {import("node:http").Server} server @param {number} port
 * @returns {Promise<number>}
 */
export function listen(server, port, tries = PORTS_TRIED) {
  return new Promise((done, failed) => {
    /** @param {NodeJS.ErrnoException} error */
    const refused = (error) => {
      if (error.code === "EADDRINUSE" && tries > 1) done(listen(server, port + 1, tries - 1));
      else failed(error);
    };
    server.once("error", refused);
    server.listen(port, "127.0.0.1", () => {
      server.off("error", refused);
      const address = server.address();
      done(typeof address === "object" && address !== null ? address.port : port);
    });
  });
}

async function main() {
  const given = process.argv.slice(2);
  const known = new Set(["--no-isolation", "--build", "--port"]);
  const at = given.indexOf("--port");
  const port = at < 0 ? FIRST_PORT : Number(given[at + 1]);
  const strange = given.find((word, i) => !known.has(word) && (at < 0 || i !== at + 1));
  if (strange !== undefined || !Number.isInteger(port) || port < 0 || port > 65535) {
    console.error("usage: node apps/studio/server.js [--port N] [--no-isolation] [--build]");
    process.exit(2);
  }
  const dist = join(here, "dist");
  const coming = await buildStudio(dist, given.includes("--build"));
  const server = createStudioServer(dist, { isolated: !given.includes("--no-isolation"), coming });
  console.log(`The studio is open at http://127.0.0.1:${await listen(server, port)}/ (Ctrl+C closes it).`);
}

if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === realpathSync(import.meta.filename)) await main();
