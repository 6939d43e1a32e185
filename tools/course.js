// @ts-check
/** Checks the course and counts it: `npm run course [-- --fresh]`. `--fresh` runs everything again. */
import { resolve } from "node:path";
import { runnerImport } from "vite";

const repository = resolve(import.meta.dirname, "..");
/** @type {{ module: { checkCourse(repository: string, options: { cache: boolean }): Promise<boolean> } }} */
const { module } = await runnerImport(resolve(repository, "packages/lessons/src/build/check.ts"), {
  configFile: false, root: repository, logLevel: "error",
});
const good = await module.checkCourse(repository, { cache: !process.argv.includes("--fresh") });
process.exitCode = good ? 0 : 1;
