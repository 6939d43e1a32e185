// @ts-check
/**
 * Bundles the built library into one ES module, dist/gradus.single.js: for places that may load nothing else, such as a
 * sandboxed frame that gets its code as a text. It runs on the wasm backend, whose helper threads carry their source.
 * Run by the package's build, after the TypeScript compiler.
 */
import { readFileSync, renameSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "vite";

const dist = resolve(import.meta.dirname, "../dist");
const name = "gradus.single.js";
const temporary = join(dist, "single");

const made = await build({
  configFile: false,
  logLevel: "warn",
  root: dist,
  publicDir: false,
  // Without the condition "node": threads of the web, and no native backend.
  resolve: { conditions: ["browser"] },
  build: {
    target: "es2022",
    outDir: temporary,
    emptyOutDir: true,
    lib: { entry: join(dist, "single.js"), formats: ["es"], fileName: () => name },
    // Parts that are loaded on demand elsewhere are in the file too.
    rolldownOptions: { output: { codeSplitting: false, minify: true } },
  },
});
renameSync(join(temporary, name), join(dist, name));
rmSync(temporary, { recursive: true });

const [{ output: [chunk, ...others] }] = /** @type {import("vite").Rolldown.RolldownOutput[]} */ (made);
const text = readFileSync(join(dist, name), "utf8");
// Parts loaded on demand are listed as imports of the file by itself.
const outside = [...chunk.imports, ...chunk.dynamicImports, ...others.map(({ fileName }) => fileName)]
  .filter((target) => target !== name);
if (/\bimport\.meta\b/.test(text)) outside.push("import.meta");
if (outside.length > 0) throw new Error(`${name} is not on its own: it needs ${outside.join(", ")}`);
console.log(`${name}: ${Math.round(text.length / 1024)} KiB, ${Math.round(gzipSync(text).length / 1024)} KiB gzipped`);
