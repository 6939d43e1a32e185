// @ts-check
/** Writes `offline.js` beside the pages of a build: the service worker with the list of what it keeps. */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";

const SOURCE = resolve(import.meta.dirname, "offline-worker.js"), NAME = "offline.js";

/**
 * Every file below a folder, as addresses from it; a page by the address of its folder.
 * @param {string} folder
 */
const filesOf = (folder) => readdirSync(folder, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && entry.name !== NAME)
  .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1).replaceAll("\\", "/"))
  .map((path) => path.replace(/(^|\/)index\.html$/, "$1")).sort();

/** @returns {import("vite").Plugin} */
export const offlinePlugin = () => ({
  name: "gradus-offline",
  apply: "build",
  closeBundle: {
    order: "post",
    sequential: true,
    handler() {
      const { root, build } = this.environment.config, folder = resolve(root, build.outDir);
      const files = filesOf(folder), hash = createHash("sha256");
      for (const file of files) {
        const path = file === "" || file.endsWith("/") ? `${file}index.html` : file;
        hash.update(file).update(readFileSync(join(folder, path)));
      }
      const version = hash.digest("hex").slice(0, 16);
      const text = readFileSync(SOURCE, "utf8")
        .replace("/* files */ []", () => JSON.stringify(files)).replace('/* version */ ""', JSON.stringify(version));
      writeFileSync(join(folder, NAME), text);
    },
  },
});
