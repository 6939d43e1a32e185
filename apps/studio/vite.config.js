// @ts-check
import { resolve } from "node:path";
import { defaultClientConditions, defineConfig } from "vite";

const here = import.meta.dirname;

/** What a page needs for shared memory, and with it threads. */
const isolation = {
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
};

export default defineConfig(({ command }) => ({
  root: here,
  // Relative addresses, so that the built folder works below any path of any host.
  base: "./",
  // While developing, the library's sources; in a build, what it publishes.
  resolve: { conditions: [...(command === "serve" ? ["@gradus/source"] : []), ...defaultClientConditions] },
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  server: { host: "127.0.0.1", headers: isolation },
  worker: { format: "es" },
  build: {
    target: "es2022",
    assetsInlineLimit: 0,
    rolldownOptions: { input: [resolve(here, "index.html"), resolve(here, "digits/index.html")] },
  },
}));
