// @ts-check
/**
 * Packs the labs of the course into the package, dist/labs/: their texts as JSON and the grader as one module, which is
 * what `gradus lab` runs. Run by the package's build; a checkout without a course gets none.
 */
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { createServer, build } from "vite";

const repository = resolve(import.meta.dirname, "../../..");
const grade = join(repository, "packages/lessons/src/grade");

/** Writes grader.js and labs.json into a folder; returns how many labs. @param {string} out */
export async function packLabs(out) {
  mkdirSync(out, { recursive: true });
  await build({
    configFile: false,
    root: repository,
    publicDir: false,
    logLevel: "warn",
    resolve: { conditions: ["node"] },
    build: {
      target: "node20",
      outDir: out,
      emptyOutDir: false,
      ssr: join(grade, "node.ts"),
      minify: true,
      rolldownOptions: { output: { entryFileNames: "grader.js", codeSplitting: false } },
    },
    ssr: { noExternal: true },
  });
  const server = await createServer({
    configFile: false,
    root: repository,
    logLevel: "error",
    appType: "custom",
    server: { middlewareMode: true, watch: null, hmr: false, ws: false },
    optimizeDeps: { noDiscovery: true, include: [] },
  });
  try {
    const { readLabs } = await server.ssrLoadModule(join(grade, "labs.node.ts"));
    const labs = readLabs(join(repository, "course")).map((/** @type {Record<string, unknown>} */ lab) => {
      const { id, lesson, task, starter, reference, checks, hints, meta } = lab;
      return { id, lesson, task, starter, reference, checks, hints, meta };
    });
    writeFileSync(join(out, "labs.json"), JSON.stringify(labs));
    return labs.length;
  } finally {
    await server.close();
  }
}

if (process.argv[1] === import.meta.filename && existsSync(join(repository, "course")) && existsSync(grade)) {
  const count = await packLabs(resolve(import.meta.dirname, "../dist/labs"));
  console.log(`${count === 1 ? "1 lab" : `${count} labs`} packed`);
}
