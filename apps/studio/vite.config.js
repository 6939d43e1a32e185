// @ts-check
import { existsSync, readdirSync } from "node:fs";
import { resolve } from "node:path";
import { defaultClientConditions, defineConfig } from "vite";
import { coursePlugins } from "../../packages/lessons/src/build/vite.ts";
import { sandboxPlugin } from "./src/engine/sandbox-plugin.js";
import { coursePages, homeSection } from "./src/pages/pages.ts";
import { offlinePlugin } from "./src/shell/offline-plugin.js";
import { printIndex } from "./src/shell/search-index.ts";

const here = import.meta.dirname;
const repository = resolve(here, "../..");

/** What a page needs for shared memory, and with it threads. */
const isolation = {
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
};
/** A room has a folder with its page and one with its script; `course` holds the frame of the course's pages. */
const rooms = readdirSync(here).filter((name) =>
  existsSync(resolve(here, name, "index.html")) && existsSync(resolve(here, "src/rooms", name, "page.tsx")));
const pages = ["index.html", "course/index.html", ...rooms.map((name) => `${name}/index.html`)];

/**
 * The server of the studio opens it before its lessons have run (build.js), and says which are asked for.
 * @type {import("../../packages/lessons/src/build/vite.ts").EarlyOpening | undefined}
 */
const early = process.env.GRADUS_OPEN_EARLY !== "1" || process.send === undefined ? undefined : {
  opened(waiting, prefer) {
    process.on("message", (/** @type {{ readonly prefer: string }} */ asked) => prefer(asked.prefer));
    process.once("disconnect", () => process.exit());
    // Listening alone must not keep this process.
    process.channel?.unref();
    process.send?.({ opened: [...waiting] });
  },
  made: (id) => process.send?.({ made: id }),
};

const course = coursePlugins({
  repository, studio: here, index: printIndex, home: homeSection, strict: false, early,
  course: resolve(repository, process.env.GRADUS_COURSE ?? "course"),
  pages: (made) => coursePages(made, rooms),
});

export default defineConfig(({ command }) => ({
  root: here,
  // Relative addresses, so that the built folder works below any path of any host.
  base: "./",
  define: { __STUDIO_ROOMS__: JSON.stringify(rooms), __STUDIO_BUILT__: JSON.stringify(command === "build") },
  plugins: [sandboxPlugin(), ...course.pages, offlinePlugin()],
  // While developing, the library's sources; in a build, what it publishes.
  resolve: { conditions: [...(command === "serve" ? ["@gradus/source"] : []), ...defaultClientConditions] },
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  // Lessons stand beside the studio.
  server: { host: "127.0.0.1", headers: isolation, fs: { allow: [repository] } },
  worker: {
    format: "es", plugins: course.workers,
    // The models' room calls parts by their classes.
    rolldownOptions: { output: { keepNames: true } },
  },
  build: {
    target: "es2022",
    assetsInlineLimit: 0,
    rolldownOptions: { input: pages.map((file) => resolve(here, file)) },
  },
}));
